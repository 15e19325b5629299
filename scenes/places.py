"""The places that scenes are set in: what is painted behind the things."""

import functools
import math
import random
from collections.abc import Callable

from PIL import Image, ImageDraw

from scenes.drawings.shapes import Point
from scenes.grain import grain

Rgb = tuple[int, int, int]
Patch = tuple[Rgb, list[Point], float]  # colour, points in sides of the picture, width (0: filled)

SKY, SEA, GRASS, SAND = (208, 233, 250), (120, 186, 226), (170, 214, 136), (244, 226, 176)
PAPER: Rgb = (253, 252, 249)
VARIANTS = 12  # of each place: enough to vary, few enough to be kept ready
KEPT_UP_TO = 200  # pixels: larger pictures would fill the memory


def background(place: str, style: str, side: int, seed: int) -> Image.Image:
    """A fresh RGB picture of an empty place, `side` by `side` pixels."""
    variant = seed % VARIANTS
    if side <= KEPT_UP_TO:
        return _kept(place, style, side, variant).copy()
    return _painted(place, style, side, variant)


@functools.lru_cache(maxsize=600)
def _kept(place: str, style: str, side: int, variant: int) -> Image.Image:
    return _painted(place, style, side, variant)


def _painted(place: str, style: str, side: int, variant: int) -> Image.Image:
    chance = random.Random(variant)
    long = 2 * side
    image = Image.new("RGB", (long, long), PAPER)
    drawing = ImageDraw.Draw(image)
    pen = max(2, round(side / 60))
    for colour, points, width in DRAWN[place](chance):
        flat = [value * long for point in points for value in point]
        if width:
            drawing.line(flat, colour, max(1, round(width * long)), joint="curve")
            continue
        drawing.polygon(flat, colour)
        if style in ("outlined", "sketch") and len(points) > 8:  # no dots
            drawing.line(flat, _darker(colour), pen if style == "outlined" else pen // 2 + 1)
    if style in ("sketch", "crayon") and place != "paper":
        name = "wax" if style == "crayon" else "hatch"
        strokes = grain(name, side, image.size, chance.random(), chance.random())
        paper = PAPER if place != "night" else (92, 100, 136)
        pale = Image.blend(image, Image.new("RGB", image.size, paper), chance.uniform(0.15, 0.45))
        image = Image.composite(image, pale, strokes)
    return image.reduce(2)


def _darker(colour: Rgb) -> Rgb:
    red, green, blue = (round(value * 0.72) for value in colour)
    return red, green, blue


def _band(colour: Rgb, top: float, wave: float = 0, pace: float = 1, start: float = 0) -> Patch:
    """All below a wavy line at `top`; beyond the edges, so that its outline shows only there."""
    ridge = [
        (x / 16, top + wave * math.sin(pace * math.tau * x / 16 + start)) for x in range(-1, 18)
    ]
    return colour, [*ridge, (1.1, 1.1), (-0.1, 1.1), ridge[0]], 0


def _dots(
    chance: random.Random, colour: Rgb, count: int, top: float, low: float, r: float
) -> list[Patch]:
    spots = [(chance.random(), chance.uniform(top, low)) for _ in range(count)]
    return [(colour, [(x - r, y), (x, y - r), (x + r, y), (x, y + r)], 0) for x, y in spots]


def _tufts(chance: random.Random, colour: Rgb, count: int, top: float) -> list[Patch]:
    tufts: list[Patch] = []
    for _ in range(count):
        x, y = chance.random(), chance.uniform(top, 0.98)
        blades = [(x - 0.015, y - 0.022), (x, y), (x + 0.002, y - 0.03), (x + 0.004, y)]
        tufts.append((colour, [*blades, (x + 0.019, y - 0.02)], 0.004))
    return tufts


def _ripples(
    chance: random.Random, colour: Rgb, count: int, top: float, low: float = 0.97
) -> list[Patch]:
    ripples: list[Patch] = []
    for _ in range(count):
        x, y = chance.random(), chance.uniform(top, low)
        wave = [(x + step * 0.02, y + 0.008 * math.sin(step * 1.6)) for step in range(7)]
        ripples.append((colour, wave, 0.006))
    return ripples


def _paper(chance: random.Random) -> list[Patch]:
    tint = chance.choice([(255, 255, 255), (253, 251, 245), (248, 249, 251), (250, 246, 236)])
    patches: list[Patch] = [_band(tint, -0.1)]
    ruled = chance.random()
    if ruled < 0.2:
        patches += [((214, 226, 240), [(0, y / 12), (1, y / 12)], 0.003) for y in range(1, 12)]
    if ruled < 0.1:
        patches += [((214, 226, 240), [(x / 12, 0), (x / 12, 1)], 0.003) for x in range(1, 12)]
    return patches


def _meadow(chance: random.Random) -> list[Patch]:
    top = chance.uniform(0.52, 0.66)
    ground = _band(GRASS, top, 0.012, 1.3, chance.uniform(0, 6))
    return [_band(SKY, -0.1), ground, *_tufts(chance, (132, 188, 104), 16, top + 0.05)]


def _hills(chance: random.Random) -> list[Patch]:
    top, start = chance.uniform(0.46, 0.56), chance.uniform(0, 6)
    return [
        _band(SKY, -0.1),
        _band((196, 226, 180), top, 0.07, 1.1, start),
        _band((180, 218, 150), top + 0.12, 0.06, 0.9, start + 2),
        _band((160, 206, 126), top + 0.26, 0.04, 0.7, start + 4),
        *_tufts(chance, (128, 184, 100), 8, top + 0.32),
    ]


def _snow(chance: random.Random) -> list[Patch]:
    top = chance.uniform(0.54, 0.66)
    return [
        _band((196, 214, 234), -0.1),
        _band((226, 235, 245), top - 0.06, 0.03, 1.2, chance.uniform(0, 6)),
        _band((240, 245, 251), top + 0.02, 0.02, 0.8, chance.uniform(0, 6)),
        *_dots(chance, (250, 252, 255), 34, 0.02, top - 0.08, 0.007),
    ]


def _beach(chance: random.Random) -> list[Patch]:
    sea = chance.uniform(0.4, 0.5)
    sand = sea + chance.uniform(0.14, 0.22)
    return [
        _band(SKY, -0.1),
        _band(SEA, sea),
        *_ripples(chance, (156, 208, 238), 6, sea + 0.03, sand - 0.03),
        _band((240, 248, 250), sand - 0.015, 0.012, 1.4, 1),
        _band(SAND, sand, 0.012, 1.4, 1),
        *_dots(chance, (228, 204, 148), 26, sand + 0.05, 0.98, 0.005),
    ]


def _sea(chance: random.Random) -> list[Patch]:
    top = chance.uniform(0.34, 0.48)
    return [
        _band(SKY, -0.1),
        _band(SEA, top, 0.008, 5, chance.uniform(0, 6)),
        _band((104, 172, 216), top + 0.3, 0.01, 4, chance.uniform(0, 6)),
        *_ripples(chance, (168, 214, 240), 14, top + 0.05),
    ]


def _desert(chance: random.Random) -> list[Patch]:
    top, start = chance.uniform(0.5, 0.6), chance.uniform(0, 6)
    return [
        _band((252, 238, 210), -0.1),
        _band((240, 214, 158), top, 0.035, 0.9, start),
        _band((232, 198, 134), top + 0.16, 0.04, 0.7, start + 3),
        *_dots(chance, (214, 178, 114), 18, top + 0.22, 0.98, 0.005),
    ]


def _night(chance: random.Random) -> list[Patch]:
    top = chance.uniform(0.66, 0.78)
    return [
        _band((38, 46, 92), -0.1),
        *_dots(chance, (216, 220, 240), 30, 0.02, top - 0.06, 0.0045),
        _band((52, 74, 84), top, 0.03, 0.9, chance.uniform(0, 6)),
    ]


def _room(chance: random.Random) -> list[Patch]:
    walls = [(250, 236, 214), (222, 236, 226), (232, 228, 244), (248, 226, 224), (222, 234, 246)]
    wall = chance.choice(walls)
    top = chance.uniform(0.64, 0.74)
    stripe = (wall[0] - 10, wall[1] - 10, wall[2] - 10)
    patches: list[Patch] = [_band(wall, -0.1)]
    if chance.random() < 0.5:
        patches += [(stripe, [(x / 8, -0.1), (x / 8, top)], 0.05) for x in range(9)]
    boards = [top + 0.03 + (1 - top) * part for part in (0.25, 0.55)]
    return [
        *patches,
        _band((246, 244, 240), top - 0.03),
        _band((214, 178, 136), top),
        *(((194, 156, 114), [(0.0, y), (1.0, y)], 0.005) for y in boards),
    ]


def _road(chance: random.Random) -> list[Patch]:
    top = chance.uniform(0.5, 0.58)
    kerb = chance.uniform(0.7, 0.76)
    dashes: list[Patch] = [
        ((246, 244, 236), [(x / 5 + 0.03, 0.89), (x / 5 + 0.13, 0.89)], 0.014) for x in range(5)
    ]
    return [
        _band(SKY, -0.1),
        _band(GRASS, top, 0.01, 1.2, chance.uniform(0, 6)),
        _band((214, 214, 212), kerb - 0.02),
        _band((176, 178, 184), kerb),
        *dashes,
    ]


DRAWN: dict[str, Callable[[random.Random], list[Patch]]] = {
    "paper": _paper,
    "meadow": _meadow,
    "hills": _hills,
    "snow": _snow,
    "beach": _beach,
    "sea": _sea,
    "desert": _desert,
    "night": _night,
    "room": _room,
    "road": _road,
}
