"""Train the pocket GPT-2: a byte-level BPE and a small model that continues stories.

    python -m training.generation --data ../shared/data

Both start from nothing. The run reads children's and young readers' books, for the minutes given,
and ends on the easiest of them. `--measure` and `--trial NAME` compare settings before a long run.
"""

import argparse
import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from core.paths import ROOT
from training.engine.bpe import as_gpt2
from training.engine.command import changed, command_line, smoke
from training.engine.loop import Progress, taken, write_whole
from training.engine.trainee import learn
from training.generation.card import write_model_card
from training.generation.data import Tokens, prepare
from training.generation.model import (
    Recipe,
    Trainee,
    check_size,
    gpu_recipe,
    save_model,
    smoke_recipe,
)
from training.generation.scores import (
    ONCE,
    bits_per_character,
    continuation,
    examine,
    spread,
)
from training.generation.trials import TRIALS, read_rows, run_measures, run_trials

CHECKPOINTS = Path(".checkpoints")
OUT = Path("assets/models/pocket-gpt2")
SAMPLES = ROOT / "training" / "samples"


def watch_of(trainee: Trainee, tokens: Tokens) -> dict[str, float]:
    """Bits per character on some documents of both kept-out parts; prints what it writes now."""
    tokenizer = as_gpt2(tokens.tokenizer, trainee.recipe.context)
    text = continuation(trainee.model, tokenizer, ONCE, seed=0)
    print("  " + (ONCE + text).replace("\n", "\n  "), flush=True)
    watched = trainee.recipe.watched
    return {
        name: round(
            bits_per_character(
                trainee.model, tokenizer, spread(documents, watched), autocast=True
            ),
            4,
        )
        for name, documents in (("held_back", tokens.held_back), ("validation", tokens.report))
    }


def _shipped_record(out: Path) -> dict:
    file = out / "training.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}


def export(trainee: Trainee, tokens: Tokens, progress: Progress, out: Path, folder: Path) -> dict:
    """Write the model, read it back, and examine and describe what was read: what ships."""
    recipe = trainee.recipe
    known = _shipped_record(out)  # before it is written over
    save_model(trainee.model, tokens, out)
    model = AutoModelForCausalLM.from_pretrained(
        out, dtype=torch.float32, attn_implementation="eager"
    ).to(trainee.device)
    tokenizer = AutoTokenizer.from_pretrained(out)
    record: dict[str, Any] = {
        "task": "generation",
        "recipe": asdict(recipe),
        "device": trainee.device,
    }
    record |= {"parameters": model.num_parameters(), "data": tokens.counts}
    seen = progress.step * recipe.batch * recipe.context
    record["tokens_seen"] = seen
    record["tokens_per_second"] = round(seen / max(1e-9, progress.seconds))
    record |= examine(model, tokenizer, tokens.report, tokens.held_back)
    # Trials of another machine or an earlier checkout are in the record that shipped.
    for name in ("trials", "measures"):
        here = read_rows(folder / f"{name}.json")
        record[name] = [row for row in known.get(name, []) if row not in here] + here
    record["stages"] = {"generation": progress.as_record()}
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
) -> dict:
    """Train (or take the checkpoint as it is, with `only_export`), examine, and write the model.

    A resumed run keeps the recipe that it began with; only other minutes may be given.
    """
    device = "cuda" if torch.cuda.is_available() else "cpu"
    checkpoint, written = folder / "generation.pt", folder / "recipe.json"
    if (resume or only_export) and checkpoint.exists():
        recipe = Recipe(**json.loads(written.read_text(encoding="utf-8")))
        print("going on with the recipe that the checkpoint began with", flush=True)
    if minutes:
        recipe = replace(recipe, minutes=minutes, steps=0)
    stories = data / "stories"
    tokens = prepare(stories, folder, recipe.vocabulary, recipe.parts, seed=recipe.seed)
    trainee = Trainee(recipe, tokens, device)
    check_size(trainee.model)
    if only_export:
        progress = taken(trainee, checkpoint, device)
    else:
        if not resume:
            checkpoint.unlink(missing_ok=True)  # another recipe's, which would not fit
        write_whole(written, json.dumps(asdict(recipe), indent=1) + "\n")
        progress = learn(
            trainee, checkpoint, resume=resume, watch=lambda: watch_of(trainee, tokens)
        )
    return export(trainee, tokens, progress, out, folder)


def parsed() -> tuple[argparse.ArgumentParser, argparse.Namespace]:
    """The command line."""
    parser = command_line(
        __doc__,
        data="stories",
        out=OUT,
        checkpoints=CHECKPOINTS / "generation",
        minutes="length of the run, or of each trial",
    )
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--trial", choices=TRIALS, help="compare settings, 4 minutes each")
    parser.add_argument("--measure", action="store_true", help="tokens per second of settings")
    return parser, parser.parse_args()


def main() -> None:
    """Read the command line and run."""
    parser, given = parsed()
    if given.smoke:
        smoke("generation", lambda *folders: run(SAMPLES, *folders, smoke_recipe()), given.out)
        return
    if given.data is None:
        parser.error("--data is needed: the folder that holds stories")
    device = "cuda" if torch.cuda.is_available() else "cpu"
    recipe = gpu_recipe() if device == "cuda" else Recipe()
    try:
        recipe = changed(recipe, given.set)
    except ValueError as error:
        parser.error(str(error))
    if given.trial:
        recipe = replace(recipe, minutes=given.minutes or 4.0)
    if given.measure:
        run_measures(recipe, given.data / "stories", given.checkpoints, device)
    elif given.trial:
        run_trials(given.trial, recipe, given.data / "stories", given.checkpoints, device)
    else:
        run(
            given.data,
            given.out or OUT,
            given.checkpoints,
            recipe,
            minutes=given.minutes,
            resume=given.resume,
            only_export=given.export,
        )


if __name__ == "__main__":
    main()
