"""The pocket captioner as it ships: training record and model card."""

from pathlib import Path
from typing import Any

from services.records.record import CAPTION_AIMS, WORLDS
from training.engine.card import labelled, megabytes, percent, stages_table, table, write_record

WORST = 25  # kinds of emojitwo in the table

HEAD = """---
license: cc-by-4.0
language: en
pipeline_tag: image-to-text
---

# pocket-captioner

A small ViT and a small GPT-2 that reads its patches by cross-attention (transformers'
`VisionEncoderDecoderModel`). It describes drawn scenes: what, how many, which colour, where. Its
weights and its byte-level BPE were trained from nothing by `python -m training.captioning`; no
other model's weights and no photograph are in it. `training.json` beside this file holds the same
as this card for programs.
"""

DATA = """## Data and licences

| Data | Used for | Licence |
| --- | --- | --- |
| scenes drawn by `scenes/`, 75 kinds of things | training, scores \
| this project's own |
| emojitwo: 298 named pictures of 64 pixels, composed into scenes by the same rules | training, \
scores | art CC BY 4.0 (EmojiTwo contributors, emojitwo.github.io) |

No scene is seen twice: each has a number, its random draws begin from that number, and the numbers
of training, of the scenes that settings were chosen by, and of those reported here never meet. The
pictures of emojitwo themselves are the same in training and here, in other sizes, places, company
and backgrounds: the scores say how well it finds known pictures in new scenes, never how well it
would know a dog in another artist's hand. Captions come from the scene's graph and are true by
construction; they are read back to a graph by `scenes/reading.py`.
"""

BEGINNING = " Position vectors begin as sines and cosines of column and row."
BLIND = (
    " There position vectors had begun as noise: a patch's row could be read from the encoder, "
    "its column not at all, and left and right were guessed. The sines and cosines were added to "
    "them here."
)

LIMITS = """## Limits

- It knows drawn scenes only. Of a photograph it says something fluent and wrong.
- It knows 75 drawn kinds, 298 pictures, 11 colours, 10 places and 4 relations, and nothing else:
  whatever is shown, it will be named as one of these.
- It counts to about five; of crowded scenes it forgets something or tells it twice.
- "Left" and "right" are the picture's, not a thing's.
- A caption is the likeliest wording of many true ones; a wrong word can follow from a word that
  was written before it, without any look at the picture.
"""


def _shape(record: dict, folder: Path) -> str:
    recipe = record["recipe"]
    return (
        f"{record['parameters']:,} parameters. Encoder: {recipe['layers']} layers, "
        f"{recipe['width']} wide, {recipe['width'] // recipe['head_width']} heads, pictures of "
        f"{recipe['side']} by {recipe['side']} pixels in patches of {recipe['patch']}. Decoder: "
        f"{recipe['decoder_layers']} layers of the same width, {recipe['vocabulary']:,} tokens, "
        f"captions of at most {recipe['longest']} tokens. Weights: {megabytes(folder):.1f} MB of "
        "float16. The encoder's pooler is in the files because the library expects one; nothing "
        "reads it."
    )


def _recipe(record: dict) -> str:
    recipe = record["recipe"]
    return "\n\n".join(
        [
            "## Recipe and compute",
            "Each caption token is learned from the picture and the tokens before it "
            "(cross-entropy). Beside it, layers on each patch's vector learn what that patch "
            "shows (kind, colour, how many alike) and where it is (column, row), with a weight "
            f"of {recipe['hints']}; they do not ship. "
            f"{percent(recipe['emoji_share'])} of the scenes are of emojitwo. Light, contrast, "
            "white balance, blur, noise and JPEG are changed at random. Muon moves the matrices "
            "of the layers and AdamW the rest; warm-up, level rates, and a fall to zero over the "
            f"last {percent(recipe['cooldown'])}; bfloat16 autocast, eager attention."
            + (BEGINNING if recipe["waves"] else ""),
            *_earlier(recipe),
            f"{record['scenes_seen']:,} scenes seen, {record['scenes_per_second']} a second on "
            f"{record['device']}, drawn beside the training.",
            stages_table(record["stages"]),
            "Settings: " + labelled(recipe) + ".",
            _curve(record),
        ]
    )


def _earlier(recipe: dict) -> list[str]:
    if not recipe["earlier_scenes"]:
        return []
    return [
        f"The weights that the run began with come from {recipe['earlier_minutes']:.0f} minutes "
        f"on {recipe['earlier_scenes']:,} other scenes." + (BLIND if recipe["waves"] else "")
    ]


def _curve(record: dict) -> str:
    points = [
        point for point in record["stages"]["captioning"]["curve"] if "drawn_recall" in point
    ]
    names = [name for name in points[0] if name not in ("share", "loss")] if points else []
    rows = [
        [percent(point["share"]), f"{point['loss']:.3f}", *(point[name] for name in names)]
        for point in points
    ]
    head = ["Share of the run", "Loss", *(name.replace("_", " ") for name in names)]
    return "The curve, on some held-back scenes:\n\n" + table(head, rows)


def _scores(record: dict) -> str:
    parts = ["## Scores"]
    for name, scores in record["scores"].items():
        aims = CAPTION_AIMS[name]
        rows = [
            [
                measure,
                percent(value),
                f"at least {percent(aims[measure])}" if measure in aims else "",
                percent(record["held_back"][name][measure]),
            ]
            for measure, value in scores.items()
        ]
        parts += [
            f"On {WORLDS[name]} that were in no training:",
            table(["Measure", "Score", "Aim", "On the scenes settings were chosen by"], rows),
        ]
    parts.append(
        "Objects are groups of like things: precision is the share of those said that are there, "
        "recall the share of those there that are said. Colour, count, size and relation are "
        "scored where they are said of an object that is there; place where one is said. Greedy "
        "captions, float32 from the float16 files, pictures drawn at twice the model's size."
    )
    return "\n\n".join(parts)


def _changed(record: dict) -> str:
    rows = [
        [name, *(percent(scores[m]) for m in CAPTION_AIMS["drawn"])]
        for name, scores in record["changed"].items()
    ]
    head = ["Drawn scenes", *CAPTION_AIMS["drawn"]]
    return "## Changed pictures\n\n" + table(head, rows)


def _kinds(record: dict) -> str:
    parts = ["## Kinds of things"]
    for name, counts in record["kinds"].items():
        rows = [
            [
                kind,
                there,
                percent(right / there) if there else "",
                percent(right / predicted) if predicted else "",
            ]
            for kind, (there, predicted, right) in counts.items()
        ]
        if name == "emoji":
            rows.sort(key=lambda row: counts[row[0]][2] / max(1, counts[row[0]][0]))
            rows = [row for row in rows if row[1]][:WORST]
            parts.append(f"Emojitwo, the {WORST} that it misses most (all are in training.json):")
        else:
            parts.append("Our own drawings:")
        parts.append(table(["Kind", "There", "Recall", "Precision"], rows))
    return "\n\n".join(parts)


def _captions(title: str, intro: str, rows_of: dict[str, list[dict[str, str]]]) -> str:
    parts = [f"## {title}", intro]
    for name, rows in rows_of.items():
        head = list(rows[0]) if rows else ["a true caption", "the model"]
        parts += [
            f"{WORLDS[name].capitalize()}:",
            table(head, [list(row.values()) for row in rows]),
        ]
    return "\n\n".join(parts)


def _nothing(record: dict) -> str:
    rows = [[f"all {colour}", caption] for colour, caption in record["empty"].items()]
    return (
        "Of a picture that shows nothing it still says something: what its captions usually "
        "are.\n\n" + table(["Picture", "Caption"], rows)
    )


def write_model_card(record: dict[str, Any], folder: Path) -> None:
    """Write `training.json` and `README.md` into the model's folder."""
    parts = [
        HEAD.strip(),
        _shape(record, folder),
        DATA.strip(),
        _recipe(record),
        _scores(record),
        _changed(record),
        _kinds(record),
        _captions("Samples", "The first scenes, not cherry-picked.", record["samples"]),
        _captions("Failures", "The first captions with anything wrong.", record["failures"]),
        _nothing(record),
        LIMITS.strip(),
    ]
    (folder / "README.md").write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    write_record(record, folder)
