"""Train the pocket translator: a small Marian from English to French.

    python -m training.translation --data ../shared/data

It starts from nothing, with a byte-level BPE of both languages. Minutes are those of the
processor, so that a run may be stopped, resumed and given more at any time, beside other work.
"""

import argparse
import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from transformers import AutoTokenizer, MarianMTModel

from core.paths import ROOT
from training.engine.command import changed, command_line, smoke
from training.engine.loop import Progress, processor_seconds, taken, write_whole
from training.engine.trainee import learn
from training.translation.card import write_model_card
from training.translation.data import Corpus, Epochs, read_corpus
from training.translation.model import (
    Recipe,
    Trainee,
    check_size,
    save_model,
    shipped_numbers,
    smoke_recipe,
)
from training.translation.restored import restore
from training.translation.scores import CAT, examine, scored, spread, translations
from training.translation.trials import TRIALS, read_rows, run_trials
from training.translation.words import as_fast, learn_words

CHECKPOINTS = Path(".checkpoints/translation")
OUT = Path("assets/models/pocket-translator")
SAMPLES = ROOT / "training" / "samples" / "tatoeba_fr"


def kept_words(corpus: Corpus, recipe: Recipe, folder: Path) -> Tokenizer:
    """The tokenizer of the run: learned at its start, then that by the checkpoint."""
    file = folder / "tokenizer.json"
    if not file.exists():
        write_whole(file, learn_words(corpus.texts, recipe.vocabulary).to_str())
    return Tokenizer.from_file(str(file))


def watch_of(trainee: Trainee, corpus: Corpus, tokenizer: Tokenizer) -> dict[str, float]:
    """Greedy scores of the averaged weights on some sentences of both kept-out parts."""
    model = trainee.average.copied(trainee.model)
    fast = as_fast(tokenizer, trainee.recipe.longest)
    scores: dict[str, float] = {}
    for part, everything in (("held_back", corpus.held_back), ("dev", corpus.dev)):
        some = spread(everything, trainee.recipe.watched)
        said = translations(model, fast, [one.english for one in some], autocast=True)
        scores |= {f"{part}_{name}": value for name, value in scored(said, some).items()}
    for text in (CAT, *(one.english for one in spread(corpus.held_back, 3))):
        print(f"  {text}\n    {translations(model, fast, [text])[0]}", flush=True)
    return scores


def export(
    trainee: Trainee, corpus: Corpus, tokenizer: Tokenizer, progress: Progress, places: list[Path]
) -> dict[str, Any]:
    """Write the averaged model, read it back, and examine and describe what was read."""
    out, folder = places
    recipe = trainee.recipe
    shipped = out / "training.json"
    known = json.loads(shipped.read_text(encoding="utf-8")) if shipped.exists() else {}
    save_model(trainee.average.copied(trainee.model), tokenizer, out)
    model = MarianMTModel.from_pretrained(
        out, dtype=torch.float32, attn_implementation="eager"
    ).to(trainee.device)
    record: dict[str, Any] = {
        "task": "translation",
        "recipe": asdict(recipe),
        "device": trainee.device,
        "shipped_numbers": shipped_numbers(model),
        "data": corpus.counts,
        "epochs": trainee.epochs.epoch,
        "targets_seen": trainee.targets,
        "restored": trainee.restored,
        "targets_per_second": round(trainee.targets / max(1e-9, progress.seconds)),
    }
    record |= examine(model, AutoTokenizer.from_pretrained(out), corpus)
    # Trials of another machine or an earlier checkout are in the record that shipped.
    here = read_rows(folder / "trials.json")
    record["trials"] = [row for row in known.get("trials", []) if row not in here] + here
    record["stages"] = {"translation": progress.as_record()}
    write_model_card(record, out)
    return record


def run(
    data: Path,
    out: Path,
    folder: Path,
    recipe: Recipe,
    *,
    minutes: float | None = None,
    resume: bool = False,
    only_export: bool = False,
    shipped: Path | None = None,
) -> dict[str, Any]:
    """Train (or take the checkpoint as it is, with `only_export`), examine, and write the model.

    A resumed run keeps the recipe that it began with; only other minutes may be given. `shipped`
    is a folder to make a lost checkpoint anew from.
    """
    device = "cuda" if torch.cuda.is_available() else "cpu"
    checkpoint, written = folder / "translation.pt", folder / "recipe.json"
    if (resume or only_export) and checkpoint.exists():
        recipe = Recipe(**json.loads(written.read_text(encoding="utf-8")))
        print("going on with the recipe that the checkpoint began with", flush=True)
    elif only_export:
        raise FileNotFoundError(f"there is no checkpoint to export: {checkpoint}")
    else:
        for old in (checkpoint, folder / "tokenizer.json"):  # another recipe's would not fit
            old.unlink(missing_ok=True)
    if shipped:
        kept = json.loads((shipped / "training.json").read_text(encoding="utf-8"))
        recipe = Recipe(**kept["recipe"])
    if minutes:
        recipe = replace(recipe, minutes=minutes, steps=0)
    corpus = read_corpus(data, seed=recipe.seed)
    tokenizer = kept_words(corpus, recipe, folder)
    trainee = Trainee(recipe, tokenizer, Epochs(corpus.train, tokenizer, recipe), device)
    check_size(trainee.model)
    if shipped:
        restore(trainee, tokenizer, shipped, checkpoint)
    if only_export:
        progress = taken(trainee, checkpoint, device)
    else:
        write_whole(written, json.dumps(asdict(recipe), indent=1) + "\n")
        progress = learn(
            trainee,
            checkpoint,
            resume=resume or shipped is not None,
            watch=lambda: watch_of(trainee, corpus, tokenizer),
            watches=recipe.watches,
            now=processor_seconds,
        )
    return export(trainee, corpus, tokenizer, progress, [out, folder])


def parsed() -> tuple[argparse.ArgumentParser, argparse.Namespace]:
    """The command line."""
    parser = command_line(
        __doc__,
        data="tatoeba_fr",
        out=OUT,
        checkpoints=CHECKPOINTS,
        minutes="length of the run, or of each trial, in minutes of the processor",
    )
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument(
        "--restore", type=Path, metavar="MODEL", help="go on from what shipped, without checkpoint"
    )
    parser.add_argument("--trial", choices=TRIALS, help="compare settings, 5 minutes each")
    return parser, parser.parse_args()


def main() -> None:
    """Read the command line and run."""
    parser, given = parsed()
    if given.smoke:
        smoke("translation", lambda *folders: run(SAMPLES, *folders, smoke_recipe()), given.out)
        return
    if given.data is None:
        parser.error("--data is needed: the folder that holds tatoeba_fr")
    data = given.data / "tatoeba_fr"
    try:
        recipe = changed(Recipe(), given.set)
    except ValueError as error:
        parser.error(str(error))
    if given.trial:
        recipe = replace(recipe, minutes=given.minutes or 5.0)
        run_trials(given.trial, recipe, data, given.checkpoints)
    else:
        run(
            data,
            given.out or OUT,
            given.checkpoints,
            recipe,
            minutes=given.minutes,
            resume=given.resume,
            only_export=given.export,
            shipped=given.restore,
        )


if __name__ == "__main__":
    main()
