"""The view of the start and end scores of one window."""

from figures.answering.scores import headline, scores_figure, scores_table
from services.answering.scores import Scores, scores_of
from services.examples import frozen
from tabs.answering.answer import answer_of, code
from tabs.answering.choices import Choices
from tabs.kit.view import Asked, Drawn, Lines, Numbers, View


def draw(asked: Asked[Choices]) -> Drawn:
    """Each token's chance to begin and to end the answer."""
    scores = window_scores(asked)
    picture = scores_figure(scores, title=asked.entry.title)
    return Drawn(picture, scores_table(scores), headline=headline(scores))


def window_scores(asked: Asked[Choices]) -> Scores:
    """The scores of the chosen window."""
    return scores_of(answer_of(asked), asked.choices.window)


def numbers(asked: Asked[Choices]) -> Numbers:
    """A line for each token of the window."""
    scores = window_scores(asked)
    names = ("start_logit", "end_logit", "start_probability", "end_probability")
    columns = (scores.start_logits, scores.end_logits, scores.start_shares, scores.end_shares)
    lines: Lines = [["place", "token", "start", "end", *names]]
    for index, (token, offsets) in enumerate(zip(scores.tokens, scores.offsets, strict=True)):
        lines.append([index, token, *offsets, *(float(column[index]) for column in columns)])
    return lines, frozen(scores)


def snippet(asked: Asked[Choices]) -> str:
    """The code that gives the scores."""
    chosen = asked.choices
    return code("answering/scores", asked, question=chosen.question, window=chosen.window)


VIEW = View(
    name="scores",
    label="Scores",
    draw=draw,
    numbers=numbers,
    snippet=snippet,
    controls=("question", "context", "window"),
    asks="Where could the answer start, and where could it end?",
)
