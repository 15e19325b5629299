"""The pen: paints a recipe in one of the styles, on a tile of its own."""

import functools
import math
import random
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageChops, ImageDraw

from scenes.grain import grain
from scenes.recipes import Piece, Recipe

Stamp = tuple[Image.Image, int, int]  # RGBA, left, top
Rgb = tuple[int, int, int]

INK: Rgb = (44, 41, 50)
FIXED: dict[str, Rgb] = {
    "ink": INK,
    "paper": (252, 252, 250),
    "wood": (128, 84, 50),
    "bark": (112, 74, 46),
    "glass": (188, 226, 246),
    "steel": (176, 180, 188),
    "tyre": (58, 57, 64),
    "skin": (246, 205, 168),
    "hair": (104, 66, 40),
    "rosy": (248, 166, 176),
    "gold": (252, 208, 70),
    "stem": (74, 146, 70),
    "flame": (250, 134, 36),
    "drop": (74, 146, 226),
    "red": (222, 52, 50),
    "orange": (246, 146, 40),
    "green": (82, 172, 84),
    "blue": (60, 126, 222),
    "purple": (142, 86, 190),
    "trousers": (70, 84, 120),
    "hoof": (74, 66, 62),
    "cream": (247, 236, 210),
    "snow": (228, 236, 246),
    "slime": (214, 206, 150),
}
THICK = 0.042  # of a thing: finer lines are strokes themselves and get no outline
WOBBLE = {"sketch": 0.016, "crayon": 0.011}  # of a thing's longer side
FINE = 1.3  # pixels: what is smaller at this size is left out


@dataclass(frozen=True)
class Look:
    """How a thing is painted, in a picture of `side` pixels."""

    style: str
    side: int
    seed: int  # the scene's
    number: int  # of the thing in the scene

    @property
    def by_hand(self) -> bool:
        return self.style in ("sketch", "crayon")


@functools.lru_cache(maxsize=64)
def palette(main: Rgb) -> dict[str, Rgb]:
    """The colour of every role for a thing of this main colour: details stay visible on it."""
    bright = _brightness(main)
    # Much ink would turn yellow and orange into brown.
    dark = _mixed(main, INK, 0.14 if bright > 152 else 0.28)
    light = _mixed(main, (255, 255, 255), 0.5)
    if bright < 70:
        dark, light = _mixed(main, (255, 255, 255), 0.17), _mixed(main, (255, 255, 255), 0.42)
    if bright > 240:
        dark, light = (206, 210, 218), (230, 233, 238)
    warm = bright > 165 and main[0] > 200
    return FIXED | {
        "main": main,
        "dark": dark,
        "light": light,
        "mark": (228, 228, 232) if bright < 70 else INK,
        "accent": (214, 58, 62) if warm else (252, 212, 76),
        "mane": _mixed(main, INK, 0.6) if bright > 70 else (104, 104, 114),
        "face": (140, 140, 148) if bright < 120 else (74, 68, 72),
        "edge": (166, 169, 177) if bright > 240 else _mixed(main, INK, 0.45),
    }


def _brightness(colour: Rgb) -> float:
    return 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]


def _mixed(first: Rgb, second: Rgb, share: float) -> Rgb:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def paint(
    recipe: Recipe, main: Rgb, look: Look, box: tuple[float, float, float], flip: bool, turn: int
) -> Stamp:
    """The painted thing and where its left top corner goes, in pixels.

    `box` is the centre's x and y and the longer side, in pixels. The tile is drawn at twice its
    size and reduced, which smooths every edge.
    """
    chance = random.Random(f"{look.seed} {look.number}")
    x, y, size = box
    points = _wobbled(recipe.points, chance, WOBBLE[look.style]) if look.by_hand else recipe.points
    pen = max(0.9, min(look.side / 105, size / 11))
    placed = _turned(points, flip, turn) * size + (x, y)
    pad = pen + 1 + recipe.margin * size
    left, top = (math.floor(low - pad) for low in placed.min(axis=0))
    right, bottom = (math.ceil(high + pad) for high in placed.max(axis=0))
    brush = Brush((2 * (right - left), 2 * (bottom - top)), palette(main), 2 * size, 2 * pen)
    flat = ((placed - (left, top)) * 2 - 0.5).ravel().tolist()  # Pillow's 0 is a pixel's middle
    tile = STYLES[look.style](brush, recipe, flat, look, chance).reduce(2)
    seen = tile.getbbox() or (0, 0, *tile.size)
    return tile.crop(seen), left + seen[0], top + seen[1]


def _turned(points: np.ndarray, flip: bool, turn: int) -> np.ndarray:
    cos, sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    mirror = -1 if flip else 1  # mirrored first, then turned
    return points @ np.array([[mirror * cos, -mirror * sin], [sin, cos]])


def _wobbled(points: np.ndarray, chance: random.Random, most: float) -> np.ndarray:
    """Moved by a smooth random field, so that what touched still touches."""
    x, y = points[:, 0], points[:, 1]
    moved = points.copy()
    for axis in (0, 1):
        for pace in (5, 11, 23):
            a, b, c = (chance.uniform(-1, 1) for _ in range(3))
            share = 5 / pace + 0.2
            moved[:, axis] += most * share * np.sin(pace * (a * x + b * y) + 3 * c)
    return moved


class Brush:
    """A tile to draw on: coordinates are its own pixels, lists of x, y, x, y ..."""

    def __init__(
        self, size: tuple[int, int], colours: dict[str, Rgb], scale: float, pen: float
    ) -> None:
        self.tile = Image.new("RGBA", size, (*colours["main"], 0))
        self.drawing = ImageDraw.Draw(self.tile)
        self.colours, self.scale, self.pen = colours, scale, pen

    def shows(self, piece: Piece) -> bool:
        """Whether it is large enough to be seen."""
        return piece.reach * self.scale > 2 * FINE

    def has_room(self, run: list[Piece], pens: float) -> bool:
        """Whether the largest piece is longer than so many strokes of the pen are wide."""
        return max((piece.reach for piece in run), default=0) * self.scale > pens * self.pen

    def fill(self, piece: Piece, flat: list[float], colour: Rgb, alpha: int = 255) -> None:
        points = flat[2 * piece.first : 2 * piece.last]
        if piece.width:
            self.stroke(points, (*colour, alpha), max(2, piece.width * self.scale))
        else:
            self.drawing.polygon(points, (*colour, alpha))

    def outline(self, piece: Piece, flat: list[float], colour: Rgb, width: float) -> None:
        """What remains of it after the fill is half of `width`, outside."""
        points = flat[2 * piece.first : 2 * piece.last]
        if piece.width:
            if piece.width > THICK and piece.width * self.scale > width:
                self.stroke(points, (*colour, 255), piece.width * self.scale + width)
        else:
            self.stroke(points + points[:2], (*colour, 255), width)

    def stroke(self, points: list[float], colour: tuple[int, ...], width: float) -> None:
        wide = max(1, round(width))
        self.drawing.line(points, colour, wide, joint="curve" if wide > 3 else None)
        if wide > 3:
            r = wide / 2 - 0.5
            for x, y in (points[:2], points[-2:]):
                self.drawing.ellipse((x - r, y - r, x + r, y + r), colour)


def _flat(
    brush: Brush, recipe: Recipe, flat: list[float], look: Look, chance: random.Random
) -> Image.Image:
    colours = brush.colours
    edged = not 70 <= _brightness(colours["main"]) <= 240
    for run in recipe.runs:
        seen = [piece for piece in run if brush.shows(piece)]
        if edged and run[0].role == "main":
            for piece in seen:
                brush.outline(piece, flat, colours["edge"], 1.5 * brush.pen)
        for piece in seen:
            brush.fill(piece, flat, colours[piece.role])
    return brush.tile


def _outlined(
    brush: Brush, recipe: Recipe, flat: list[float], look: Look, chance: random.Random
) -> Image.Image:
    for run in recipe.runs:
        seen = [piece for piece in run if brush.shows(piece)]
        for piece in seen if brush.has_room(seen, 3) else []:
            brush.outline(piece, flat, INK, 1.6 * brush.pen)
        for piece in seen:
            brush.fill(piece, flat, brush.colours[piece.role])
    return brush.tile


def _crayon(
    brush: Brush, recipe: Recipe, flat: list[float], look: Look, chance: random.Random
) -> Image.Image:
    for run in recipe.runs:
        seen = [piece for piece in run if brush.shows(piece)]
        role = run[0].role
        edge = brush.colours["edge"] if role == "main" else _mixed(brush.colours[role], INK, 0.3)
        for piece in seen if brush.has_room(seen, 4) else []:
            brush.outline(piece, flat, edge, 1.8 * brush.pen)
        for piece in seen:
            brush.fill(piece, flat, brush.colours[piece.role])
    alpha = brush.tile.getchannel("A")
    wax = grain("wax", look.side, brush.tile.size, chance.random(), chance.random())
    brush.tile.putalpha(ImageChops.multiply(alpha, wax))
    return brush.tile


FILLED, INKED = 200, 255  # alphas while a sketch is drawn, to tell its strokes from its fills


def _sketch(
    brush: Brush, recipe: Recipe, flat: list[float], look: Look, chance: random.Random
) -> Image.Image:
    hand = random.Random(look.seed).random()  # one pen for the whole scene
    main = brush.colours["main"]
    vivid = max(main) - min(main) > 40  # black, grey and white are told apart by their fill alone
    bare = vivid and hand < 0.25  # hardly any fill
    pen = INK
    if vivid and hand < 0.5:  # a pen of the thing's own colour
        pen = brush.colours["edge"] if _brightness(main) > 200 else _mixed(main, INK, 0.1)
    brush.pen *= 1.5 if bare else 1
    slip = [chance.uniform(-0.6, 0.6) * brush.pen for _ in range(2)]
    for run in recipe.runs:
        seen = [piece for piece in run if brush.shows(piece)]
        stroke = pen if run[0].role in ("main", "dark", "light") else _pen_for(run[0], brush, pen)
        small = not brush.has_room(seen, 4)
        for piece in [] if small else seen:
            brush.outline(piece, flat, stroke, 1.5 * brush.pen)
        for piece in seen:
            whole = small or 0 < piece.width <= THICK  # no room for a loose fill
            brush.fill(piece, flat, brush.colours[piece.role], INKED if whole else FILLED)
        if len(run) == 1 and not run[0].width and run[0].reach > 0.3:
            _again(brush, run[0], flat, stroke, slip)
    return _hatched(brush, look, chance, 0.66 if bare else 0.5 if vivid else 0.25)


def _pen_for(piece: Piece, brush: Brush, pen: Rgb) -> Rgb:
    """A dark pen draws everything; a coloured one is changed for parts of another colour."""
    return INK if pen == INK else _mixed(brush.colours[piece.role], INK, 0.4)


def _again(brush: Brush, piece: Piece, flat: list[float], pen: Rgb, slip: list[float]) -> None:
    """A second stroke beside the first, as a quick hand draws it."""
    points = flat[2 * piece.first : 2 * piece.last]
    moved = [value + slip[index % 2] for index, value in enumerate(points)]
    brush.stroke(moved + moved[:2], (*pen, INKED), 0.6 * brush.pen)


def _hatched(brush: Brush, look: Look, chance: random.Random, wash: float) -> Image.Image:
    """Fills become loose strokes over a paler wash; what is inked stays."""
    alpha = brush.tile.getchannel("A")
    inked = alpha.point([0] * INKED + [255])
    colour = brush.tile.convert("RGB")
    pale = Image.blend(colour, Image.new("RGB", colour.size, "white"), wash)
    strokes = grain("hatch", look.side, colour.size, chance.random(), chance.random())
    if wash > 0.6:  # hardly pressed
        strokes = strokes.point([value // 4 for value in range(256)])
    drawn = Image.composite(colour, pale, ImageChops.lighter(inked, strokes))
    drawn.putalpha(alpha.point([min(255, value * 245 // FILLED) for value in range(256)]))
    return drawn


STYLES = {"flat": _flat, "outlined": _outlined, "sketch": _sketch, "crayon": _crayon}
