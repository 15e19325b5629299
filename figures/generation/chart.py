"""The next-token chart: one step of generation, before and after every filter."""

import json
import math
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from figures.generation.stages import NAMES, cut_words, reading, setting_words
from figures.parts.signs import token_sign
from figures.parts.style import percent, three_digits
from figures.parts.table import heads, numbers, table

if TYPE_CHECKING:
    from services.generation.generate import Step
    from services.generation.settings import Settings
    from services.generation.steps import Candidates, Choice, FilterEffect

ROWS = 12  # candidates in the chart; the table has all that the step kept
LEAST = 1e-9  # what is left of a probability that single precision rounds away


def chart_figure(
    step: "Step",
    settings: "Settings",
    *,
    place: int,
    branch: int,
    title: str,
    vocabulary: int | None = None,
    grows: bool = True,
) -> str:
    """The most likely tokens, raw and after each filter, and what all others hold together.

    A column for each stage of the step; what a filter removed is struck through, and its cut is a
    line where the rows stand in its order. Where the text `grows`, every token but the chosen one
    is a button that picks `[branch, place, id]`. `vocabulary` is how many tokens there are, where
    no filter has counted them.
    """
    choice = step.choice
    rows = shown_rows(choice)
    size = _size(choice, vocabulary)
    full = max(float(choice.candidates.raw[rows].max()), _highest(choice.candidates, rows))
    body = "".join(_row(step, row, rows, full, place, branch if grows else None) for row in rows)
    many = {0: " alone", 1: "", 2: ""}.get(len(choice.stages), " many")
    return (
        f'<figure class="figure generation"><div class="nexts{many}">'
        f"<h3>Token {place}: what else could have been there</h3>"
        f"<p>{chosen_words(step, settings, size)}</p><p>{entropy_words(choice)}</p>"
        f'<div class="scroll"><table><thead><tr>{_heads(choice, size)}</tr></thead>'
        f"<tbody>{body}{_rest_row(choice, rows, size)}</tbody></table></div>"
        f"{reading(choice.stages, settings)}</div>"
        f"<figcaption>{_caption(choice, rows, size, full, title)}</figcaption></figure>"
    )


def _caption(choice: "Choice", rows: list[int], size: int | None, full: float, title: str) -> str:
    said = ""
    if _removes(choice):
        said += "Struck through: removed in that column, with the probability up to then. "
    if any(choice.cut(rows, number) is not None for number in range(len(choice.stages))):
        said += "Thick line: the cut of that column, above which all stay and below which all go. "
    return (
        f"{said}Every column is over all {_tokens(size)} of the vocabulary; a full bar is "
        f"{percent(full)}. Raw: the distribution of {escape(title)} itself."
    )


def shown_rows(choice: "Choice") -> list[int]:
    """Places of the candidates that are drawn, most likely first; the chosen one is among them.

    Most likely before or after the filters: typical and the penalties bring up unlikely tokens.
    """
    candidates = choice.candidates
    likely = np.maximum(candidates.raw, candidates.final)
    top = np.argsort(-likely, kind="stable")[:ROWS].tolist()
    chosen = np.flatnonzero(candidates.ids == choice.id).tolist()
    return sorted({*top, *chosen})


def _highest(candidates: "Candidates", rows: list[int]) -> float:
    return float(candidates.after[:, rows].max()) if len(candidates.after) else 0.0


def _size(choice: "Choice", vocabulary: int | None) -> int | None:
    if vocabulary is None and choice.stages:
        return choice.stages[0].removed + choice.stages[0].left
    return vocabulary


def _removes(choice: "Choice") -> bool:
    return any(stage.removed for stage in choice.stages)


def _tokens(size: int | None) -> str:
    return "tokens" if size is None else f"{size:,} tokens"


def chosen_words(step: "Step", settings: "Settings", size: int | None) -> str:
    """Which token was chosen, how, its rank and both its probabilities."""
    choice = step.choice
    how = "Drawn" if settings.draws else "Taken, as the most likely"
    among = f"rank {choice.rank:,}" + ("" if size is None else f" of {size:,}")
    own = percent(math.exp(choice.logprob))
    after = ""
    if choice.stages:
        after = f", <b>{percent(choice.chance)}</b> after the filters"
        if _removed_by(choice) is not None:
            after += f", because {_removed_by(choice)} removed it"
    how = "Chosen by you" if choice.forced else how
    return (
        f"{how}: <code><bdi>{token_sign(step.label)}</bdi></code>, {among}, <b>{own}</b> by the "
        f"model itself{after}."
    )


def _removed_by(choice: "Choice") -> str | None:
    """The filter that removed the chosen token, which only a visitor can choose then."""
    candidates = choice.candidates
    by = int(candidates.removed_by[np.flatnonzero(candidates.ids == choice.id)[0]])
    return None if by < 0 else NAMES[choice.stages[by].name]


def entropy_words(choice: "Choice") -> str:
    """How open the step was: the entropy in nats and bits, and as a number of equal choices."""
    nats = max(0.0, choice.entropy)
    return (
        f"Entropy of the raw distribution: {three_digits(nats)} nats "
        f"({three_digits(nats / math.log(2))} bits), as uncertain as a choice among "
        f"{three_digits(math.exp(nats))} equally likely tokens."
    )


def _heads(choice: "Choice", size: int | None) -> str:
    heads = [f'<th scope="col"><b>raw</b><span>all {_tokens(size)}</span></th>']
    for stage in choice.stages:
        said = "removes nothing"
        if stage.removed:
            said = (
                f"removes {stage.removed:,} {'token' if stage.removed == 1 else 'tokens'} "
                f"with {percent(max(LEAST, stage.mass))}"
            )
        cut = f"<span>{cut_words(stage)}</span>" if stage.removed and stage.cut else ""
        heads.append(f'<th scope="col"><b>{setting_words(stage)}</b><span>{said}</span>{cut}</th>')
    if _removes(choice):
        heads.append('<th scope="col"><b>in the end</b></th>')
    return f'<th scope="col"><b>token</b></th>{"".join(heads)}'


def _row(
    step: "Step", row: int, rows: list[int], full: float, place: int, branch: int | None
) -> str:
    choice = step.choice
    candidates = choice.candidates
    token, label = int(candidates.ids[row]), step.alternatives[row]
    chosen = token == choice.id
    sign = f"<bdi>{token_sign(label)}</bdi>"
    if chosen:
        name = f'<span class="pick">{sign}</span> <span class="mark">chosen</span>'
    elif branch is None:
        name = f'<span class="pick">{sign}</span>'
    else:
        pick = escape(json.dumps([branch, place, token]))
        said = escape(f"Continue from here with “{label}”")
        name = (
            f'<button type="button" class="pick" data-pick="{pick}" title="{said}" '
            f'aria-label="{said}">{sign}</button>'
        )
    cells = [_cell(float(candidates.raw[row]), full, "")]
    for number, stage in enumerate(choice.stages):
        line = "cut" if choice.cut(rows, number) == row else ""
        cells.append(_after(candidates, row, number, stage, full, line))
    if _removes(choice):
        cells.append(f'<td class="end">{outcome(choice, row)}</td>')
    return (
        f'<tr{" class=chosen" if chosen else ""}><th scope="row">{name}</th>{"".join(cells)}</tr>'
    )


def _after(
    candidates: "Candidates", row: int, number: int, stage: "FilterEffect", full: float, line: str
) -> str:
    if candidates.alive(row, number):
        return _cell(max(LEAST, float(candidates.after[number, row])), full, line)
    if not candidates.alive(row, number - 1):
        return '<td class="gone">–</td>'
    share = float((candidates.raw if number == 0 else candidates.after[number - 1])[row])
    said = f"removed by {NAMES[stage.name]}, had {percent(max(LEAST, share))}"
    return (
        f'<td class="out" title="{said}"><span class="cell"><s>{percent(max(LEAST, share))}</s>'
        f'<i class="bar"><i style="width:{100 * share / full:.2f}%"></i></i></span></td>'
    )


def _cell(share: float, full: float, line: str) -> str:
    return (
        f'<td class="{line}"><span class="cell"><span>{percent(share)}</span>'
        f'<i class="bar"><i style="width:{100 * share / full:.2f}%"></i></i></span></td>'
    )


def outcome(choice: "Choice", row: int) -> str:
    """What became of a candidate."""
    candidates = choice.candidates
    by = int(candidates.removed_by[row])
    out = "" if by < 0 else f"out: {NAMES[choice.stages[by].name]}"
    if int(candidates.ids[row]) != choice.id:
        return out or "stays"
    said = "chosen by you" if choice.forced else "chosen"
    return f"{said}; {out}" if out else said


def _rest_row(choice: "Choice", rows: list[int], size: int | None) -> str:
    others = None if size is None else size - len(rows)
    if others == 0:
        return ""
    name = f"the other {_tokens(others)} together" if others != 1 else "the one other token"
    cells = [f"<td>{percent(choice.rest(rows, -1)[1])}</td>"]
    for number in range(len(choice.stages)):
        left, mass = choice.rest(rows, number)
        cells.append(f"<td>{percent(mass)}<span>{left:,} left</span></td>")
    end = '<td class="end"></td>' if _removes(choice) else ""
    return f'<tr class="rest"><th scope="row">{name}</th>{"".join(cells)}{end}</tr>'


def chart_table(step: "Step", settings: "Settings", *, vocabulary: int | None = None) -> str:
    """The same for every candidate that the step kept."""
    choice, candidates = step.choice, step.choice.candidates
    lines = []
    for row, token in enumerate(candidates.ids.tolist()):
        shares = [float(candidates.raw[row]), *candidates.after[:, row].astype(float)]
        written = numbers(percent(share) for share in shares)
        lines.append(
            f"<tr><td><code>{token_sign(step.alternatives[row])}</code></td>"
            f'<td class="number">{token}</td>{written}<td>{outcome(choice, row)}</td></tr>'
        )
    every = list(range(len(candidates.ids)))
    size = _size(choice, vocabulary)
    rest = [choice.rest(every, number)[1] for number in range(-1, len(choice.stages))]
    if size is None or size > len(every):
        others = None if size is None else size - len(every)
        lines.append(
            f"<tr><td>the other {_tokens(others)} together</td><td></td>"
            + numbers(percent(mass) for mass in rest)
            + "<td></td></tr>"
        )
    names = ["id", "raw", *(f"after {setting_words(stage)}" for stage in choice.stages)]
    head = "<th>token</th>" + heads(names)
    return table(f"{head}<th>in the end</th>", lines)
