"""Two sentences side by side, with what differs marked."""

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from html import escape
from typing import TYPE_CHECKING

from figures.grammaticality.left import foreseen, log_probability
from figures.grammaticality.verdict import bar, ends, figure, notes
from figures.parts.headline import share
from figures.parts.style import minus, percent, signed, three_digits
from figures.parts.table import table

if TYPE_CHECKING:
    from services.generation.scores import Scored
    from services.grammaticality.judge import Judgement
    from services.grammaticality.masked import Likelihood
    from services.grammaticality.pair import Pair
    from services.records.parts import GrammarRecord

PIECES = re.compile(r"\s*(?:\w[\w'’-]*|[^\w\s])|\s+$")  # a word or sign, with the space before it
ORDER = ("first", "second")
EQUAL = 1e-6  # nats: rounding, not a preference
NAMED = 10  # characters of what differs that a headline has room for


def headline(pair: "Pair") -> str:
    """The probabilities of *acceptable*, the higher in bold, each by what only its side has."""
    first, second = pair.judgements
    names = [_only(first.sentence, second.sentence), _only(second.sentence, first.sentence)]
    if not all(0 < len(name) <= NAMED for name in names):
        names = list(ORDER)
    verdicts = [
        f"<i>{escape(name)}</i> {share(judgement.probability)}"
        for name, judgement in zip(names, pair.judgements, strict=True)
    ]
    if abs(pair.margin) >= EQUAL:
        better = 0 if pair.margin > 0 else 1
        verdicts[better] = f"<b>{verdicts[better]}</b>"
    return ", ".join(verdicts)


def _only(sentence: str, other: str) -> str:
    """The words of a sentence that the other one lacks."""
    return " ".join(part.strip() for same, part, _ in _parts(sentence, other) if not same).strip()


def pair_figure(
    pair: "Pair",
    *,
    title: str,
    masked: str,
    causal: str = "",
    remarks: Sequence[Sequence[str]] = ((), ()),
    record: "GrammarRecord | None" = None,
) -> str:
    """Both sentences, both verdicts, and whether the models prefer the same one.

    `masked` is the masked model's title, or why it is not there when the pair has no likelihoods;
    `causal` likewise that of the model that reads from left to right; `remarks` are those on
    either sentence; `record` is that of the classifier's training.
    """
    sides = zip(_marked(*(one.sentence for one in pair.judgements)), pair.judgements, strict=True)
    columns = "".join(
        _side(number, text, judgement, remarks[number])
        for number, (text, judgement) in enumerate(sides)
    )
    sentences = [_verdicts(pair)]
    if pair.likelihoods:
        sentences.append(_likelier(pair))
    else:
        sentences.append(escape(masked))
    if pair.scored:
        sentences.append(foreseen(pair, causal))
    elif causal:
        sentences.append(escape(causal))
    if pair.likelihoods or pair.scored:
        sentences.append(f"<b>{_agreement(pair)}</b>")
    told = "".join(f"<p>{sentence}</p>" for sentence in sentences)
    parts = (
        f'<div class="beside">{columns}</div>'
        f"<section data-answer><h3>Which is better</h3>{told}</section>{ends(record)}"
    )
    caption = (
        f"Probabilities and log-odds of acceptable: {title}."
        + (f" Pseudo-log-likelihoods: {masked}." if pair.likelihoods else "")
        + (f" Log-probabilities: {causal}." if pair.scored else "")
        + " Log-odds and likelihoods in nats; words that differ are underlined."
    )
    return figure(parts, caption, "pair")


def _side(number: int, text: str, judgement: "Judgement", remarks: Sequence[str]) -> str:
    return (
        f'<div><h3>The {ORDER[number]}</h3><p class="sentence">{text}</p>'
        f"<div data-answer>{bar(judgement.probability)}</div>{notes(remarks)}</div>"
    )


def _verdicts(pair: "Pair") -> str:
    first, second = pair.judgements
    if abs(pair.margin) < EQUAL:
        return "The classifier prefers neither: both have the same log-odds."
    better = ORDER[0] if pair.margin > 0 else ORDER[1]
    both = ""
    if first.acceptable == second.acceptable:
        word = "acceptable" if first.acceptable else "not acceptable"
        both = f" It calls both {word}, so its preference is one of degree."
    return (
        f"The classifier prefers the <b>{better}</b>: log-odds {signed(first.log_odds)} against "
        f"{signed(second.log_odds)}; first minus second {signed(pair.margin)}.{both}"
    )


def _likelier(pair: "Pair") -> str:
    first, second = pair.likelihoods
    if abs(pair.likelier) < EQUAL:
        return "The masked model finds both equally likely."
    better = ORDER[0] if pair.likelier > 0 else ORDER[1]
    text = (
        f"The masked model finds the <b>{better}</b> more likely: pseudo-log-likelihood "
        f"{minus(first.total)} against {minus(second.total)}; first minus second "
        f"{signed(pair.likelier)}."
    )
    counts = [len(one.tokens) for one in pair.likelihoods]
    if counts[0] != counts[1]:
        text += (
            f" The sentences have {counts[0]} and {counts[1]} tokens, and each token lowers the "
            f"sum: per token it is {minus(first.mean)} against {minus(second.mean)}."
        )
    return text


def _agreement(pair: "Pair") -> str:
    differences = [pair.margin]
    differences += [pair.likelier] if pair.likelihoods else []
    differences += [pair.foreseen] if pair.scored else []
    three = len(differences) == 3
    if all(abs(one) < EQUAL for one in differences):
        return f"{'All three' if three else 'Both'} models find the sentences equally good."
    signs = {0 if abs(one) < EQUAL else 1 if one > 0 else -1 for one in differences}
    return (
        f"The {'three' if three else 'two'} models {'agree' if len(signs) == 1 else 'disagree'}."
    )


def pair_table(pair: "Pair") -> str:
    """Both sentences and the difference of each number."""
    head = "<td></td><th>first</th><th>second</th><th>first minus second</th>"
    first, second = pair.judgements
    rows = [
        ("sentence", escape(first.sentence), escape(second.sentence), ""),
        (
            "verdict",
            *("acceptable" if one.acceptable else "not acceptable" for one in pair.judgements),
            "",
        ),
        ("probability of acceptable", *(percent(one.probability) for one in pair.judgements), ""),
        *(
            (f"logit of {name}", *(minus(float(one.logits[index])) for one in pair.judgements), "")
            for index, name in enumerate(("unacceptable", "acceptable"))
        ),
        ("log-odds of acceptable", *_three(first.log_odds, second.log_odds)),
    ]
    if pair.likelihoods:
        rows += _likelihood_rows(*pair.likelihoods)
    if pair.scored:
        rows += _scored_rows(*pair.scored)
    lines = [f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows]
    return table(head, lines)


def _likelihood_rows(first: "Likelihood", second: "Likelihood") -> list[tuple[str, ...]]:
    return [
        ("pseudo-log-likelihood", *_three(first.total, second.total)),
        ("per token", *_three(first.mean, second.mean)),
        ("tokens", three_digits(len(first.tokens)), three_digits(len(second.tokens)), ""),
    ]


def _scored_rows(first: "Scored", second: "Scored") -> list[tuple[str, ...]]:
    """Of the model that reads from left to right."""
    bits = three_digits(first.bits_per_character), three_digits(second.bits_per_character)
    return [
        (
            "log-probability, left to right",
            *_three(log_probability(first), log_probability(second)),
        ),
        ("bits per character", *bits, ""),
        ("its tokens", str(len(first.ids)), str(len(second.ids)), ""),
    ]


def _three(first: float, second: float) -> tuple[str, str, str]:
    return signed(first), signed(second), signed(first - second)


def _marked(first: str, second: str) -> tuple[str, str]:
    """Both sentences, escaped, with the words that the other lacks underlined."""
    texts = ["", ""]
    for same, *parts in _parts(first, second):
        for side, part in enumerate(parts):
            texts[side] += escape(part) if same else _mark("mark", part)
    return texts[0], texts[1]


def changed(before: str, after: str) -> str:
    """The changed sentence with what was struck out and what was put in, escaped."""
    text = ""
    for same, old, new in _parts(before, after):
        first = not text and not new  # what is struck out at the start takes its space with it
        text += escape(new) if same else _mark("del", old) + " " * first + _mark("ins", new)
    return text


def _parts(first: str, second: str) -> Iterator[tuple[bool, str, str]]:
    """Both sentences cut where they part and meet: (the same but for capitals, part, part)."""
    one, other = PIECES.findall(first), PIECES.findall(second)
    words = [piece.strip().lower() for piece in one], [piece.strip().lower() for piece in other]
    matcher = SequenceMatcher(None, words[0], words[1], autojunk=False)
    for kind, a, b, c, d in matcher.get_opcodes():
        yield kind == "equal", "".join(one[a:b]), "".join(other[c:d])


def _mark(name: str, part: str) -> str:
    """A part in an element of its own, the space before it outside."""
    word = part.lstrip()
    return (
        f"{escape(part[: len(part) - len(word)])}<{name}>{escape(word)}</{name}>" if word else ""
    )
