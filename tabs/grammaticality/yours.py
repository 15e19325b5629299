"""The view in which the visitor judges first: whom do they agree with, linguist or model?"""

import json
from typing import Any

from figures.grammaticality.yours import (
    agreement_figure,
    agreement_table,
    headline,
    unlabelled_figure,
)
from services.grammaticality.judge import Judgement, judge
from services.grammaticality.yours import Agreement, agree, read_labels, sentences, texts
from tabs.grammaticality.choices import STEM, Choices
from tabs.kit.events import IN_BROWSER
from tabs.kit.ids import id_of
from tabs.kit.scaffold import Scaffold
from tabs.kit.snippets import filled
from tabs.kit.view import Asked, Drawn, Lines, Numbers, View


def draw(asked: Asked[Choices]) -> Drawn:
    """The sentences to be judged; once they are, or it is asked for, what everyone says."""
    labels = read_labels(asked.choices.labels)
    if not asked.choices.revealed:
        return Drawn(unlabelled_figure(texts(), labels))
    judgements = judgements_of(asked)
    pairs = pairs_of(asked, judgements)
    (_, yours), (_, models), _ = pairs
    picture = agreement_figure(sentences(), labels, judgements, pairs, title=asked.entry.title)
    return Drawn(picture, agreement_table(pairs), headline=headline(yours, models))


def judgements_of(asked: Asked[Choices]) -> tuple[Judgement, ...]:
    """The model's verdicts on all sentences: one list, computed once for all visitors."""
    return asked.ask(judge, texts())


def pairs_of(
    asked: Asked[Choices], judgements: tuple[Judgement, ...]
) -> list[tuple[str, Agreement]]:
    """Every two of the three judges, by their names."""
    mine = read_labels(asked.choices.labels)
    ours = [one.label for one in sentences()]
    models = [int(one.acceptable) for one in judgements]
    return [
        ("you and the label", agree(mine, ours)),
        ("model and label", agree(models, ours)),
        ("you and the model", agree(mine, models)),
    ]


def numbers(asked: Asked[Choices]) -> Numbers:
    """A line for each sentence; what others say of it only where that is on screen."""
    labels = read_labels(asked.choices.labels)
    own = ["" if label is None else label for label in labels]
    lines: Lines = [["sentence", "you"]]
    lines += [[text, label] for text, label in zip(texts(), own, strict=True)]
    if not asked.choices.revealed:
        return lines, {"labels": list(labels)}
    judgements = judgements_of(asked)
    lines = [["sentence", "you", "label", "contested", "acceptable", "probability"]]
    for one, label, judgement in zip(sentences(), own, judgements, strict=True):
        values = (int(one.contested), int(judgement.acceptable), judgement.probability)
        lines.append([one.text, label, one.label, *values])
    content: dict[str, Any] = {
        name: {"counts": pair.counts, "mcc": pair.mcc, "kappa": pair.kappa}
        for name, pair in pairs_of(asked, judgements)
    }
    return lines, {"labels": list(labels), "agreement": content}


def snippet(asked: Asked[Choices]) -> str:
    """The code that judges the sentences, and compares once the labels are on screen."""
    code = filled("grammaticality/grammaticality", asked.entry, sentences=list(texts()))
    if not asked.choices.revealed:
        return code
    labels = [one.label for one in sentences()]
    yours = list(read_labels(asked.choices.labels))
    return f"{code}\n{filled('grammaticality/yours', labels=labels, yours=yours)}"


def wire_labels(scaffold: Scaffold) -> None:
    """A press labels a sentence in the browser; the server is asked when all are labelled."""
    labels, revealed = scaffold.controls["labels"], scaffold.controls["revealed"]
    pick = f"lectern.picked({json.dumps(id_of(STEM, 'figure'))})"
    script = f"(labels, revealed) => lectern.label(labels, revealed, {pick})"
    both = [labels, revealed]
    scaffold.picture.click(None, both, both, js=script, **IN_BROWSER)
    mark = "(labels) => lectern.markLabels(labels)"
    labels.change(None, labels, None, js=mark, **IN_BROWSER)  # type: ignore[attr-defined]


VIEW = View(
    name="yours",
    label="Judge yourself",
    draw=draw,
    numbers=numbers,
    snippet=snippet,
    controls=("revealed",),
    read_by=lambda _: (),  # the sentences are ours
    asks="Would you say so?",
)
