"""One prompt, several ways to choose, side by side."""

from collections.abc import Callable, Sequence
from html import escape
from itertools import groupby
from math import floor
from typing import TYPE_CHECKING

from figures.parts.headline import share
from figures.parts.prose import paragraph
from figures.parts.style import minus, percent
from figures.parts.table import heads, numbers, table

if TYPE_CHECKING:
    from services.generation.duel import Contestant
    from services.generation.settings import Settings

NAMES = {
    "greedy": "Greedy",
    "beam": "Beam search",
    "top-k": "Top-k",
    "top-p": "Top-p",
    "own": "Your own",
}
GRAM = 4  # tokens of the n-grams that the repetition rate counts
SHARES = (
    ("Repetition rate", f"share of the {GRAM}-grams that had occurred before"),
    ("Distinct-1", "different tokens, as a share of all tokens"),
    ("Distinct-2", "different pairs of tokens, as a share of all pairs"),
    ("Distinct-3", "different runs of three tokens, as a share of all"),
)
LIKELY = ("Mean log-probability", "nats per token, before any filter; nearer to 0 is more likely")


def headline(contestants: Sequence["Contestant"]) -> str:
    """How much the most and the least likely text repeat themselves."""
    texts = [one for one in contestants if len(one.ids) >= GRAM]
    if len(texts) < 2:
        return ""
    likely = max(texts, key=lambda one: one.mean_logprob)
    other = min(texts, key=lambda one: one.mean_logprob)
    if likely.ids == other.ids:
        return f"All texts are the same: repetition <b>{share(likely.repetition)}</b>"
    return (
        f"Repetition: {name_of(likely)} <b>{share(likely.repetition)}</b>, "
        f"{name_of(other)} {share(other.repetition)}"
    )


def duel_figure(contestants: Sequence["Contestant"], *, title: str) -> str:
    """One sentence that reads the numbers, the texts as cards, and each measure on one scale."""
    cards = "".join(_card(index, contestants) for index in range(len(contestants)))
    caption = (
        f"Model: {title}. Shares count n-grams of tokens of the continuation, end token left "
        "out; marked in the text: tokens of a 4-gram that had occurred before. Longer texts "
        "repeat more, so compare texts of similar length. Repetition rate: seq-rep-4, Welleck et "
        "al. 2020; distinct-n: after Li et al. 2016."
    )
    return (
        f'<figure class="figure generation duel"><p class="duel-said">{_reading(contestants)}</p>'
        f'<ul class="duel-cards" tabindex="0" aria-label="The texts">{cards}</ul>'
        f"{_comparison(contestants)}"
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def settings_in_words(settings: "Settings") -> str:
    """How tokens are chosen, as a person would say it; what is off is left out."""
    if settings.beams > 1:
        parts = [f"the best of {settings.beams} beams, length penalty {settings.length_penalty:g}"]
    elif not settings.draws:
        zero = "temperature 0: " if settings.temperature == 0 else ""
        parts = [f"{zero}the most likely token each time"]
    else:
        parts = [f"drawn{_drawn(settings)}, seed {settings.seed}"]
    if settings.repetition_penalty != 1:
        parts.append(f"repetition penalty {settings.repetition_penalty:g}")
    if settings.no_repeat_ngram_size:
        parts.append(f"no {settings.no_repeat_ngram_size}-gram twice")
    return "; ".join(parts)


def _drawn(settings: "Settings") -> str:
    parts = []
    if settings.temperature != 1:
        parts.append(f" at temperature {settings.temperature:g}")
    if settings.top_k:
        parts.append(f" from the {settings.top_k:,} most likely")
    if settings.top_p != 1:
        parts.append(f" from the fewest tokens that hold {100 * settings.top_p:g}%")
    if settings.min_p:
        share = f"{100 * settings.min_p:g}%"
        parts.append(f" from those with at least {share} of the most likely one’s probability")
    if settings.typical_p != 1:
        parts.append(f" from the most typical that hold {100 * settings.typical_p:g}%")
    return ",".join(parts) or " from all tokens"


def name_of(contestant: "Contestant") -> str:
    """What a contestant is called on screen; escaped."""
    return escape(NAMES.get(contestant.name, contestant.name))


def repeated(ids: Sequence[int], size: int = GRAM) -> list[bool]:
    """Whether each token belongs to an n-gram that had been there before."""
    seen = set()
    found = [False] * len(ids)
    for index in range(len(ids) - size + 1):
        gram = tuple(ids[index : index + size])
        if gram in seen:
            found[index : index + size] = [True] * size
        seen.add(gram)
    return found


def measures(one: "Contestant") -> tuple[float | None, ...]:
    """Repetition rate, distinct-1, -2, -3, mean log-probability; None where nothing is counted."""
    shares = (one.repetition, *one.distinct)
    sizes = (GRAM, 1, 2, 3)
    counted = [
        share if len(one.ids) >= size else None for share, size in zip(shares, sizes, strict=True)
    ]
    return (*counted, one.mean_logprob if one.ids else None)


def _card(index: int, contestants: Sequence["Contestant"]) -> str:
    one = contestants[index]
    shares = [_share(value) for value in measures(one)[:-1]]
    same = next((other for other in contestants[:index] if other.ids == one.ids and one.ids), None)
    twin = f"<p>Token for token the text of {name_of(same)}.</p>" if same else ""
    facts = (
        ("Mean log-probability", _nats(measures(one)[-1])),
        ("Repetition rate", shares[0]),
        ("Distinct-1, -2, -3", " ".join(f"<span>{share}</span>" for share in shares[1:])),
        ("Stopped", _stop(one)),
    )
    listed = "".join(f"<div><dt>{name}</dt><dd>{text}</dd></div>" for name, text in facts)
    return (
        f"<li><h3>{name_of(one)}</h3><p>{settings_in_words(one.settings)}</p>"
        f'<div class="duel-text" dir="auto">{_text(one)}</div>{twin}<dl>{listed}</dl></li>'
    )


def _text(one: "Contestant") -> str:
    """The continuation with its loops marked."""
    if not one.ids:
        return "<i>no token: it ended at once</i>"
    parts = []
    pairs = zip(one.tokens, repeated(one.ids), strict=True)
    for again, run in groupby(pairs, key=lambda pair: pair[1]):
        text = escape("".join(token for token, _ in run))
        parts.append(f"<mark>{text}</mark>" if again and text else text)
    return "".join(parts).lstrip(" ")  # the space between prompt and continuation


def _stop(one: "Contestant") -> str:
    tokens = f"{len(one.ids):,} token{'' if len(one.ids) == 1 else 's'}"
    if one.stopped == "end":
        return f"at its end token, after {tokens}"
    return f"at the limit of {tokens}"


def _reading(contestants: Sequence["Contestant"]) -> str:
    """The comparison in words."""
    texts = [one for one in contestants if len(one.ids) >= GRAM]
    moral = paragraph("generation", "read_them")
    if len(texts) < 2:
        return f"There are no two texts of at least {GRAM} tokens to compare. {moral}"
    likely = max(texts, key=lambda one: one.mean_logprob)
    other = min(texts, key=lambda one: one.mean_logprob)
    if likely.ids == other.ids:
        return f"Here all texts are the same. {moral}"
    if likely.repetition > other.repetition:
        lead = "<b>Here the more likely text repeats itself more.</b>"
    elif likely.repetition < other.repetition:
        lead = "<b>Here the more likely text repeats itself less.</b>"
    else:
        lead = "<b>Here both repeat themselves equally; only how likely they are differs.</b>"
    drawn = " Another seed gives other texts." if any(one.settings.draws for one in texts) else ""
    most = max(texts, key=lambda one: one.repetition)
    loops = (
        f" Most repetitive is {name_of(most)}: {_share(most.repetition)}."
        if most.repetition > max(likely.repetition, other.repetition)
        else ""
    )
    return (
        f"{lead} The most likely text, {name_of(likely)}, has {minus(likely.mean_logprob)} nats "
        f"per token and repeats {_share(likely.repetition)} of its 4-grams; the least likely, "
        f"{name_of(other)}, has {minus(other.mean_logprob)} and repeats "
        f"{_share(other.repetition)}.{loops} {moral}{drawn}"
    )


def _comparison(contestants: Sequence["Contestant"]) -> str:
    """One small dot chart for each measure, with all contestants on its scale."""
    rows = [measures(one) for one in contestants]
    worst = min((row[-1] for row in rows if row[-1] is not None), default=-1.0)
    low = min(-1, floor(worst))
    panels = [_panel(contestants, LIKELY, [row[-1] for row in rows], low, 0, _nats)]
    for column, names in enumerate(SHARES):
        panels.append(_panel(contestants, names, [row[column] for row in rows], 0, 1, _share))
    return f'<h3>Measured</h3><div class="duel-scales">{"".join(panels)}</div>'


def _panel(
    contestants: Sequence["Contestant"],
    names: tuple[str, str],
    values: Sequence[float | None],
    low: float,
    high: float,
    shares: Callable[[float | None], str],
) -> str:
    lines = []
    for one, value in zip(contestants, values, strict=True):
        share = None if value is None else (value - low) / (high - low)
        dot = "" if share is None else f'<i style="left:{100 * share:.1f}%"></i>'
        lines.append(
            f'<li><span>{name_of(one)}</span><span class="way">{dot}</span>'
            f"<b>{shares(value)}</b></li>"
        )
    ends = ("0%", "100%") if high == 1 else (f"−{-low:g}", "0")
    return (
        f"<section><h4>{names[0]}</h4><p>{names[1]}</p><ul>{''.join(lines)}"
        f'<li class="ends"><span></span><span class="way"><span>{ends[0]}</span>'
        f"<span>{ends[1]}</span></span><b></b></li></ul></section>"
    )


def _share(value: float | None) -> str:
    return "–" if value is None else percent(value)


def _nats(value: float | None) -> str:
    return "–" if value is None else minus(value)


def _wide(content: str, least: int) -> str:
    """A cell of running text, which on a phone would else be one word wide; `least` in rem."""
    return f'<td><div style="min-width:{least}rem">{content}</div></td>'


def duel_table(contestants: Sequence["Contestant"]) -> str:
    """Every contestant with its settings, its measures and its text."""
    lines = []
    for one in contestants:
        *shares, nats = measures(one)
        cells = [f"{len(one.ids):,}", _nats(nats), *(_share(value) for value in shares)]
        written = numbers(cells)
        lines.append(
            f"<tr><td>{name_of(one)}</td>{_wide(settings_in_words(one.settings), 12)}{written}"
            f"{_wide(_stop(one), 9)}{_wide(f'<bdi>{escape(one.text)}</bdi>', 24)}</tr>"
        )
    numeric = ("tokens", "mean log-probability (nats)", "repetition rate", "distinct-1")
    head = "<td></td><th>chosen how</th>"
    head += heads(numeric)
    head += "<th class=number>distinct-2</th><th class=number>distinct-3</th>"
    return table(head + "<th>stopped</th><th>text</th>", lines)
