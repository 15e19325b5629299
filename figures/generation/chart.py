"""The next-token chart: one step of generation, before and after every filter."""

import json
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from figures.generation.live import ALWAYS, Column, columns_of, full_bar, live_data
from figures.generation.live import ROWS as LIVE_ROWS
from figures.generation.stages import (
    NAMES,
    chosen_words,
    cut_words,
    entropy_words,
    reading,
    setting_words,
)
from figures.parts.signs import token_sign
from figures.parts.style import percent
from figures.parts.table import heads, numbers, table

if TYPE_CHECKING:
    from services.generation.generate import Step
    from services.generation.settings import Settings
    from services.generation.spread import Spread
    from services.generation.steps import Candidates, Choice, FilterEffect

ROWS = 12  # candidates in the chart; the table has all that the step kept
GONE = '<td class="gone">–</td>'
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
    spread: "Spread | None" = None,
) -> str:
    """The most likely tokens, raw and after each filter, and what all others hold together.

    A column for each stage of the step; what a filter removed is struck through, and its cut is a
    line where the rows stand in its order. Where the text `grows`, every token but the chosen one
    is a button that picks `[branch, place, id]`. `vocabulary` is how many tokens there are, where
    no filter has counted them. With a `spread` the browser moves the bars while a slider moves.
    """
    choice, live = step.choice, spread is not None
    columns = columns_of(choice, live=live)
    rows = shown_rows(choice, LIVE_ROWS if live else ROWS)
    size = _size(choice, vocabulary)
    draw = Drawing(choice, settings, tuple(columns), rows, live)
    body = "".join(_row(draw, step, row, place, branch if grows else None) for row in rows)
    many = {0: " alone", 1: "", 2: ""}.get(len(columns), " many")
    data = f" {live_data(choice, rows, spread, settings)}" if spread is not None else ""
    words = (
        f"<p>{chosen_words(step, settings, size)}</p><p>{entropy_words(choice)}</p>",
        reading(choice.stages, settings),
    )
    above, below = ("", "".join(words)) if live else words
    return (
        f'<figure class="figure generation"><div class="nexts{" live" if live else many}"{data}>'
        f"<h3>Token {place}: what else could have been there</h3>{above}"
        f'<div class="scroll"><table><thead><tr>{_heads(draw, size)}</tr></thead>'
        f"<tbody>{body}{_rest_row(draw, size)}</tbody></table></div>"
        f'<div class="ran">{below}</div></div>'
        f"<figcaption>{_caption(draw, size, title)}</figcaption></figure>"
    )


@dataclass(frozen=True)
class Drawing:
    """What all parts of one chart are drawn from."""

    choice: "Choice"
    settings: "Settings"
    columns: tuple[Column, ...]
    rows: list[int]
    live: bool

    @property
    def greedy(self) -> bool:
        """Whether the likeliest is taken, which a live chart shows where it would draw."""
        return self.live and not self.settings.draws

    @cached_property
    def full(self) -> float:
        """What a bar of full length stands for."""
        shown = self.choice.candidates
        highest = max(float(shown.raw[self.rows].max()), _highest(shown, self.rows))
        if not self.live:
            return highest
        return 1.0 if self.greedy else full_bar(highest)

    @property
    def likeliest(self) -> int:
        """The row that is taken where nothing is drawn."""
        shares = self.choice.candidates.final
        return max(self.rows, key=lambda row: float(shares[row]))


def _caption(draw: Drawing, size: int | None, title: str) -> str:
    sentence, choice, rows = "", draw.choice, draw.rows
    if _removes(choice):
        sentence += "Struck through: removed in that column, with the probability up to then. "
    if any(choice.cut(rows, number) is not None for number in range(len(choice.stages))):
        sentence += (
            "Thick line: the cut of that column, above which all stay and below which all go. "
        )
    return (
        f"{sentence}Every column is over all {_tokens(size)} of the vocabulary; a full bar is "
        f'<span class="full">{percent(draw.full)}</span>. '
        f"Raw: the distribution of {escape(title)} itself."
    )


def shown_rows(choice: "Choice", many: int = ROWS) -> list[int]:
    """Places of the candidates that are drawn, most likely first; the chosen one is among them.

    Most likely before or after the filters: typical and the penalties bring up unlikely tokens.
    """
    candidates = choice.candidates
    likely = np.maximum(candidates.raw, candidates.final)
    top = np.argsort(-likely, kind="stable")[:many].tolist()
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
    return "tokens" if size is None else f"{size:,} {'token' if size == 1 else 'tokens'}"


def _heads(draw: Drawing, size: int | None) -> str:
    heads = [f'<th scope="col"><b>raw</b><span>all {_tokens(size)}</span></th>']
    for column in draw.columns:
        stage, text, cut = column.stage, "", ""
        words = column.words if draw.live else setting_words(stage) if stage else ""
        if stage:
            text = "removes nothing"
            if stage.removed:
                mass = percent(max(LEAST, stage.mass))
                text = f"removes {_tokens(stage.removed)} with {mass}"
                text = f"removes {stage.removed:,} ({mass})" if draw.live else text
                cut = f"<span>{cut_words(stage)}</span>" if stage.cut else ""
        elif draw.greedy and column.name == "temperature":
            words, text = "greedy", "takes the most likely"
        off = "" if stage else ' class="off"'
        named = f' data-stage="{column.name}"{off}' if draw.live else ""
        heads.append(f'<th scope="col"{named}><b>{words}</b><span>{text}</span>{cut}</th>')
    if _ends(draw):
        heads.append('<th scope="col"><b>in the end</b></th>')
    return f'<th scope="col"><b>token</b></th>{"".join(heads)}'


def _ends(draw: Drawing) -> bool:
    """Whether a last column says what became of each token; a live chart strikes it through."""
    return _removes(draw.choice) and not draw.live


def _row(draw: Drawing, step: "Step", row: int, index: int, branch: int | None) -> str:
    choice, candidates = draw.choice, draw.choice.candidates
    token, label = int(candidates.ids[row]), step.alternatives[row]
    chosen = token == choice.id
    sign = f"<bdi>{token_sign(label)}</bdi>"
    if chosen:
        name = f'<span class="pick">{sign}</span> <span class="mark">chosen</span>'
    elif branch is None:
        name = f'<span class="pick">{sign}</span>'
    else:
        pick = escape(json.dumps([branch, index, token]))
        title = escape(f"Continue from here with “{label}”")
        name = (
            f'<button type="button" class="pick" data-pick="{pick}" title="{title}" '
            f'aria-label="{title}">{sign}</button>'
        )
    cells = [_cell(float(candidates.raw[row]), draw.full, "")]
    cells += [_under(draw, row, column) for column in draw.columns]
    if _ends(draw):
        cells.append(f'<td class="end">{outcome(choice, row)}</td>')
    return (
        f'<tr{" class=chosen" if chosen else ""}><th scope="row">{name}</th>{"".join(cells)}</tr>'
    )


def _under(draw: Drawing, row: int, column: Column) -> str:
    """A candidate's cell in one column."""
    candidates, number = draw.choice.candidates, column.number
    if draw.greedy and column.name in ALWAYS:
        return _cell(1.0, draw.full, "") if row == draw.likeliest else GONE
    if column.stage:
        line = "cut" if draw.choice.cut(draw.rows, number) == row else ""
        return _after(candidates, row, number, column.stage, draw.full, line)
    if not candidates.alive(row, number):
        return GONE
    shares = candidates.raw if number < 0 else candidates.after[number]
    return _cell(max(LEAST, float(shares[row])), draw.full, "off")


def _after(
    candidates: "Candidates", row: int, number: int, stage: "FilterEffect", full: float, line: str
) -> str:
    if candidates.alive(row, number):
        return _cell(max(LEAST, float(candidates.after[number, row])), full, line)
    if not candidates.alive(row, number - 1):
        return GONE
    share = float((candidates.raw if number == 0 else candidates.after[number - 1])[row])
    title = f"removed by {NAMES[stage.name]}, had {percent(max(LEAST, share))}"
    return (
        f'<td class="out" title="{title}" data-bar="{share:.9g}"><span class="cell">'
        f"<s>{percent(max(LEAST, share))}</s>"
        f'<i class="bar"><i style="width:{100 * share / full:.2f}%"></i></i></span></td>'
    )


def _cell(share: float, full: float, line: str) -> str:
    return (
        f'<td class="{line}" data-bar="{share:.9g}"><span class="cell">'
        f"<span>{percent(share)}</span>"
        f'<i class="bar"><i style="width:{100 * share / full:.2f}%"></i></i></span></td>'
    )


def outcome(choice: "Choice", row: int) -> str:
    """What became of a candidate."""
    candidates = choice.candidates
    by = int(candidates.removed_by[row])
    out = "" if by < 0 else f"out: {NAMES[choice.stages[by].name]}"
    if int(candidates.ids[row]) != choice.id:
        return out or "stays"
    text = "chosen by you" if choice.forced else "chosen"
    return f"{text}; {out}" if out else text


def _rest_row(draw: Drawing, size: int | None) -> str:
    choice, rows = draw.choice, draw.rows
    others = None if size is None else size - len(rows)
    if others == 0:
        return ""
    name = f"the other {_tokens(others)} together" if others != 1 else "the one other token"
    cells = [f"<td>{percent(choice.rest(rows, -1)[1])}</td>"]
    for column in draw.columns:
        left, mass = choice.rest(rows, column.number)
        left = others if left is None else left
        if draw.greedy and column.name in ALWAYS:
            left, mass = 0, 0.0
        more = "" if left is None else f"<span> {left:,} left</span>"
        cells.append(f"<td>{percent(mass)}{more}</td>")
    end = '<td class="end"></td>' if _ends(draw) else ""
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
