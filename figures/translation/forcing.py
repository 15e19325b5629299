"""A given translation word by word, the model left free beside it, and a wrong word put in."""

import json
import math
from html import escape
from typing import TYPE_CHECKING

from figures.parts.bars import track
from figures.parts.headline import decimals, short
from figures.parts.html import Html, tag
from figures.parts.prose import paragraph
from figures.parts.style import minus, percent
from figures.parts.table import heads, numbers, table
from figures.translation.tokens import paper, shown

if TYPE_CHECKING:
    from services.translation.forcing import Forced

NO_PLACE = -1
LONGEST = 44  # characters of a translation that a headline has room for


def headline(forced: "Forced") -> str:
    """The loss; or what the model makes of the wrong word."""
    if forced.place == NO_PLACE:
        return f"loss <b>{decimals(forced.loss)}</b> nats a token"
    made = escape(short(_follows(forced), LONGEST))
    return f"after <i>{escape(short(forced.wrong, 16))}</i>: <b>{made}</b>"


def forcing_figure(forced: "Forced", *, token: int, title: str) -> str:
    """Each token with its probability and loss; what it would have said; after a wrong word."""
    wrong = forced.place != NO_PLACE
    names = ["given", "probability", "loss", "likeliest there"]
    names += ["loss after the wrong word"] if wrong else []
    chosen = min(max(token, 0), len(forced.tokens) - 1)
    head = "".join(tag("span", name, role="columnheader") for name in names)
    rows = "".join(_row(forced, index, chosen) for index in range(len(forced.tokens)))
    free = "".join(told.text for told in forced.free).strip()
    kind = "forced-words wrong" if wrong else "forced-words"
    caption = (
        f"Losses by {title}, in nats: −ln p of each token after the right ones before it, "
        f"whatever the model would have written, without label smoothing. Their mean is "
        f"{decimals(forced.loss)}."
    )
    return (
        '<figure class="figure translation forcing">'
        f"{_gone_on(forced)}"
        f'<div class="{kind}" role="table" aria-label="The translation, token by token">'
        f'<div role="row" class="head">{head}</div>{rows}</div>'
        f"<p>On its own it writes: <b lang=fr>{escape(free) or 'nothing'}</b></p>"
        f"<p>{paragraph('translation', 'forced')}</p>"
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def _gone_on(forced: "Forced") -> str:
    """What follows the wrong word when the model goes on by itself."""
    if forced.place == NO_PLACE:
        return ""
    given, made = _parts(forced)
    old = shown(forced.tokens[forced.place].piece)
    return (
        f"<p>With <i>{escape(forced.wrong)}</i> in place of <i>{old}</i> it goes on: "
        f"<span class=gone-on lang=fr>{escape(given)}<mark>{escape(made)}</mark></span></p>"
    )


def _parts(forced: "Forced") -> tuple[str, str]:
    """The beginning that was given, and what the model wrote behind it."""
    pieces = [
        "" if special else piece
        for piece, special in zip(forced.follows.pieces, forced.follows.special, strict=True)
    ]
    return "".join(pieces[: forced.kept]).strip(), "".join(pieces[forced.kept :])


def _follows(forced: "Forced") -> str:
    return "".join(_parts(forced))


def _row(forced: "Forced", index: int, chosen: int) -> str:
    token = forced.tokens[index]
    chance = math.exp(token.logprob)
    first = token.nexts[0]
    instead = f"{shown(first.text)} {percent(first.probability)}" if token.rank > 1 else "the same"
    button = tag(
        "button",
        tag("b", shown(token.piece), style=paper(chance)),
        type="button",
        data_pick=json.dumps({"token": index}),
        aria_pressed="true" if index == chosen else "false",
    )
    cells = (
        f'<span role="cell">{track(chance)}<i>{percent(chance)}</i></span>'
        f'<span role="cell">{decimals(-token.logprob)}</span><span role="cell">{instead}</span>'
    )
    if forced.place != NO_PLACE:
        cells += f'<span role="cell">{_after(forced, index)}</span>'
    return f'<div role="row"><span role="rowheader">{button}</span>{cells}</div>'


def _after(forced: "Forced", index: int) -> str:
    if index < forced.place:
        return ""
    if index == forced.place:
        return f"<i>{escape(short(forced.wrong, 16))}</i> stands here"
    lost = -float(forced.after[index])
    change = float(forced.right[index] - forced.after[index])
    mark = decimals(lost) if abs(change) < 0.5 else f"<mark>{decimals(lost)}</mark>"
    return f"{mark} <small>({'+' if change > 0 else ''}{decimals(change)})</small>"


def forcing_table(forced: "Forced") -> Html:
    """Each token with its numbers."""
    lines = [
        f"<tr><td class=number>{index}</td><td>{shown(token.piece)}</td>"
        + numbers(
            (
                percent(math.exp(token.logprob)),
                minus(token.logprob),
                f"{token.rank:,}",
                minus(float(forced.after[index])),
            )
        )
        + f"<td>{shown(token.nexts[0].text)}</td></tr>"
        for index, token in enumerate(forced.tokens)
    ]
    names = ("place", "token", "probability", "ln p, nats", "rank", "after", "likeliest")
    return table(heads(names, left={"token", "likeliest"}), lines)
