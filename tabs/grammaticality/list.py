"""The view of a list or CSV, typed or opened from a file."""

from typing import Any

import gradio as gr

from figures.grammaticality.list import headline, list_figure, list_table
from services.examples import frozen
from services.grammaticality.list import JudgedList, judge_list
from services.grammaticality.rows import read_file, read_list
from tabs.grammaticality.choices import STEM, Choices
from tabs.grammaticality.others import long_only
from tabs.kit.controls import group
from tabs.kit.events import INSIDE
from tabs.kit.notes import shows_user_errors
from tabs.kit.scaffold import Scaffold
from tabs.kit.snippets import filled
from tabs.kit.view import Asked, Drawn, Lines, Numbers, View


def draw(asked: Asked[Choices]) -> Drawn:
    """Every sentence with its verdict, scored where the list has labels."""
    judged = judged_list(asked)
    picture = list_figure(judged, title=asked.entry.title)
    return Drawn(picture, list_table(judged), headline=headline(judged))


def judged_list(asked: Asked[Choices]) -> JudgedList:
    """The list of the box with its verdicts."""
    listed = read_list(asked.choices.sentences, asked.desk.limits)
    return asked.ask(judge_list, listed, progress=long_only(asked.progress))


def numbers(asked: Asked[Choices]) -> Numbers:
    """A line for each sentence of the list."""
    judged = judged_list(asked)
    listed, rows = judged.listed, _rows(judged)
    names = ["line", "sentence", "acceptable", "probability"]
    more = [name for name in ("label", "source") if name in rows[0]]
    lines: Lines = [[*names, "logit_unacceptable", "logit_acceptable", *more]]
    for row in rows:
        verdict = (row["line"], row["sentence"], int(row["acceptable"]), row["probability"])
        lines.append([*verdict, *row["logits"], *(row[name] for name in more)])
    return lines, {"layout": listed.layout, "scores": frozen(judged.scores), "rows": rows}


def _rows(judged: JudgedList) -> list[dict[str, Any]]:
    listed = judged.listed
    return [
        {
            "line": listed.lines[index],
            "sentence": judgement.sentence,
            "acceptable": judgement.acceptable,
            "probability": judgement.probability,
            "logits": frozen(judgement.logits),
        }
        | ({"label": listed.labels[index]} if listed.labels is not None else {})
        | ({"source": listed.sources[index]} if listed.sources is not None else {})
        for index, judgement in enumerate(judged.judgements)
    ]


def snippet(asked: Asked[Choices]) -> str:
    """The code that judges the sentences of the list."""
    sentences = list(read_list(asked.choices.sentences, asked.desk.limits).sentences)
    return filled("grammaticality/grammaticality", asked.entry, sentences=sentences)


# The file box ------------------------------------------------------------------------------------


def draw_file_box(scaffold: Scaffold) -> None:
    """Where a file may be opened instead of typing."""
    with group("file"):
        scaffold.parts["file"] = gr.File(
            label="Or open a file (CSV, TSV, text)",  # its content decides, whatever it is called
            height=190,
            elem_id=f"{STEM}-file",
        )


def wire_file_box(scaffold: Scaffold) -> None:
    """An opened file fills the list."""
    file = scaffold.parts["file"]

    @shows_user_errors(scaffold.note)
    def open_file(path: str | None) -> Any:
        return gr.skip() if path is None else read_file(path, scaffold.desk.limits)

    outputs = [scaffold.controls["sentences"], scaffold.note]
    file.upload(open_file, file, outputs, **INSIDE)


VIEW = View(
    name="list",
    label="List",
    draw=draw,
    numbers=numbers,
    snippet=snippet,
    controls=("sentences", "file"),
    asks="Which sentences does it accept, and are its verdicts right?",
)
