"""One step of training: the paragraph in three colours, and what each token costs."""

import json
from math import exp
from typing import TYPE_CHECKING

from figures.parts.bars import barred
from figures.parts.headline import decimals
from figures.parts.html import Html, tag
from figures.parts.prose import paragraph
from figures.parts.signs import token_sign
from figures.parts.style import three_digits
from figures.parts.table import rows_table, table

if TYPE_CHECKING:
    from services.masking.learning import Learning, Step

SAID = {
    "masked": "masked: the model sees [MASK]",
    "random": "replaced: a random token stands in its place",
    "kept": "kept: unchanged, and predicted all the same",
}
SHORT = {"masked": "masked", "random": "replaced", "kept": "kept"}


def headline(learning: "Learning") -> str:
    """The loss, which is a mean over the chosen tokens alone."""
    count = f"{len(learning.chosen)} of {len(learning.steps)} tokens"
    return f"loss <b>{decimals(learning.loss)}</b> on {count}"


def learning_figure(learning: "Learning", *, most: int, title: str) -> str:
    """The paragraph as the model sees it, the key, a button for another draw, and the losses."""
    following = 0 if learning.seed >= most else learning.seed + 1
    again = tag(
        "button",
        "Another draw",
        type="button",
        class_="again",
        data_pick=json.dumps({"seed": following}),
    )
    counts = {fate: sum(step.fate == fate for step in learning.chosen) for fate in SAID}
    key = [
        tag("span", tag("i", class_=f"swatch {fate}"), f" {counts[fate]} {text}")
        for fate, text in SAID.items()
    ]
    words, end = [], 0
    for step in learning.steps:
        if step.start > end:
            words.append(tag("span", learning.text[end : step.start]))
        words.append(_step(step, learning.text[step.start : step.end]))
        end = max(end, step.end)
    mean = three_digits(exp(learning.loss))
    text = (
        f"{title}: the mean of −ln p over the chosen tokens is {decimals(learning.loss)} nats: as "
        f"unsure as a choice among {mean} equally likely tokens (e to this loss)."
    )
    return str(
        tag(
            "figure",
            tag("p", *words, class_="paragraph", dir="auto"),
            tag("p", *key, again, class_="key"),
            tag("div", _losses(learning), class_="losses", data_answer=True),
            tag("figcaption", text, " ", paragraph("masking", "chosen")),
            class_="figure masking learning",
        )
    )


def learning_table(learning: "Learning") -> str:
    """Every chosen token in words."""
    rows = [
        [one.token, SHORT[one.fate], one.seen, one.guess, three_digits(one.loss)]
        for one in learning.chosen
    ]
    return rows_table(("token", "what became of it", "seen", "first guess", "−ln p"), rows)


def _step(step: "Step", typed: str) -> Html:
    """One token as it was typed; a chosen one with what the model sees above it."""
    if not step.fate:
        return tag("span", typed)
    return tag("span", tag("small", step.seen), typed, class_=f"chosen {step.fate}")


def _losses(learning: "Learning") -> Html:
    most = max(step.loss for step in learning.chosen)
    lines = [
        "<tr>"
        + tag("td", Html(tag("i", class_=f"swatch {one.fate}")), " ", Html(token_sign(one.token)))
        + tag("td", SHORT[one.fate])
        + barred(one.loss / most if most else 0.0, three_digits(one.loss))
        + tag("td", Html(token_sign(one.guess)))
        + "</tr>"
        for one in learning.chosen
    ]
    head = "<th>right token</th><th>it is</th><th>its loss, −ln p</th><th>first guess</th>"
    return table(head, lines)
