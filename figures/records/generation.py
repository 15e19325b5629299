"""How the model that continues text was trained, what it scored, and what it wrote."""

import math
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from figures.parts.chart import upright
from figures.parts.style import percent, three_digits
from figures.records.record import (
    SHARE,
    aims,
    curves,
    data_and_limits,
    opening,
    records,
    run_tables,
    section,
)
from figures.records.trials import speed_bars, trial_bars, trial_tables

if TYPE_CHECKING:
    from services.records.parts import GenerationRecord, Hard, Run, Written

BITS = "bits per character"
TEMPERATURE, LENGTH = 0.8, 60  # of the samples, as `training.generation.scores` has them


def generation_training(record: "GenerationRecord", *, title: str, path: str) -> str:
    """The whole record as one figure, from the scores down to the limits."""
    marks, moved = _phases(record.run)
    return (
        '<figure class="figure generation training">'
        + opening(record.run, record.card, title)
        + f"<p>{escape(_compute(record))}</p>"
        + section("Scores against the aims", _scores(record))
        + curves(record.run.stages, measure=BITS, marks=marks, sentence=_on_the_way(record, moved))
        + section("Continuations, not cherry-picked", _samples(record))
        + section("Failures", _failures(record))
        + section("Short runs before the long one", trial_bars(record.trials))
        + section("Speed of training", speed_bars(record.measures))
        + data_and_limits(record.run, record.card, path, counts=_parts(record))
        + f"<figcaption>{escape(_caption(record, title))}</figcaption></figure>"
    )


def _caption(record: "GenerationRecord", title: str) -> str:
    scored = record.validation
    return (
        f"{title}: {scored.documents:,} validation documents of {scored.characters:,} characters, "
        "none of them trained on. Bits per character: −log₂ of the probability of the text, over "
        "its characters; lower is better. Losses are in nats per token."
    )


def _compute(record: "GenerationRecord") -> str:
    recipe = record.run.recipe
    heads = recipe["width"] // recipe["head_width"]
    return (
        f"It read {record.tokens_seen:,} tokens, {three_digits(record.passes)} times the length "
        f"of its text, at {record.tokens_per_second:,} tokens a second. The model is a GPT-2 of "
        f"{record.parameters:,} parameters: {recipe['layers']} layers, {recipe['width']} wide, "
        f"{heads} heads, a vocabulary of {recipe['vocabulary']:,} tokens of its own, a context of "
        f"{recipe['context']} tokens."
    )


def _scores(record: "GenerationRecord") -> str:
    scored = record.validation
    full = max(2, math.ceil(max(score.value for score in record.scores)))
    each = scored.characters / max(1, scored.tokens)
    sentence = (
        f"The bars end at {full} bits. At {three_digits(scored.bits_per_character)} bits per "
        "character, a text of 1,000 characters could be packed into "
        f"{three_digits(1000 * scored.bits_per_character)} bits. Perplexity per token is "
        f"{three_digits(scored.perplexity_per_token)}, and a token holds {three_digits(each)} "
        "characters on average; only bits per character can be compared between vocabularies. "
        "Other pages of the same books were in the training data, so the score of the held-back "
        "documents is optimistic."
    )
    return aims(record.scores, full=full) + f"<p>{escape(sentence)}</p>"


def _phases(run: "Run") -> tuple[str, str]:
    """Marks where the run turns to other text, and the same in words."""
    wide, easy = run.recipe.get("wide_share", 0.0), run.recipe.get("easy_share", 0.0)
    turns = []
    if wide:
        turns.append((wide, "from all of its books and news to the books for the young alone"))
    if easy:
        turns.append((1 - easy, "to the easiest part"))
    if not turns:
        return "", ""
    text = " and ".join(f"at {share:.0%} {name}" for share, name in turns)
    marks = "".join(upright(share, SHARE) for share, _ in turns)
    return marks, f"At a dashed line the run turns to other text: {text}."


def _on_the_way(record: "GenerationRecord", moved: str) -> str:
    watched = record.run.recipe.get("watched")
    some = f"{watched} documents of each part" if watched else "some documents of each part"
    sentence = (
        f"Bits per character on the way are those of {some}, in rougher arithmetic; the scores "
        "above are of all documents. The loss is that of the text being read just then."
    )
    return f"{sentence} {moved}".strip()


# What it wrote -------------------------------------------------------------------------------


def _samples(record: "GenerationRecord") -> str:
    sentence = (
        f"{len(record.samples)} continuations at temperature {TEMPERATURE} with nothing cut "
        f"from the distribution, up to {LENGTH} tokens each, from seeds fixed in advance: none "
        "was left out. The prompt is in bold."
    )
    return f"<p>{escape(sentence)}</p>{_written(record.samples)}"


def _failures(record: "GenerationRecord") -> str:
    sentence = (
        "The most likely token each time (greedy), on a prompt that it was made for and on others "
        "that it was not: facts, sums, things of our time, code. Of the runs of four words in "
        f"these texts {percent(record.greedy_repeated)} had been written before in the same "
        f"text; in the continuations above it was {percent(record.repeated)}."
    )
    return (
        f"<p>{escape(sentence)}</p>{_written(record.greedy)}"
        f"<h4>The validation documents that it predicts worst</h4>{_hard(record.worst)}"
    )


def _written(rows: Sequence["Written"]) -> str:
    items = []
    for row in rows:
        how = "greedy" if row.seed is None else f"seed {row.seed}"
        text = _readable(row.text.rstrip()) or "(the end token at once)"
        items.append(
            f'<li><span class="how">{how}</span>'
            f"<bdi><b>{_readable(row.prompt)}</b>{text}</bdi></li>"
        )
    return f'<ul class="asked samples">{"".join(items)}</ul>'


def _hard(rows: Sequence["Hard"]) -> str:
    items = [
        f'<li><span class="how">{three_digits(row.bits_per_character)} {BITS}</span>'
        f"<bdi>{_readable(row.text)}…</bdi></li>"
        for row in rows
    ]
    return f'<ul class="asked samples">{"".join(items)}</ul>'


def _readable(text: str) -> str:
    """Running text, escaped, with control characters as signs; lines end where they end."""
    shown = (
        chr(0x2400 + ord(one)) if one < " " and one not in "\n\t" else one
        for one in text.replace("\r\n", "\n")
    )
    return escape("".join(shown))


# The same as tables --------------------------------------------------------------------------


def _parts(record: "GenerationRecord") -> str:
    rows = [
        [
            part.name,
            f"{part.documents:,}",
            f"{part.characters:,}",
            f"{part.tokens:,}",
            three_digits(part.characters / max(1, part.tokens)),
            f"{part.documents_kept_out:,}",
        ]
        for part in record.parts
    ]
    head = ["part", "documents", "characters", "tokens", "characters per token", "kept out"]
    return records(head, rows, caption="Counts, in documents where no other unit is named")


def generation_tables(record: "GenerationRecord") -> str:
    """The numbers of every picture as tables."""
    scored = record.validation
    scores = [
        [score.name, three_digits(score.value), f"{score.aim:.2f}" if score.aim else ""]
        for score in record.scores
    ]
    scores += [
        ["perplexity per token", three_digits(scored.perplexity_per_token), ""],
        ["runs of four words repeated, samples", percent(record.repeated), ""],
        ["runs of four words repeated, greedy", percent(record.greedy_repeated), ""],
    ]
    return (
        records(["measure", "value", "aim, at most"], scores, caption="Scores")
        + trial_tables(record.trials, record.measures)
        + run_tables(record.run)
    )
