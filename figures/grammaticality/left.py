"""One sentence as a model reads it that knows only what came before."""

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from figures.parts.prose import paragraph
from figures.parts.signs import visible
from figures.parts.style import STEPS, SURPRISE, minus, ramp, signed, three_digits

if TYPE_CHECKING:
    from services.generation.scores import Scored
    from services.grammaticality.left import LeftToRight
    from services.grammaticality.pair import Pair
    from services.grammaticality.words import Word

ORDER = ("first", "second")
EQUAL = 1e-6  # nats: rounding, not a preference


def left_section(left: "LeftToRight", words: Sequence["Word"], title: str, chips: str) -> str:
    """The words with their surprisals, and the sentence as a whole.

    `chips` are the words as they are drawn, with their colour scale.
    """
    most = int(left.surprisal.argmax())
    scored = left.scored
    token = left.owners.index(most)
    first = ", its first token" if left.owners.count(most) > 1 else ""
    return (
        "<section><h3>A model that reads from left to right</h3>"
        f"<p>{escape(title)} sees only the words before: "
        f"{paragraph('grammaticality', 'from_left_to_right')}</p>{chips}"
        f"<p>Log-probability of the sentence: <b>{minus(left.total)}</b> nats over "
        f"{len(scored.ids)} tokens, {three_digits(scored.bits_per_character)} bits per character. "
        f"Most surprising: <b>{escape(words[most].text)}</b>, "
        f"{three_digits(float(left.surprisal[most]))} nats; "
        f"<code>{visible(scored.labels[token])}</code>{first}, was number "
        f"{int(scored.ranks[token]):,} on its list. "
        f"{paragraph('grammaticality', 'unlikely_is_not_unacceptable')}</p></section>"
    )


def colours_of(left: "LeftToRight", least: float) -> tuple[list[str], float]:
    """The colour of each word on the scale from 0 to `least` nats or more, and its end."""
    end = max(least, float(left.surprisal.max()))
    colours = ramp(SURPRISE)
    return [colours[round(value / end * (STEPS - 1))] for value in left.surprisal.tolist()], end


def missing_section(why: str) -> str:
    """Why no model reads from left to right here; nothing where nothing is to be said."""
    if not why:
        return ""
    return f"<section><h3>From left to right</h3><p>{escape(why)}</p></section>"


def foreseen(pair: "Pair", title: str) -> str:
    """Which sentence is more likely from left to right, and what their lengths do."""
    first, second = (log_probability(one) for one in pair.scored)
    name = escape(title)
    if abs(pair.foreseen) < EQUAL:
        return f"{name}, which reads from left to right, finds both equally likely."
    text = (
        f"{name}, which reads from left to right, finds the "
        f"<b>{ORDER[0 if pair.foreseen > 0 else 1]}</b> more likely: log-probability "
        f"{minus(first)} against {minus(second)}; first minus second {signed(pair.foreseen)}."
    )
    counts = [len(one.ids) for one in pair.scored]
    if counts[0] != counts[1]:
        bits = [three_digits(one.bits_per_character) for one in pair.scored]
        text += (
            f" The sentences have {counts[0]} and {counts[1]} of its tokens, and each token "
            f"lowers the sum: it is {bits[0]} against {bits[1]} bits per character."
        )
    return text + _shared(pair)


def _shared(pair: "Pair") -> str:
    """How far both sentences are the same to a model that cannot look ahead."""
    first, second = (one.ids for one in pair.scored)
    same = 0
    while same < min(len(first), len(second)) and first[same] == second[same]:
        same += 1
    if not 0 < same < min(len(first), len(second)):
        return ""
    parts = [visible(one.labels[same]) for one in pair.scored]
    return (
        f" Their first {_tokens(same)} the same probability; the scores part at "
        f"<code>{parts[0]}</code> ({minus(float(pair.scored[0].logprobs[same]))}) and "
        f"<code>{parts[1]}</code> ({minus(float(pair.scored[1].logprobs[same]))})."
    )


def _tokens(count: int) -> str:
    """The shared tokens as the subject of a sentence."""
    return "token has" if count == 1 else f"{count} tokens have"


def log_probability(scored: "Scored") -> float:
    """That of the whole text after the start token, in nats."""
    return float(scored.logprobs.sum(dtype=float))
