"""How a model was trained: its curves, its scores against the aims, its data and its limits."""

import re
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from figures.parts.bars import bar
from figures.parts.chart import Axis, Line, chart, ticks_for
from figures.parts.style import percent, three_digits
from figures.parts.table import rows_table

if TYPE_CHECKING:
    from services.records.card import Card
    from services.records.parts import Run, Score, Stage

DEVICES = {"cpu": "a processor, without a graphics card", "cuda": "a graphics card"}
MEASURES = {
    "selection_mcc": "MCC on training sentences kept aside",
    "pairs_right": "training pairs in order",
    "selection_f1": "F1 on answerable questions",
    "selection_exact": "exact match on them",
    "selection_no_answer_f1": "F1 of “no answer”",
    "held_back": "held-back documents",
    "validation": "validation text",
    "drawn_recall": "objects found, own drawings",
    "emoji_recall": "objects found, emojitwo",
    "drawn_relation": "relations right, own drawings",
}
STAGES = {
    "syntax": "First stage: pairs and running text",
    "cola": "Second stage: CoLA",
    "answering": "The whole run",
    "generation": "The whole run",
    "captioning": "The whole run",
}
SHARE = Axis("share of the stage", (0, 0.25, 0.5, 0.75, 1), percent=True)


def section(title: str, *parts: str) -> str:
    """A part of the page under its heading."""
    return f"<section><h3>{escape(title)}</h3>{''.join(parts)}</section>"


def records(names: Sequence[str], rows: Sequence[Sequence[object]], *, caption: str = "") -> str:
    """Rows of anything as they are set in a record."""
    return rows_table(names, rows, caption=caption, kind="record")


# What all records have -----------------------------------------------------------------------


def opening(run: "Run", card: "Card", title: str) -> str:
    """Compute in words, and how the training went about it."""
    origin = f"fine-tuned from {card.base.split('/')[-1]}" if card.base else "trained from nothing"
    sentence = f"{title} was {origin}"
    if run.stages:
        sentence += f": {run.batches:,} batches in {three_digits(run.minutes)} minutes"
    sentence += f" on {DEVICES.get(run.device, run.device)}."
    return f"<p>{escape(sentence)}</p><p>{escape(card.recipe)}</p>"


def aims(scores: Sequence["Score"], *, full: float = 1.0) -> str:
    """Every score as a bar, with a tick at what was aimed at; `full` is where the bars end."""
    items = []
    for score in scores:
        value = _written(score, score.value)
        if score.aim is not None:
            verdict = "reached" if score.reached else "not reached"
            value += f" (aim {_aim(score)}: {verdict})"
        kind = "" if score.reached else "short"
        mark = None if score.aim is None else score.aim / full
        items.append(bar(score.name, score.value / full, value, mark=mark, kind=kind))
    return f'<ul class="bars wide">{"".join(items)}</ul>'


def _written(score: "Score", value: float) -> str:
    return percent(value) if score.percent else three_digits(value)


def _aim(score: "Score") -> str:
    aim = score.aim or 0.0
    written = f"{100 * aim:g}%" if score.percent else f"{aim:.2f}"
    return f"at most {written}" if score.least else written


def curves(
    stages: Sequence["Stage"], *, measure: str = "scores", marks: str = "", sentence: str = ""
) -> str:
    """The loss and what was measured on the way, a pair of charts for each kind of stage.

    `marks` are drawn into every chart; `said` is a paragraph below them.
    """
    if not stages:
        return ""
    kinds: dict[str, list[Stage]] = {}
    for stage in stages:
        kinds.setdefault(_kind(stage.name), []).append(stage)
    charts = []
    for kind, runs in kinds.items():
        name = STAGES.get(kind, kind)
        losses = [
            Line(_run_name("loss", run, runs), [(point.share, point.loss) for point in run.curve])
            for run in runs
        ]
        up = Axis("loss", ticks_for([loss for line in losses for _, loss in line.points]))
        charts.append(chart(losses, SHARE, up, title=f"{name}: loss", marks=marks))
        measured = [line for run in runs for line in _measured(run, runs)]
        if measured:
            values = [value for line in measured for _, value in line.points]
            top = max(values)
            up = Axis(measure, ticks_for([*values, max(top, min(1.0, top + 0.02))]))
            title = f"{name}: {measure} on the way"
            charts.append(chart(measured, SHARE, up, title=title, marks=marks))
    text = f"<p>{escape(sentence)}</p>" if sentence else ""
    drawn = f'<div class="beside charts">{"".join(charts)}</div>'
    return section("While it learned", drawn, text)


def _kind(stage: str) -> str:
    """Runs of one stage under several seeds have one name and a number."""
    return re.sub(r"-\d+$", "", stage)


def _run_name(name: str, run: "Stage", runs: Sequence["Stage"]) -> str:
    return f"{name}, run {runs.index(run) + 1}" if len(runs) > 1 else name


def _measured(run: "Stage", runs: Sequence["Stage"]) -> list[Line]:
    names = dict.fromkeys(name for point in run.curve for name in point.scores)
    lines = []
    for name in names:
        points = [(p.share, p.scores[name]) for p in run.curve if name in p.scores]
        text = f"{_run_name(MEASURES.get(name, name), run, runs)}: {three_digits(points[-1][1])}"
        lines.append(Line(f"{text} at the end", points, dots=True))
    return lines


def data_and_limits(run: "Run", card: "Card", path: str, *, counts: str = "") -> str:
    """What it learned from and under which licence, what it cannot do, where the card is.

    `counts` is what is shown in place of the counts of the record in one line.
    """
    rows = [[cell.replace("`", "") for cell in row] for row in card.data]
    limits = "".join(f"<li>{escape(limit)}</li>" for limit in card.limits)
    listed = records(["data", "used for", "licence"], rows) if rows else ""
    if not counts:
        each = ", ".join(f"{name.replace('_', ' ')} {count:,}" for name, count in run.data.items())
        counts = f"<p>Counts: {escape(each)}.</p>"
    notes = f"{counts}<p>{escape(card.notes)}</p>"
    where = (
        f"<p>Everything in its words: the model card <code>{escape(path)}/README.md</code>, and "
        f"for programs <code>{escape(path)}/training.json</code>.</p>"
    )
    return section("Data and licences", listed, notes) + section(
        "Limits", f'<ul class="plain">{limits}</ul>' if limits else "", where
    )


def no_record(title: str, repo: str) -> str:
    """What is said of a model that was trained elsewhere."""
    where = f": its card is that of {repo} on the Hub" if repo else ""
    return (
        '<figure class="figure training"><p>No record of training lies beside '
        f"{escape(title)}, which was trained elsewhere{escape(where)}.</p></figure>"
    )


def setting(value: object) -> str:
    """A value of a recipe as it is read: a number, a name, yes or no."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def run_tables(run: "Run") -> str:
    """Every point of the curves, and every setting of the recipe."""
    names = dict.fromkeys(
        name for stage in run.stages for point in stage.curve for name in point.scores
    )
    curve = [
        [stage.name, percent(point.share), three_digits(point.loss)]
        + [three_digits(point.scores[name]) if name in point.scores else "" for name in names]
        for stage in run.stages
        for point in stage.curve
    ]
    stages = [
        [stage.name, f"{stage.batches:,}", three_digits(stage.minutes)] for stage in run.stages
    ]
    settings = [[name.replace("_", " "), setting(value)] for name, value in run.recipe.items()]
    measures = [MEASURES.get(name, name) for name in names]
    return (
        records(["stage", "batches", "minutes"], stages, caption="Stages")
        + records(["stage", "share", "loss", *measures], curve, caption="Curves")
        + records(["setting", "value"], settings, caption="Recipe")
    )
