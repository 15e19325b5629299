"""A run that goes on from what shipped, where its checkpoint is lost.

Weights (float16) and the record are all that is left: the optimizers begin anew, and so does the
epoch that the run was in. The record says so, and the card.
"""

import json
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import MarianMTModel

from training.engine.loop import Progress, save_atomically
from training.translation.model import Trainee


def restore(trainee: Trainee, tokenizer: Tokenizer, shipped: Path, checkpoint: Path) -> None:
    """Write a checkpoint as far as a folder that shipped has one in it.

    Raises ValueError where the tokens are not those that the weights were trained on.
    """
    record = json.loads((shipped / "training.json").read_text(encoding="utf-8"))
    if Tokenizer.from_file(str(shipped / "tokenizer.json")).get_vocab() != tokenizer.get_vocab():
        raise ValueError(f"the tokens of {shipped} are not those learned from this data")
    weights = MarianMTModel.from_pretrained(shipped, dtype=torch.float32).state_dict()
    trainee.model.load_state_dict(weights)
    trainee.average.begin_anew()
    progress = {name: record["stages"]["translation"][name] for name in vars(Progress())}
    trainee.targets = record["targets_seen"]
    trainee.restored = [*record.get("restored", []), round(progress["seconds"] / 60, 1)]
    trainee.epochs.go_to(record["epochs"] + 1, progress["step"])
    save_atomically(
        {"model": trainee.state_dict(), "progress": progress | {"done": False}}, checkpoint
    )


def told(restored: list[float]) -> str:
    """The card's sentence on it, empty where nothing was lost; `restored` are minutes."""
    if not restored:
        return ""
    minutes = " and ".join(f"{at:g}" for at in restored)
    return (
        f"After {minutes} minutes the run's checkpoint was lost, and it went on from the float16 "
        "weights that had shipped, with fresh optimizers, at the next epoch."
    )
