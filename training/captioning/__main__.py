"""Train the pocket captioner: a small ViT, and a small GPT-2 that describes what it sees.

    python -m training.captioning --data ../shared/data

Both start from nothing. The scenes are drawn beside the training, each seen once: our own drawn
kinds, and the named pictures of emojitwo composed by the same rules.
"""

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from transformers import VisionEncoderDecoderModel

from scenes.scene import KINDS
from training.captioning.card import write_model_card
from training.captioning.data import (
    HELD_BACK,
    Batches,
    Drawer,
    Words,
    World,
    learn_words,
    read_world,
    sample,
)
from training.captioning.model import (
    PARTS,
    Recipe,
    Trainee,
    gpu_recipe,
    save_model,
    smoke_recipe,
)
from training.captioning.scores import Examiner, examine, shares
from training.engine.command import changed, command_line, smoke
from training.engine.loop import Progress, taken, write_whole
from training.engine.trainee import learn

CURVE = ("drawn_recall", "emoji_recall", "drawn_relation")  # what the curve keeps of the scores
CHECKPOINTS = Path(".checkpoints/captioning")
OUT = Path("assets/models/pocket-captioner")


def kept_words(world: World, recipe: Recipe, folder: Path, earlier: Path | None) -> Words:
    """The tokenizer of the run: the earlier model's or learned, then that by the checkpoint."""
    file = folder / "tokenizer.json"
    if earlier and not file.exists():
        write_whole(file, (earlier / "tokenizer.json").read_text(encoding="utf-8"))
    elif not file.exists():
        write_whole(file, learn_words(world, recipe.vocabulary).tokenizer.to_str())
    return Words(Tokenizer.from_file(str(file)), tuple(world.plurals))


def watch_of(trainee: Trainee, world: World, words: Words) -> dict[str, float]:
    """Scores on some held-back scenes of both worlds; prints what it says now."""
    recipe = trainee.recipe
    examiner = Examiner(trainee.model.eval(), words, world, recipe, trainee.device)
    scores: dict[str, float] = {}
    for name, share in {"drawn": 0.0, "emoji": 1.0}.items():
        if share and not world.sprites:
            continue
        scenes = [sample(world, HELD_BACK, number, share) for number in range(recipe.watched)]
        predicted = examiner.captions(scenes)
        seen = shares(examiner.score(predicted, scenes))
        scores |= {f"{name}_{key}": value for key, value in seen.items()}
        for one, caption in list(zip(scenes, predicted, strict=True))[:3]:
            print(f"  is:   {one.caption}\n  says: {caption}", flush=True)
    losses = [f"{value:.3f}" for value in trainee.told.tolist()]
    print(f"  {scores}\n  losses of {', '.join(PARTS)}: {', '.join(losses)}", flush=True)
    return {name: scores[name] for name in CURVE if name in scores}


def export(
    trainee: Trainee, world: World, words: Words, progress: Progress, out: Path
) -> dict[str, Any]:
    """Write the model, read it back, and examine and describe what was read: what ships."""
    recipe = trainee.recipe
    save_model(trainee.model, words, recipe, out)
    model = VisionEncoderDecoderModel.from_pretrained(
        out, dtype=torch.float32, attn_implementation="eager"
    ).to(trainee.device)
    record: dict[str, Any] = {
        "task": "captioning",
        "recipe": asdict(recipe),
        "device": trainee.device,
        "parameters": model.num_parameters(),
        "data": {"drawn_kinds": len(KINDS), "emojitwo_pictures": len(world.sprites)},
        "scenes_seen": recipe.earlier_scenes + progress.step * recipe.batch,
        "scenes_per_second": round(progress.step * recipe.batch / max(1e-9, progress.seconds)),
    }
    record |= examine(Examiner(model.eval(), words, world, recipe, trainee.device))
    known, stage = ("share", "loss", *CURVE), progress.as_record()
    stage["curve"] = [
        {name: point[name] for name in known if name in point} for point in stage["curve"]
    ]
    record["stages"] = {"captioning": stage}
    write_model_card(record, out)
    return record


def going_on(recipe: Recipe, earlier: Path) -> Recipe:
    """The recipe of a run that begins with the model in the folder `earlier`."""
    record = json.loads((earlier / "training.json").read_text(encoding="utf-8"))
    before, minutes = record["recipe"], record["stages"]["captioning"]["seconds"] / 60
    return replace(
        recipe,
        earlier_minutes=round(before.get("earlier_minutes", 0.0) + minutes, 1),
        earlier_scenes=record["scenes_seen"],
        waves=not before.get("waves", False),  # once is enough
    )


def run(
    emoji: Path | None,
    out: Path,
    folder: Path,
    recipe: Recipe,
    *,
    minutes: float | None = None,
    resume: bool = False,
    only_export: bool = False,
    earlier: Path | None = None,
) -> dict[str, Any]:
    """Train (or take the checkpoint as it is, with `only_export`), examine, and write the model.

    A resumed run keeps the recipe that it began with; only other minutes may be given. A new one
    begins with the weights of the model in the folder `earlier`, where that is given.
    """
    device = "cuda" if torch.cuda.is_available() else "cpu"
    checkpoint, written = folder / "captioning.pt", folder / "recipe.json"
    if (resume or only_export) and checkpoint.exists():
        recipe = Recipe(**json.loads(written.read_text(encoding="utf-8")))
        print("going on with the recipe that the checkpoint began with", flush=True)
    elif folder.exists():  # another recipe's, which would not fit
        for old in (checkpoint, folder / "tokenizer.json"):
            old.unlink(missing_ok=True)
    weights = None
    if earlier and not checkpoint.exists():
        recipe = going_on(recipe, earlier)
        model = VisionEncoderDecoderModel.from_pretrained(earlier, dtype=torch.float32)
        weights = model.state_dict()
    folder.mkdir(parents=True, exist_ok=True)
    if minutes:
        recipe = replace(recipe, minutes=minutes, steps=0)
    world = read_world(emoji)
    words = kept_words(world, recipe, folder, earlier)
    drawer = Drawer(
        world,
        words,
        recipe.side,
        recipe.patch,
        recipe.longest,
        recipe.batch,
        recipe.emoji_share if world.sprites else 0.0,
        first=recipe.earlier_scenes,
    )
    batches = Batches(drawer, 0 if only_export else recipe.drawers)
    try:
        trainee = Trainee(recipe, words, batches, device, weights)
        if only_export:
            progress = taken(trainee, checkpoint, device)
        else:
            write_whole(written, json.dumps(asdict(recipe), indent=1) + "\n")
            watch = lambda: watch_of(trainee, world, words)  # noqa: E731
            progress = learn(trainee, checkpoint, resume=resume, watch=watch)
    finally:
        batches.close()
    return export(trainee, world, words, progress, out)


def main() -> None:
    """Read the command line and run."""
    parser = command_line(
        __doc__,
        data="emojitwo",
        out=OUT,
        checkpoints=CHECKPOINTS,
        minutes="length of the run",
    )
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--earlier", type=Path, help="folder of a model to begin with")
    given = parser.parse_args()
    if given.smoke:
        # Without pictures from outside.
        smoke("captioning", lambda *folders: run(None, *folders, smoke_recipe()), given.out)
        return
    if given.data is None:
        parser.error("--data is needed: the folder that holds emojitwo")
    try:
        recipe = changed(gpu_recipe() if torch.cuda.is_available() else Recipe(), given.set)
    except ValueError as error:
        parser.error(str(error))
    run(
        given.data / "emojitwo",
        given.out or OUT,
        given.checkpoints,
        recipe,
        minutes=given.minutes,
        resume=given.resume,
        only_export=given.export,
        earlier=given.earlier,
    )


if __name__ == "__main__":
    main()
