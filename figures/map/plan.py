"""A model as boxes, from the first to the last; each leads to where it can be looked into."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from figures.parts.html import Html, tag
from figures.parts.signs import visible
from figures.parts.table import headed_table

if TYPE_CHECKING:
    from services.map.plan import Box, Plan, Row, Stack

DRAWN = 24  # tokens that are written into their box
SIDE_BY_SIDE = ("mean", "judge", "span", "filled")  # any one of them, not one after the other
SMALL = ("embedded", "normed", "attended", "fed", "added")  # what they do is said where one asks
TABLES = ("table", "positions", "segments")  # they are as large as they are
ALONE = {"encoder": "a ViT reads the picture", "decoder": "a GPT-2 writes the words"}


@dataclass(frozen=True)
class Way:
    """A link to a view that looks into a box."""

    label: str
    href: str


@dataclass(frozen=True)
class Signs:
    """What stands on the boxes of a map: their names, what they do, where they lead."""

    boxes: Mapping[str, Mapping[str, str]]
    ways: Mapping[tuple[str, str], Sequence[Way]]  # by stack and box
    begin: Way  # where to begin
    here: str = ""  # the box from which the visitor comes


def headline(plan: "Plan") -> str:
    """How large the sentence is on its way."""
    last = plan.stacks[-1]
    return f"<b>{last.length:,} × {last.width:,}</b>, {short(plan.total)} parameters"


def plan_figure(plan: "Plan", signs: Signs) -> Html:
    """All stacks, and above them where to begin, or where one is."""
    stacks = [_stack(plan, stack, signs) for stack in plan.stacks]
    return tag(
        "figure",
        _begin(signs),
        tag("div", *stacks, class_="stacks"),
        class_=f"figure map {plan.kind}",
    )


def _begin(signs: Signs) -> Html:
    if signs.here:
        box = signs.boxes[signs.here]
        return tag("p", "You are at ", tag("b", box["title"]), f". {box['does']}", class_="begin")
    link = tag("a", signs.begin.label, href=signs.begin.href, data_way=True)
    return tag("p", tag("b", "Begin here: "), link, class_="begin")


def _stack(plan: "Plan", stack: "Stack", signs: Signs) -> Html:
    """The rows of a stack; those of a layer in a frame, once for all layers."""
    parts, layer, place = [], [], 0
    for row in stack.rows:
        drawn = _row(plan, stack, row, signs, place)
        place += 1
        if row.where == "layer":
            layer.append(drawn)
            continue
        if layer:
            parts.append(_layers(stack, layer, signs))
            layer = []
        parts.append(drawn)
    if layer:
        parts.append(_layers(stack, layer, signs))
    called = stack.name.capitalize()
    title = tag("h3", f"{called}: {ALONE[stack.name]}") if len(plan.stacks) > 1 else ""
    return tag("section", title, *parts, class_=f"stack {stack.name}", aria_label=called)


def _layers(stack: "Stack", rows: Sequence[Html], signs: Signs) -> Html:
    ways = signs.ways[stack.name, "layer"]
    link = tag(
        "a",
        f"{stack.layers} layers, each like this",
        class_="times",
        href=ways[0].href,
        title=ways[0].label,
        data_way=True,
    )
    at = " at" if signs.here == "layer" else ""
    return tag("div", tag("p", link, _also(ways)), *rows, class_=f"layers{at}")


def _row(plan: "Plan", stack: "Stack", row: "Row", signs: Signs, index: int) -> Html:
    boxes = [_box(plan, stack, row, box, signs) for box in row.boxes]
    kinds = ["row", row.where]
    if row.boxes[-1].name in SIDE_BY_SIDE:
        kinds.append("either")
    # A decoder that asks an encoder begins when that has read all.
    before = len(plan.stacks[0].rows) - 1 if stack is not plan.stacks[0] else 0
    return tag("div", *boxes, class_=" ".join(kinds), style=f"--n:{index + before}")


def _box(plan: "Plan", stack: "Stack", row: "Row", box: "Box", signs: Signs) -> Html:
    text = signs.boxes[box.name]
    ways = signs.ways[stack.name, box.name]
    times = stack.layers if row.where == "layer" else 1
    title = title_of(stack, box, text["title"])
    measure = measures(plan, stack, box)
    count = short(times * box.weights) if box.weights and box.name not in SMALL else ""
    share = times * box.weights / plan.total
    written = tag(
        "a",
        tag("b", title),
        tag("span", measure, class_="shape"),
        tag("em", count, tag("span", " parameters")) if count else "",
        "" if box.name in SMALL else tag("small", text["does"]),
        _tokens(plan, box) if box.name == "tokens" else "",
        tag("i", style=f"--share:{share:.4f}") if share > 0.001 else "",
        href=ways[0].href,
        title=f"{text['does']} Opens {ways[0].label}.",
        data_way=True,
    )
    kinds = f"box {box.name}" + (" small" if box.name in SMALL else "")
    kinds += " at" if signs.here == box.name else ""
    return tag("div", written, _also(ways) if box.name not in SMALL else "", class_=kinds)


def _also(ways: Sequence[Way]) -> Html:
    """The other views that look into a box."""
    first = ways[0].label.split(": ")[0]
    links = [
        tag("a", way.label.removeprefix(f"{first}: "), href=way.href, data_way=True)
        for way in ways[1:]
    ]
    return tag("span", *links, class_="also") if links else Html()


def _tokens(plan: "Plan", box: "Box") -> Html:
    shown = [tag("code", Html(visible(token))) for token in plan.tokens[:DRAWN]]
    more = [f" … {len(plan.tokens) - DRAWN:,} more"] if len(plan.tokens) > DRAWN else []
    return tag("span", *shown, *more, class_="cut")


def title_of(stack: "Stack", box: "Box", title: str) -> str:
    """What a box is called: with its norm where it has one, and with its mask."""
    if box.name == "embedded" and box.weights:
        return f"{title} & norm"
    if box.name == "states" and box.weights:
        return f"Norm: {title.lower()}"
    if box.name == "attention" and stack.name == "decoder":
        return "Masked self-attention"
    return title


def measures(plan: "Plan", stack: "Stack", box: "Box") -> str:
    """The shapes inside a box, or of what comes out of it."""
    n, d = stack.length, stack.width
    if box.name == "tokens":
        return f"{n:,} of {stack.vocabulary:,}"
    if box.name in TABLES:
        return f"{box.weights // d:,} × {d:,}"
    if box.name in ("attention", "cross"):
        seen = plan.stacks[0].length if box.name == "cross" else n
        return (
            f"{stack.heads} heads × {d // stack.heads}, weights {stack.heads} × {n:,} × {seen:,}"
        )
    if box.name == "feedforward":
        return f"{d:,} → {stack.inner:,} → {d:,}"
    return f"{box.rows:,} × {box.columns:,}"


def short(count: int) -> str:
    """A number of parameters in few signs."""
    if count < 10_000:
        return f"{count:,}"
    return f"{count / 1e6:,.2f} M" if count < 10_000_000 else f"{count / 1e6:,.1f} M"


def plan_table(plan: "Plan", boxes: Mapping[str, Mapping[str, str]]) -> Html:
    """Every box with its shape and all its parameters."""
    rows = []
    for stack in plan.stacks:
        for row in stack.rows:
            times = stack.layers if row.where == "layer" else 1
            for box in row.boxes:
                title = title_of(stack, box, boxes[box.name]["title"])
                counted = f"{box.weights:,}" if times == 1 else f"{times} × {box.weights:,}"
                rows.append([title, measures(plan, stack, box), counted])
    return headed_table(["Part", "Shape", "Parameters"], rows)
