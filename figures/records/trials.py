"""Short runs before a long one: settings compared by their scores, and by their speed."""

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from figures.parts.bars import bar
from figures.parts.chart import ticks_for
from figures.parts.style import signed, three_digits
from figures.records.record import DEVICES, records, setting

if TYPE_CHECKING:
    from services.records.parts import Trial

COMPARED = {
    "optimizer": "Optimizer",
    "size": "Size of the model",
    "vocabulary": "Size of the vocabulary",
    "context": "Length of the rows",
    "batch": "Rows in a batch",
    "rate": "Learning rate",
    "data": "Order of the data",
}


def trial_bars(trials: Sequence["Trial"]) -> str:
    """Every comparison as dots on one scale, the best first, what was chosen marked."""
    scores = [trial.held_back for trial in trials if trial.held_back is not None]
    if not scores:
        return "<p>None are recorded for these weights.</p>"
    ticks = ticks_for(scores)
    sentence = (
        "Runs from nothing for a few minutes each, compared by bits per character on the "
        "held-back documents, never on the validation text. All dots are on one scale, from "
        f"{ticks[0]:g} at the left to {ticks[-1]:g} at the right: further left is better. “+0.03” "
        "means 0.03 bits worse than the best run of that group. Short runs favour small models "
        "and high learning rates, so the final run need not use the winner."
    )
    kinds = dict.fromkeys(trial.trial for trial in trials)
    drawn = "".join(
        _comparison([trial for trial in trials if trial.trial == kind], ticks[0], ticks[-1])
        for kind in kinds
    )
    return f"<p>{escape(sentence)}</p>{drawn}"


def _comparison(trials: Sequence["Trial"], low: float, high: float) -> str:
    ordered = sorted(trials, key=lambda trial: (trial.held_back is None, trial.held_back or 0.0))
    best = ordered[0].held_back or 0.0
    minutes = " or ".join(f"{one:g}" for one in sorted({trial.minutes for trial in trials}))
    devices = " or ".join(dict.fromkeys(DEVICES.get(one.device, one.device) for one in trials))
    name = COMPARED.get(trials[0].trial, trials[0].trial)
    items = []
    for trial in ordered:
        if trial.held_back is None:
            told, share = "failed", None
        else:
            behind = trial.held_back - best
            told = f"{three_digits(trial.held_back)}, " + (signed(behind) if behind else "best")
            share = (trial.held_back - low) / ((high - low) or 1.0)
        items.append(_dot(trial, share, told))
    return (
        f"<h4>{escape(f'{name}: {minutes} minutes each on {devices}')}</h4>"
        f'<ul class="bars trials">{"".join(items)}</ul>'
    )


def _dot(trial: "Trial", share: float | None, told: str) -> str:
    place = "" if share is None else f'<b style="left:{100 * share:.1f}%"></b>'
    chosen = " (chosen)" if trial.chosen else ""
    return (
        f'<li class="{"chosen" if trial.chosen else ""}">'
        f'<span class="name">{escape(_settings(trial.settings) + chosen)}</span>'
        f'<span class="track">{place}</span><span class="value">{escape(told)}</span></li>'
    )


def speed_bars(measures: Sequence["Trial"]) -> str:
    """Tokens per second under each setting, in the order they were measured."""
    known = [one.tokens_per_second for one in measures if one.tokens_per_second]
    if not known:
        return "<p>Nothing is recorded for these weights.</p>"
    items = []
    for one in measures:
        speed = one.tokens_per_second or 0
        told = f"{speed:,} tokens/s" if speed else "failed"
        name = _settings(one.settings) + (" (chosen)" if one.chosen else "")
        items.append(bar(name, speed / max(known), told, kind="chosen" if one.chosen else ""))
    devices = " or ".join(dict.fromkeys(DEVICES.get(one.device, one.device) for one in measures))
    sentence = (
        f"A few seconds of training under each setting, on {devices}. A run twice as fast sees "
        "twice the text in the same time."
    )
    return f'<p>{escape(sentence)}</p><ul class="bars">{"".join(items)}</ul>'


def _settings(settings: dict[str, Any]) -> str:
    """Settings in one line: width 384, layers 6."""
    return ", ".join(
        f"{name.replace('_', ' ')} {setting(value)}" for name, value in settings.items()
    )


def trial_tables(trials: Sequence["Trial"], measures: Sequence["Trial"]) -> str:
    """Every short run with what it was run beside, and every speed."""
    head = ["trial", "settings", "beside", "minutes", "device", "parameters", "tokens"]
    speeds = [
        [
            _settings(one.settings) + (" (chosen)" if one.chosen else ""),
            _settings(one.base),
            one.device,
            f"{one.tokens_per_second:,}" if one.tokens_per_second else one.failed,
        ]
        for one in measures
    ]
    return records(
        [*head, "bits per character"], [_row(one) for one in trials], caption="Short runs"
    ) + records(["settings", "beside", "device", "tokens per second"], speeds, caption="Speed")


def _row(trial: "Trial") -> list[str]:
    result = trial.failed if trial.held_back is None else three_digits(trial.held_back)
    return [
        trial.trial + (" (chosen)" if trial.chosen else ""),
        _settings(trial.settings),
        _settings(trial.base),
        f"{trial.minutes:g}",
        trial.device,
        f"{trial.parameters:,}" if trial.parameters else "",
        f"{trial.tokens:,}" if trial.tokens else "",
        result,
    ]
