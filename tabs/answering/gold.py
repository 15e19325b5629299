"""The view of how right an answer is, against what the visitor says is right."""

from figures.answering.gold import gold_figure, gold_table, headline
from services.answering.gold import Graded, checked_gold, grade
from tabs.answering.answer import answer_of, code, whole
from tabs.answering.choices import Choices
from tabs.kit.view import Asked, Drawn, Lines, Numbers, View


def draw(asked: Asked[Choices]) -> Drawn:
    """The answer beside the right one, and its scores."""
    graded = graded_of(asked)
    picture = gold_figure(graded, title=asked.entry.title)
    return Drawn(picture, gold_table(graded), headline=headline(graded))


def graded_of(asked: Asked[Choices]) -> Graded:
    """The answer with its scores; another right answer reads nothing again."""
    golds = golds_of(asked)
    return grade(answer_of(asked), golds, asked.choices.threshold)


def golds_of(asked: Asked[Choices]) -> tuple[str, ...]:
    """The right answers. Raises UserError for what is none."""
    return checked_gold(asked.choices.golds_typed, asked.desk.limits.text_characters)


def numbers(asked: Asked[Choices]) -> Numbers:
    """A line for what is said, and one for each span of the list."""
    graded = graded_of(asked)
    lines: Lines = [["rank", "text", "probability", "precision", "recall", "f1", "exact"]]
    given = graded.overlap
    scores = (given.precision, given.recall, given.f1, int(given.exact))
    lines.append(["said", graded.given, "", *scores])
    spans = zip(graded.answer.candidates, graded.of_candidates, strict=True)
    for rank, (span, one) in enumerate(spans, start=1):
        scores = (one.precision, one.recall, one.f1, int(one.exact))
        lines.append([rank, span.text, span.score, *scores])
    return lines, whole(asked.entry, graded.answer) | {
        "right": list(graded.golds),
        "said": graded.given,
        "shared": given.shared,
        "precision": given.precision,
        "recall": given.recall,
        "f1": given.f1,
        "exact_match": int(given.exact),
    }


def snippet(asked: Asked[Choices]) -> str:
    """The code that finds the answer and scores it."""
    chosen = asked.choices
    more = {"question": chosen.question, "threshold": chosen.threshold}
    more |= {"abstains": asked.entry.abstains, "golds": list(golds_of(asked))}
    return code("answering/gold", asked, **more)


VIEW = View(
    name="gold",
    label="How right",
    draw=draw,
    numbers=numbers,
    snippet=snippet,
    controls=("question", "context", "gold", "threshold", "top"),
    asks="How right is the answer, word by word?",
)
