"""Train the pocket model that finds the answer to a question in a passage, or says there is none.

    python -m training.answering --data ../shared/data

All six encoder layers learn on SQuAD v1.1 and FairytaleQA, with unanswerable questions made from
them. The first part of the run reads pieces of a passage around the answer, which is faster; the
rest reads whole passages, up to 384 tokens.
"""

import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

import torch
from transformers import BertForQuestionAnswering

from core.paths import ROOT
from training.answering.card import write_model
from training.answering.data import read_exam
from training.answering.model import WINDOW, Item, encode, planned, span_loss
from training.answering.scores import examine, selection_score
from training.engine.backbone import fresh_model, load_tokenizer
from training.engine.command import command_line, smoke
from training.engine.loop import Progress, Stage, taken, train

CHECKPOINTS = Path(".checkpoints")
OUT = Path("assets/models/pocket-qa")
SAMPLES = ROOT / "training" / "samples"


@dataclass(frozen=True)
class Recipe:
    """Every choice of the run; the card says which made the weights that ship."""

    seed: int = 1
    minutes: float = 120.0
    epochs: int = 4  # at most; the minutes usually end the run first
    rate: float = 2e-4
    batch: int = 32
    piece: int = 112  # tokens of question and passage in the first part of the run
    piece_share: float = 0.7  # of the run
    unanswerable_share: float = 0.15  # of the answerable questions
    watched: int = 300  # selection questions read for the curve
    examined: int = 3000  # questions of each part read for the card, drawn at random


def smoke_recipe() -> Recipe:
    """A run of seconds on the samples: every part once, to no good."""
    return Recipe(minutes=0.15, epochs=1, batch=8, watched=20)


def learn(
    model: BertForQuestionAnswering,
    items: Sequence[Item],
    recipe: Recipe,
    checkpoint: Path,
    *,
    resume: bool,
    device: str,
    watch: object,
) -> Progress:
    """One stage over all questions, in pieces first and whole later."""
    chance = random.Random(recipe.seed)
    batches = [
        batch
        for _ in range(recipe.epochs)
        for batch in planned(items, recipe.batch, WINDOW, chance)
    ]

    def loss_of(batch: list[Item], step: int, share: float) -> torch.Tensor:
        longest = recipe.piece if share < recipe.piece_share else WINDOW
        return span_loss(model, batch, longest, recipe.seed * 1_000_000 + step, device)

    stage = Stage("answering", recipe.rate, warmup=0.04, minutes=recipe.minutes)
    return train(
        model, batches, loss_of, stage, checkpoint, resume=resume, device=device, watch=watch
    )


def run(
    data: Path,
    out: Path,
    folder: Path,
    recipe: Recipe,
    *,
    resume: bool,
    export: bool,
    remark: str = "",
) -> dict:
    """Train (or take the checkpoint as it is, with `export`), examine, and write the model."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.manual_seed(recipe.seed)
    tokenizer = load_tokenizer()
    exam = read_exam(data, recipe.seed, unanswerable_share=recipe.unanswerable_share)
    model = fresh_model(BertForQuestionAnswering).to(device)
    checkpoint = folder / "answering.pt"
    if export:
        progress = taken(model, checkpoint, device)
    else:
        # Articles follow one another; a random draw shows all of them.
        watched = random.Random(0).sample(exam.selection, min(recipe.watched, len(exam.selection)))
        progress = learn(
            model,
            encode(exam.train, tokenizer),
            recipe,
            checkpoint,
            resume=resume,
            device=device,
            watch=lambda: selection_score(model, watched, tokenizer, device),
        )
    record = {"task": "answering", "recipe": asdict(recipe), "device": device, "remark": remark}
    record |= examine(model, exam.drawn(recipe.examined, recipe.seed), tokenizer, device)
    record["stages"] = {"answering": progress.as_record()}
    write_model(model, record, out)
    return record


def main() -> None:
    """Read the command line and run."""
    parser = command_line(
        __doc__,
        data="squad and fairytaleqa",
        out=OUT,
        checkpoints=CHECKPOINTS / "answering",
        minutes="length of the run",
    )
    parser.add_argument("--remark", default="", help="what the card is to say of this run")
    given = parser.parse_args()
    recipe = smoke_recipe() if given.smoke else Recipe()
    if given.minutes:
        recipe = replace(recipe, minutes=given.minutes)
    if given.smoke:
        once = partial(run, SAMPLES, recipe=recipe, resume=False, export=False)
        smoke("answering", once, given.out)
        return
    if given.data is None:
        parser.error("--data is needed: the folder that holds squad and fairytaleqa")
    run(
        given.data,
        given.out or OUT,
        given.checkpoints,
        recipe,
        resume=given.resume,
        export=given.export,
        remark=given.remark,
    )


if __name__ == "__main__":
    main()
