"""A model in training with Muon beside the loop's AdamW: what the scripts that use it share."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import nn

from training.engine.loop import Progress, Stage, rate_at, train
from training.engine.muon import Muon

ALL_STEPS = 10**9  # where only the minutes end a run


class Schedule(Protocol):
    """What of a recipe says how long and how fast; `pocket_gpt2.Recipe` explains each."""

    @property
    def minutes(self) -> float: ...
    @property
    def steps(self) -> int: ...
    @property
    def rate(self) -> float: ...
    @property
    def warmup(self) -> float: ...
    @property
    def cooldown(self) -> float: ...
    @property
    def weight_decay(self) -> float: ...
    @property
    def threads(self) -> int: ...


class MuonTrainee(nn.Module, ABC):
    """A model with what `engine.loop` has to keep beside it; subclasses give a step's loss."""

    stage: str  # the name of the run
    muon: Muon | None  # None: AdamW moves all weights

    def __init__(self, schedule: Schedule, device: str) -> None:
        super().__init__()
        self.schedule, self.device = schedule, device
        self.muon = None

    @abstractmethod
    def step_loss(self, step: int, share: float) -> torch.Tensor:
        """The loss on what is read at a step."""

    def loss(self, step: int, share: float) -> torch.Tensor:
        """The same, with Muon's rate where the schedule has it then."""
        if self.muon:
            self.muon.factor = rate_at(share, self.schedule.warmup, self.schedule.cooldown)
        return self.step_loss(step, share)

    def warm(self) -> None:
        """Run one loss forwards and backwards, for nothing: compilers and caches do their part."""
        with torch.autocast(self.device, dtype=torch.bfloat16):
            loss = self.loss(0, 0.0)
        if self.muon:
            self.muon.factor = 0.0
        loss.backward()
        self.zero_grad(set_to_none=True)
        if self.muon:
            for average in self.muon.averages.values():
                average.zero_()

    def get_extra_state(self) -> dict[str, torch.Tensor]:
        """Muon's momentum, for the checkpoint."""
        return self.muon.averages if self.muon else {}

    def set_extra_state(self, state: dict[str, torch.Tensor]) -> None:
        """Take Muon's momentum from a checkpoint."""
        averages = self.muon.averages if self.muon else {}
        for name, average in state.items():
            averages[name].copy_(average)


def learn(
    trainee: MuonTrainee,
    checkpoint: Path,
    *,
    resume: bool = False,
    watch: Callable[[], dict[str, Any]] | None = None,
    watches: int = 12,
    checkpoint_seconds: float = 180.0,
    now: Callable[[], float] = time.monotonic,
) -> Progress:
    """Train to the end of the schedule's steps or minutes; the clock starts after `warm`.

    `now` tells the seconds that count: the wall clock's, or `loop.processor_seconds`.
    """
    schedule = trainee.schedule
    if schedule.threads:
        torch.set_num_threads(schedule.threads)
    trainee.warm()
    stage = Stage(
        trainee.stage,
        schedule.rate,
        warmup=schedule.warmup,
        cooldown=schedule.cooldown,
        weight_decay=schedule.weight_decay,
        minutes=None if schedule.steps else schedule.minutes,
        checkpoint_seconds=checkpoint_seconds,
        now=now,
    )
    return train(
        trainee,
        range(schedule.steps or ALL_STEPS),
        lambda _, step, share: trainee.loss(step, share),
        stage,
        checkpoint,
        resume=resume,
        device=trainee.device,
        watch=watch,
        watches=watches,
    )
