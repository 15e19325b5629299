"""The training record of a captioner, as frozen results."""

from dataclasses import dataclass

from services.records.card import Card
from services.records.parts import Run, Score


@dataclass(frozen=True)
class Described:
    """A scene that was in no training: a true caption, and what the model says."""

    true: str
    said: str


@dataclass(frozen=True)
class KindCount:
    """How often one kind of thing was in a scene, was said, and was both."""

    name: str
    there: int
    said: int
    right: int


@dataclass(frozen=True)
class World:
    """What a captioner scores on scenes of one kind of picture."""

    name: str  # as the page says it
    scores: tuple[Score, ...]  # beside: on the scenes that settings were chosen by
    kinds: tuple[KindCount, ...]
    samples: tuple[Described, ...]  # nobody picked them
    failures: tuple[Described, ...]  # the first with anything wrong


@dataclass(frozen=True)
class CaptionRecord:
    """The record of a model that describes pictures."""

    run: Run
    card: Card
    worlds: tuple[World, ...]
    changed: tuple[tuple[str, dict[str, float]], ...]  # drawn scenes, changed; shares of 1
    empty: tuple[Described, ...]  # pictures of one colour, named by it
    parameters: int
    scenes_seen: int
    scenes_per_second: int
