"""The view of how far words lean to one of two groups, by two kinds of model."""

from core.errors import UserError
from core.spacefile import Checkpoint
from core.text import lines_of
from figures.masking.bias import bias_figure, bias_table, headline
from models.serving import Desk
from services.examples import frozen
from services.masking.bias import Leaning, Probe, checked_probe, lean, lean_causal
from tabs.kit.snippets import filled
from tabs.kit.view import Asked, Drawn, Lines, Numbers, View
from tabs.masking.choices import Choices

CAUSAL = "generation"  # the capability of the model that reads from left to right


def draw(asked: Asked[Choices]) -> Drawn:
    """A row for each word; beside the model that fills in, one that reads from left to right."""
    leanings, why = leanings_of(asked)
    groups = (asked.choices.group, asked.choices.other)
    picture = bias_figure(leanings, groups, why=why)
    return Drawn(picture, bias_table(leanings), headline=headline(leanings[0][1]))


def probe_of(asked: Asked[Choices]) -> Probe:
    """What is to be measured. Raises UserError."""
    chosen, limit = asked.choices, asked.desk.limits.text_characters
    return checked_probe(
        lines_of(chosen.templates), chosen.words, chosen.group, chosen.other, limit
    )


def leanings_of(asked: Asked[Choices]) -> tuple[list[tuple[str, Leaning]], str]:
    """Of each model its title and what it says; and why there is no second one."""
    probe = probe_of(asked)
    leanings = [(asked.entry.title, asked.ask(lean, probe, progress=asked.progress))]
    try:
        causal = causal_of(asked.desk)
        found = asked.desk.ask(lean_causal, causal, probe, progress=asked.progress)
    except UserError as error:
        return leanings, str(error)
    return [*leanings, (causal.title, found)], ""


def causal_of(desk: Desk) -> Checkpoint:
    """The model that reads from left to right. Raises UserError where there is none."""
    entry = next(iter(desk.offered(CAUSAL)), None)
    if entry is None:
        raise UserError("The Spacefile has no model that reads from left to right.")
    return desk.read(entry)


def read_by(asked: Asked[Choices]) -> list[Checkpoint]:
    """Both models read the sentences."""
    return [asked.entry, *asked.desk.offered(CAUSAL)[:1]]


def numbers(asked: Asked[Choices]) -> Numbers:
    """A line for each word of each model; the JSON has every sentence."""
    leanings, _ = leanings_of(asked)
    lines: Lines = [["model", "word", "mean", "low", "high"]]
    for title, one in leanings:
        for index in one.order:
            ends = map(float, one.intervals[index])
            lines.append([title, one.words[index], float(one.means[index]), *ends])
    return lines, {
        "leanings": [
            {"title": title, "means": frozen(one.means), "intervals": frozen(one.intervals)}
            | frozen(one)
            for title, one in leanings
        ]
    }


def snippet(asked: Asked[Choices]) -> str:
    """The code that measures them with the model that fills in."""
    probe = probe_of(asked)
    first, second = (list(one) for one in probe.groups)
    return filled(
        "masking/bias",
        asked.entry,
        templates=list(probe.templates),
        words=list(probe.words),
        first=first,
        second=second,
    )


VIEW = View(
    name="bias",
    label="Bias, measured",
    draw=draw,
    numbers=numbers,
    snippet=snippet,
    controls=("templates", "words", "group", "other"),
    read_by=read_by,
    asks="Which words lean to one of two groups more than others?",
)
