"""The answering model as it ships: weights, training record and model card."""

from pathlib import Path

from transformers import PreTrainedModel

from training.engine.backbone import PACKAGE, save_without_embeddings
from training.engine.card import labelled, megabytes, percent, stages_table, table, write_record

HEAD = """---
license: cc-by-sa-4.0
language: en
base_model: sentence-transformers/all-MiniLM-L6-v2
pipeline_tag: question-answering
---

# pocket-qa

Finds the answer to a question in a passage, or says that the passage does not answer. Six encoder
layers and a head, fine-tuned from all-MiniLM-L6-v2, whose embedding table it shares: that table
is not in these files, and `models/checkpoints.py` puts the two together. Written by
`python -m training.answering`; `training.json` beside this file holds the same for programs.

The softmax that it was trained with runs over the tokens of the passage and [CLS] (no answer);
scores of other places mean nothing. The span of [CLS] stands for "no answer", as in SQuAD 2.0.
"""

DATA = """## Data and licences

| Data | Used for | Licence |
| --- | --- | --- |
| SQuAD v1.1 train | train, selection and report articles, none shared | CC BY-SA 4.0 |
| FairytaleQA | its train part (verbatim answers); its val part is reported | Apache-2.0 |
| all-MiniLM-L6-v2 | the weights at the start and the frozen embeddings | Apache-2.0 |

Unanswerable questions are real ones put to another passage of the same article that does not
hold the answer. Places of answers in SQuAD are re-derived, about 2 % of them wrong.
"""

LIMITS = """## Limits

- It can only copy words of the passage: no yes or no, no counting, no answer put together.
- The score of a span ranks candidates; it is not the chance that the answer is right.
- Its unanswerable questions are easier than those of SQuAD 2.0, which people wrote to mislead:
  a passage that talks about the very thing asked, without the answer, will often fool it.
- Trained on encyclopedia paragraphs and fairy tales (some of the 19th century, with that
  century's attitudes); other text is further from what it knows.
- Passages longer than 384 tokens are read in overlapping windows, each without the others.
- Capital letters are invisible to it (the vocabulary is lower case).
"""

MEASURES = (
    ("F1 on answerable questions", "f1", "78 %"),
    ("exact match on answerable questions", "exact", "67 %"),
    ('F1 of "no answer"', "no_answer_f1", "70 %"),
    ('precision of "no answer"', "no_answer_precision", ""),
    ('recall of "no answer"', "no_answer_recall", ""),
    ('F1 on answerable questions, "no answer" allowed', "f1_with_threshold", ""),
    ('exact match on them, "no answer" allowed', "exact_with_threshold", ""),
    ("F1 of both kinds together", "f1_together", ""),
    ("exact match of both kinds together", "exact_together", ""),
)


def _scores(record: dict) -> str:
    report, tales = record["report"], record["tales"]
    rows = [
        [label, percent(report[name]), aim, percent(tales[name])] for label, name, aim in MEASURES
    ]
    counts = [f"{part['answerable']} + {part['unanswerable']}" for part in (report, tales)]
    rows.append(["questions: answerable + unanswerable", counts[0], "", counts[1]])
    return "\n\n".join(
        [
            "## Scores",
            table(["Measure", "Held-out SQuAD articles", "Aim", "FairytaleQA val"], rows),
            'The first two rows take the best span whatever the score of "no answer"; the '
            f'others say "no answer" where it beats the best span by more than '
            f"{record['threshold']:.2f}, a threshold chosen on the selection articles. (BERT-base "
            "as published: 88.5 % F1 on SQuAD v1.1.)",
            "Held-out articles: "
            + ", ".join(title.replace("_", " ") for title in record["report_articles"])
            + ".",
        ]
    )


def _samples(record: dict) -> str:
    return "\n\n".join(
        [
            "## Samples",
            "Questions written for this project, as a visitor would ask (empty: no answer):",
            table(
                ["Question", "Gold", "Said", "Best span", "Margin of no answer"],
                [
                    [row["question"], row["gold"], row["said"], row["best"], row["margin"]]
                    for row in record["visitors"]
                ],
            ),
            "Held-out questions at even distances, not cherry-picked, right or wrong:",
            table(
                ["Article", "Question", "Gold", "Said", "Margin of no answer"],
                [
                    [row["article"], row["question"], row["gold"], row["said"], row["margin"]]
                    for row in record["samples"]
                ],
            ),
        ]
    )


def _recipe(record: dict) -> str:
    recipe = record["recipe"]
    remark = f" {record['remark']}" if record.get("remark") else ""
    return "\n\n".join(
        [
            "## Recipe and compute",
            f"The first {percent(recipe['piece_share'])} of the run reads pieces of "
            f"{recipe['piece']} tokens around the answer, the rest whole passages of up to 384. "
            f"All six layers and the head learn ({record['device']}, bfloat16 autocast); the "
            f"embeddings are frozen.{remark}",
            stages_table(record["stages"]),
            "Questions: " + labelled(record["data"]) + ".",
            "Settings: " + labelled(recipe) + ".",
        ]
    )


def write_card(record: dict, folder: Path) -> None:
    """The model card, from the training record alone."""
    size = f"Weights: {megabytes(folder):.1f} MB of float16, without embeddings ({PACKAGE})."
    parts = [HEAD + "\n" + size, DATA.strip(), _recipe(record), _scores(record), LIMITS.strip()]
    card = "\n\n".join([*parts, _samples(record)])
    (folder / "README.md").write_text(card + "\n", encoding="utf-8")
    print(_scores(record).split("\n\n")[1])


def write_model(model: PreTrainedModel, record: dict, folder: Path) -> None:
    """Write everything that ships into the folder."""
    save_without_embeddings(model, folder)
    write_record(record, folder)
    write_card(record, folder)
