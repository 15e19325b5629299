"""The views of the Captioning tab: which figure shows what."""

from dataclasses import dataclass, fields, replace
from hashlib import sha256

import gradio as gr
from PIL import Image

from core.errors import UserError
from core.progress import Progress
from core.spacefile import Checkpoint
from core.text import checked_choice, checked_index
from figures.captioning.candidates import RANKED
from figures.captioning.caption import caption_figure, caption_table
from figures.captioning.encoder import encoder_figure, encoder_table
from figures.captioning.sees import sees_figure, sees_table
from figures.captioning.words import words_figure, words_table
from models.checkpoints import Checkpoints
from models.loaded import Loaded
from services.captioning.caption import Caption, caption
from services.captioning.hiding import Hiding, hide
from services.captioning.patches import Patches, look_at
from services.pictures.reading import Picture
from tabs.captioning.choices import (
    LARGEST_BLOCK,
    MEAN,
    MOST_PLACES,
    SMALLEST_BLOCK,
    STEM,
    VIEW,
    Choices,
)
from tabs.kit.record import draw_training

# What was computed: a click on another word computes nothing again. The attention of BLIP's
# encoder takes 190 MB for one picture.
KEPT = gr.Cache(max_size=48, max_memory="400mb")


@dataclass(frozen=True)
class Drawn:
    """What is on screen: a figure in HTML, and the same as a table."""

    picture: str
    table: str


def draw(
    checkpoints: Checkpoints,
    choices: Choices,
    picture: Picture,
    progress: Progress | None = None,
) -> Drawn:
    """The chosen view; only what it needs is computed. Raises UserError."""
    checkpoint = checked_choices(checkpoints, choices)
    if choices.view == "training":
        return Drawn(*draw_training(checkpoint, STEM))
    captioner, image, title = checkpoints.load(checkpoint), picture.image, checkpoint.title
    if choices.view in ("encoder", "sees"):
        seen = patches_of(captioner, image)
        if choices.view == "sees":
            figure = sees_figure(seen, image, patch=choices.patch, title=title)
            return Drawn(figure, sees_table(seen, patch=choices.patch))
        which = {
            "patch": choices.patch,
            "layer": choices.encoder_layer,
            "head": choices.encoder_head,
        }
        figure = encoder_figure(seen, image, **which, title=title)
        return Drawn(figure, encoder_table(seen, **which))
    said = caption_of(captioner, image, choices)
    if choices.view == "caption":
        return draw_caption(checkpoint, said, picture, choices)
    hidden = hiding_of(captioner, image, said, choices.block, progress)
    which = {"token": choices.token, "layer": choices.layer, "head": choices.head}
    figure = words_figure(said, hidden, image, **which, title=title)
    return Drawn(figure, words_table(said, hidden, **which))


def checked_choices(checkpoints: Checkpoints, choices: Choices) -> Checkpoint:
    """The model that is asked, where it has the chosen layers and heads. Raises UserError.

    A word or patch behind the last one is the last one: another caption may be shorter.
    """
    checkpoint = checkpoints.named(choices.model, STEM)
    checked_choice(choices.view, [value for _, value in VIEW], name="view")
    checked_index(choices.token, 0, MOST_PLACES, name="number of the word looked at")
    checked_index(choices.patch, 0, MOST_PLACES, name="number of the patch looked at")
    if choices.block not in (SMALLEST_BLOCK, LARGEST_BLOCK):
        raise UserError(
            f"What is hidden at once must be {SMALLEST_BLOCK} or {LARGEST_BLOCK} patches along a "
            f"side; {str(choices.block)[:40]} came."
        )
    for number, name, count in (
        (choices.layer, "layer of the decoder", checkpoint.layers),
        (choices.head, "head", checkpoint.heads),
        (choices.encoder_layer, "layer of the encoder", checkpoint.encoder_layers),
        (choices.encoder_head, "head", checkpoint.heads),
    ):
        checked_index(number, MEAN, count - 1, name=name, more=f" ({MEAN}: the mean)")
    return checkpoint


def at_same_place(
    checkpoints: Checkpoints, choices: Choices, first: str, image: Image.Image
) -> Choices:
    """The choices of a second model, its patch where that of the `first` is in the picture.

    Their grids may differ. Raises UserError.
    """
    if choices.view not in ("encoder", "sees"):
        return choices
    (rows, columns), (own_rows, own_columns) = (
        patches_of(checkpoints.load(checkpoints.named(name, STEM)), image).grid
        for name in (first, choices.model)
    )
    row, column = divmod(min(int(choices.patch), rows * columns - 1), columns)
    middle = (
        (2 * row + 1) * own_rows // (2 * rows),
        (2 * column + 1) * own_columns // (2 * columns),
    )
    return replace(choices, patch=middle[0] * own_columns + middle[1])


def draw_caption(
    checkpoint: Checkpoint, said: Caption, picture: Picture, choices: Choices
) -> Drawn:
    """The caption with its words and candidates."""
    figure = caption_figure(
        said,
        picture.image,
        token=choices.token,
        title=checkpoint.title,
        ranked=RANKED[choices.method],
        remarks=picture.remarks,
    )
    return Drawn(figure, caption_table(said))


def caption_of(captioner: Loaded, image: Image.Image, choices: Choices) -> Caption:
    """The caption of the picture; what was written before is not written again."""
    key = ("caption", captioner.checkpoint.name, _print(image), choices.settings)
    return _kept(key, lambda: caption(captioner, image, choices.settings))


def hiding_of(
    captioner: Loaded,
    image: Image.Image,
    said: Caption,
    block: int,
    progress: Progress | None = None,
) -> Hiding:
    """What hiding each block does to the caption."""
    key = ("hiding", captioner.checkpoint.name, _print(image), said.ids, block)
    return _kept(key, lambda: hide(captioner, image, said, size=block, progress=progress))


def patches_of(captioner: Loaded, image: Image.Image) -> Patches:
    """The picture as the encoder reads it."""
    key = ("patches", captioner.checkpoint.name, _print(image))
    return _kept(key, lambda: look_at(captioner, image))


def _print(image: Image.Image) -> str:
    return sha256(image.tobytes() + bytes(str(image.size), "ascii")).hexdigest()


def _kept(key: tuple[object, ...], compute):  # type: ignore[no-untyped-def]
    kept = KEPT.get(key)
    if kept is None:
        result = compute()
        # Beside the result its parts, whose arrays the cache can weigh.
        kept = {"result": result, "parts": [getattr(result, part.name) for part in fields(result)]}
        KEPT.set(key, **kept)
    return kept["result"]
