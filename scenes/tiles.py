"""A scene in pieces for a browser, which moves them about: the empty place, and each thing."""

import functools
import io

from PIL import Image

from core.errors import UserError
from scenes.paint import Look, paint
from scenes.places import VARIANTS, background
from scenes.recipes import recipe
from scenes.scene import COLOURS, KINDS, MOST_THINGS, SIDE, Scene, Thing, stamps

CELL, COLUMNS = 80, 10  # pixels of a picture on the sheet of all kinds, and how many in a row


def place_picture(scene: Scene) -> bytes:
    """The scene's empty place as WebP, SIDE by SIDE pixels."""
    return _place(scene.place, scene.style, scene.seed % VARIANTS)


def thing_picture(scene: Scene, number: int) -> bytes:
    """The only thing of a scene as WebP with transparency; its centre is the picture's.

    `number` is its place in the scene that it was taken from: strokes by hand differ with it.
    Raises UserError when the scene has not exactly one thing, or the number is too large.
    """
    if len(scene.things) != 1 or not 0 <= number < MOST_THINGS:
        raise UserError(
            f"A picture shows one thing with a number from 0 to {MOST_THINGS - 1}; "
            f"got {len(scene.things)}, with the number {number}."
        )
    return _thing(scene.things[0], Look(scene.style, SIDE, scene.seed, number))


@functools.lru_cache(maxsize=160)
def _place(place: str, style: str, variant: int) -> bytes:
    return _webp(background(place, style, SIDE, variant), quality=90)


@functools.lru_cache(maxsize=1500)  # about 15 MB
def _thing(thing: Thing, look: Look) -> bytes:
    main = COLOURS[thing.colour or "grey"]
    size = thing.size * SIDE / 100
    drawn = recipe(thing.kind, look.by_hand)
    image, left, top = paint(drawn, main, look, (0, 0, size), thing.flip, thing.turn)
    # As much on the left of the centre as on the right, so that its place needs no further word.
    wide, high = max(-left, left + image.width), max(-top, top + image.height)
    centred = Image.new("RGBA", (2 * wide, 2 * high))
    centred.paste(image, (wide + left, high + top))
    return _webp(centred, lossless=True, quality=20)


@functools.cache
def sheet() -> bytes:
    """Every kind once, in its usual colour, as WebP: rows of COLUMNS, in the order of KINDS."""
    rows = -(-len(KINDS) // COLUMNS)
    whole = Image.new("RGBA", (COLUMNS * CELL, rows * CELL))
    for index, kind in enumerate(KINDS.values()):
        row, column = divmod(index, COLUMNS)
        alone = Scene((Thing(kind.name, kind.colours[0], 50, 50, 86),))
        for image, left, top in stamps(alone, CELL):
            whole.paste(image, (column * CELL + left, row * CELL + top))
    return _webp(whole, quality=88)


def _webp(image: Image.Image, *, quality: int, lossless: bool = False) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "WEBP", quality=quality, lossless=lossless, method=1)
    return stream.getvalue()
