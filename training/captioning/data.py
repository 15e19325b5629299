"""Scenes drawn beside the training: pictures, captions, and what each patch of a picture shows."""

import io
import random
from collections.abc import Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageEnhance, ImageFilter
from tokenizers import Tokenizer

from scenes.captions import describe
from scenes.compose import random_scene
from scenes.facts import grouped
from scenes.places import background
from scenes.scene import COLOURS, KINDS, Scene, draw, stamps
from training.captioning.emoji import EMOJI
from training.engine.bpe import END, train_bpe

UNSAID = -100  # the id of padding, which no loss counts
AHEAD = 6  # batches that are drawn before they are asked for
MOST_WORDS = 36  # of a caption
MOST_ALIKE = 8  # things of one group; more count as these
LARGER = 0.15  # share of the scenes that are drawn larger than the model sees them
SEEN = 0.25  # share of a patch that a thing must cover to be what the patch shows
TRAINING, HELD_BACK, REPORTED = range(3)  # whose scenes: their seeds never meet


class Batch(NamedTuple):
    """What the loss reads."""

    pixels: np.ndarray  # uint8 (picture, row, column, 3)
    ids: np.ndarray  # int32 (picture, longest + 1): end token, caption, end token, UNSAID
    kinds: np.ndarray  # int32 (picture, patch): 0 for the background
    colours: np.ndarray  # int32 (picture, patch): 0 for the background and for sprites
    counts: np.ndarray  # int32 (picture, patch): things of the same group; 0 for the background


@dataclass(frozen=True)
class World:
    """What scenes are made of: the drawn kinds, and pictures with names where there are some."""

    sprites: Mapping[str, Image.Image] = field(default_factory=dict)

    @property
    def plurals(self) -> dict[str, str]:
        """Every kind of thing with its plural."""
        drawn = {kind.name: kind.plural for kind in KINDS.values()}
        return drawn | {name: EMOJI[name][0] for name in self.sprites}

    def scene(self, rng: random.Random, *, emoji: bool) -> Scene:
        """A scene of drawn things, or of named pictures."""
        return random_scene(rng, sprites=self.sprites) if emoji else random_scene(rng)

    def picture(self, scene: Scene, side: int, *, emoji: bool) -> Image.Image:
        """The scene drawn."""
        return draw(scene, side, self.sprites if emoji else None)


def read_world(folder: Path | None) -> World:
    """The world with the named pictures of `emojitwo` where that folder is given."""
    if folder is None:
        return World()
    sprites = {}
    for name, (_, code) in EMOJI.items():
        with Image.open(folder / "png64" / f"{code}.png") as picture:
            sprites[name] = picture.convert("RGBA").crop(picture.convert("RGBA").getbbox())
    return World(sprites)


@dataclass(frozen=True)
class Words:
    """The tokenizer of the captions, and the names that hints go by."""

    tokenizer: Tokenizer
    kinds: tuple[str, ...]
    colours: tuple[str, ...] = tuple(COLOURS)

    @property
    def end(self) -> int:
        """The id of the token before and after every caption."""
        return self.tokenizer.token_to_id(END)


def learn_words(world: World, vocabulary: int, *, captions: int = 20_000) -> Words:
    """A BPE on captions of scenes that are drawn nowhere else."""
    rng = random.Random("words")
    texts = (
        describe(world.scene(rng, emoji=emoji), rng, plurals=world.plurals)
        for number in range(captions)
        for emoji in [bool(world.sprites) and number % 2 == 0]
    )
    return Words(train_bpe(texts, vocabulary), tuple(world.plurals))


@dataclass(frozen=True)
class Sample:
    """One scene with its caption; `emoji` where it is made of named pictures."""

    scene: Scene
    emoji: bool
    caption: str


def sample(world: World, whose: int, number: int, emoji_share: float) -> Sample:
    """The scene of a number: always the same one, and never that of another part's number."""
    rng = random.Random(f"{whose}/{number}")
    emoji = rng.random() < emoji_share
    scene = world.scene(rng, emoji=emoji)
    caption = describe(scene, rng, plurals=world.plurals)
    while len(caption.split()) > MOST_WORDS:  # one in a hundred; every scene can be said shorter
        caption = describe(scene, rng, plurals=world.plurals)
    return Sample(scene, emoji, caption)


def owners(
    scene: Scene, side: int, sprites: Mapping[str, Image.Image] | None
) -> tuple[Image.Image, np.ndarray]:
    """The picture, and for each pixel the number of the thing on it, from 1; 0 for none."""
    picture = background(scene.place, scene.style, side, scene.seed)
    owner = Image.new("L", (side, side))
    for number, (image, left, top) in enumerate(stamps(scene, side, sprites), start=1):
        picture.paste(image, (left, top), image)
        there = image.getchannel("A").point(lambda alpha: 255 * (alpha > 127))
        owner.paste(number, (left, top), there)
    return picture, np.asarray(owner)


def patch_hints(owner: np.ndarray, patch: int, things: int) -> np.ndarray:
    """The number of the thing that covers most of each patch, 0 where none covers SEEN of it."""
    across = owner.shape[0] // patch
    blocks = owner.reshape(across, patch, across, patch)
    shares = np.stack(
        [np.zeros((across, across))]
        + [(blocks == number).mean(axis=(1, 3)) for number in range(1, things + 1)]
    )  # (thing, row, column)
    shares[0] = SEEN
    return shares.argmax(axis=0).ravel()


def worn(picture: Image.Image, rng: random.Random) -> Image.Image:
    """The picture as it may reach the model: other light, blur, noise, JPEG; colours stay."""
    if rng.random() < 0.5:
        picture = ImageEnhance.Brightness(picture).enhance(rng.uniform(0.85, 1.12))
        picture = ImageEnhance.Contrast(picture).enhance(rng.uniform(0.8, 1.15))
        picture = ImageEnhance.Color(picture).enhance(rng.uniform(0.8, 1.2))
    if rng.random() < 0.3:  # another white, of a few per cent in each colour
        red, green, blue = (rng.uniform(0.93, 1.07) for _ in range(3))
        picture = picture.convert("RGB", (red, 0, 0, 0, 0, green, 0, 0, 0, 0, blue, 0))
    if rng.random() < 0.2:  # another hue, by up to 7 degrees
        hue, *rest = picture.convert("HSV").split()
        shift = rng.randint(-5, 5)
        moved = hue.point([(value + shift) % 256 for value in range(256)])
        picture = Image.merge("HSV", (moved, *rest)).convert("RGB")
    if rng.random() < 0.15:
        edge = picture.getpixel((0, 0))
        degrees = rng.uniform(-6, 6)
        picture = picture.rotate(degrees, Image.Resampling.BILINEAR, fillcolor=edge)
    if rng.random() < 0.15:
        picture = picture.filter(ImageFilter.GaussianBlur(rng.uniform(0.2, 0.7)))
    if rng.random() < 0.2:
        noise = np.random.default_rng(rng.getrandbits(32)).normal(
            0, rng.uniform(2, 8), (*picture.size, 3)
        )
        noisy = np.asarray(picture) + noise
        picture = Image.fromarray(noisy.clip(0, 255).astype(np.uint8))
    if rng.random() < 0.25:
        stream = io.BytesIO()
        picture.save(stream, "JPEG", quality=rng.randint(35, 90))
        picture = Image.open(stream).convert("RGB")
    return picture


@dataclass(frozen=True)
class Drawer:
    """Draws the batches of one part of the scenes."""

    world: World
    words: Words
    side: int
    patch: int
    longest: int
    size: int  # scenes of a batch
    emoji_share: float
    whose: int = TRAINING
    first: int = 0  # number of the first scene of step 0

    def batch(self, step: int) -> Batch:
        """The scenes of a step, worn as pictures are."""
        first = self.first + step * self.size
        rows = [self._row(number) for number in range(first, first + self.size)]
        return Batch(*(np.stack(column) for column in zip(*rows, strict=True)))

    def _row(self, number: int) -> tuple[np.ndarray, ...]:
        one = sample(self.world, self.whose, number, self.emoji_share)
        rng = random.Random(f"wear/{self.whose}/{number}")
        sprites = self.world.sprites if one.emoji else None
        picture, owner = owners(one.scene, self.side, sprites)
        if rng.random() < LARGER:  # as the page draws it: larger, then made smaller
            large = self.world.picture(one.scene, rng.choice((2, 3)) * self.side, emoji=one.emoji)
            picture = large.resize((self.side, self.side), Image.Resampling.BILINEAR)
        hints = patch_hints(owner, self.patch, len(one.scene.things))
        kinds = [0] + [1 + self.words.kinds.index(thing.kind) for thing in one.scene.things]
        colours = [0] + [
            1 + self.words.colours.index(thing.colour) if thing.colour and not one.emoji else 0
            for thing in one.scene.things
        ]
        alike = {id(thing): len(group) for group in grouped(one.scene) for thing in group}
        counts = [0] + [min(MOST_ALIKE, alike[id(thing)]) for thing in one.scene.things]
        return (
            np.asarray(worn(picture, rng)),
            self.ids(one.caption),
            np.array(kinds, dtype=np.int32)[hints],
            np.array(colours, dtype=np.int32)[hints],
            np.array(counts, dtype=np.int32)[hints],
        )

    def ids(self, caption: str) -> np.ndarray:
        """End token, caption, end token, padding; a caption that is too long loses its end."""
        end = self.words.end
        ids = [end, *self.words.tokenizer.encode(caption).ids, end][: self.longest + 1]
        return np.array(ids + [UNSAID] * (self.longest + 1 - len(ids)), dtype=np.int32)


_drawer: Drawer | None = None  # of this process, where it is one that draws


def _begin(drawer: Drawer) -> None:
    global _drawer
    _drawer = drawer


def _draw(step: int) -> Batch:
    assert _drawer is not None
    return _drawer.batch(step)


class Batches:
    """The batches of a run, drawn ahead by other processes, or here where there are none."""

    def __init__(self, drawer: Drawer, drawers: int) -> None:
        self.drawer = drawer
        self.ahead: dict[int, Future[Batch]] = {}
        self.pool = None
        if drawers:
            context = get_context("spawn")  # a fork would copy torch's threads in the middle
            self.pool = ProcessPoolExecutor(drawers, context, _begin, (drawer,))
        self.reach = AHEAD * max(1, drawers)

    def take(self, step: int) -> Batch:
        """The batch of a step."""
        if self.pool is None:
            return self.drawer.batch(step)
        for later in range(step, step + self.reach):
            if later not in self.ahead:
                self.ahead[later] = self.pool.submit(_draw, later)
        return self.ahead.pop(step).result()

    def close(self) -> None:
        """End the processes that draw."""
        if self.pool:
            self.pool.shutdown(cancel_futures=True)
