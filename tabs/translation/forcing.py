"""The view of teacher forcing: a given translation, read word by word, and a wrong word."""

from figures.translation.forcing import forcing_figure, forcing_table, headline
from services.examples import frozen
from services.translation.forcing import NO_PLACE, Forced, force
from tabs.kit.snippets import filled
from tabs.kit.view import Asked, Drawn, Lines, Numbers, View
from tabs.translation.choices import Choices


def draw(asked: Asked[Choices]) -> Drawn:
    """The given translation beside what the model writes."""
    forced = forced_of(asked)
    figure = forcing_figure(forced, token=asked.choices.token, title=asked.entry.title)
    return Drawn(figure, forcing_table(forced), headline=headline(forced))


def forced_of(asked: Asked[Choices]) -> Forced:
    """The given translation, scored; with the wrong word, where there is one."""
    chosen = asked.choices
    wrong = chosen.wrong if chosen.wrong.strip() else ""
    place = int(chosen.token) if wrong else NO_PLACE
    return asked.ask(force, chosen.text, chosen.said, wrong, place)


def numbers(asked: Asked[Choices]) -> Numbers:
    """A line for each token."""
    forced = forced_of(asked)
    lines: Lines = [["place", "token", "id", "logprob", "rank", "logprob_after_wrong"]]
    for index, token in enumerate(forced.tokens):
        row = (token.piece, token.id, token.logprob, token.rank, float(forced.after[index]))
        lines.append([index, *row])
    return lines, frozen(forced)


def snippet(asked: Asked[Choices]) -> str:
    """The code that scores the translation."""
    chosen = asked.choices
    text = asked.entry.prefix + chosen.text
    return filled("translation/forcing", asked.entry, text=text, given=chosen.said)


VIEW = View(
    name="forcing",
    label="Teacher forcing",
    draw=draw,
    numbers=numbers,
    snippet=snippet,
    controls=("said", "wrong", "token"),
    asks="How likely is each right word, given those before it?",
)
