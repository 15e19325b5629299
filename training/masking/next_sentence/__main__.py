"""Train the pocket model that says whether a sentence follows another.

    python -m training.masking.next_sentence --data ../shared/data --resume

A new head, the pooler and the last encoder layers of the pocket BERT learn on the stories: a
sentence and the next one, against a sentence of another book or of the same one. The seconds that
count are the processors': the run may stand beside other work, and be stopped and resumed.
"""

import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

import torch
from transformers import BertForNextSentencePrediction

from core.paths import ROOT
from training.engine.backbone import load_tokenizer
from training.engine.command import changed, command_line, smoke
from training.engine.loop import Progress, Stage, processor_seconds, taken, train
from training.masking.next_sentence.card import write_model
from training.masking.next_sentence.data import read_exam
from training.masking.next_sentence.model import Item, encode_cases, new_model, pair_loss, planned
from training.masking.next_sentence.scores import curve_point, examine

CHECKPOINTS = Path(".checkpoints")
OUT = Path("assets/models/pocket-nsp")
SAMPLES = ROOT / "training" / "samples"


@dataclass(frozen=True)
class Recipe:
    """Every choice of the run; the defaults made the weights that ship."""

    seed: int = 1
    minutes: float = 12.5
    layers: int = 3  # of six, from the top, that learn
    rate: float = 3e-4
    cooldown: float = 0.3  # share of the run in which the rate falls; level before
    batch: int = 32  # cases, each of two pairs
    per_document: int = 3  # cases of each document to train on
    epochs: int = 4  # at most; the minutes usually end the run first
    same_book: float = 0.3  # of the sentences that do not follow
    threads: int = 1
    watched: int = 200  # cases of the selection read for the curve
    examined: int = 12  # cases of each kept-out document


def smoke_recipe() -> Recipe:
    """A run of seconds on the samples: every part once, to no good."""
    return Recipe(minutes=0.1, batch=4, per_document=4, epochs=1, watched=4, examined=2)


def learn(
    model: BertForNextSentencePrediction,
    items: Sequence[tuple[Item, Item]],
    recipe: Recipe,
    checkpoint: Path,
    *,
    resume: bool,
    device: str,
    watch: object,
) -> Progress:
    """One stage over the cases."""
    torch.set_num_threads(recipe.threads)
    chance = random.Random(recipe.seed)
    batches = [
        batch for _ in range(recipe.epochs) for batch in planned(items, recipe.batch, chance)
    ]
    stage = Stage(
        "next sentence",
        recipe.rate,
        minutes=recipe.minutes,
        cooldown=recipe.cooldown,
        checkpoint_seconds=60.0,
        now=processor_seconds,
    )
    return train(
        model,
        batches,
        lambda batch, step, share: pair_loss(model, batch, device),
        stage,
        checkpoint,
        resume=resume,
        device=device,
        watch=watch,
        watches=6,
    )


def run(
    data: Path, out: Path, folder: Path, recipe: Recipe, *, resume: bool, export: bool
) -> dict:
    """Train (or take the checkpoint as it is, with `export`), examine, and write the model."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.manual_seed(recipe.seed)
    tokenizer = load_tokenizer()
    exam = read_exam(data / "stories", recipe.seed, recipe.per_document, recipe.examined, folder)
    model = new_model(recipe.layers).to(device)
    checkpoint = folder / "next_sentence.pt"
    if export:
        progress = taken(model, checkpoint, device)
    else:
        watched = random.Random(0).sample(exam.selection, min(recipe.watched, len(exam.selection)))
        progress = learn(
            model,
            encode_cases(exam.train, tokenizer, recipe.same_book, recipe.seed),
            recipe,
            checkpoint,
            resume=resume,
            device=device,
            watch=lambda: curve_point(model, watched, tokenizer, device),
        )
    record = {"task": "next sentence", "recipe": asdict(recipe), "device": device}
    record |= examine(model, exam, tokenizer, device)
    record["stages"] = {"next sentence": progress.as_record()}
    write_model(model, record, out)
    return record


def main() -> None:
    """Read the command line and run."""
    parser = command_line(
        __doc__,
        data="stories",
        out=OUT,
        checkpoints=CHECKPOINTS / "next_sentence",
        minutes="length of the run, of the processors' time",
    )
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE", help="the recipe's")
    given = parser.parse_args()
    recipe = changed(smoke_recipe() if given.smoke else Recipe(), given.set)
    if given.minutes:
        recipe = replace(recipe, minutes=given.minutes)
    if given.smoke:
        once = partial(run, SAMPLES, recipe=recipe, resume=False, export=False)
        smoke("next-sentence", once, given.out)
        return
    if given.data is None:
        parser.error("--data is needed: the folder that holds stories")
    run(
        given.data,
        given.out or OUT,
        given.checkpoints,
        recipe,
        resume=given.resume,
        export=given.export,
    )


if __name__ == "__main__":
    main()
