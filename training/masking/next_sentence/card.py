"""The model of the next sentence as it ships: weights, training record and model card."""

from pathlib import Path

from transformers import BertForNextSentencePrediction

from training.engine.backbone import PACKAGE, save_tensors
from training.engine.card import labelled, megabytes, percent, stages_table, table, write_record
from training.masking.next_sentence.model import learned
from training.masking.next_sentence.scores import LONG

AIM = 0.85  # against a random sentence

HEAD = """---
license: cc-by-sa-4.0
language: en
base_model: sentence-transformers/all-MiniLM-L6-v2
pipeline_tag: text-classification
---

# pocket-nsp

Says whether an English sentence follows another: the second task of BERT's pre-training (Devlin
et al. 2019). A head, the pooler and the last {layers} of six encoder layers learned; the
embeddings and the layers below are those of all-MiniLM-L6-v2, are not in these files, and are in
memory once (`models/reading.py` puts the two together). Written by
`python -m training.masking.next_sentence`; `training.json` beside this file holds the same for
programs.
"""

DATA = """## Data and licences

| Data | Used for | Licence |
| --- | --- | --- |
| Stories, `core_train` | pairs of sentences to train on, selection and report, no book shared | \
public domain (USA), CC BY, a little CC BY-SA |
| all-MiniLM-L6-v2 | the weights at the start, what is frozen | Apache-2.0 |

A pair is a sentence of 5 to 40 words and the next one, across the ends of paragraphs too; beside
each stands the same sentence with one that does not follow: of another book, or of the same
document, more than 5 sentences away. All quotation marks are made alike, since a book's style of
quotes would betray it. Documents stand in the order of their books: {runs} places were kept
out whole, and 150 documents (of about 900 words) on each side of each are read by nobody;
documents that share a paragraph of 60 characters with a kept-out one are left out, too. A book in
several volumes or an author's other books may still be known.
"""

LIMITS = """## Limits

- It tells topics apart far better than order: see *same book* and *swapped* under Scores. Swapped
  pairs were in no training, as in BERT's own.
- It learned from single sentences of stories for children and young readers, some of the 19th
  century, with that century's attitudes; BERT learned from passages of up to 512 tokens.
- A sentence of the same book that does not follow could often stand there, too.
- Capital letters are invisible to it (the vocabulary is lower case).
- Its probability is no measure of how well a text is ordered.
"""

KINDS = {
    "random": "a sentence of another book",
    "same_book": "a sentence of the same book",
    "swapped": "the two in the other order",
}


def _with_interval(score: dict[str, float]) -> str:
    return f"{percent(score['score'])} ({percent(score['low'])} to {percent(score['high'])})"


def _rows(scores: dict, aim: str) -> str:
    rows = [
        [
            name,
            _with_interval(scores[f"accuracy_{kind}"]),
            aim if kind == "random" else "",
            _with_interval(scores[f"says_follows_{kind}"]),
            _with_interval(scores[f"ranked_{kind}"]),
        ]
        for kind, name in KINDS.items()
    ]
    return table(
        ["Against", "Accuracy", "Aim", "Says that it follows", "Next one scores higher"], rows
    )


def _reached(report: dict) -> str:
    low, high = (report["accuracy_random"][end] for end in ("low", "high"))
    if low >= AIM:
        return f"The aim of {percent(AIM)} against random sentences is reached."
    if high >= AIM:
        return f"Whether the aim of {percent(AIM)} is reached the interval leaves open."
    return f"The aim of {percent(AIM)} against random sentences is not reached."


def _scores(record: dict) -> str:
    report, data = record["report"], record["data"]
    quantiles = [[kind.replace("_", " "), *values] for kind, values in record["quantiles"].items()]
    return "\n\n".join(
        [
            "## Scores",
            f"{data['report']:,} sentences of kept-out books, each with the next one and three "
            "that are wrong; 95 % bootstrap intervals over documents. Accuracy: of the next "
            "sentence and the wrong one, each judged by itself at 50 %; a coin has 50 %.",
            _rows(report, f"at least {percent(AIM)}"),
            _reached(report)
            + " It says that the next sentence follows in "
            + _with_interval(report["says_follows_next"])
            + ".",
            *_long(record),
            "Logits (the difference of the head's two numbers), by their quantiles:",
            table(["", "5 %", "25 %", "50 %", "75 %", "95 %"], quantiles),
        ]
    )


def _long(record: dict) -> list[str]:
    """Nothing where the set is so small that it has no such case."""
    if not record["long_cases"]:
        return []
    return [
        f"The {record['long_cases']:,} cases alone in which every sentence has {LONG} words or "
        "more:",
        _rows(record["long"], ""),
    ]


def _cases(rows: list[dict]) -> str:
    return table(
        ["First", "Next", "Logit", "Same book", "Logit", "Random", "Logit", "Swapped"],
        [
            [
                row["first"],
                row["next"],
                row["odds_next"],
                row["same_book"],
                row["odds_same_book"],
                row["random"],
                row["odds_random"],
                row["odds_swapped"],
            ]
            for row in rows
        ],
    )


def _samples(record: dict) -> str:
    visitors = [
        [row["first"], row["second"], "yes" if row["follows"] else "no", row["odds"]]
        for row in record["visitors"]
    ]
    return "\n\n".join(
        [
            "## Samples",
            "Pairs written for this project, as a visitor would type them:",
            table(["First", "Second", "Follows", "Logit"], visitors),
            "Cases of kept-out books at even distances, not picked:",
            _cases(record["samples"]),
            "## Failures",
            "Where the random sentence scores higher than the next one, the worst first:",
            _cases(record["failures"]),
        ]
    )


def _recipe(record: dict) -> str:
    return "\n\n".join(
        [
            "## Recipe and compute",
            "Each step reads a sentence with the next one and with one that does not follow; the "
            f"loss is the cross-entropy of the two verdicts ({record['device']}, bfloat16 "
            "autocast). Minutes are the processor's, on one core; preparing the data and "
            "measuring are left out." + record.get("remark", ""),
            stages_table(record["stages"]),
            "Data: " + labelled(record["data"]) + ".",
            "Settings: " + labelled(record["recipe"]) + ".",
        ]
    )


def write_card(record: dict, folder: Path) -> None:
    """The model card, from the training record alone."""
    size = f"Weights: {megabytes(folder):.1f} MB of float16, the rest is in {PACKAGE}."
    head = HEAD.format(layers=record["recipe"]["layers"])
    data = DATA.format(runs=record["data"]["places_kept_out"]).strip()
    parts = [head + "\n" + size, data, _recipe(record), _scores(record), LIMITS.strip()]
    card = "\n\n".join([*parts, _samples(record)])
    (folder / "README.md").write_text(card + "\n", encoding="utf-8")
    print(_scores(record).split("\n\n")[2])


def write_model(model: BertForNextSentencePrediction, record: dict, folder: Path) -> None:
    """Write everything that ships into the folder."""
    save_tensors(learned(model), model.config, type(model).__name__, folder)
    write_record(record, folder)
    write_card(record, folder)
