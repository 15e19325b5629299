"""Pictures of similarity: the matrix of all pairs, and the ranking of a search."""

from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from figures.parts.bars import barred
from figures.parts.grid import Cells, grid
from figures.parts.headline import decimals
from figures.parts.prose import paragraph
from figures.parts.states import state_name
from figures.parts.style import ALIKE, three_digits
from figures.parts.table import table
from figures.similarity.calibration import (
    cosine_digits,
    missing,
    percent,
    random_pairs,
    rounded,
    standing,
)

if TYPE_CHECKING:
    from services.similarity.calibration import Calibration
    from services.similarity.compare import Similarity, Unknown
    from services.similarity.search import Ranking

# Characters of a sentence beside the grid, least and most; the readout and the table have all.
NAME, LONG_NAME = 14, 60
HARD_SPACE = "\N{NO-BREAK SPACE}"  # which a picture does not drop at an end
WRITTEN = 12  # sentences up to which each cell carries its number
NO_PAIR = "Nothing to compare"  # where the vocabulary cannot spell the texts
ALL_ALIKE = "<b>All alike</b>"  # where the rest is rounding
LISTED = 100  # pairs in the table; the export has all


def headline(similarity: "Similarity", measure: str) -> str:
    """The two sentences that are most alike, and how much."""
    best = similarity.highest(measure)
    if best is None:
        return NO_PAIR
    if similarity.alike(measure):
        return ALL_ALIKE
    first, second = best
    value = float((similarity.dot if measure == "dot" else similarity.cosine)[best])
    written = three_digits(value) if measure == "dot" else decimals(value)
    return f"{first + 1} and {second + 1}: <b>{written}</b>"


def ranking_headline(ranking: "Ranking") -> str:
    """The sentence that is nearest to the query, by its number in the list."""
    if ranking.query_unknown:
        return NO_PAIR
    if ranking.alike:
        return "<b>All equally near</b>"
    best = ranking.order[0]
    return f"Sentence {best + 1}: <b>{decimals(float(ranking.cosine[best]))}</b>"


def matrix(
    similarity: "Similarity",
    calibration: "Calibration | None",
    *,
    measure: str,
    title: str,
) -> str:
    """Every pair as a coloured cell, and where these cosines stand among random pairs."""
    setting = (
        f"{title}, {similarity.pooling} pooling, {state_name(similarity.layer, similarity.layers)}"
    )
    if measure == "dot":
        picture = sentence_grid(
            similarity.sentences, similarity.dot, what="dot product", write=three_digits
        )
        return _figure(
            picture + unknown_note(similarity.unknown),
            f"Dot products of {setting}. They grow with the lengths of the vectors, so they have "
            "no fixed range and are not compared with random pairs.",
        )
    picture = sentence_grid(similarity.sentences, similarity.cosine, calibration=calibration)
    caption = (
        f"Cosines of {setting}. {_colours_of(calibration)} A cosine is an angle, not a "
        "percentage: 0.5 is 60°."
    )
    return _figure(picture + _standing(similarity, calibration, setting, title), caption)


def _standing(
    similarity: "Similarity", calibration: "Calibration | None", setting: str, title: str
) -> str:
    """The most similar pair in words, and all pairs among the random ones."""
    reason = missing(calibration, title)
    if calibration is None or reason:
        return f"<p>{escape(reason)}</p>"
    best = similarity.highest()
    sentence = ""
    if best is not None and similarity.alike():
        sentence = paragraph("similarity", "all_are_alike")
    elif best is not None:
        cosine = float(similarity.cosine[best])
        sentence = (
            f"Most alike: {best[0] + 1} and {best[1] + 1}, cosine {cosine_digits(cosine)}, "
            f"{standing(cosine, calibration)}."
        )
    strip = random_pairs(calibration, pairs(similarity.cosine)[2], setting=setting)
    note = unknown_note(similarity.unknown)
    return f'<p class="headline" data-answer>{escape(sentence)}</p>{note}{strip}'


def unknown_note(unknown: "Unknown") -> str:
    """Which sentences hold what the vocabulary cannot spell; empty where none does."""
    sentences = []
    if unknown.only:
        many = len(unknown.only) > 1
        sentences.append(
            f"{_sentences(unknown.only)} {'hold' if many else 'holds'} nothing that this "
            f"vocabulary can spell: {'their' if many else 'its'} cosines mean nothing."
        )
    if unknown.some:
        many = len(unknown.some) > 1
        sentences.append(
            f"{_sentences(unknown.some)} {'hold' if many else 'holds'} parts that this "
            "vocabulary cannot spell; all such parts are the same token to the model."
        )
    return f'<p class="unknown">{" ".join(sentences)}</p>' if sentences else ""


def _sentences(numbers: tuple[int, ...]) -> str:
    """Sentence 3; Sentences 1 and 2; Sentences 1, 2 and 5."""
    if len(numbers) == 1:
        return f"Sentence {numbers[0]}"
    return f"Sentences {', '.join(map(str, numbers[:-1]))} and {numbers[-1]}"


def _colours_of(calibration: "Calibration | None") -> str:
    """Where the colours of cosines begin, in words."""
    if calibration is None or calibration.flat:
        return "Colours run from 0 to 1."
    return (
        "Colours run from the median of random pairs, "
        f"{cosine_digits(calibration.quantile(50))}, to 1."
    )


def _ends(
    values: np.ndarray, what: str, calibration: "Calibration | None", lowest: float
) -> tuple[float, float]:
    """Where the colours of a grid begin and end.

    Cosines of one model crowd: two random texts may have 0.9, and on a scale from −1 to 1 all
    pairs would look alike. So colours begin where half of the random pairs lie.
    """
    if what != "cosine":
        return _dot_range(values)
    if calibration is None or calibration.flat:
        return lowest, 1.0
    return min(calibration.quantile(50), 0.99), 1.0


def sentence_grid(
    sentences: tuple[str, ...],
    values: np.ndarray,
    *,
    calibration: "Calibration | None" = None,
    lowest: float = 0.0,
    what: str = "cosine",
    write: Callable[[float], str] = cosine_digits,
) -> str:
    """A square grid with short names beside it, and the whole sentences in its readout.

    `lowest` is where the colours of cosines begin that no random pairs are known for.
    """
    numbers = [str(number) for number in range(1, len(sentences) + 1)]
    against, beside = "", None
    low, high = _ends(values, what, calibration, lowest)
    if calibration is not None and not calibration.flat:
        against = ", higher than {beside}% of random pairs"
        beside = rounded(calibration.percentiles(values))
    return grid(
        values,
        _names(sentences, NAME),
        numbers,
        label=f"A grid of {len(sentences)} by {len(sentences)} sentences; "
        "the table below holds the same in words.",
        say=f"{what} {{value}}{against}: {{row}} · {{column}}",
        low=low,
        high=high,
        cells=Cells(
            size=(54, 40) if len(sentences) <= WRITTEN else None,
            spoken=sentences,
            longer=_names(sentences, LONG_NAME),
            beside=beside,
            written=write if len(sentences) <= WRITTEN else None,
            colours=ALIKE if what == "cosine" else "",
            below=what == "cosine" and bool((values < low).any()),
        ),
    )


def pairs(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Each two different sentences once: (first, second, value), in reading order."""
    first, second = np.triu_indices(len(values), k=1)
    return first, second, values[first, second]


def pairs_table(
    similarity: "Similarity", calibration: "Calibration | None", *, measure: str
) -> str:
    """All pairs as a table, the most similar first; the first hundred of very many."""
    values = similarity.dot if measure == "dot" else similarity.cosine
    first, second, chosen = pairs(values)
    order = np.argsort(-chosen, kind="stable")
    lines = []
    for index in order[:LISTED]:
        a, b = first[index], second[index]
        cosine = float(similarity.cosine[a, b])
        lines.append(
            f"<tr><td>{a + 1}</td><td>{escape(similarity.sentences[a])}</td>"
            f"<td>{b + 1}</td><td>{escape(similarity.sentences[b])}</td>"
            f"<td>{cosine_digits(cosine)}</td><td>{percent(cosine, calibration)}</td>"
            f"<td>{three_digits(float(similarity.dot[a, b]))}</td></tr>"
        )
    more = (
        f"<p>The {LISTED} most similar of {len(order):,} pairs; the exports hold all.</p>"
        if len(order) > LISTED
        else ""
    )
    head = "<td></td><th>sentence</th><td></td><th>sentence</th><th>cosine</th>"
    head += "<th>random pairs below</th><th>dot product</th>"
    return table(head, lines) + more


def ranking(
    ranking: "Ranking", calibration: "Calibration | None", *, title: str, layers: int
) -> str:
    """The sentences of a search, the nearest first, each with a bar for its cosine."""
    lines = []
    for rank, number in enumerate(ranking.order, start=1):
        cosine = float(ranking.cosine[number])
        lines.append(
            f"<tr><td>{rank}</td><td>{escape(ranking.sentences[number])}</td>"
            f"{barred(cosine, cosine_digits(cosine))}<td>{percent(cosine, calibration)}</td></tr>"
        )
    head = "<td></td><th>sentence</th><th>cosine</th><th>random pairs below</th>"
    caption = (
        f"Cosines of “{ranking.query}” with each sentence: {title}, {ranking.pooling} pooling, "
        f"{state_name(ranking.layer, layers)}. {missing(calibration, title)}"
    )
    listed = f'<div class="ranking">{table(head, lines)}</div>'
    if ranking.query_unknown:
        unknown = paragraph("similarity", "the_query_is_unknown")
        listed = f'<p class="unknown">{unknown}</p>{listed}'
    elif ranking.alike:
        listed = f"<p>{paragraph('similarity', 'all_are_as_near')}</p>{listed}"
    return _figure(listed + unknown_note(ranking.unknown), caption.strip())


def _dot_range(dot: np.ndarray) -> tuple[float, float]:
    """From 0 to the largest product; both ways alike where one is negative."""
    most = float(np.abs(dot).max())
    return (-most if dot.min() < 0 else 0.0), most


def _figure(picture: str, caption: str) -> str:
    return f'<figure class="figure">{picture}<figcaption>{escape(caption)}</figcaption></figure>'


def _names(sentences: tuple[str, ...], most: int) -> list[str]:
    """Numbers and beginnings, all of the length of the longest, so that they begin in a line."""
    names = [f"{number} {_short(one, most)}" for number, one in enumerate(sentences, start=1)]
    length = max(map(len, names))
    return [name.ljust(length, HARD_SPACE) for name in names]


def _short(sentence: str, most: int) -> str:
    return sentence if len(sentence) <= most else f"{sentence[: most - 1].rstrip()}…"
