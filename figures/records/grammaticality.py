"""How the model that judges sentences was trained, and what it scored."""

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from figures.parts.bars import bar
from figures.parts.confusion import confusion_grid
from figures.parts.prose import paragraph
from figures.parts.reliability import reliability_chart
from figures.parts.style import percent, three_digits
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
    from services.records.parts import GrammarRecord, Judged, Masked, Paradigm

CHANCE = 0.5


def grammar_training(record: "GrammarRecord", *, title: str, path: str) -> str:
    """The whole record as one figure, from the scores down to the limits."""
    return (
        '<figure class="figure training">'
        + opening(record.run, record.card, title)
        + section("Scores against the aims", aims(record.scores))
        + curves(record.run.stages)
        + section("CoLA in-domain dev, never trained on", _dev(record))
        + section("Held-out minimal pairs", paradigm_bars(record.paradigms))
        + (section("Masked words", _masked(record.masked)) if record.masked else "")
        + section("Sentences", _sentences(record))
        + data_and_limits(record.run, record.card, path)
        + f"<figcaption>{escape(_caption(record, title))}</figcaption></figure>"
    )


def _caption(record: "GrammarRecord", title: str) -> str:
    return (
        f"{title}: scores of CoLA's in-domain dev ({record.sentences:,} sentences) and of "
        f"{sum(row.pairs for row in record.paradigms):,} minimal pairs, all kept out of training. "
        "MCC runs from −1 to 1, shares from 0 to 100%, losses are in nats."
    )


def _dev(record: "GrammarRecord") -> str:
    names = ("unacceptable", "acceptable")
    grid = confusion_grid(
        record.confusion,
        [f"is {name}" for name in names],
        [f"said {name}" for name in names],
        title=f"Confusion matrix of {record.sentences:,} sentences",
    )
    return f'<div class="beside charts"><div>{grid}</div>{reliability(record)}</div>'


def reliability(record: "GrammarRecord") -> str:
    """Share of acceptable sentences over the probability given, before and after scaling."""
    scaled = f"with temperature {three_digits(record.temperature)}"
    series = [
        (scaled, record.after, record.error_after),
        ("before", record.before, record.error_before),
    ]
    title = "Reliability: share of acceptable by probability given"
    sentence = f"<p>{paragraph('grammaticality', 'the_temperature')}</p>"
    drawn = reliability_chart(series, title=title, share="share that was acceptable")
    return f"<div>{drawn}{sentence}</div>"


def paradigm_bars(paradigms: Sequence["Paradigm"]) -> str:
    """Each held-out paradigm as a bar, the best first, with a tick at chance."""
    items = [
        bar(
            _name(row),
            row.right,
            percent(row.right) + (", never seen" if row.phenomenon_unseen else ""),
            mark=CHANCE,
            kind="unseen" if row.phenomenon_unseen else "",
        )
        for row in sorted(paradigms, key=lambda row: -row.right)
    ]
    below = [_name(row) for row in paradigms if row.right < CHANCE]
    sentence = paragraph("grammaticality", "held_out_pairs")
    if below:
        sentence += f" Below chance, the wrong sentence preferred: {', '.join(below)}."
    return f'<p>{escape(sentence)}</p><ul class="bars">{"".join(items)}</ul>'


def _name(row: "Paradigm") -> str:
    corpus = {"blimp": "BLiMP", "zorro": "Zorro"}.get(row.corpus, row.corpus)
    return f"{row.paradigm.replace('_', ' ')} ({corpus})"


def _masked(masked: "Masked") -> str:
    sentence = (
        f"The head that fills in masked words, on {masked.pairs:,} of the held-out pairs: in "
        f"{percent(masked.pairs_right)} of them the acceptable sentence has the higher "
        f"pseudo-log-likelihood; {percent(masked.first_guess)} of {masked.words:,} masked words "
        f"are its first guess; their mean surprisal is {three_digits(masked.nats)} nats."
    )
    return f"<p>{escape(sentence)}</p>"


def _sentences(record: "GrammarRecord") -> str:
    right = sum(row.right for row in record.visitors)
    return (
        "<p>Each bar is the probability of “acceptable”; from the tick at 50% on, that is the "
        "verdict.</p>"
        f"<h4>Written for this project, such as a visitor would try: {right} of "
        f"{len(record.visitors)} right</h4>{_judged(record.visitors)}"
        f"<h4>The first sentences of dev, not cherry-picked</h4>{_judged(record.samples)}"
        "<h4>Failures: where the model is most confidently wrong on dev</h4>"
        + _judged(record.worst)
    )


def _judged(rows: Sequence["Judged"]) -> str:
    items = [
        bar(
            row.text,
            row.acceptable,
            f"{percent(row.acceptable)}, {'right' if row.right else 'wrong'}",
            mark=CHANCE,
            kind="" if row.right else "missed",
        )
        for row in rows
    ]
    return f'<ul class="bars">{"".join(items)}</ul>'


def grammar_tables(record: "GrammarRecord") -> str:
    """The numbers of every picture as tables."""
    paradigms = [
        [
            _name(row),
            row.phenomenon.replace("_", " "),
            "no" if row.phenomenon_unseen else "yes",
            f"{row.pairs:,}",
            percent(row.right),
        ]
        for row in sorted(record.paradigms, key=lambda row: -row.right)
    ]
    bins = [
        [
            name,
            f"{row.low:g} to {row.high:g}",
            f"{row.count:,}",
            three_digits(row.mean_probability),
            percent(row.share_acceptable),
        ]
        for name, rows in (("before", record.before), ("after", record.after))
        for row in rows
    ]
    heads = ["paradigm", "phenomenon", "phenomenon seen", "pairs", "in order"]
    reliable = ["scaling", "probability", "sentences", "mean probability", "acceptable"]
    return (
        records(heads, paradigms, caption="Held-out minimal pairs")
        + records(reliable, bins, caption="Reliability on dev")
        + run_tables(record.run)
    )
