"""How well the pocket captioner describes scenes it never saw, read back from its captions."""

import io
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageFilter
from transformers import VisionEncoderDecoderModel

from scenes.captions import Score, graph_of, parse, score
from scenes.scene import STYLES
from training.captioning.data import HELD_BACK, REPORTED, Sample, Words, World, sample
from training.captioning.model import Recipe, image_processor

AT_ONCE = 64  # pictures
SHOWN = 12  # captions of each world in the card
NEVER_SAID = {"emoji": ("colour", "size")}  # of named pictures, whose colours are their own
Change = Callable[[Image.Image, random.Random], Image.Image]


@dataclass(frozen=True)
class Examiner:
    """The model with what it takes to let it describe scenes."""

    model: VisionEncoderDecoderModel
    words: Words
    world: World
    recipe: Recipe
    device: str

    def captions(self, scenes: Sequence[Sample], change: Change | None = None) -> list[str]:
        """The greedy caption of each scene, of its picture or of what `change` makes of it."""
        texts: list[str] = []
        longest = self.recipe.longest
        for pixels in self._pixels(scenes, change):
            with torch.inference_mode():
                rows = self.model.generate(
                    pixels.to(self.device), max_length=longest, do_sample=False
                )
            texts += [self.text(row.tolist()) for row in rows]
        return texts

    def text(self, ids: list[int]) -> str:
        """A caption's ids as text."""
        return str(self.words.tokenizer.decode(ids, skip_special_tokens=True))

    def _pixels(self, scenes: Sequence[Sample], change: Change | None) -> Iterator[torch.Tensor]:
        processor = image_processor(self.recipe)
        for first in range(0, len(scenes), AT_ONCE):
            pictures = []
            for number, one in enumerate(scenes[first : first + AT_ONCE], start=first):
                # As the page draws them: larger, then made smaller by the image processor.
                picture = self.world.picture(one.scene, 2 * self.recipe.side, emoji=one.emoji)
                pictures.append(change(picture, random.Random(number)) if change else picture)
            yield processor(pictures, return_tensors="pt").pixel_values

    def score(self, predicted: Sequence[str], scenes: Sequence[Sample]) -> Score:
        """All counts over some captions."""
        plurals = self.world.plurals
        pairs = zip(predicted, scenes, strict=True)
        return summed([score(text, one.scene, plurals) for text, one in pairs])


def summed(scores: Sequence[Score]) -> Score:
    """All counts together."""
    names = [field.name for field in fields(Score)]
    return Score(**{name: sum(getattr(one, name) for one in scores) for name in names})


def shares(total: Score) -> dict[str, float]:
    """The counts as shares between 0 and 1."""
    pairs = {
        "precision": (total.objects_right, total.objects_said),
        "recall": (total.objects_right, total.objects_true),
        "colour": (total.colours_right, total.colours_said),
        "count": (total.counts_right, total.counts_said),
        "relation": (total.relations_right, total.relations_said),
        "size": (total.sizes_right, total.sizes_said),
        "place": (total.place_right, total.place_said),
    }
    return {
        name: round(right / max(1, predicted), 4) for name, (right, predicted) in pairs.items()
    }


# The picture as it may come, changed more than in training --------------------------------------


def _jpeg(picture: Image.Image, rng: random.Random) -> Image.Image:
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=20)
    return Image.open(stream).convert("RGB")


def _turned(picture: Image.Image, rng: random.Random) -> Image.Image:
    edge = picture.getpixel((0, 0))
    degrees = rng.choice((-1, 1)) * rng.uniform(3, 8)
    return picture.rotate(degrees, Image.Resampling.BICUBIC, fillcolor=edge)


def _other_hue(picture: Image.Image, rng: random.Random) -> Image.Image:
    hue, *rest = picture.convert("HSV").split()
    shift = rng.choice((-1, 1)) * rng.randint(4, 8)  # of 256: 6 to 11 degrees
    moved = hue.point(lambda value: (value + shift) % 256)
    return Image.merge("HSV", (moved, *rest)).convert("RGB")


def _noisy(picture: Image.Image, rng: random.Random) -> Image.Image:
    noise = np.random.default_rng(rng.getrandbits(32)).normal(0, 16, (*picture.size, 3))
    return Image.fromarray((np.asarray(picture) + noise).clip(0, 255).astype(np.uint8))


def _blurred(picture: Image.Image, rng: random.Random) -> Image.Image:
    return picture.filter(ImageFilter.GaussianBlur(2))


CHANGES: dict[str, Change] = {
    "JPEG of quality 20": _jpeg,
    "turned by 3 to 8 degrees": _turned,
    "hue moved by 6 to 11 degrees": _other_hue,
    "noise (standard deviation 16 of 255)": _noisy,
    "blurred (radius 2 of 240 pixels)": _blurred,
}


# The report --------------------------------------------------------------------------------------


def examine(examiner: Examiner) -> dict[str, Any]:
    """All that the card reports."""
    most = examiner.recipe.reported
    worlds = {"drawn": 0.0} | ({"emoji": 1.0} if examiner.world.sprites else {})
    record: dict[str, Any] = {"scores": {}, "held_back": {}, "samples": {}, "failures": {}}
    tallies: dict[str, dict[str, list[int]]] = {}
    for name, share in worlds.items():
        scenes = [sample(examiner.world, REPORTED, n, share) for n in range(most)]
        predicted = examiner.captions(scenes)
        record["scores"][name] = _said_there(name, examiner.score(predicted, scenes))
        record["samples"][name] = _pairs(predicted[:SHOWN], scenes)
        record["failures"][name] = _failures(examiner, predicted, scenes)
        tallies[name] = tally(examiner, predicted, scenes)
        held = [sample(examiner.world, HELD_BACK, n, share) for n in range(most)]
        record["held_back"][name] = _said_there(
            name, examiner.score(examiner.captions(held), held)
        )
    record["kinds"] = tallies
    record["changed"] = _changed(examiner)
    record["empty"] = _of_nothing(examiner)
    return record


def _said_there(world: str, total: Score) -> dict[str, float]:
    """The shares of what captions of that world speak of."""
    never = NEVER_SAID.get(world, ())
    return {name: share for name, share in shares(total).items() if name not in never}


def tally(
    examiner: Examiner, predicted: Sequence[str], scenes: Sequence[Sample]
) -> dict[str, list[int]]:
    """For each kind of thing: how often it was there, was said, and was both."""
    counts: dict[str, list[int]] = {}
    for text, one in zip(predicted, scenes, strict=True):
        there = Counter(group.kind for group in graph_of(one.scene).groups)
        told = Counter(group.kind for group in parse(text, examiner.world.plurals).groups)
        for kind in there | told:
            row = counts.setdefault(kind, [0, 0, 0])
            for place, more in enumerate((there[kind], told[kind], (there & told)[kind])):
                row[place] += more
    return dict(sorted(counts.items()))


def _pairs(predicted: Sequence[str], scenes: Sequence[Sample]) -> list[dict[str, str]]:
    pairs = zip(predicted, scenes, strict=False)
    return [{"a true caption": one.caption, "the model": text} for text, one in pairs]


def _failures(
    examiner: Examiner, predicted: Sequence[str], scenes: Sequence[Sample]
) -> list[dict[str, str]]:
    """The first captions in which something is wrong."""
    wrong = []
    for text, one in zip(predicted, scenes, strict=True):
        total = score(text, one.scene, examiner.world.plurals)
        if min(shares(total).values(), default=1.0) < 1 and _is_wrong(total):
            wrong.append((text, one))
    rows = wrong[:SHOWN]
    return _pairs([text for text, _ in rows], [one for _, one in rows])


def _is_wrong(total: Score) -> bool:
    pairs = (
        (total.objects_right, total.objects_said),
        (total.objects_right, total.objects_true),
        (total.colours_right, total.colours_said),
        (total.counts_right, total.counts_said),
        (total.relations_right, total.relations_said),
        (total.place_right, total.place_said),
    )
    return any(right < predicted for right, predicted in pairs)


def _changed(examiner: Examiner) -> dict[str, dict[str, float]]:
    """The scores on drawn scenes whose pictures are changed, and in each style."""
    most = max(1, examiner.recipe.reported // 3)
    scenes = [sample(examiner.world, REPORTED, n, 0.0) for n in range(most)]
    rows = {
        name: shares(examiner.score(examiner.captions(scenes, change), scenes))
        for name, change in {"as drawn": None, **CHANGES}.items()
    }
    for style in STYLES:
        styled = [replace(one, scene=replace(one.scene, style=style)) for one in scenes]
        rows[f"all in the style {style}"] = shares(
            examiner.score(examiner.captions(styled), styled)
        )
    return rows


def _of_nothing(examiner: Examiner) -> dict[str, str]:
    """What it says of pictures that show nothing: the prior of its language alone."""
    processor = image_processor(examiner.recipe)
    captions = {}
    for name, colour in {"grey": "#808080", "white": "#ffffff", "black": "#000000"}.items():
        pixels = processor(Image.new("RGB", (240, 240), colour), return_tensors="pt").pixel_values
        with torch.inference_mode():
            row = examiner.model.generate(
                pixels.to(examiner.device), max_length=examiner.recipe.longest, do_sample=False
            )
        captions[name] = examiner.text(row[0].tolist())
    return captions
