"""Picture-book scenes drawn by code: what may stand in one, and the picture of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from PIL import Image

from core.errors import UserError
from core.text import checked_choice
from scenes.paint import Look, Stamp, paint
from scenes.places import background
from scenes.recipes import recipe

SIDE = 480  # pixels of a picture on the page: of its pieces, and of what a model is shown
MOST_THINGS = 8
SEEDS = 1_000_000

# The eleven basic colour terms of English (Berlin and Kay 1969).
COLOURS: dict[str, tuple[int, int, int]] = {
    "red": (218, 44, 48),
    "orange": (245, 138, 31),
    "yellow": (250, 212, 56),
    "green": (66, 158, 72),
    "blue": (46, 110, 214),
    "purple": (132, 70, 182),
    "pink": (246, 146, 188),
    "brown": (138, 88, 50),
    "black": (44, 44, 50),
    "white": (250, 250, 247),
    "grey": (148, 151, 157),
}
PLACES = ("paper", "meadow", "hills", "snow", "beach", "sea", "desert", "night", "room", "road")
STYLES = ("flat", "outlined", "sketch", "crayon")


@dataclass(frozen=True)
class Thing:
    """One thing of a scene; lengths are hundredths of the picture's side, y grows downward."""

    kind: str  # a name in KINDS, or one that `sprites` has
    colour: str  # a name in COLOURS; "" for what has its own: a rainbow, a sprite
    x: int  # its centre
    y: int
    size: int  # the longer side of its box
    flip: bool = False  # mirrored left to right
    turn: int = 0  # degrees anticlockwise, -30 to 30


@dataclass(frozen=True)
class Scene:
    """What is to be drawn; the same scene always gives the same pixels."""

    things: tuple[Thing, ...]  # in drawing order: later over earlier
    place: str = "paper"
    style: str = "flat"
    seed: int = 0  # of small irregularities: strokes, grass, grain


@dataclass(frozen=True)
class Kind:
    """One kind of thing that can be drawn."""

    name: str
    plural: str
    colours: tuple[str, ...]  # those it may have, the usual one first; ("",): always its own
    size: int  # the usual one, hundredths of the picture's side
    where: str  # "sky", "ground", "water" or "any"


BRIGHT = ("red", "blue", "yellow", "green", "orange", "purple", "pink")
MADE = (*BRIGHT, "brown", "white", "black", "grey")
PETALS = ("red", "yellow", "pink", "purple", "blue", "orange", "white")
FUR = ("brown", "black", "white", "grey", "orange")
LEAVES = ("green", "orange", "red", "yellow")

_TABLE = (
    # the sky
    Kind("sun", "suns", ("yellow", "orange", "red"), 20, "sky"),
    Kind("moon", "moons", ("yellow", "white", "orange"), 17, "sky"),
    Kind("star", "stars", ("yellow", "orange", "red", "blue", "pink", "purple"), 13, "sky"),
    Kind("cloud", "clouds", ("white", "grey", "blue", "pink"), 26, "sky"),
    Kind("raincloud", "rainclouds", ("grey", "blue", "black"), 27, "sky"),
    Kind("rainbow", "rainbows", ("",), 50, "sky"),
    Kind("thunderbolt", "thunderbolts", ("yellow", "orange", "purple", "blue"), 22, "sky"),
    # plants
    Kind("tree", "trees", (*LEAVES, "pink"), 40, "ground"),
    Kind("pine", "pines", ("green", "blue", "white"), 40, "ground"),
    Kind("palm", "palms", ("green", "yellow", "orange"), 40, "ground"),
    Kind("flower", "flowers", PETALS, 20, "ground"),
    Kind("cactus", "cacti", ("green", "yellow", "purple"), 28, "ground"),
    Kind("mushroom", "mushrooms", ("red", "brown", "orange", "purple", "blue"), 17, "ground"),
    Kind("leaf", "leaves", (*LEAVES, "brown"), 15, "any"),
    Kind("bush", "bushes", LEAVES, 24, "ground"),
    # what stands
    Kind("house", "houses", MADE, 36, "ground"),
    Kind("castle", "castles", ("grey", "brown", "pink", "blue", "white", "yellow"), 44, "ground"),
    Kind("tent", "tents", BRIGHT, 28, "ground"),
    Kind("windmill", "windmills", ("white", "red", "brown", "blue", "grey"), 40, "ground"),
    Kind("mountain", "mountains", ("grey", "brown", "blue", "purple", "green"), 48, "ground"),
    Kind("bridge", "bridges", ("grey", "brown", "red"), 44, "ground"),
    Kind("fence", "fences", ("brown", "white", "grey", "red", "blue", "green"), 34, "ground"),
    Kind("river", "rivers", ("blue",), 46, "ground"),
    # what moves
    Kind("boat", "boats", MADE, 30, "water"),
    Kind("car", "cars", MADE, 28, "ground"),
    Kind("bus", "buses", MADE, 36, "ground"),
    Kind("train", "trains", MADE, 40, "ground"),
    Kind("truck", "trucks", MADE, 34, "ground"),
    Kind("tractor", "tractors", BRIGHT, 28, "ground"),
    Kind("bicycle", "bicycles", (*BRIGHT, "black"), 28, "ground"),
    Kind("plane", "planes", MADE, 28, "sky"),
    Kind("helicopter", "helicopters", MADE, 28, "sky"),
    Kind("rocket", "rockets", MADE, 30, "sky"),
    Kind("balloon", "balloons", MADE, 24, "sky"),
    # animals
    Kind("bird", "birds", ("blue", "red", "yellow", "green", "brown", "black"), 15, "sky"),
    Kind("fish", "fish", (*BRIGHT, "grey"), 18, "water"),
    Kind("cat", "cats", FUR, 22, "ground"),
    Kind("dog", "dogs", FUR, 24, "ground"),
    Kind("horse", "horses", ("brown", "black", "white", "grey"), 34, "ground"),
    Kind("cow", "cows", ("white", "brown", "black", "grey"), 32, "ground"),
    Kind("pig", "pigs", ("pink", "brown", "black"), 24, "ground"),
    Kind("sheep", "sheep", ("white", "black", "grey", "brown"), 24, "ground"),
    Kind("rabbit", "rabbits", ("white", "grey", "brown", "black", "orange"), 20, "ground"),
    Kind("duck", "ducks", ("yellow", "white", "brown", "green"), 18, "water"),
    Kind("butterfly", "butterflies", PETALS, 15, "sky"),
    Kind("snail", "snails", ("brown", "orange", "pink", "green", "purple"), 16, "ground"),
    Kind("turtle", "turtles", ("green", "brown", "blue", "orange"), 20, "ground"),
    Kind("elephant", "elephants", ("grey", "blue", "pink"), 38, "ground"),
    Kind("frog", "frogs", ("green", "yellow", "orange", "blue"), 16, "ground"),
    Kind("whale", "whales", ("blue", "grey", "black", "purple"), 36, "water"),
    Kind("crab", "crabs", ("red", "orange", "purple"), 18, "ground"),
    # people and such
    Kind("person", "people", MADE, 34, "ground"),
    Kind("snowman", "snowmen", ("white",), 32, "ground"),
    Kind("robot", "robots", ("grey", *BRIGHT), 30, "ground"),
    # belongings
    Kind("ball", "balls", MADE, 14, "any"),
    Kind("kite", "kites", BRIGHT, 24, "sky"),
    Kind("umbrella", "umbrellas", MADE, 26, "any"),
    Kind("apple", "apples", ("red", "green", "yellow"), 14, "any"),
    Kind("banana", "bananas", ("yellow", "green"), 16, "any"),
    Kind("carrot", "carrots", ("orange", "purple", "yellow"), 17, "any"),
    Kind("cake", "cakes", ("pink", "brown", "white", "yellow"), 20, "any"),
    Kind("cup", "cups", MADE, 14, "any"),
    Kind("hat", "hats", MADE, 18, "any"),
    Kind("shirt", "shirts", MADE, 20, "any"),
    Kind("chair", "chairs", MADE, 24, "ground"),
    Kind("table", "tables", ("brown", "white", "grey", "black", "red", "blue"), 30, "ground"),
    Kind("lamp", "lamps", ("yellow", "red", "blue", "green", "pink", "white"), 24, "any"),
    Kind("book", "books", MADE, 18, "any"),
    Kind("pencil", "pencils", MADE, 20, "any"),
    Kind("clock", "clocks", MADE, 18, "any"),
    Kind("key", "keys", ("yellow", "grey", "brown", "black", "blue"), 16, "any"),
    Kind("bell", "bells", ("yellow", "orange", "red", "blue", "grey"), 16, "any"),
    Kind("flag", "flags", MADE, 26, "ground"),
    Kind("heart", "hearts", BRIGHT, 14, "any"),
    Kind("gift", "gifts", MADE, 18, "any"),
)
KINDS: dict[str, Kind] = {kind.name: kind for kind in _TABLE}

WIDEST = (3, 100)  # what `size` may be
MOST_TURN = 30


def draw(
    scene: Scene, side: int = 256, sprites: Mapping[str, Image.Image] | None = None
) -> Image.Image:
    """The scene as an RGB picture of `side` by `side` pixels.

    Raises UserError for a kind that is neither in KINDS nor in `sprites`.
    """
    picture = background(scene.place, scene.style, side, scene.seed)
    for image, left, top in stamps(scene, side, sprites):
        picture.paste(image, (left, top), image)
    return picture


def stamps(
    scene: Scene, side: int, sprites: Mapping[str, Image.Image] | None = None
) -> list[Stamp]:
    """One (RGBA picture, left, top) per thing, in drawing order, in pixels; some may stick out.

    A thing whose kind is in `sprites` is that RGBA picture, scaled, mirrored and turned.
    """
    return [
        _stamp(thing, number, scene, side, sprites or {})
        for number, thing in enumerate(scene.things)
    ]


def _stamp(
    thing: Thing, number: int, scene: Scene, side: int, sprites: Mapping[str, Image.Image]
) -> Stamp:
    x, y, size = (value * side / 100 for value in (thing.x, thing.y, thing.size))
    if thing.kind in sprites:
        return _sprite(sprites[thing.kind], x, y, size, thing.flip, thing.turn)
    kind = checked_choice(thing.kind, tuple(KINDS), name="kind of thing")
    look = Look(scene.style, side, scene.seed, number)
    main = COLOURS[thing.colour or "grey"]
    return paint(recipe(kind, look.by_hand), main, look, (x, y, size), thing.flip, thing.turn)


def _sprite(image: Image.Image, x: float, y: float, size: float, flip: bool, turn: int) -> Stamp:
    scale = size / max(image.size)
    wide, high = (max(1, round(length * scale)) for length in image.size)
    image = image.convert("RGBA").resize((wide, high), Image.Resampling.LANCZOS)
    if flip:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    if turn:
        image = image.rotate(turn, Image.Resampling.BICUBIC, expand=True)
    return image, round(x - image.width / 2), round(y - image.height / 2)


def to_text(scene: Scene) -> str:
    """The scene in a few characters that a URL carries unescaped; `from_text` reads it back."""
    parts = [f"{scene.place}.{scene.style}.{scene.seed}"]
    for thing in scene.things:
        part = f"{thing.kind}.{thing.colour}.{thing.x}.{thing.y}.{thing.size}"
        part += ".f" if thing.flip else ""
        parts.append(part + (f".{thing.turn}" if thing.turn else ""))
    return "~".join(parts)


def from_text(text: str) -> Scene:
    """The scene that `to_text` wrote. Raises UserError, which names what was seen."""
    head, *rest = text.split("~")
    fields = head.split(".")
    if len(fields) != 3:
        raise UserError(f"A scene starts with place.style.seed; got {head[:60]!r}.")
    if len(rest) > MOST_THINGS:
        raise UserError(f"A scene has at most {MOST_THINGS} things; got {len(rest)}.")
    return Scene(
        tuple(_thing(part) for part in rest),
        checked_choice(fields[0], PLACES, name="place"),
        checked_choice(fields[1], STYLES, name="style"),
        _number(fields[2], 0, SEEDS - 1, "seed"),
    )


def _thing(part: str) -> Thing:
    kind, *fields = part.split(".")
    if not 4 <= len(fields) <= 6:
        raise UserError(f"A thing is kind.colour.x.y.size, then .f and .turn; got {part[:60]!r}.")
    checked_choice(kind, tuple(KINDS), name="kind of thing")
    checked_choice(fields[0], KINDS[kind].colours, name=f"colour of a {kind}")
    flip = fields[4:5] == ["f"]
    turn = fields[5:] if flip else fields[4:]
    if len(turn) > 1:
        raise UserError(f"A thing is mirrored by .f, then turned; got {part[:60]!r}.")
    return Thing(
        kind,
        fields[0],
        _number(fields[1], 0, 100, "x"),
        _number(fields[2], 0, 100, "y"),
        _number(fields[3], *WIDEST, "size"),
        flip,
        _number(turn[0], -MOST_TURN, MOST_TURN, "turn") if turn else 0,
    )


def _number(text: str, low: int, high: int, name: str) -> int:
    digits = text.removeprefix("-")
    if digits.isascii() and digits.isdecimal() and len(digits) < 8 and low <= int(text) <= high:
        return int(text)
    raise UserError(f"The {name} must be a whole number from {low} to {high}; got {text[:40]!r}.")
