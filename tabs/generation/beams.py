"""The view of a beam search: every hypothesis that was looked at."""

from figures.generation.beams import beams_figure, beams_table, headline
from services.examples import frozen
from services.generation.beams import Beams, search
from tabs.generation.choices import BEAMS, Choices, beams_of
from tabs.kit.snippets import filled
from tabs.kit.view import Asked, Drawn, Lines, Numbers, View


def draw(asked: Asked[Choices]) -> Drawn:
    """The tree of hypotheses, and what was found."""
    beams = search_of(asked)
    picture = beams_figure(beams, title=asked.entry.title)
    return Drawn(picture, beams_table(beams), headline=headline(beams))


def search_of(asked: Asked[Choices]) -> Beams:
    """The beam search from the prompt."""
    settings = beams_of(asked.desk.limits, asked.choices)
    return asked.ask(search, asked.choices.prompt, settings, progress=asked.progress)


def numbers(asked: Asked[Choices]) -> Numbers:
    """A line for each node of the tree."""
    beams = search_of(asked)
    names = ("parent", "step", "id", "label", "logprob", "total", "score", "fate")
    lines: Lines = [["node", *names]]
    for number, node in enumerate(beams.nodes):
        lines.append([number, *(getattr(node, name) for name in names)])
    return lines, frozen(beams)


def snippet(asked: Asked[Choices]) -> str:
    """The code that searches."""
    settings = {name: getattr(asked.choices, name) for name in BEAMS}
    return filled("generation/beams", asked.entry, prompt=asked.choices.prompt, **settings)


VIEW = View(
    name="beams",
    label="Beams",
    draw=draw,
    numbers=numbers,
    snippet=snippet,
    controls=("prompt", *BEAMS, "beside"),
    asks="Which text scores highest, and what was dropped for it?",
)
