"""The pocket translator as it ships: training record and model card."""

from pathlib import Path
from typing import Any

from training.engine.card import labelled, megabytes, percent, stages_table, table, write_record
from training.translation.restored import told
from training.translation.scores import BEAMS, CAT

AIMS = {"bleu": 52, "chrf": 69}  # on dev, with beams; greedy at most BELOW lower
BELOW = 2
NAMES = {"bleu": "BLEU", "chrf": "chrF"}

HEAD = """---
license: cc-by-2.0
language:
- en
- fr
pipeline_tag: translation
---

# pocket-translator

A small Marian that translates English sentences into French. Its weights and its byte-level BPE,
one for both languages, were trained from nothing by `python -m training.translation`; no other
model's weights, vocabulary or text are in it. `training.json` beside this file holds the same as
this card for programs.
"""

DATA = """## Data and licence

| Data | Used for | Licence |
| --- | --- | --- |
| Tatoeba's English and French sentence pairs (manythings.org, 2019) | training, scores \
| CC BY 2.0 FR: tatoeba.org and www.manythings.org/anki |

The sentences were written by volunteers and changed here in form only: changed capitals, final
stops left out, two pairs joined (below). All right French answers of a sentence are known as far
as volunteers wrote them; scores count all of them.
"""

LIMITS = """## Limits

- It learned from everyday sentences of about six words. A sentence of more than about fifteen
  words, a paragraph, a text of a trade or of a science is beyond it: it leaves parts out,
  repeats some, or makes some up, and says so nowhere.
- A word that it hardly met is copied, cut wrongly, or replaced by one that sounds likely. Names
  other than Tom, Mary and John may come out as another name.
- English does not say whether "you" is tu or vous, or whether "I am happy" is said by a woman. It
  takes what was frequent: one of several right answers, and no better than a guess.
- Idioms are often taken word by word.
- Its sentences are those of volunteers of the 2000s and 2010s, with a few errors of theirs.
- English to French only. Other languages, code and lists come out as nonsense.
"""


def _shape(record: dict, folder: Path) -> str:
    recipe = record["recipe"]
    return (
        f"{record['shipped_numbers'] / 1e6:.1f} million weights: {recipe['layers']} encoder and "
        f"{recipe['decoder_layers']} decoder layers, {recipe['width']} wide, "
        f"{recipe['width'] // recipe['head_width']} heads, {recipe['vocabulary']:,} tokens for "
        f"both languages, texts of at most {recipe['longest']} tokens. One table of tokens serves "
        "encoder, decoder and output; positions are fixed sines and cosines. Weights: "
        f"{megabytes(folder):.1f} MB of float16. `</s>` ends a text, `<pad>` fills up and is what "
        "the decoder starts with."
    )


def _apart(record: dict) -> str:
    counts = record["data"]
    return (
        f"Trained on {counts['sentences']:,} English sentences with {counts['pairs']:,} "
        f"translations. Kept out of training: dev ({counts['dev']:,} sentences with "
        f"{counts['dev_references']:,} translations; reported here and used for nothing else) and "
        f"{counts['held_back']:,} sentences of train, by which settings were chosen. "
        f"{counts['english_in_both']} English sentences of train, read without capitals and "
        f"punctuation, stand in dev as well; {counts['kept_out_for_dev']:,} other ones share a "
        f"French line with dev. Those, and those that share one with the held-back sentences "
        f"({counts['kept_out']:,} in all), were left out of training and out of the BPE's. What "
        "is not kept apart: pairs that differ in one word (another name, another verb) are many "
        "in Tatoeba, and stand on both sides."
    )


def _recipe(record: dict) -> str:
    recipe = record["recipe"]
    muon = recipe["optimizer"] == "muon"
    lines = "all French lines of each sentence"
    parts = [
        f"An epoch reads {lines if recipe['references'] == 'all' else 'one French line of each'} "
        f"in batches of like lengths, about {recipe['tokens']:,} target tokens each. "
        f"{percent(recipe['typed'])} of the English lines are changed as people type them (small "
        f"letters, no final stop), and {percent(recipe['joined'])} of the pairs get another one "
        "behind them. "
        + ("Muon moves the matrices of the layers and AdamW the rest; " if muon else "AdamW; ")
        + f"warm-up, level rates, and a fall to zero over the last {percent(recipe['cooldown'])}; "
        f"dropout {recipe['dropout']} of the residual stream, label smoothing "
        f"{recipe['smoothing']}, {_dropped(recipe)}gradients clipped at 1, bfloat16 autocast, "
        f"eager attention. What ships is the mean of the weights over the last "
        f"{recipe['averaged']} steps or so.",
        f"{record['epochs']} epochs, {record['targets_seen']:,} target tokens, "
        f"{record['targets_per_second']:,} for each second of the processor's two cores. Minutes "
        "are the processor's: what the machine spent on other work meanwhile is not in them.",
        told(record["restored"]),
        stages_table(record["stages"]),
        "Settings: " + labelled(recipe) + ".",
        _curve(record),
    ]
    return "\n\n".join(["## Recipe and compute", *filter(None, parts)])


def _dropped(recipe: dict) -> str:
    share = recipe["piece_dropout"]
    return f"{percent(share)} of the BPE's merges left out, " if share else ""


def _curve(record: dict) -> str:
    stage = record["stages"]["translation"]
    points = [point for point in stage["curve"] if "dev_bleu" in point]
    # Shares are of the schedule, which a run that is not at its end has not used up.
    recipe = record["recipe"]
    minutes = stage["seconds"] / 60 if recipe["steps"] else recipe["minutes"]
    rows = [
        [
            f"{point['share'] * minutes:.0f}",
            f"{point['loss']:.3f}",
            *(
                point[name]
                for name in ("held_back_bleu", "held_back_chrf", "dev_bleu", "dev_chrf")
            ),
        ]
        for point in points
    ]
    head = ["Minutes", "Loss", "Held back: BLEU", "chrF", "dev: BLEU", "chrF"]
    return (
        f"The curve, on {record['recipe']['watched']} sentences of each kept-out part, averaged "
        "weights, greedy, all references:\n\n" + table(head, rows)
    )


def _trials(record: dict) -> str:
    if not record["trials"]:
        return "## Trials\n\nNone were run for these weights."
    rows = [
        [
            row["trial"],
            labelled(row["settings"]),
            labelled(row["base"]),
            row["minutes"],
            f"{row['parameters'] / 1e6:.1f} M" if "parameters" in row else "",
            f"{row['targets'] / 1e6:.2f} M" if "targets" in row else "",
            row.get("bits", row.get("failed")),
            row.get("bleu", ""),
            row.get("chrf", ""),
        ]
        for row in record["trials"]
    ]
    head = ["Trial", "Settings", "Beside", "Minutes", "Weights", "Target tokens"]
    return "\n\n".join(
        [
            "## Trials",
            "Runs from nothing for the same few minutes of the processor each; bits per character "
            "of the French, BLEU and chrF (greedy) on the held-back sentences. Short runs favour "
            "small models, high rates and no regularisation.",
            table([*head, "Bits per character", "BLEU", "chrF"], rows),
        ]
    )


def _scores(record: dict) -> str:
    rows = []
    for way, name in (("beams", f"{BEAMS} beams"), ("greedy", "greedy")):
        below = BELOW if way == "greedy" else 0
        rows += [
            [f"dev, {name}: {NAMES[key]}", record["dev"][way][key], f"at least {aim - below}"]
            for key, aim in AIMS.items()
        ]
    for part, name in (
        ("typed", "dev as people type, greedy"),
        ("held_back", "held-back sentences, greedy"),
    ):
        rows += [[f"{name}: {NAMES[key]}", record[part][key], ""] for key in AIMS]
    hard = [
        [name, row["sentences"], row["bleu"], row["chrf"]]
        for name, row in record["by_hardness"].items()
    ]
    return "\n\n".join(
        [
            "## Scores",
            table(["Measure", "Score", "Aim"], rows),
            "All references counted, by sacrebleu: "
            + "; ".join(f"`{text}`" for text in record["signatures"].values())
            + ". Float32 from the float16 files. (Greedy's aim is 2 below that with beams.)",
            "By what makes a sentence hard (dev, greedy):",
            table(["Sentences of dev with", "Number", "BLEU", "chrF"], hard),
        ]
    )


def _rows(rows: list[dict[str, Any]]) -> str:
    head = ["English", "Right", "Greedy", f"{BEAMS} beams"]
    cells = [
        [row["english"], " / ".join(row["french"]), row["greedy"], row["beams"]] for row in rows
    ]
    return table(head, cells)


def _samples(record: dict) -> str:
    return "\n\n".join(
        [
            "## Samples",
            "Twenty sentences of dev at even distances, picked by nobody:",
            _rows(record["samples"]),
            "And what is in no data of ours:",
            table(
                ["English", "Greedy", f"{BEAMS} beams"],
                [[row["english"], row["greedy"], row["beams"]] for row in record["asked"]],
            ),
        ]
    )


def _failures(record: dict) -> str:
    parts = [
        "## Failures",
        f"{record['questions_lost']} of the {record['questions']} questions of dev come out as "
        f"statements; {record['repeating']} translations say three words in a row twice.",
    ]
    if record["lost_questions"]:
        parts += ["Questions that became statements:", _rows(record["lost_questions"])]
    parts += ["The translations of dev that are furthest from every right one:"]
    return "\n\n".join([*parts, _rows(record["worst"])])


def write_model_card(record: dict, folder: Path) -> None:
    """training.json and the model card, from the training record alone."""
    write_record(record, folder)
    parts = [
        HEAD + "\n" + _shape(record, folder),
        DATA.strip(),
        _apart(record),
        _recipe(record),
        _trials(record),
        _scores(record),
        _samples(record),
        _failures(record),
        LIMITS.strip(),
    ]
    (folder / "README.md").write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    print(_scores(record).split("\n\n")[1])
    print(next(row["greedy"] for row in record["asked"] if row["english"] == CAT))
