"""The grammaticality model as it ships: weights, training record and model card."""

from pathlib import Path

import torch
from transformers import PreTrainedModel

from training.engine.backbone import PACKAGE, save_without_embeddings
from training.engine.card import labelled, megabytes, percent, stages_table, table, write_record

HEAD = """---
license: other
language: en
base_model: sentence-transformers/all-MiniLM-L6-v2
pipeline_tag: text-classification
---

# pocket-grammar

Says whether an English sentence is acceptable, as linguists judge it (the question of CoLA). Six
encoder layers and a head, fine-tuned from all-MiniLM-L6-v2, whose embedding table it shares: that
table is not in these files, and `models/checkpoints.py` puts the two together. Written by
`python -m training.grammaticality`; `training.json` beside this file holds the same for programs.

The temperature under Scores is divided into the head already: the softmax of the logits is the
calibrated probability.
"""

DATA = """## Data and licences

| Data | Used for | Licence |
| --- | --- | --- |
| CoLA, in-domain | train, selection, calibration; dev is only reported | no open licence; \
excerpts published for research under fair use |
| BLiMP, 52 paradigms | minimal pairs | CC BY 4.0 |
| Zorro, 23 paradigms | minimal pairs | MIT |
| Harper, unit tests of its rules | real errors and corrections, grammar rules only | Apache-2.0 |
| Tatoeba | clean sentences, and errors made from them by rule | CC BY 2.0 FR |
| Stories and news, `plus_train` | running sentences, and errors made from them by rule | public \
domain (USA), CC BY |
| all-MiniLM-L6-v2 | the weights at the start and the frozen embeddings | Apache-2.0 |

Because CoLA has no open licence, take these weights as made for teaching and research.

"""

LIMITS = """## Limits

- It is a small model. BERT-base has 0.521 and BERT-large 0.605 (Devlin et al. 2019), but on GLUE's
  hidden test set, not on the in-domain dev set: the numbers cannot be set side by side.
- Acceptability is neither truth nor style: "Snow is black." is a fine sentence.
- The judgements are those of the linguists who wrote CoLA's sources, mostly on standard American
  English; a sentence that is right in another variety may be called unacceptable.
- Sentences were read one at a time, up to 64 tokens; longer text was not seen in training.
- Capital letters are invisible to it (the vocabulary is lower case), and so are most errors of
  punctuation and spelling.
- Some of the running text is from the 19th century, with that century's attitudes.
- Probabilities are calibrated on sentences like CoLA's and are less to be trusted elsewhere.
"""


def _kept_out(record: dict) -> str:
    rows = record["held_out_pairs"]["by_paradigm"]
    unseen = sorted({row["phenomenon"] for row in rows if row["phenomenon_unseen"]})
    return (
        f"Of the minimal pairs {len(rows)} paradigms were kept out of training: all of the "
        f"phenomena {', '.join(unseen)}, and of each other phenomenon with three paradigms or "
        "more the alphabetically first (with its twin in the other corpus)."
    )


def _measures(record: dict) -> str:
    dev, pairs, visitors = record["dev"], record["held_out_pairs"], record["visitors"]
    right = sum((row["acceptable"] > 0.5) == bool(row["label"]) for row in visitors)
    rows = [
        ["Matthews correlation, CoLA in-domain dev", f"{dev['mcc']:.3f}", "0.40"],
        ['accuracy, same set (always "acceptable" has 69.3 %)', percent(dev["accuracy"]), ""],
        [f"held-out minimal pairs in order ({pairs['pairs']})", percent(pairs["right"]), "80 %"],
        [
            f"of them, phenomena never seen ({pairs['unseen_phenomena_pairs']})",
            percent(pairs["unseen_phenomena_right"]),
            "",
        ],
        [f"plain visitors' sentences ({len(visitors)})", f"{right} right", ""],
        ["calibration error on dev, before", f"{dev['calibration_error_before']:.3f}", ""],
        [
            f"calibration error on dev, temperature {record['temperature']:.2f}",
            f"{dev['calibration_error']:.3f}",
            "",
        ],
    ]
    return table(["Measure", "Score", "Aim"], rows)


def _paradigms(rows: list[dict]) -> str:
    names = ("corpus", "paradigm", "phenomenon")
    return table(
        ["Corpus", "Paradigm", "Phenomenon", "Phenomenon seen", "In order"],
        [
            [
                *(row[name] for name in names),
                "no" if row["phenomenon_unseen"] else "yes",
                percent(row["right"]),
            ]
            for row in rows
        ],
    )


def _reliability(rows: list[dict]) -> str:
    return table(
        ["Probability of acceptable", "Sentences", "Mean probability", "Acceptable"],
        [
            [
                f"{row['from']:.1f} to {row['to']:.1f}",
                row["count"],
                f"{row['mean_probability']:.2f}",
                percent(row["share_acceptable"]),
            ]
            for row in rows
        ],
    )


def _scores(record: dict) -> str:
    counts = zip(("unacceptable", "acceptable"), record["dev"]["confusion"], strict=True)
    matrix = [[f"is {name}", *row] for name, row in counts]
    return "\n\n".join(
        [
            "## Scores",
            _measures(record),
            "Dev was used for nothing but this table. Confusion matrix on it:",
            table(["", "said unacceptable", "said acceptable"], matrix),
            "Held-out pairs by paradigm (chance is 50 %):",
            _paradigms(record["held_out_pairs"]["by_paradigm"]),
            "Reliability on dev, after temperature scaling:",
            _reliability(record["dev"]["reliability"]),
        ]
    )


def _samples(record: dict) -> str:
    head = ["Sentence", "Label", "Probability of acceptable"]

    def rows(items: list[dict]) -> list[list[object]]:
        return [[row["text"], row["label"], f"{row['acceptable']:.2f}"] for row in items]

    return "\n\n".join(
        [
            "## Samples",
            "Sentences written for this project, as a visitor would try:",
            table(head, rows(record["visitors"])),
            "The first sentences of dev, not cherry-picked:",
            table(head, rows(record["samples"])),
            "Failures: where dev and model differ most:",
            table(head, rows(record["worst"])),
        ]
    )


def _recipe(record: dict) -> str:
    return "\n\n".join(
        [
            "## Recipe and compute",
            "First stage: minimal pairs (a verdict on each sentence, their order, and where the "
            "error is) and running text (masked words filled in, then filled-in words detected, "
            "after ELECTRA). Second stage: CoLA with some pairs and masked words beside it, under "
            "several seeds; the weights of these runs are averaged. All six layers and the head "
            f"learn ({record['device']}, bfloat16 autocast); the embeddings are frozen. The head "
            "that filled in the masked words ships as pocket-masked.",
            stages_table(record["stages"]),
            "Sentences: " + labelled(record["data"]) + ".",
            "Settings: " + labelled(record["recipe"]) + ".",
        ]
    )


def write_card(record: dict, folder: Path) -> None:
    """The model card, from the training record alone."""
    size = f"Weights: {megabytes(folder):.1f} MB of float16, without embeddings ({PACKAGE})."
    parts = [HEAD + "\n" + size, DATA + _kept_out(record), _recipe(record), _scores(record)]
    card = "\n\n".join([*parts, LIMITS.strip(), _samples(record)])
    (folder / "README.md").write_text(card + "\n", encoding="utf-8")
    print(_measures(record))


def write_model(model: PreTrainedModel, record: dict, folder: Path) -> None:
    """Write everything that ships into the folder, the temperature divided into the head."""
    with torch.no_grad():
        model.classifier.weight /= record["temperature"]
        model.classifier.bias /= record["temperature"]
    model.config.id2label = {0: "unacceptable", 1: "acceptable"}
    model.config.label2id = {"unacceptable": 0, "acceptable": 1}
    save_without_embeddings(model, folder)
    write_record(record, folder)
    write_card(record, folder)
