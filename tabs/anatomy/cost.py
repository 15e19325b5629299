"""The view of what a longer text costs, and how far a token reaches."""

from dataclasses import asdict

from figures.anatomy.cost import cost_figure, cost_table, headline
from services.anatomy.cost import Cost, Reach, cost, reach
from tabs.anatomy.choices import Choices
from tabs.kit.snippets import filled
from tabs.kit.view import Asked, Drawn, Lines, Numbers, View


def draw(asked: Asked[Choices]) -> Drawn:
    """Both halves by length, and the reach in the sentence."""
    measured, far = both_of(asked)
    return Drawn(
        cost_figure(measured, far, title=asked.entry.title),
        cost_table(measured),
        headline=headline(measured),
    )


def both_of(asked: Asked[Choices]) -> tuple[Cost, Reach]:
    """What was measured of the model, once for all visitors, and the reach in the sentence."""
    return asked.ask(cost), asked.ask(reach, asked.choices.text)


def numbers(asked: Asked[Choices]) -> Numbers:
    """A line for each length; the JSON has the fits and the reach too."""
    measured, far = both_of(asked)
    lines: Lines = [
        ["tokens", "attention_ms", "forward_ms", "attention_weights_bytes", "units_bytes"]
    ]
    lines += zip(
        measured.lengths,
        measured.attention,
        measured.forward,
        measured.weights,
        measured.units,
        strict=True,
    )
    return lines, {
        "lengths": list(measured.lengths),
        "milliseconds": {
            "attention": list(measured.attention),
            "forward": list(measured.forward),
            "attention_fit": asdict(measured.attention_fit),
            "forward_fit": asdict(measured.forward_fit),
        },
        "bytes": {"attention_weights": list(measured.weights), "units": list(measured.units)},
        "reach": {
            "token": far.token,
            "model": far.model.tolist(),
            "recurrent": far.recurrent.tolist(),
        },
    }


def snippet(asked: Asked[Choices]) -> str:
    """The code that measures a layer's halves."""
    return filled("anatomy/cost", asked.entry)


VIEW = View(
    name="cost",
    label="Cost",
    draw=draw,
    numbers=numbers,
    snippet=snippet,
    controls=("text",),
    asks="What does a text cost that is twice as long?",
)
