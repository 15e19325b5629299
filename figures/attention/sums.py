"""One pair of tokens worked out in words: sums that a reader can follow on a calculator."""

from collections.abc import Callable
from html import escape
from math import exp, sqrt
from typing import TYPE_CHECKING

import numpy as np

from figures.parts.prose import paragraph
from figures.parts.style import minus, significant, three_digits

if TYPE_CHECKING:
    from services.attention.steps import Steps


def projections_text(steps: "Steps") -> str:
    """Where queries, keys and values come from."""
    if steps.causal:
        return (
            "Each token's vector is normalised first (GPT-2 has its LayerNorm before the "
            "attention), then multiplied by one matrix for all heads together (c_attn; biases are "
            "added). Its columns for this head give a query, a key and a value of "
            f"d_k = {steps.width} numbers each."
        )
    return (
        "Each token's vector is multiplied by this head's three matrices (biases are added). That "
        f"gives a query, a key and a value of d_k = {steps.width} numbers each."
    )


def product_text(steps: "Steps", pair: tuple[int, int], names: list[str]) -> str:
    """One dot product of a query and a key."""
    looking, looked_at = (f"<code>{escape(names[index])}</code>" for index in pair)
    return (
        f"The query of {looking} and the key of {looked_at}, multiplied number by number and "
        f"added up: q·k = <b>{three_digits(float(steps.scores[pair]))}</b>."
    )


def scaling_text(steps: "Steps", pair: tuple[int, int]) -> str:
    """The division by √d_k."""
    score, root = float(steps.scores[pair]), sqrt(steps.width)
    if not steps.scaling:
        return f"Switched off: {three_digits(score)} is used as it is."
    over, under = enough(lambda a, b: a / b, score, root)
    return (
        f"{over} / √{steps.width} = {over} / {under} = "
        f"<b>{three_digits(float(steps.scaled[pair]))}</b>.{_without(steps, pair[0])}"
    )


def _without(steps: "Steps", row: int) -> str:
    """What the division does to the largest weight of this row."""
    if not steps.softmax:
        return ""
    unscaled, largest = (
        three_digits(float(weights[row].max()))
        for weights in (steps.unscaled_weights, steps.weights)
    )
    return (
        f" Without the division this row's largest weight would be {unscaled} instead of "
        f"{largest}."
    )


def mask_text(steps: "Steps", pair: tuple[int, int], names: list[str]) -> str:
    """What the causal mask does, and what it does to this pair."""
    assert steps.masked is not None, "only a causal model has a mask"
    looking, looked_at = (f"<code>{escape(names[index])}</code>" for index in pair)
    number = minus(float(steps.scaled[pair]))
    if steps.masked[pair]:
        worked = f"{looked_at} comes after {looking}: its {number} is lost."
    else:
        worked = f"{looked_at} is not later than {looking}: its {number} stays."
    return f"{paragraph('attention', 'causal_mask')} {worked}"


def softmax_text(steps: "Steps", pair: tuple[int, int], entropy: float) -> str:
    """One weight out of its row's numbers; `entropy` is that of the row's weights, in nats."""
    if not steps.softmax:
        left_out = " What is masked is left out (0)." if steps.causal else ""
        return (
            f"Switched off: {three_digits(float(steps.weights[pair]))} is used as it is. Rows no "
            f"longer sum to 1, and a negative number subtracts the value.{left_out}"
        )
    if steps.masked is not None and steps.masked[pair]:
        return paragraph("attention", "masked_weight")
    row = steps.scaled[pair[0]].astype(float)
    row = row[: pair[0] + 1] if steps.causal else row
    top, this = float(row.max()), float(steps.scaled[pair])
    total = float(np.exp(row - top).sum())
    power, sum_of_powers = enough(lambda a, b: a / b, exp(this - top), total)
    raised, largest = enough(lambda a, b: exp(a - b), this, top, digits=_places(power))
    if this == top:
        power = "1"
    over = f"over the {len(row)} that are not masked " if steps.causal else ""
    return (
        f"With m = {largest}, the row's largest number, "
        f"e<sup>{raised} − m</sup> / Σ e<sup>z − m</sup> = {power} / {sum_of_powers} = "
        f"<b>{three_digits(float(steps.weights[pair]))}</b>. The row's entropy is "
        f"{three_digits(entropy)} nats; spread evenly {over}it would be ln {len(row)} = "
        f"{three_digits(float(np.log(len(row))))}."
    )


def enough(
    work: Callable[[float, float], float], first: float, second: float, *, digits: int = 3
) -> tuple[str, str]:
    """Two numbers with just so many digits that what is read gives what is written.

    `work` is what a reader does with them on a calculator; its result to `digits` digits must be
    that of the unrounded numbers.
    """
    wanted = significant(work(first, second), digits)
    for kept in range(3, 13):
        written = significant(first, kept), significant(second, kept)
        read = (float(number.replace(",", "")) for number in written)
        if significant(work(*read), digits) == wanted:
            break
    return written


def _places(number: str) -> int:
    """How many significant digits a number is written with."""
    return len(number.split("e")[0].replace(".", "").replace(",", "").lstrip("-0"))
