"""How the model that describes pictures was trained, what it scored, and what it says."""

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from figures.parts.bars import bar
from figures.parts.prose import paragraph
from figures.parts.style import percent
from figures.records.record import (
    aims,
    curves,
    data_and_limits,
    opening,
    records,
    run_tables,
    section,
)

if TYPE_CHECKING:
    from services.records.captioning import CaptionRecord, Described, KindCount, World

WORST = 15  # kinds of things that are missed most


def caption_training(record: "CaptionRecord", *, title: str, path: str) -> str:
    """The whole record as one figure, from the scores down to the limits."""
    caption = (
        f"{title}: objects are groups of things of one kind; colours, counts, sizes and relations "
        "are scored where the caption gives them for an object that is there. Losses are in nats: "
        "that of the caption, plus half of that of what each patch shows and where it is."
    )
    return (
        '<figure class="figure training">'
        + opening(record.run, record.card, title)
        + f"<p>{escape(_compute(record))}</p>"
        + "".join(map(_scores, record.worlds))
        + curves(record.run.stages, sentence=paragraph("captioning", "described_on_the_way"))
        + section("Changed pictures", _changed(record))
        + "".join(map(_missed, record.worlds))
        + "".join(map(_said, record.worlds))
        + section("Pictures that show nothing", _nothing(record))
        + data_and_limits(record.run, record.card, path)
        + f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def _compute(record: "CaptionRecord") -> str:
    recipe = record.run.recipe
    before = recipe["earlier_minutes"]
    earlier = f"{before:.0f} minutes came before those of the curves. " if before else ""
    if before and recipe["waves"]:
        earlier += (
            "Until then its patches could not tell in which column they lie, and left and right "
            "were guesses. "
        )
    return (
        f"It saw {record.scenes_seen:,} scenes, none of them twice, {record.scenes_per_second:,} "
        f"a second. {earlier}It has {record.parameters:,} parameters: "
        f"{recipe['layers']} layers that encode the picture, {recipe['decoder_layers']} that "
        f"write, all {recipe['width']} wide."
    )


def _scores(world: "World") -> str:
    aimed = [score for score in world.scores if score.aim is not None]
    return section(f"Scores against the aims, on {world.name}", aims(aimed))


def _changed(record: "CaptionRecord") -> str:
    measures = list(dict.fromkeys(name for _, scores in record.changed for name in scores))
    rows = [
        [name, *(percent(scores[measure]) for measure in measures)]
        for name, scores in record.changed
    ]
    return "<p>Our own drawings, changed more than in training.</p>" + records(
        ["pictures", *measures], rows
    )


def _missed(world: "World") -> str:
    worst = sorted((kind for kind in world.kinds if kind.there), key=_recall)[:WORST]
    bars = "".join(
        bar(kind.name, _recall(kind), f"{percent(_recall(kind))} of {kind.there:,}")
        for kind in worst
    )
    sentence = f"<p>The {len(worst)} kinds of things that it leaves out most often.</p>"
    return section(f"Missed in {world.name}", sentence, f'<ul class="bars wide">{bars}</ul>')


def _recall(kind: "KindCount") -> float:
    return kind.right / max(1, kind.there)


def _said(world: "World") -> str:
    return section(
        f"Captions of {world.name}",
        "<p>The first of the reported scenes, not cherry-picked.</p>",
        _captions(world.samples),
        "<p>The first of them in which something is wrong.</p>",
        _captions(world.failures),
    )


def _captions(rows: Sequence["Described"]) -> str:
    return records(["a true caption", "the model"], [[row.true, row.said] for row in rows])


def _nothing(record: "CaptionRecord") -> str:
    rows = [[f"all {row.true}", row.said] for row in record.empty]
    return f"<p>{paragraph('captioning', 'nothing_there')} {_colours(record)}</p>" + records(
        ["picture", "the model"], rows
    )


def _colours(record: "CaptionRecord") -> str:
    """How often the colour of an empty picture is said of it all the same."""
    named = sum(row.true in row.said.split() for row in record.empty)
    return f"In {named} of these {len(record.empty)} captions the colour is that of the picture."


# The same as tables --------------------------------------------------------------------------


def caption_tables(record: "CaptionRecord") -> str:
    """The numbers of every picture as tables."""
    parts = []
    for world in record.worlds:
        scores = [
            [
                score.name,
                percent(score.value),
                percent(score.aim) if score.aim else "",
                percent(score.beside or 0.0),
            ]
            for score in world.scores
        ]
        head = ["measure", "score", "aim, at least", "on the scenes settings were chosen by"]
        parts.append(records(head, scores, caption=f"Scores on {world.name}"))
        kinds = [
            [
                kind.name,
                f"{kind.there:,}",
                percent(_recall(kind)) if kind.there else "",
                percent(kind.right / kind.said) if kind.said else "",
            ]
            for kind in world.kinds
        ]
        head = ["kind", "there", "recall", "precision"]
        parts.append(records(head, kinds, caption=f"Kinds of things, {world.name}"))
    return "".join(parts) + run_tables(record.run)
