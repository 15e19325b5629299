"""A model with parts of it switched off: what it says, before beside after."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from figures.parts.bars import bar
from figures.parts.chips import token_chips
from figures.parts.headline import share
from figures.parts.html import Html, tag
from figures.parts.legend import legend
from figures.parts.prose import paragraph
from figures.parts.ranked import ranked_heads
from figures.parts.signs import token_sign
from figures.parts.strip import common_scale, strip
from figures.parts.style import SIGNED, percent, significant, three_digits
from figures.parts.table import headed_table

if TYPE_CHECKING:
    from services.anatomy.off import Switches
    from services.anatomy.switches import Change, Hidden, Likely, Switched, Verdict
    from services.attention import Ablation

SIDES = ("all on", "as switched")


def headline(made: "Switched") -> str:
    """What the switches change, in one number."""
    if made.switches.untouched:
        return "all on: nothing changes"
    twice = made.twice
    if twice and twice.before and twice.after == 0:
        return f"the two {_word(twice.label)} differ by <b>0</b>"
    if made.next:
        return f"next token: <b>{_nats(made.next)}</b> nats away"
    return f"the sentence vector moves by <b>{_moved(made.moved)}</b>"


def switches_figure(
    made: "Switched",
    verdict: "Verdict | None",
    hidden: "Hidden | None",
    ablation: "Ablation | None",
    *,
    title: str,
    without: str,
    place: int,
) -> str:
    """What is read, what the model makes of it on both sides, and all heads by their effect.

    `without` says why verdict and masked word are missing, where they are; `place` is the token
    that is hidden for the latter. Heads are ranked where they are counted already.
    """
    cards = [_vector(made)]
    if made.twice:
        cards.append(_twice(made))
    if made.next:
        cards.append(_likely("What comes next", made.next))
    if hidden:
        cards.append(_likely(f"In place of {_word(hidden.label)}", hidden.change))
    if verdict:
        cards.append(_verdict(verdict))
    read = ""
    if made.switches.seed:
        read = f'<p class="lead">Read as: <q>{token_line(made.read)}</q></p>'
    chips = _chips(made, place) if hidden else ""
    causal = " data-causal" if made.causal else ""
    return (
        f'<figure class="figure anatomy switches"{causal}>{chips}{read}'
        f"{tag('ul', *cards, class_='changes')}{_ranked(made.switches, ablation)}"
        f"<figcaption>{_said(made, title, without)}</figcaption></figure>"
    )


def token_line(text: str) -> str:
    """A text in one line, escaped."""
    return str(tag("span", " ".join(text.split())))


def switches_table(made: "Switched", verdict: "Verdict | None", hidden: "Hidden | None") -> str:
    """All that is compared, in numbers."""
    rows = [["1 − cosine of the sentence vectors", "0", _moved(made.moved)]]
    if twice := made.twice:
        name = f"largest difference of the two {_word(twice.label)}"
        rows.append([name, three_digits(twice.before), three_digits(twice.after)])
    if verdict:
        rows.append(["acceptable", percent(verdict.before), percent(verdict.after)])
    for name, change in (
        ("next token", made.next),
        (f"in place of {_word(hidden.label)}" if hidden else "", hidden and hidden.change),
    ):
        if change:
            rows.append([name, _listed(change.before), _listed(change.after)])
    return headed_table(("", *SIDES), rows)


def off_chooser(switches: "Switches", layers: int, heads: int) -> str:
    """A button for each layer and for each of its heads; a press switches it off or on."""
    cells = []
    for layer in range(layers):
        off = layer in switches.layers
        cells.append(_switch(f"Layer {layer}", f"{layer}", switches.toggled(layer), off, "layer"))
        for head in range(heads):
            there = (layer, head) in switches.heads
            new = switches.toggled(layer, head)
            cells.append(_switch(f"Head {layer}.{head}", "", new, there, "gone" if off else ""))
    count = len(switches.layers) + len(switches.heads)
    text = "Layers and heads: <b>all on</b>" if not count else f"Off: <b>{_off(switches)}</b>"
    reset = tag(
        "button", "All on", type="button", class_="quiet", data_pick=json.dumps({"off": ""})
    )
    return (
        f'<div class="offs" role="group" aria-label="Layers and heads that are off" '
        f'data-roving="{heads + 1}" style="--columns:{heads}"><p class="chosen">{text}</p>'
        f'<div class="cells">{"".join(cells)}</div>'
        f"<small>Rows are layers, columns heads. A press switches one off. {reset}</small></div>"
    )


def _switch(name: str, text: str, new: "Switches", off: bool, kind: str) -> Html:
    first = name == "Layer 0"
    return tag(
        "button",
        text,
        type="button",
        class_=kind,
        title=f"{name}: {'off' if off else 'on'}",
        aria_label=f"{name} off",
        aria_pressed="true" if off else "false",
        tabindex="0" if first else "-1",
        data_pick=json.dumps({"off": new.written}),
    )


def _off(switches: "Switches") -> str:
    """The parts that are off, or how many they are."""
    named = [f"layer {layer}" for layer in switches.layers]
    named += [f"{layer}.{head}" for layer, head in switches.heads]
    if len(named) <= 4:
        return ", ".join(named)
    counted = (("layers", len(switches.layers)), ("heads", len(switches.heads)))
    return ", ".join(f"{many} {what}" for what, many in counted if many)


# One card each -----------------------------------------------------------------------------------


def _card(title: str, text: str, sides: Sequence[Html]) -> Html:
    named = [tag("div", tag("small", name), side) for name, side in zip(SIDES, sides, strict=True)]
    head = tag("h3", tag("span", Html(title)), Html(f" <b>{text}</b>" if text else ""))
    return tag("li", head, tag("div", *named, class_="two"), class_="change")


def _vector(made: "Switched") -> Html:
    most = common_scale([made.before, made.after])
    sides = [strip(vector, most) for vector in (made.before, made.after)]
    return _card("Sentence vector", f"moves by {_moved(made.moved)}", sides)


def _twice(made: "Switched") -> Html:
    twice = made.twice
    assert twice
    sides = [
        Html(f"<p>{'exactly 0' if number == 0 else three_digits(number)}</p>")
        for number in (twice.before, twice.after)
    ]
    name = f"The two {_word(twice.label)} differ by"
    return _card(name, "", sides)


def _likely(title: str, change: "Change") -> Html:
    sides = [_bars(likely) for likely in (change.before, change.after)]
    return _card(title, f"{_nats(change)} nats away", sides)


def _bars(likely: "Sequence[Likely]") -> Html:
    lines = [
        bar(Html(token_sign(one.label)), one.probability, share(one.probability)) for one in likely
    ]
    return Html(f'<ol class="likely">{"".join(lines)}</ol>')


def _verdict(verdict: "Verdict") -> Html:
    sides = [
        Html(f'<ol class="likely">{bar("acceptable", one, share(one), mark=0.5)}</ol>')
        for one in (verdict.before, verdict.after)
    ]
    turned = (verdict.before >= 0.5) != (verdict.after >= 0.5)
    return _card("Verdict of grammaticality", "turns over" if turned else "stays", sides)


def _chips(made: "Switched", index: int) -> Html:
    """The tokens; a press masks another one."""
    both = enumerate(zip(made.names, made.tokens, strict=True))
    ordinary = [(number, name) for number, (name, token) in both if not token.special]
    label = "The token that is masked"
    return token_chips(ordinary, index, label=label, before="Masked word:")


def _ranked(switches: "Switches", ablation: "Ablation | None") -> str:
    if ablation is None:
        return "<h3>All heads, by what changes without each</h3><p>They are being ranked …</p>"
    bars = ranked_heads(
        ablation.effect,
        ablation.ranked(),
        lambda layer, head: {"off": switches.toggled(layer, head).written},
        lambda layer, head: (layer, head) in switches.heads,
    )
    by = "next token, in nats" if ablation.next is not None else "sentence vector, 1 − cosine"
    return f"<h3>All heads, by what changes without each alone: {by}</h3>{bars}"


def _said(made: "Switched", title: str, without: str) -> str:
    same = "exactly" if made.off == 0 else f"within {significant(made.off, 1)}"
    most = common_scale([made.before, made.after])
    scale = legend(SIGNED, f"−{three_digits(most)}", three_digits(most))
    missing = f" {tag('span', without)}" if without else ""
    return (
        f"{scale}{tag('span', title)}. {paragraph('anatomy', 'switched')} With all on, the last "
        f"state is the library's, {same}.{missing}"
    )


def _moved(value: float) -> str:
    """1 − cosine; what is left by rounding is no change."""
    return "0" if value < 1e-9 else significant(value, 3)


def _nats(change: "Change") -> str:
    return "0" if change.nats < 1e-9 else significant(change.nats, 3)


def _word(label: str) -> str:
    return f"<i>{token_sign(label.strip())}</i>"


def _listed(likely: "Sequence[Likely]") -> str:
    return ", ".join(f"{token_sign(one.label)} {percent(one.probability)}" for one in likely)
