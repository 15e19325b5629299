"""The training loop that the scripts share: schedule, progress with time left, checkpoints.

A stage is a list of batches walked once. Its checkpoint holds everything needed to go on after
a stop: weights, optimizer, place in the list, seconds spent and the curve so far.
"""

import math
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import nn

REPORT_SECONDS = 30.0
LOSS_POINTS = 40  # of a stage's curve
Loss = Callable[[Any, int, float], torch.Tensor]  # batch, its number, share of the stage done


@dataclass(frozen=True)
class Stage:
    """How one stage is trained; `minutes` ends it early, with the schedule drawn to that end."""

    name: str
    rate: float  # highest learning rate, of the top layer and the head
    layer_decay: float = 1.0  # each encoder layer below learns at this share of the one above
    warmup: float = 0.06  # share of the stage
    weight_decay: float = 0.01
    minutes: float | None = None
    checkpoint_seconds: float = 180.0
    cooldown: float = 0.0  # share at the end where the rate falls; 0: a cosine all along
    now: Callable[[], float] = time.monotonic  # what counts as seconds; or `processor_seconds`


def processor_seconds() -> float:
    """Seconds of work of all torch's threads together, as if the machine were this process's own.

    For a run beside other work, or one that is stopped now and then: waiting is no training.
    """
    return time.process_time() / torch.get_num_threads()


@dataclass
class Progress:
    """Where a stage is: batches done, seconds spent, and (share done, loss) along the way."""

    step: int = 0
    seconds: float = 0.0
    curve: list[dict[str, float]] = field(default_factory=list)
    done: bool = False

    def as_record(self) -> dict[str, Any]:
        """The same as training.json holds it: a curve in shares of all the minutes there were."""
        return vars(self) | {"curve": evened(self.curve)}


def evened(curve: list[dict[str, float]]) -> list[dict[str, float]]:
    """The curve of a run that was given more minutes on its way, in shares of the whole run.

    What was noted before is a share of fewer minutes: it ends where the next point begins.
    """
    points = [dict(point) for point in curve]
    for place in range(len(points) - 1, 0, -1):
        last, begins = points[place - 1]["share"], points[place]["share"]
        if last > begins:
            for point in points[:place]:
                point["share"] *= begins / last
    return points


def rate_at(share: float, warmup: float, cooldown: float = 0.0) -> float:
    """The learning rate's factor: up linearly over the warm-up, then down to zero at the end.

    Down a cosine, or, with a cooldown, level and then down a line: what was trained on the level
    can be given more minutes later, as if they had been planned (Haegele et al. 2024).
    """
    if share < warmup:
        return share / warmup
    if cooldown:
        return min(1.0, (1 - min(1.0, share)) / cooldown)
    return 0.5 * (1 + math.cos(math.pi * min(1.0, (share - warmup) / (1 - warmup))))


def layer_of(name: str) -> int | None:
    """The encoder layer that a parameter belongs to; None for a head or a pooler."""
    marker = "encoder.layer."
    return int(name.split(marker)[1].split(".")[0]) if marker in name else None


def make_optimizer(model: nn.Module, stage: Stage) -> torch.optim.AdamW:
    """AdamW over what is not frozen, one group per depth and kind.

    Vectors do not decay, nor do a ViT's places (three axes): early on little holds them up.
    """
    named = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    top = max((layer for name, _ in named if (layer := layer_of(name)) is not None), default=0)
    groups: dict[tuple[int, bool], list[nn.Parameter]] = {}
    for name, parameter in named:
        layer = layer_of(name)
        depth = 0 if layer is None else top - layer
        groups.setdefault((depth, parameter.ndim not in (1, 3)), []).append(parameter)
    settings = [
        {
            "params": parameters,
            "peak": stage.rate * stage.layer_decay**depth,
            "weight_decay": stage.weight_decay if decays else 0.0,
        }
        for (depth, decays), parameters in groups.items()
    ]
    return torch.optim.AdamW(settings, lr=stage.rate, betas=(0.9, 0.98), fused=True)


def save_atomically(state: dict[str, Any], path: Path) -> None:
    """Write a checkpoint so that a stop in the middle leaves the old one whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save(state, path.with_suffix(".tmp"))
    os.replace(path.with_suffix(".tmp"), path)


def write_whole(file: Path, text: str) -> None:
    """Write a text so that a stop in the middle leaves the old one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.with_suffix(".tmp").write_text(text, encoding="utf-8")
    os.replace(file.with_suffix(".tmp"), file)


def _share_done(progress: Progress, total: int, stage: Stage) -> float:
    by_steps = progress.step / max(1, total)
    by_time = progress.seconds / (60 * stage.minutes) if stage.minutes else 0.0
    return min(1.0, max(by_steps, by_time))


def _report(stage: Stage, progress: Progress, share: float, losses: list[float]) -> None:
    left = progress.seconds * (1 - share) / share if share else 0.0
    recent = sum(losses) / len(losses) if losses else progress.curve[-1]["loss"]
    watched = [point for point in progress.curve if len(point) > 2][-1:]
    scores = [f"{key} {value}" for point in watched for key, value in list(point.items())[2:]]
    print(
        f"{stage.name}: {share:6.1%}  batch {progress.step}  loss {recent:.4f}  "
        f"{progress.seconds / 60:.1f} min spent, about {left / 60:.1f} min left  "
        + ", ".join(scores),
        flush=True,
    )


@dataclass
class _Clock:
    """Seconds of the stage itself: what a watcher takes is not training and is left out."""

    now: Callable[[], float]
    begun: float
    paused: float = 0.0

    def seconds(self) -> float:
        return self.now() - self.begun - self.paused

    def aside(self, watch: Callable[[], dict[str, float]]) -> dict[str, float]:
        began = self.now()
        scores = watch()
        self.paused += self.now() - began
        return scores


def train(
    model: nn.Module,
    batches: Sequence[Any],
    loss_of: Loss,
    stage: Stage,
    checkpoint: Path,
    *,
    resume: bool = False,
    device: str = "cpu",
    watch: Callable[[], dict[str, float]] | None = None,
    watches: int = 8,
) -> Progress:
    """Walk the batches once and leave the trained weights in the model and in the checkpoint.

    `loss_of(batch, step, share)` gives a scalar under bfloat16 autocast; `watch()` gives scores
    for the curve, so many times. With `resume` the stage goes on from its checkpoint,
    or returns at once where it is finished; more minutes than before lengthen it. With a cooldown
    they begin where the rate began to fall: a second checkpoint, the trunk, is kept from there.
    """
    optimizer = make_optimizer(model, stage)
    trunk = checkpoint.with_stem(f"{checkpoint.stem}-trunk")
    progress = Progress()
    if resume and checkpoint.exists():
        progress = taken(model, checkpoint, device, optimizer)
        if trunk.exists() and _share_done(progress, len(batches), stage) < 1 - stage.cooldown:
            os.replace(trunk, checkpoint)  # more minutes were given: back to the level
            progress = taken(model, checkpoint, device, optimizer)
    elif not resume:
        trunk.unlink(missing_ok=True)
    # A finished stage that is now given more minutes goes on, its schedule drawn to the new end.
    progress.done = progress.step > 0 and _share_done(progress, len(batches), stage) >= 1
    clock = _Clock(stage.now, stage.now() - progress.seconds)
    saved = reported = time.monotonic()
    noted = watched = _share_done(progress, len(batches), stage)
    losses: list[float] = []
    while not progress.done:
        model.train()
        share = _share_done(progress, len(batches), stage)
        loss = partial(loss_of, batches[progress.step], progress.step, share)
        factor = rate_at(share, stage.warmup, stage.cooldown)
        losses.append(_step(model, optimizer, loss, factor, device))
        progress.step += 1
        progress.seconds = clock.seconds()
        share = _share_done(progress, len(batches), stage)
        progress.done = share >= 1
        if share - noted >= 1 / LOSS_POINTS or progress.done:
            point = {"share": round(share, 4), "loss": round(sum(losses) / len(losses), 5)}
            noted, losses = share, []
            if watch and (share - watched >= 1 / watches or progress.done):
                point |= clock.aside(watch)
                watched = share
            progress.curve.append(point)
        now = time.monotonic()
        if now - reported > REPORT_SECONDS or progress.done:
            _report(stage, progress, share, losses)
            reported = now
        if now - saved > stage.checkpoint_seconds or progress.done:
            _save(model, optimizer, progress, checkpoint)
            saved = now
        if stage.cooldown and share >= 1 - stage.cooldown and not trunk.exists():
            _save(model, optimizer, progress, trunk)
    return progress


def _step(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    loss_of: Callable[[], torch.Tensor],
    factor: float,
    device: str,
) -> float:
    for group in optimizer.param_groups:
        group["lr"] = group["peak"] * factor
    with torch.autocast(device, dtype=torch.bfloat16):
        loss = loss_of()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    return loss.item()


def taken(
    model: nn.Module,
    checkpoint: Path,
    device: str,
    optimizer: torch.optim.Optimizer | None = None,
) -> Progress:
    """How far a checkpoint is; its weights are put into the model."""
    state = torch.load(checkpoint, map_location=device, weights_only=False)
    model.load_state_dict(state["model"])
    if optimizer and "optimizer" in state:
        optimizer.load_state_dict(state["optimizer"])
    return Progress(**state["progress"])


def _save(
    model: nn.Module, optimizer: torch.optim.Optimizer, progress: Progress, checkpoint: Path
) -> None:
    # The optimizer stays even at the end, for a stage that is later given more minutes.
    state = {"model": model.state_dict(), "optimizer": optimizer.state_dict()}
    save_atomically(state | {"progress": vars(progress)}, checkpoint)
