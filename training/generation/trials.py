"""Small runs to choose the long run's settings by: `--trial NAME` and `--measure`.

Trials are compared by bits per character on documents of core held back from training; the
validation text is not read here. Every row is written as soon as it is there, and rows that are
there already are not run again, so a stopped comparison goes on where it was.
"""

import json
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from training.engine.bpe import as_gpt2
from training.engine.card import labelled
from training.engine.loop import write_whole
from training.engine.trainee import learn
from training.generation.data import prepare
from training.generation.model import Recipe, Trainee
from training.generation.scores import bits_per_character

Settings = dict[str, Any]

TRIALS: dict[str, list[Settings]] = {
    "optimizer": [
        {"optimizer": "muon", "matrix_rate": 5e-3},
        {"optimizer": "muon", "matrix_rate": 1e-2},
        {"optimizer": "adamw", "rate": 2e-3},
    ],
    "size": [
        {"width": 320, "layers": 6},
        {"width": 256, "layers": 6},
        {"width": 384, "layers": 6},
        {"width": 256, "layers": 8},
    ],
    # A table of 16,384 tokens fits in no file at a width above 288.
    "vocabulary": [{"vocabulary": 1024 * size} for size in (4, 8, 2, 16)],
    "context": [
        {"context": 256, "batch": 32},
        {"context": 128, "batch": 64},
        {"context": 512, "batch": 16},
    ],
    "batch": [{"batch": size} for size in (32, 16, 64)],
    "rate": [{"rate": rate} for rate in (3e-3, 6e-3, 1.5e-3)],
    "data": [
        {"easy_share": 0.0},
        {"easy_share": 0.1},
        {"easy_share": 0.2},
        {"wide_share": 0.5, "easy_share": 0.1},
    ],
}

PLAIN: Settings = {"compile": False, "batch": 16}
MEASURES: list[Settings] = [
    PLAIN | {"threads": 1},
    PLAIN | {"threads": 2},
    *(PLAIN | {"batch": size} for size in (8, 16, 32, 64)),
    PLAIN | {"context": 128, "batch": 32},
    PLAIN | {"context": 512, "batch": 8},
    PLAIN | {"attention": "sdpa"},
    PLAIN | {"optimizer": "adamw"},
    {"batch": 16},
    {"batch": 16, "attention": "sdpa"},
    {"batch": 32},
]


# Of the recipe that a row varies, what one needs to know to read it.
TOLD = ("width", "layers", "vocabulary", "context", "batch", "compile", "optimizer")


def read_rows(file: Path) -> list[dict]:
    """The rows of earlier trials or measures; none where there is no file."""
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else []


def _add_row(file: Path, row: dict) -> None:
    text = json.dumps([*read_rows(file), row], indent=1, ensure_ascii=False)
    write_whole(file, text + "\n")


def _known(file: Path, row: dict) -> bool:
    """Whether this comparison was made before, and did not fail."""
    return any(
        "failed" not in old and all(old.get(key) == value for key, value in row.items())
        for old in read_rows(file)
    )


def _short_run(recipe: Recipe, stories: Path, folder: Path, device: str, *, score: bool) -> dict:
    held = prepare(stories, folder, recipe.vocabulary, recipe.parts, seed=recipe.seed)
    trainee = Trainee(recipe, held, device)
    with tempfile.TemporaryDirectory(prefix="generation-") as scratch:
        progress = learn(trainee, Path(scratch) / "trial.pt")
    tokens = progress.step * recipe.batch * recipe.context
    row: dict[str, Any] = {
        "parameters": trainee.model.num_parameters(),
        "tokens": tokens,
        "tokens_per_second": round(tokens / progress.seconds),
    }
    if score:
        tokenizer = as_gpt2(held.tokenizer, recipe.context)
        bits = bits_per_character(trainee.model, tokenizer, held.held_back, autocast=True)
        row["held_back"] = round(bits, 4)
        row["loss"] = progress.curve[-1]["loss"]
    return row


def _compare(
    kind: str,
    several: Sequence[Settings],
    base: Recipe,
    places: tuple[Path, Path, Path],
    device: str,
    *,
    score: bool,
) -> list[dict]:
    stories, folder, file = places
    threads = torch.get_num_threads()
    for settings in several:
        recipe = replace(base, **settings)
        row = {"trial": kind, "minutes": base.minutes, "device": device, "settings": settings}
        row["base"] = {name: getattr(base, name) for name in TOLD if name not in settings}
        if _known(file, row):
            print(f"{kind}: {labelled(settings)}: known", flush=True)
            continue
        try:
            row |= _short_run(recipe, stories, folder, device, score=score)
        except (RuntimeError, ValueError, ImportError, OSError) as error:
            # One setting that this machine cannot run leaves the others to be compared.
            row["failed"] = f"{type(error).__name__}: {str(error)[:200]}"
        torch.set_num_threads(threads)
        torch.compiler.reset()
        _add_row(file, row)
        print(f"{kind}: {labelled(row)}", flush=True)
    return read_rows(file)


def run_trials(name: str, base: Recipe, stories: Path, folder: Path, device: str) -> list[dict]:
    """Compare the settings of one trial, each for the minutes of the base recipe."""
    if name not in TRIALS:
        raise ValueError(f"there is no trial {name!r}; use one of {', '.join(TRIALS)}")
    places = (stories, folder, folder / "trials.json")
    rows = _compare(name, TRIALS[name], base, places, device, score=True)
    for row in sorted(rows, key=lambda row: (row["trial"], row.get("held_back", 99.0))):
        print(f"{row['trial']:12} {row.get('held_back', row.get('failed'))}  {row['settings']}")
    return rows


def run_measures(base: Recipe, stories: Path, folder: Path, device: str) -> list[dict]:
    """Tokens per second of several settings, about 12 s each and some time to compile."""
    base = replace(base, minutes=0.2, steps=0, wide_share=0.0, easy_share=0.0)
    places = (stories, folder, folder / "measures.json")
    rows = _compare("measure", MEASURES, base, places, device, score=False)
    for row in rows:
        print(f"{row.get('tokens_per_second', row.get('failed'))}  {row['settings']}")
    return rows
