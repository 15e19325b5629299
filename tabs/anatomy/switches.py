"""The view of a model with parts of it switched off, and what that changes."""

from dataclasses import dataclass
from typing import Any

from core.errors import UserError
from core.spacefile import Checkpoint
from figures.anatomy.switches import headline, off_chooser, switches_figure, switches_table
from services.anatomy.off import Switches, read_off
from services.anatomy.switches import (
    Change,
    Hidden,
    Switched,
    Verdict,
    hidden,
    switched,
    verdicts,
)
from services.attention import Ablation, ablate
from tabs.anatomy.choices import Choices, picked
from tabs.kit.snippets import filled
from tabs.kit.view import Asked, Drawn, Lines, Numbers, View

FIRST = -1  # in place of a token: the first that is no special one


@dataclass(frozen=True)
class Both:
    """All that is compared: what the model itself says, and what those with a head say."""

    made: Switched
    verdict: Verdict | None
    hidden: Hidden | None
    place: int  # of the token that is hidden
    without: str  # why the two are not there


def draw(asked: Asked[Choices]) -> Drawn:
    """Before beside after, and all heads in order."""
    return _drawn(asked, ranked(asked))


def early(asked: Asked[Choices]) -> Drawn | None:
    """The same before the heads are ranked, which takes longest."""
    if asked.desk.knows(ablate, asked.entry, *_texts(asked)):
        return None
    return _drawn(asked, None)


def _drawn(asked: Asked[Choices], ablation: Ablation | None) -> Drawn:
    both, entry = both_of(asked), asked.entry
    made = both.made
    return Drawn(
        switches_figure(
            made,
            both.verdict,
            both.hidden,
            ablation,
            title=entry.title,
            without=both.without,
            place=both.place,
        ),
        switches_table(made, both.verdict, both.hidden),
        headline=headline(made),
        chooser=off_chooser(made.switches, entry.layers, entry.heads),
    )


def ranked(asked: Asked[Choices]) -> Ablation:
    """What changes without each head alone; between its parts others have their turn."""
    return asked.ask(ablate, *_texts(asked), progress=asked.progress)


def _texts(asked: Asked[Choices]) -> tuple[str, str]:
    return asked.choices.text, asked.choices.text_pair


def switches_of(asked: Asked[Choices]) -> Switches:
    """What is chosen, of layers and heads those that this model has."""
    chosen = asked.choices
    layers, heads = read_off(chosen.off)
    return Switches(
        positions=bool(chosen.positions),
        residual=bool(chosen.residual),
        scaling=bool(chosen.scaling),
        heads=heads,
        layers=layers,
        seed=int(chosen.shuffle),
    ).within(asked.entry.layers, asked.entry.heads)


def both_of(asked: Asked[Choices]) -> Both:
    """What the chosen model says; of a BERT also a verdict and a masked word."""
    text, text_pair = _texts(asked)
    switches = switches_of(asked)
    made = asked.ask(switched, text, text_pair, switches)
    place = hidden_place(made, picked(asked.choices.token, FIRST))
    if made.causal:
        return Both(made, None, None, place, "")
    if text_pair.strip():
        return Both(made, None, None, place, "A verdict and a masked word are of one sentence.")
    grammar, masked = (_alike(asked, head) for head in ("grammaticality", "masking"))
    if isinstance(grammar, str) or isinstance(masked, str):
        return Both(made, None, None, place, grammar if isinstance(grammar, str) else str(masked))
    span = (made.tokens[place].start, made.tokens[place].end)
    return Both(
        made,
        asked.desk.ask(verdicts, grammar, text, switches),
        asked.desk.ask(hidden, masked, text, span, switches),
        place,
        "",
    )


def _alike(asked: Asked[Choices], capability: str) -> Checkpoint | str:
    """A model with that head and as many layers and heads as the chosen one; else why not."""
    entry = next(iter(asked.desk.offered(capability)), None)
    if entry is None:
        return f"No model for {capability} is in the Spacefile."
    try:
        read = asked.desk.read(entry)
    except UserError as error:
        return str(error)
    if (read.layers, read.heads) == (asked.entry.layers, asked.entry.heads):
        return read
    return (
        f"{asked.entry.title} has {asked.entry.layers} layers of {asked.entry.heads} heads, and "
        f"{read.title} has {read.layers} of {read.heads}: what is off in one cannot be off in the "
        "other."
    )


def hidden_place(made: Switched, token: int) -> int:
    """The token that is hidden: the chosen one, or the ordinary one that is nearest."""
    ordinary = [at for at, one in enumerate(made.tokens) if not one.special] or [0]
    return min(ordinary, key=lambda at: abs(at - token))


def numbers(asked: Asked[Choices]) -> Numbers:
    """A line for each number that is compared, then one for each head."""
    both = both_of(asked)
    content = compared(both, ranked(asked))
    made = both.made
    lines: Lines = [["what", "all on", "as switched"]]
    lines.append(["1 - cosine", 0, made.moved])
    if made.twice:
        lines.append([f"two {made.twice.label}", made.twice.before, made.twice.after])
    if both.verdict:
        lines.append(["acceptable", both.verdict.before, both.verdict.after])
    lines += [[f"head {one['layer']}.{one['head']}", 0, one["effect"]] for one in content["heads"]]
    return lines, content


def compared(both: Both, ablation: Ablation) -> dict[str, Any]:
    """What `/inspect` returns of the view, without the model's name."""
    made = both.made
    return {
        "tokens": list(made.names),
        "read": made.read,
        "moved": made.moved,
        "twice": made.twice
        and {
            "token": made.twice.label,
            "places": list(made.twice.places),
            "before": made.twice.before,
            "after": made.twice.after,
        },
        "next": _change(made.next),
        "masked": both.hidden
        and {"hidden": both.hidden.label, **(_change(both.hidden.change) or {})},
        "acceptable": both.verdict
        and {"before": both.verdict.before, "after": both.verdict.after},
        "difference": made.off,
        "heads": [
            {
                "layer": layer,
                "head": head,
                "rank": ablation.rank(layer, head),
                "effect": float(ablation.effect[layer, head]),
            }
            for layer, head in sorted(ablation.ranked())
        ],
    }


def _change(change: Change | None) -> dict[str, Any] | None:
    if change is None:
        return None
    sides = {"before": change.before, "after": change.after}
    listed = {
        name: [{"text": one.label, "id": one.id, "probability": one.probability} for one in side]
        for name, side in sides.items()
    }
    return {"nats": change.nats, **listed}


def snippet(asked: Asked[Choices]) -> str:
    """The code that switches the same off with hooks."""
    chosen, switches = asked.choices, switches_of(asked)
    made = asked.ask(switched, chosen.text, chosen.text_pair, switches)
    order = None if not switches.seed else list(made.order)
    return filled(
        "anatomy/switches",
        asked.entry,
        text=chosen.text,
        text_pair=chosen.text_pair or None,
        positions=switches.positions,
        residual=switches.residual,
        scaling=switches.scaling,
        heads_off=list(switches.heads),
        layers_off=list(switches.layers),
        order=order,
    )


VIEW = View(
    name="switches",
    label="Switches",
    draw=draw,
    numbers=numbers,
    snippet=snippet,
    controls=(
        "text",
        "text_pair",
        "token",
        "positions",
        "residual",
        "scaling",
        "shuffle",
        "off",
    ),
    asks="What changes without this part?",
    early=early,
)
