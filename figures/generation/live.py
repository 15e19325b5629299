"""The next-token chart as the browser moves it: what it is given, and columns that stay."""

import base64
import json
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from figures.generation.stages import NAMES, setting_words
from figures.parts.grid import packed

if TYPE_CHECKING:
    from services.generation.settings import Settings
    from services.generation.spread import Spread
    from services.generation.steps import Choice, FilterEffect

ROWS = 9  # candidates beside the text and the sliders, on one screen with them
EXACT = 1024  # of the likeliest tokens every digit is sent
STEP = 2.0**-12  # nats: how finely the others are
LONGEST = 255  # of a byte; what is farther from the token before takes several
# What the three sliders beside the text set: their columns stay, whether they act or not.
ALWAYS = ("temperature", "top_k", "top_p")
BASE = ("repetition_penalty", "no_repeat_ngram_size")  # what acts before them
OFF = {"temperature": "temperature 1", "top_k": "top-k off", "top_p": "top-p off"}
# What a full bar may be, else all: so that it seldom changes while a slider moves.
FULL = (0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7)


@dataclass(frozen=True)
class Column:
    """One column of the chart: the stage that it shows, or the one before where it is off."""

    name: str
    number: int  # of the stage whose probabilities it shows; -1: the model's own
    stage: "FilterEffect | None" = None

    @property
    def words(self) -> str:
        """Its heading."""
        sentence = setting_words(self.stage) if self.stage else OFF[self.name]
        return sentence.replace("temperature", "temper\u00adature")  # in two lines on a phone


def columns_of(choice: "Choice", *, live: bool) -> list[Column]:
    """The columns after the raw one; where it is `live` the three sliders always have one."""
    acting = {stage.name: number for number, stage in enumerate(choice.stages)}
    found, last = [], -1
    for name in NAMES:
        last = acting.get(name, last)
        if name in acting:
            found.append(Column(name, last, choice.stages[last]))
        elif live and name in ALWAYS:
            found.append(Column(name, last))
    return found


def full_bar(highest: float) -> float:
    """What a bar of full length stands for; assets/generation/nexts.js chooses the same."""
    return next((full for full in FULL if highest <= full), 1.0)


def live_data(choice: "Choice", rows: list[int], spread: "Spread", settings: "Settings") -> str:
    """The attributes from which the browser computes all columns for other settings."""
    exact, rest = spread.logs[:EXACT], spread.logs[EXACT - 1 :]
    named = (*ALWAYS, "min_p", "typical_p", "greedy")
    data = {
        "places": [_place(choice, row, spread) for row in rows],
        "settings": {name: getattr(settings, name) for name in named},
        "step": STEP,
        "full": FULL,
    }
    return (
        f'data-live="{escape(json.dumps(data))}" data-exact="{packed(exact)}" '
        f'data-rest="{_steps(rest) if len(rest) > 1 else ""}"'
    )


def _place(choice: "Choice", row: int, spread: "Spread") -> int:
    """Where a candidate stands in the spread, -1 where an n-gram forbids it."""
    base = [number for number, stage in enumerate(choice.stages) if stage.name in BASE]
    if base and not choice.candidates.alive(row, base[-1]):
        return -1
    shares = choice.candidates.after[base[-1]] if base else choice.candidates.raw
    return int(np.abs(spread.logs - np.log(max(float(shares[row]), 1e-38))).argmin())


def _steps(logs: np.ndarray) -> str:
    """How far each is below the one before, in bytes of `STEP`; what is rounded never adds up."""
    levels = np.rint((logs[0] - logs.astype(float)) / STEP).astype(np.int64)
    below = np.diff(levels)
    many = below // LONGEST  # bytes of 255, after which the rest comes
    ends = np.cumsum(many + 1) - 1
    found = np.full(int(ends[-1]) + 1, LONGEST, dtype=np.uint8)
    found[ends] = below % LONGEST
    return base64.b64encode(found.tobytes()).decode()
