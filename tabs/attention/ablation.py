"""The view of all heads by how much each matters: what changes when it is left out."""

from figures.attention.ablation import ablation_figure, ablation_table, headline
from figures.attention.chooser import effect_chooser
from services.attention.ablation import Ablation, ablate
from services.examples import frozen
from tabs.attention.choices import READS, Choices
from tabs.attention.weights import code
from tabs.kit.view import Asked, Drawn, Lines, Numbers, View


def draw(asked: Asked[Choices]) -> Drawn:
    """Every head left out in turn, the one that matters most first."""
    ablation, (layer, head) = ablation_of(asked), (asked.choices.layer, asked.choices.head)
    return Drawn(
        ablation_figure(ablation, layer, head, title=asked.entry.title),
        ablation_table(ablation),
        headline=headline(ablation, layer, head),
        chooser=effect_chooser(ablation.effect, layer, head),
    )


def ablation_of(asked: Asked[Choices]) -> Ablation:
    """What changes in what the model makes of the box's text, head by head."""
    chosen = asked.choices
    return asked.ask(ablate, chosen.text, chosen.text_pair, progress=asked.progress)


def numbers(asked: Asked[Choices]) -> Numbers:
    """A line for each head, in the order of the layers."""
    ablation = ablation_of(asked)
    lines: Lines = [["layer", "head", "rank", "vector_moved", "next_token_nats"]]
    for index in sorted(ablation.ranked()):
        nats = "" if ablation.next is None else float(ablation.next[index])
        lines.append([*index, ablation.rank(*index), float(ablation.moved[index]), nats])
    return lines, frozen(ablation)


def snippet(asked: Asked[Choices]) -> str:
    """The code that leaves out each head."""
    return code("ablation", asked)


CONTROLS = (*READS, "layer", "head")
ASKS = "Which heads matter here?"
VIEW = View("ablation", "Ablation", draw, numbers, snippet, CONTROLS, asks=ASKS)
