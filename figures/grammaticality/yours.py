"""Sentences to be judged by the visitor, and afterwards whose judgements agree."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from figures.parts.headline import decimals, share
from figures.parts.html import Html, tag
from figures.parts.prose import marked, paragraph
from figures.parts.style import minus
from figures.parts.table import headed_table

if TYPE_CHECKING:
    from services.grammaticality.judge import Judgement
    from services.grammaticality.yours import Agreement, Sentence

Labels = Sequence[int | None]
SAID = {1: "yes", 0: "no", None: "–"}
NO_VALUE = "0/0"


# Before ------------------------------------------------------------------------------------------


def unlabelled_figure(texts: Sequence[str], labels: Labels) -> str:
    """The sentences with two buttons each; nothing of what others say of them."""
    rows = "".join(_row(number, text, labels[number]) for number, text in enumerate(texts))
    done = sum(label is not None for label in labels)
    count = f"<b data-labelled>{done}</b> of {len(texts)} judged. "
    return (
        f'<figure class="figure grammaticality yours" data-yours="{len(texts)}">'
        f"<p>{count}{paragraph('grammaticality', 'judge_yourself')}</p>"
        f'<ol data-roving="2">{rows}</ol>'
        f"<p>{_button('Show the labels and the model', {'show': True}, kind='quiet')}</p>"
        "<figcaption>Press an answer, or go with the arrow keys and press Enter.</figcaption>"
        "</figure>"
    )


def _row(number: int, text: str, label: int | None) -> Html:
    answers = [
        _button(
            SAID[value].capitalize(),
            {"label": [number, value]},
            aria_label=f"{SAID[value].capitalize()}: {text}",
            aria_pressed="true" if label == value else "false",
            tabindex="0" if (number, value) == (0, 1) else "-1",
        )
        for value in (1, 0)
    ]
    return tag("li", tag("span", text), tag("span", *answers, class_="answers"))


def _button(said: str, pick: dict[str, object], kind: str = "", **more: object) -> Html:
    return tag("button", said, type="button", class_=kind, data_pick=json.dumps(pick), **more)


# Afterwards --------------------------------------------------------------------------------------


def headline(yours: "Agreement", models: "Agreement") -> str:
    """Cohen's kappa of the visitor with our labels, and the model's."""
    if not yours.judged:
        return f"The model and the labels: κ <b>{_number(models.kappa)}</b>"
    return f"You: κ <b>{_number(yours.kappa)}</b>, the model: {_number(models.kappa)}"


def _number(value: float | None) -> str:
    return NO_VALUE if value is None else decimals(value)


def agreement_figure(
    sentences: "Sequence[Sentence]",
    labels: Labels,
    judgements: "Sequence[Judgement]",
    pairs: "Sequence[tuple[str, Agreement]]",
    *,
    title: str,
) -> str:
    """Who agrees with whom, then each sentence with all verdicts and the reason of our label."""
    rows = [
        _judged(one, label, judgement)
        for one, label, judgement in zip(sentences, labels, judgements, strict=True)
    ]
    names = ["sentence", "you", "label", "model", "why this label"]
    again = _button("Judge again", {"again": True}, kind="quiet")
    return (
        '<figure class="figure grammaticality yours">'
        f"{agreement_table(pairs)}<p>{paragraph('grammaticality', 'people_disagree')}</p>"
        f'<div class="verdicts">{headed_table(names, rows)}</div><p>{again}</p>'
        f"{tag('figcaption', f'The model is {title}. Bold: unlike the label.')}</figure>"
    )


def _judged(one: "Sentence", label: int | None, judgement: "Judgement") -> list[str]:
    said = int(judgement.acceptable)
    contested = " <i>Contested.</i>" if one.contested else ""
    return [
        str(tag("span", one.text)),
        _unlike(SAID[label], label is not None and label != one.label),
        SAID[one.label],
        _unlike(f"{SAID[said]}, {share(judgement.probability)}", said != one.label),
        marked(one.reason) + contested,
    ]


def _unlike(said: str, unlike: bool) -> str:
    return f"<b>{said}</b>" if unlike else said


def agreement_table(pairs: "Sequence[tuple[str, Agreement]]") -> str:
    """Each two judges: their confusion matrix in a row, MCC and Cohen's kappa."""
    names = ["", "both yes", "first only", "second only", "both no", "agree", "MCC", "Cohen's κ"]
    rows = []
    for name, one in pairs:
        (neither, second), (first, both) = one.counts
        counts = [f"{count}" for count in (both, first, second, neither)]
        measures = [NO_VALUE if value is None else minus(value) for value in (one.mcc, one.kappa)]
        rows.append([name, *counts, f"{one.agreed} of {one.judged}", *measures])
    return headed_table(names, rows, numbers=True)
