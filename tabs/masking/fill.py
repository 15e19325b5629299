"""The view of masked words and what a model would put in their place."""

from functools import partial
from typing import Any

from core.spacefile import Checkpoint
from figures.masking.fill import fill_figure, fill_table, headline
from services.examples import frozen
from services.masking.blanks import numbers_in, put_in, toggled
from services.masking.fill import Filled, Scored, fill
from tabs.kit.snippets import filled as filled_in
from tabs.kit.view import Asked, Drawn, Lines, Numbers, View
from tabs.masking.choices import Choices


def draw(asked: Asked[Choices]) -> Drawn:
    """The text and the guesses."""
    return draw_filled(asked.entry, filled_of(asked))


def draw_filled(entry: Checkpoint, filled: Filled) -> Drawn:
    """What is computed already; the page opens with it."""
    blanked = filled.blanked
    picture = fill_figure(
        filled, partial(toggled, blanked), partial(put_in, blanked), title=entry.title
    )
    return Drawn(picture, fill_table(filled), headline=headline(filled))


def filled_of(asked: Asked[Choices]) -> Filled:
    """The guesses for the text in the box."""
    chosen = asked.choices
    hidden = numbers_in(chosen.hidden)
    return asked.ask(fill, chosen.text, hidden, chosen.candidate, int(chosen.top))


def numbers(asked: Asked[Choices]) -> Numbers:
    """A line for each guess, and for each word that is scored."""
    filled = filled_of(asked)
    lines: Lines = [["mask", "rank", "token", "id", "probability"]]
    for number, blank in enumerate(filled.blanks):
        for rank, one in enumerate(blank.guesses, start=1):
            lines.append([number, rank, one.label, one.id, one.probability])
        for scored in (blank.was, blank.own):
            if scored:
                lines.append([number, scored.rank or "", scored.text, "", scored.probability])
    return lines, as_endpoint(asked.entry, filled)


def as_endpoint(entry: Checkpoint, filled: Filled) -> dict[str, Any]:
    """What `/fill` returns: numbers as the model gave them, never rounded."""
    return {
        "model": entry.name,
        "text": filled.blanked.text,
        "masks": [
            {
                "start": filled.blanked.parts[blank.part].start,
                "end": filled.blanked.parts[blank.part].end,
                "guesses": [frozen(one) for one in blank.guesses],
                "was": _scored(blank.was),
                "candidate": _scored(blank.own),
            }
            for blank in filled.blanks
        ],
    }


def _scored(one: Scored | None) -> dict[str, Any] | None:
    return None if one is None else frozen(one) | {"probability": one.probability}


def snippet(asked: Asked[Choices]) -> str:
    """The code that fills in the masked words."""
    chosen = asked.choices
    return filled_in(
        "masking/fill",
        asked.entry,
        text=chosen.text,
        hidden=list(numbers_in(chosen.hidden)),
        top=int(chosen.top),
        candidate=chosen.candidate,
    )


VIEW = View(
    name="fill",
    label="Fill in",
    draw=draw,
    numbers=numbers,
    snippet=snippet,
    controls=("text", "candidate", "top"),
    asks="Which word fits in place of the masked one?",
)
