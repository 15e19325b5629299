"""The view of one prompt gone on from in several ways."""

from dataclasses import asdict
from typing import Any

from core.spacefile import Limits
from figures.generation.duel import duel_figure, duel_table, headline
from services.examples import frozen
from services.generation.duel import Contestant, duel, line_up
from services.generation.settings import Settings
from tabs.generation.choices import DRAWING, SAMPLING, WRITING, Choices, beams_of, sampling_of
from tabs.kit.snippets import filled
from tabs.kit.view import Asked, Drawn, Lines, Numbers, View


def draw(asked: Asked[Choices]) -> Drawn:
    """Each text beside the others."""
    contestants = contestants_of(asked)
    picture = duel_figure(contestants, title=asked.entry.title)
    return Drawn(picture, duel_table(contestants), headline=headline(contestants))


def contestants_of(asked: Asked[Choices]) -> tuple[Contestant, ...]:
    """What each way to choose makes of the prompt."""
    ways = entries(asked.desk.limits, asked.choices)
    return asked.ask(duel, asked.choices.prompt, ways, progress=asked.progress)


def entries(limits: Limits, choices: Choices) -> dict[str, Settings]:
    """Who takes part in the duel. Raises UserError."""
    return line_up(sampling_of(limits, choices), beams=beams_of(limits, choices).beams)


def numbers(asked: Asked[Choices]) -> Numbers:
    """A line for each way to choose."""
    names = ("repetition", "distinct_1", "distinct_2", "distinct_3", "mean_logprob")
    lines: Lines = [["name", *names, "tokens", "stopped", "text"]]
    contents = []
    for text in contestants_of(asked):
        values = (text.repetition, *text.distinct, text.mean_logprob)
        lines.append([text.name, *values, len(text.ids), text.stopped, text.text])
        contents.append(frozen(text) | dict(zip(names, values, strict=True)))
    ways = entries(asked.desk.limits, asked.choices)
    return lines, {"contestants": contents, "entries": frozen(ways)}


def snippet(asked: Asked[Choices]) -> str:
    """The code that lets all of them write."""
    chosen = asked.choices
    shared = {name: getattr(chosen, name) for name in ("prompt", "max_new_tokens", "seed")}
    return filled("generation/duel", asked.entry, **shared, entries=_in_code(chosen))


def _in_code(choices: Choices) -> dict[str, dict[str, Any]]:
    """Who takes part, as the code has it: what each sets; the rest is off."""
    off = asdict(Settings())
    own = {
        name: value
        for name in SAMPLING
        if (value := getattr(choices, name)) != off[name]
        and name not in ("max_new_tokens", "seed")
    }
    return {
        "greedy": {"greedy": True},
        "beam": {"beams": choices.beams},
        "top-k": {"top_k": 50},
        "top-p": {"top_p": 0.9},
        "own": own,
    }


VIEW = View(
    name="duel",
    label="Duel",
    draw=draw,
    numbers=numbers,
    snippet=snippet,
    controls=("prompt", *DRAWING, "beams", *WRITING, "beside"),
    asks="How do five ways of choosing continue one prompt?",
)
