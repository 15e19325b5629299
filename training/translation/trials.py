"""Small runs to choose the long run's settings by: `--trial NAME`.

Trials are compared on sentences of train that are held back from it; dev is not read here. Every
row is written as soon as it is there, and rows that are there already are not run again, so a
stopped comparison goes on where it was.
"""

import json
import math
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from transformers import MarianMTModel

from training.engine.card import labelled
from training.engine.loop import processor_seconds, write_whole
from training.engine.trainee import learn
from training.translation.data import Corpus, Epochs, Sentence, filled, read_corpus
from training.translation.model import Recipe, Trainee, next_token_loss, shipped_numbers
from training.translation.scores import scored, translations
from training.translation.words import as_fast, learn_words

Settings = dict[str, Any]

TRIALS: dict[str, list[Settings]] = {
    "optimizer": [
        {"optimizer": "muon", "matrix_rate": 5e-3},
        {"optimizer": "adamw", "rate": 1e-3},
        {"optimizer": "muon", "matrix_rate": 1e-2},
    ],
    "size": [
        {"layers": 4, "decoder_layers": 4},
        {"layers": 6, "decoder_layers": 3},
        {"width": 320},
    ],
    "vocabulary": [{"vocabulary": size} for size in (8192, 6000, 12000)],
    "smoothing": [{"smoothing": share} for share in (0.1, 0.0)],
    "batch": [{"tokens": size} for size in (4096, 2048)],
    "data": [
        {"references": "one"},
        {"references": "all"},
        {"joined": 0.0},
        {"typed": 0.0},
        {"piece_dropout": 0.1},
    ],
    "dropout": [{"dropout": share} for share in (0.1, 0.0)],
}

# Of the recipe that a row varies, what one needs to know to read it.
TOLD = ("width", "layers", "decoder_layers", "vocabulary", "tokens", "optimizer")


def read_rows(file: Path) -> list[dict]:
    """The rows of earlier trials; none where there is no file."""
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else []


def _known(file: Path, row: dict) -> bool:
    """Whether this comparison was made before, and did not fail."""
    return any(
        "failed" not in old and all(old.get(key) == value for key, value in row.items())
        for old in read_rows(file)
    )


@torch.inference_mode()
def bits_per_character(
    model: MarianMTModel, tokenizer: Any, sentences: Sequence[Sentence]
) -> float:
    """Bits of the French, end token included, over its code points: fair to any vocabulary."""
    model.eval()
    pad, nats, characters = model.config.pad_token_id, 0.0, 0
    pairs = [(one.english, text) for one in sentences for text in one.french]
    pairs.sort(key=lambda pair: len(pair[1]))
    for first in range(0, len(pairs), 64):
        english, french = zip(*pairs[first : first + 64], strict=True)
        source = filled(tokenizer(list(english))["input_ids"], pad)
        target = filled([[pad, *ids] for ids in tokenizer(list(french))["input_ids"]], pad)
        count = int((target[:, 1:] != pad).sum())
        loss = next_token_loss(model, torch.from_numpy(source), torch.from_numpy(target), 0.0)
        nats += loss.item() * count
        characters += sum(map(len, french))
    return nats / math.log(2) / characters


def _short_run(recipe: Recipe, corpus: Corpus) -> dict:
    tokenizer = learn_words(corpus.texts, recipe.vocabulary)
    trainee = Trainee(recipe, tokenizer, Epochs(corpus.train, tokenizer, recipe), "cpu")
    with tempfile.TemporaryDirectory(prefix="translation-") as scratch:
        progress = learn(trainee, Path(scratch) / "trial.pt", now=processor_seconds)
    fast = as_fast(tokenizer, recipe.longest)
    said = translations(trainee.model, fast, [one.english for one in corpus.held_back])
    return {
        "parameters": shipped_numbers(trainee.model),
        "targets": trainee.targets,
        "targets_per_second": round(trainee.targets / max(1e-9, progress.seconds)),
        "loss": progress.curve[-1]["loss"],
        "bits": round(bits_per_character(trainee.model, fast, corpus.held_back), 4),
    } | scored(said, corpus.held_back)


def run_trials(name: str, base: Recipe, data: Path, folder: Path) -> list[dict]:
    """Compare the settings of one trial, each for the minutes of the base recipe."""
    if name not in TRIALS:
        raise ValueError(f"there is no trial {name!r}; use one of {', '.join(TRIALS)}")
    file = folder / "trials.json"
    corpus = read_corpus(data, seed=base.seed)
    for settings in TRIALS[name]:
        row: dict[str, Any] = {"trial": name, "minutes": base.minutes, "settings": settings}
        row["base"] = {key: getattr(base, key) for key in TOLD if key not in settings}
        if _known(file, row):
            print(f"{name}: {labelled(settings)}: known", flush=True)
            continue
        try:
            row |= _short_run(replace(base, **settings), corpus)
        except (RuntimeError, ValueError) as error:
            # One setting that this machine cannot run leaves the others to be compared.
            row["failed"] = f"{type(error).__name__}: {str(error)[:200]}"
        text = json.dumps([*read_rows(file), row], indent=1, ensure_ascii=False)
        write_whole(file, text + "\n")
        print(f"{name}: {labelled(row)}", flush=True)
    return read_rows(file)
