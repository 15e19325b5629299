"""A model's output as it is printed and in colours, beside one that somebody invented."""

import json
from typing import TYPE_CHECKING

import numpy as np

from figures.parts.html import Html, tag
from figures.parts.legend import legend
from figures.parts.prose import paragraph
from figures.parts.signs import token_sign
from figures.parts.states import short_name, state_name, stops
from figures.parts.strip import common_scale, strip
from figures.parts.style import SIGNED, minus, percent, three_digits
from figures.parts.table import headed_table

if TYPE_CHECKING:
    from services.anatomy.invented import Invented
    from services.anatomy.tensors import Signs, Tensors


def headline(made: "Tensors") -> str:
    """Its shape."""
    return " × ".join(f"<b>{size:,}</b>" for size in made.shape())


def tensors_figure(
    made: "Tensors",
    state: int,
    invented: "Invented",
    signs: "tuple[Signs, Signs]",
    *,
    title: str,
    solved: bool,
) -> str:
    """Both tensors as they are printed, each row in colours; solved, how one can tell."""
    rows = made.states[state]
    last = state == len(made.states) - 1
    called = "last_hidden_state" if last else f"hidden_states[{state}]"
    real = _half(
        f"{tag('span', title)}: <code>print({called})</code>",
        _with_shape(made.printed[state], made.shape()),
        list(made.names),
        rows,
    )
    fake = _half(
        f"Invented, for “{tag('span', invented.text)}”",
        _with_shape(invented.printed, invented.shape),
        [f"{number}" for number in range(len(invented.rows))],
        np.array(invented.rows),
    )
    text = "Hide how one can tell" if solved else "Show how one can tell"
    pick = json.dumps({"solved": not solved})
    button = tag("p", tag("button", text, type="button", class_="quiet", data_pick=pick))
    table = _told(signs, made.shape()[2], invented.shape[2]) if solved else ""
    state_said = state_name(state, len(made.states) - 1)
    causal = "" if made.normed else " data-causal"
    return (
        f'<figure class="figure anatomy tensors"{causal}><div class="halves">{real}{fake}</div>'
        f"{button}{table}<figcaption>{_scale(rows)}{tag('span', title)}, {state_said}. "
        f"{paragraph('anatomy', 'printed')}</figcaption></figure>"
    )


def state_chooser(made: "Tensors", state: int) -> str:
    """A button for each state of the text; they can be played."""
    layers = len(made.states) - 1
    offered = [
        (short_name(number), state_name(number, layers), [number]) for number in range(layers + 1)
    ]
    return stops("Vectors", "Which vectors", offered, state, plays=True)


def tensors_table(made: "Tensors", state: int) -> str:
    """Each row with its length, μ, σ and largest number."""
    rows = [
        [
            f"<code>{token_sign(name)}</code>",
            three_digits(float(np.linalg.norm(row.astype(np.float64)))),
            minus(float(row.mean(dtype=np.float64))),
            three_digits(float(row.std(dtype=np.float64))),
            three_digits(float(np.abs(row).max())),
            f"{int(np.abs(row).argmax())}",
        ]
        for name, row in zip(made.names, made.states[state], strict=True)
    ]
    return headed_table(("token", "length", "μ", "σ", "largest", "its place"), rows, numbers=True)


def _with_shape(printed: str, shape: tuple[int, int, int]) -> str:
    return f"{printed}\ntorch.Size({list(shape)})"


def _half(title: str, printed: str, names: list[str], rows: np.ndarray) -> str:
    """One tensor: as text, and a strip for each row."""
    most = common_scale(list(rows))
    strips = "".join(
        tag(
            "tr",
            tag("th", Html(token_sign(name)), scope="row"),
            tag("td", strip(row.astype(np.float64), most)),
        )
        for name, row in zip(names, rows, strict=True)
    )
    return (
        f"<section><h3>{title}</h3>{tag('pre', printed, tabindex='0')}"
        f"<table><tbody>{strips}</tbody></table></section>"
    )


def _scale(rows: np.ndarray) -> str:
    most = common_scale(list(rows))
    return legend(SIGNED, f"−{three_digits(most)}", three_digits(most))


def _told(signs: "tuple[Signs, Signs]", width: int, claimed: int) -> Html:
    """What is counted on both, one line each, with what it tells."""
    rows = [
        (
            "Rows for the tokens of its text",
            *(f"{one.rows} for {one.tokens}" for one in signs),
            "A row for each token, [CLS], commas and [SEP] included.",
        ),
        (
            "Columns",
            f"{width:,}",
            f"{claimed:,} claimed",
            "The width of the model: its configuration says how many.",
        ),
        (
            "Equal rows",
            *(f"{one.twins}" for one in signs),
            "Even one word twice has two vectors: its place is added.",
        ),
        (
            "Rows of zeros",
            *(f"{one.empty}" for one in signs),
            "No layer makes a whole vector 0.",
        ),
        (
            "Numbers below 0",
            *(percent(one.below) for one in signs),
            "About half, for rows are spread around 0.",
        ),
        (
            "σ of a row",
            *(_from(one.deviations) for one in signs),
            "No row is spread far less than the others.",
        ),
        (
            "μ of a row",
            *(_from(one.means) for one in signs),
            "The mean of a row is near 0.",
        ),
        (
            "Largest number",
            *(three_digits(one.largest) for one in signs),
            "A few dimensions are far larger than all others.",
        ),
    ]
    drawn = [[name, real, fake, why] for name, real, fake, why in rows]
    return headed_table(("counted here", "the model's", "invented", "what it tells"), drawn)


def _from(both: tuple[float, float]) -> str:
    return f"{minus(both[0])} to {minus(both[1])}"
