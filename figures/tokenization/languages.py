"""The lines of a text as bars of tokens, for one or several tokenizers."""

from html import escape
from typing import TYPE_CHECKING

from core.text import DROPPED
from figures.parts.bars import track
from figures.parts.headline import decimals
from figures.parts.html import Html, tag
from figures.parts.prose import paragraph
from figures.parts.signs import visible
from figures.parts.table import rows_table

if TYPE_CHECKING:
    from services.tokenization.languages import Cost, Costs

SHOWN = 60  # characters of a line


def headline(costs: "Costs") -> str:
    """The line that costs the first tokenizer most, beside the first line."""
    first = costs.costs[0]
    dearest = max(range(len(costs.lines)), key=lambda index: first.tokens[index])
    if first.times[dearest] in (None, 1.0):
        return f"<b>{first.tokens[0]:,}</b> token{'s' * (first.tokens[0] != 1)}"
    return f"line {dearest + 1}: <b>× {times(first, dearest)}</b> the tokens of line 1"


def times(cost: "Cost", index: int) -> str:
    """How often as many tokens as the first line has, as it is written."""
    number = cost.times[index]
    return "–" if number is None else decimals(number)


def languages_figure(costs: "Costs") -> str:
    """A panel for each tokenizer: a bar for each line, all on one scale."""
    longest = max(max(cost.tokens) for cost in costs.costs) or 1
    panels = "".join(str(_panel(costs, cost, longest)) for cost in costs.costs)
    many = "panels many" if len(costs.costs) > 1 else "panels"
    return (
        f'<figure class="figure tokenization languages"><div class="{many}">{panels}</div>'
        f"{_dropped(costs)}"
        f"<figcaption>{paragraph('tokenization', 'line_by_line')}</figcaption></figure>"
    )


def _dropped(costs: "Costs") -> str:
    """Which lines a tokenizer leaves nothing of, as those of signs without a width."""
    return "".join(
        f"<p>{escape(cost.title)} keeps nothing of the text in line {number}: its tokenizer drops "
        f"{DROPPED}.</p>"
        for cost in costs.costs
        for number, count in enumerate(cost.tokens, start=1)
        if not count
    )


def _panel(costs: "Costs", cost: "Cost", longest: int) -> Html:
    rows = [
        tag(
            "li",
            tag("bdi", Html(visible(line if len(line) <= SHOWN else f"{line[: SHOWN - 1]}…"))),
            track(count / longest),
            tag("b", f"{count:,}"),
            tag("span", "× 1" if count and not index else f"× {times(cost, index)}"),
            tag("span", f"{lost:,} unknown", class_="lost-tokens") if lost else "",
        )
        for index, (line, count, lost) in enumerate(
            zip(costs.lines, cost.tokens, cost.unknown, strict=True)
        )
    ]
    head = tag("h3", cost.title)
    return tag("section", head, tag("ol", *rows, class_="line-costs"), class_="panel")


def languages_table(costs: "Costs") -> str:
    """Each line with its characters, and for each tokenizer its tokens and their ratio."""
    head = ["line", "characters"]
    for cost in costs.costs:
        head += [escape(cost.title), "× line 1", "unknown"]
    rows: list[list[object]] = []
    for index, line in enumerate(costs.lines):
        rows.append([line, costs.characters[index]])
        for cost in costs.costs:
            rows[-1] += [cost.tokens[index], times(cost, index), cost.unknown[index]]
    return rows_table(tuple(head), rows)
