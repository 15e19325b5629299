"""One token's way through a layer: each vector as a strip, with its length, μ and σ."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from figures.anatomy.logit import end_headline, journeys_end, two_decimals
from figures.parts.chips import token_chips
from figures.parts.html import Html, tag
from figures.parts.legend import legend
from figures.parts.prose import paragraph
from figures.parts.signs import token_sign
from figures.parts.states import stops
from figures.parts.strip import common_scale, strip
from figures.parts.style import SIGNED, minus, significant, three_digits
from figures.parts.table import headed_table

if TYPE_CHECKING:
    from services.anatomy.journey import Inner, Journey, Step

COLUMNS = 5  # of the table: its name, strip, length, μ, σ


def headline(journey: "Journey", layer: int, guess: int) -> str:
    """How long is what each half of the layer adds; at the end, the logit."""
    if layer == journey.layers:
        return end_headline(journey, guess)
    added = {step.name: step.norm for step in journey.of(layer)}
    return (
        f"attention adds <b>{two_decimals(added['attention'])}</b>, "
        f"feed-forward <b>{two_decimals(added['feed-forward'])}</b>"
    )


def journey_figure(journey: "Journey", layer: int, guess: int, *, title: str) -> str:
    """The tokens to choose from; the layer's steps; behind the last layer, the next token."""
    blocks = _blocks(journey, layer)
    vectors = [step.vector for _, steps in blocks for _, step in steps]
    most = common_scale(vectors)
    rows = "".join(_block(journey, layer, name, steps, most) for name, steps in blocks)
    head = "".join(
        f'<th scope="col"{kind}>{name}</th>'
        for name, kind in (
            ("step", ""),
            (f"{len(vectors[0])} numbers", ""),
            ("length", " class=number"),
            ("μ", " class=number"),
            ("σ", " class=number"),
        )
    )
    end = journeys_end(journey, guess) if layer == journey.layers else ""
    scale = legend(SIGNED, f"−{three_digits(most)}", three_digits(most))
    causal = " data-causal" if journey.causal else ""
    named = list(enumerate(journey.names))
    chips = token_chips(named, journey.token, label="The token that is followed")
    return (
        f'<figure class="figure anatomy journey"{causal}>{chips}'
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{end}{scale}"
        f"<figcaption>{_said(journey, layer, title)}</figcaption></figure>"
    )


def layer_chooser(journey: "Journey", layer: int) -> str:
    """A button for each layer and one for the end; they can be played."""
    offered = [(f"{number}", f"layer {number}", [number]) for number in range(journey.layers)]
    offered.append(("end", "the end", [journey.layers]))
    return stops("Way through", "Which layer", offered, layer, plays=True)


def journey_table(journey: "Journey") -> str:
    """All steps of all layers in numbers, and what each head adds."""
    rows = []
    for step in journey.steps:
        heads = journey.inner[step.layer].heads if step.name == "attention" else ()
        rows.append(
            [
                step_name(step),
                three_digits(step.norm),
                minus(step.mean),
                three_digits(step.deviation),
                ", ".join(three_digits(float(head)) for head in heads),
            ]
        )
    return headed_table(("step", "length", "μ", "σ", "length of what each head adds"), rows)


def step_name(step: "Step") -> str:
    """A step with its place: "layer 2: attention"."""
    return f"{step.place}: {step.name}"


# The steps ---------------------------------------------------------------------------------------

Named = tuple[str, "Step"]  # what stands beside a strip, and what it shows


def _blocks(journey: "Journey", layer: int) -> list[tuple[str, list[Named]]]:
    """What the layer reads, and what it makes of it."""
    if layer == journey.layers:
        ended = [("<i>x</i>", journey.state(layer - 1))]
        ended += [("LayerNorm of <i>x</i>", step) for step in journey.after]
        return [(f"After layer {layer - 1}, the last", ended)]
    if layer == 0:
        before = [(name, step) for name, step in _embedded(journey)]
        name = "Before the first layer"
    else:
        before = [("<i>x</i>", journey.state(layer - 1))]
        name = f"After layer {layer - 1}"
    return [(name, before), (f"Layer {layer}", _inside(journey, layer))]


def _embedded(journey: "Journey") -> list[Named]:
    token = journey.tokens[journey.token]
    names = {
        "token": f"{token_sign(journey.names[journey.token])}, row {token.id:,}",
        "position": f"+ position {journey.token}",
        "segment": f"+ segment {'AB'[token.segment]}",
        "sum": "= <i>x</i>" if journey.norm_first else "= sum",
        "norm": "LayerNorm: <i>x</i>",
    }
    return [(names[step.name], step) for step in journey.before]


def _inside(journey: "Journey", layer: int) -> list[Named]:
    """The six steps, in the order of the architecture."""
    if journey.norm_first:
        names = (
            "LayerNorm of <i>x</i>",
            "→ attention, + <i>x</i>",
            "= sum",
            "LayerNorm of it",
            "→ feed-forward, + sum",
            "= new <i>x</i>",
        )
    else:
        names = (
            "+ attention",
            "= sum",
            "LayerNorm",
            "+ feed-forward",
            "= sum",
            "LayerNorm: new <i>x</i>",
        )
    return list(zip(names, journey.of(layer), strict=True))


def _block(journey: "Journey", layer: int, name: str, steps: Sequence[Named], most: float) -> str:
    title = f'<tr class="part"><th colspan="{COLUMNS}" scope="rowgroup">{name}</th></tr>'
    rows = []
    for text, step in steps:
        inner = journey.inner[step.layer] if step.layer >= 0 else None
        shown = step.layer == layer
        if inner and shown and step.name == "attention":
            rows.append(_wide(_heads(inner)))
        if inner and shown and step.name == "feed-forward":
            rows.append(_wide(_units(inner)))
        rows.append(_row(text, step, most))
    return title + "".join(rows)


def _row(text: str, step: "Step", most: float) -> str:
    numbers = (two_decimals(step.norm), _three(step.mean), three_digits(step.deviation))
    return str(
        tag(
            "tr",
            tag("th", Html(text), scope="row"),
            tag("td", strip(step.vector, most)),
            *(tag("td", number, class_="number") for number in numbers),
        )
    )


def _wide(inside: tuple[Html, Html]) -> str:
    name, shown = inside
    return str(
        tag("tr", tag("th", name, scope="row"), tag("td", shown, colspan=COLUMNS - 1), class_="in")
    )


def _heads(inner: "Inner") -> tuple[Html, Html]:
    """A bar for each head: how long what it adds is, after its rows of W_O."""
    largest = float(inner.heads.max()) or 1.0
    bars = [
        tag(
            "span",
            tag("i", style=f"height:{100 * float(length) / largest:.1f}%"),
            tag("small", f"{number}"),
            title=f"Head {number} adds {two_decimals(float(length))}",
        )
        for number, length in enumerate(inner.heads)
    ]
    name = Html(f"<small>{len(inner.heads)} heads, each through <i>W<sub>O</sub></i></small>")
    strongest = int(inner.heads.argmax())
    label = f"What each head adds; most head {strongest}, {two_decimals(largest)}"
    return name, tag("div", *bars, class_="columns", role="img", aria_label=label)


def _units(inner: "Inner") -> tuple[Html, Html]:
    """How many units are on, and the strongest; for a GPT-2 with what each promotes."""
    units = [
        tag(
            "li",
            tag("b", f"{unit.number:,}"),
            Html(f" {two_decimals(unit.value)}"),
            Html(" → " + " ".join(f"<code>{token_sign(one)}</code>" for one in unit.promotes))
            if unit.promotes
            else Html(),
        )
        for unit in inner.strongest
    ]
    name = Html(f"<small>{inner.on:,} of {inner.units:,} units on; strongest:</small>")
    return name, tag("ul", *units, class_="units")


def _said(journey: "Journey", layer: int, title: str) -> str:
    order = (
        paragraph("anatomy", "norm_first")
        if journey.norm_first
        else paragraph("anatomy", "norm_after")
    )
    off = "exactly" if journey.off == 0 else f"within {significant(journey.off, 1)}"
    last = layer == journey.layers - 1 and journey.norm_first
    this = "The new <i>x</i>, normalised once more," if last else "The new <i>x</i>"
    number = layer + 1
    if layer == journey.layers:
        this, number = "The last line", layer
    same = f"{this} is <code>hidden_states[{number}]</code>; all states are the library's, {off}."
    return f"{tag('span', title)}. {order} {same}"


def _three(value: float) -> str:
    """A mean, which is near 0: three decimals and a real minus sign."""
    written = f"{value:.3f}"
    return "0.000" if written == "-0.000" else written.replace("-", "−")
