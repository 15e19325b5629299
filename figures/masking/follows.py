"""The picture of two sentences: does the second follow, and what does the head say of others?"""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from figures.parts.bars import track
from figures.parts.headline import decimals, share
from figures.parts.html import Html, tag
from figures.parts.prose import marked, paragraph
from figures.parts.style import percent
from figures.parts.table import rows_table

if TYPE_CHECKING:
    from services.masking.follows import Followed, Reading

NAMES = {
    "pair": "Your pair",
    "next": "True next",
    "topic": "Same topic",
    "random": "Random",
    "swapped": "Swapped",
}
SCORED = "pocket-nsp"  # whose scores on kept-out books are told
LEAST = 5.0  # the scale of logits goes so far at least on both sides
HIGH = 0.99  # a probability from which on bars look alike
APART = 0.5  # logits that differ by less are alike; by more, they differ though bars look alike


def headline(followed: "Followed") -> str:
    """The verdict and its probability."""
    says = "follows" if followed.pair.probability > 0.5 else "does not follow"
    return f"{says}: <b>{share(followed.pair.probability)}</b>"


def follows_figure(followed: "Followed", *, name: str, title: str) -> str:
    """The pair in large, the contrast set beside it as bars, and what can be read from them."""
    rows = readings(followed)
    far = max(LEAST, *(abs(one.logit) for one in rows))
    bars = [_row(one, called(followed, one), far) for one in rows]
    head = tag(
        "p",
        tag("span", "second sentence"),
        tag("span", "p(follows)"),
        tag("span", "logit (middle: 0)"),
        class_="heads",
        aria_hidden="true",
    )
    said = [tag("li", Html(marked(one))) for one in facts(followed)]
    about = [f"{title}.", paragraph("masking", "contrast"), _chosen(followed)]
    scores = paragraph("masking", "scored") if name == SCORED else ""
    return str(
        tag(
            "figure",
            _pair(followed.pair),
            tag(
                "div",
                head,
                tag("ol", *bars, class_="contrast", data_roving="1"),
                data_answer=True,
            ),
            tag("ul", *said, class_="facts", data_answer=True),
            tag("figcaption", Html(marked(" ".join(filter(None, [*about, scores]))))),
            class_="figure masking follows",
        )
    )


def follows_table(followed: "Followed") -> str:
    """Every pair with its probability, its logit and the two numbers that it is made of."""
    rows = [
        [
            called(followed, one),
            one.first,
            one.second,
            percent(one.probability),
            _signed(one.logit),
            *map(_signed, one.logits),
        ]
        for one in readings(followed)
    ]
    names = ("", "first", "second", "p(follows)", "logit", "follows", "does not follow")
    return rows_table(names, rows)


def readings(followed: "Followed") -> "Sequence[Reading]":
    """The pair, and then what is contrasted with it."""
    return (followed.pair, *followed.contrast)


def called(followed: "Followed", one: "Reading") -> str:
    """What a pair is called; a visitor's is the true next one where we wrote both of it."""
    ours = one.kind == "pair" and not followed.near and followed.of("next") is None
    return "Your pair, the true next" if ours else NAMES[one.kind]


def _signed(logit: float) -> str:
    return f"{'+' if logit > 0 else ''}{decimals(logit)}"


# What is said of the pair in front of the visitor ---------------------------------------------


def facts(followed: "Followed") -> list[str]:
    """Sentences computed of this pair; words that are mentioned are marked."""
    found = [_order(followed), _topic(followed), _saturation(followed)]
    if followed.unknown:
        found.insert(
            0,
            f"{followed.unknown:,} of {followed.tokens:,} tokens are `[UNK]`. "
            + paragraph("masking", "unknown"),
        )
    return [one for one in found if one]


def _order(followed: "Followed") -> str:
    pair, swapped = followed.pair, followed.of("swapped")
    if swapped is None:
        return (
            f"It is the same sentence twice, and no text goes on like that; the head says "
            f"{percent(pair.probability)}. Swapping changes nothing."
        )
    changed = (
        f"Swapping the order changes {percent(pair.probability)} to "
        f"{percent(swapped.probability)} (logit {_signed(pair.logit)} to {_signed(swapped.logit)})"
    )
    one, other = pair.probability > 0.5, swapped.probability > 0.5
    if one and other:
        alike = abs(pair.logit - swapped.logit) < APART
        return f"{changed}: the head says yes to both{', and reads topic, not order' * alike}."
    if one == other:
        return f"{changed}: the head says no to both."
    return f"{changed}: here the order decides."


def _topic(followed: "Followed") -> str:
    pair, topic, random = followed.pair, followed.of("topic"), followed.of("random")
    if topic is None or random is None:
        return ""
    said = (
        f"A sentence on the same topic that does not follow has {percent(topic.probability)}, one "
        f"on another topic {percent(random.probability)}"
    )
    if topic.probability > 0.5 and topic.logit >= pair.logit:
        return f"{said}: topic alone is worth more to the head than your second sentence."
    if topic.probability > 0.5:
        return f"{said}: topic alone is enough for a yes."
    return f"{said}: topic alone is not enough here."


def _saturation(followed: "Followed") -> str:
    high = [one for one in readings(followed) if one.probability >= HIGH]
    low = [one for one in readings(followed) if one.probability <= 1 - HIGH]
    for some, where in ((high, "above 99%"), (low, "below 1%")):
        values = [one.logit for one in some]
        if len(some) > 1 and max(values) - min(values) > APART:
            return (
                f"{len(some)} bars stand {where} and look alike; their logits go from "
                f"{_signed(min(values))} to {_signed(max(values))}."
            )
    return ""


def _chosen(followed: "Followed") -> str:
    return paragraph("masking", "nearest") if followed.near else paragraph("masking", "written")


# How it is drawn ------------------------------------------------------------------------------


def _pair(pair: "Reading") -> Html:
    says = "It follows" if pair.probability > 0.5 else "It does not follow"
    return tag(
        "div",
        tag("p", tag("bdi", pair.first), class_="one"),
        tag("p", tag("bdi", pair.second), class_="two"),
        tag(
            "p",
            tag("b", Html(share(pair.probability))),
            tag("span", f"{says}: p(follows), logit {_signed(pair.logit)}"),
            class_="large",
            data_answer=True,
        ),
        class_="pair",
    )


def _row(one: "Reading", name: str, far: float) -> Html:
    text = one.second if one.kind != "swapped" else "the second sentence, then the first"
    button = tag(
        "button",
        tag("span", tag("b", name), tag("small", tag("bdi", text)), class_="name"),
        track(one.probability),
        tag("span", percent(one.probability), class_="value"),
        _way(one.logit, far),
        tag("span", _signed(one.logit), class_="value"),
        type="button",
        data_pick=json.dumps({"sentence": one.first, "following": one.second}),
        aria_label=(
            f"{name}: {one.second}, {percent(one.probability)}, logit {_signed(one.logit)}; "
            "make it the pair"
        ),
        tabindex="0" if one.kind == "pair" else "-1",
    )
    return tag("li", button, class_=one.kind)


def _way(logit: float, far: float) -> Html:
    """A bar from the middle to the left or to the right, `far` on either end."""
    wide = 50 * min(1.0, abs(logit) / far)
    left = 50 - wide if logit < 0 else 50.0
    bar = tag("span", style=f"left:{left:.1f}%;width:{wide:.1f}%")
    return tag("span", bar, tag("i"), class_="way")
