"""The view of what the answer rests on: each sentence and each word left out."""

from figures.answering.why import headline, why_figure, why_table
from services.answering.why import Why, explain
from services.examples import frozen
from tabs.answering.answer import answer_of, code
from tabs.answering.choices import Choices
from tabs.kit.view import Asked, Drawn, Lines, Numbers, View


def draw(asked: Asked[Choices]) -> Drawn:
    """What becomes of the answer without each part."""
    why = why_of(asked)
    picture = why_figure(why, title=asked.entry.title)
    return Drawn(picture, why_table(why), headline=headline(why))


def why_of(asked: Asked[Choices]) -> Why:
    """What becomes of the answer without each sentence and each word."""
    return asked.ask(explain, answer_of(asked), progress=asked.progress)


def numbers(asked: Asked[Choices]) -> Numbers:
    """A line for each sentence of the passage and each word of the question."""
    why = why_of(asked)
    names = ("kept", "probability", "change", "best_span", "its_probability", "no_answer")
    lines: Lines = [["left out", "text", "start", "end", *names]]
    for kind, parts, text in (
        ("sentence", why.sentences, asked.choices.context),
        ("word", why.words, asked.choices.question),
    ):
        for part in parts:
            results = (part.kept, part.score, part.change)
            best = (part.text, part.text_score, part.no_answer)
            left_out = text[part.start : part.end]
            lines.append([kind, left_out, part.start, part.end, *results, *best])
    return lines, frozen(why)


def snippet(asked: Asked[Choices]) -> str:
    """The code that leaves each part out, of the part of the passage that was read."""
    why, abstains = why_of(asked), asked.entry.abstains
    question, passage = asked.choices.question, why.text or asked.choices.context
    return code("answering/why", asked, question=question, abstains=abstains, context=passage)


VIEW = View(
    name="why",
    label="Why this span",
    draw=draw,
    numbers=numbers,
    snippet=snippet,
    controls=("question", "context"),
    asks="Which sentence and which word does the answer rest on?",
)
