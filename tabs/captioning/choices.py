"""The settings of the Captioning tab."""

from collections.abc import Callable
from dataclasses import dataclass

from core.errors import UserError
from core.spacefile import Checkpoint
from core.text import checked_index, seen
from services.captioning.heads import MEAN
from services.captioning.settings import Settings
from services.generation.settings import LARGEST_SEED
from tabs.kit.examples import read_examples
from tabs.kit.settings import (
    INPUT,
    hidden,
    model_choice,
    number_box,
    radio,
    second_model,
    slider,
    text_box,
    view_choice,
)

STEM = "captioning"
START = read_examples(STEM)[0]["inputs"]

SOURCE = [("Build a scene", "scene"), ("Draw", "draw"), ("Upload", "upload")]
METHOD = [("Greedy", "greedy"), ("Beam search", "beam"), ("Sampling", "sample")]
MOST_PLACES = 100_000  # tokens and patches that may be typed; the caption and the picture decide
SMALLEST_BLOCK, LARGEST_BLOCK = 1, 3  # patches along the side of what is hidden
WORD, PATCH = 2, 99  # what is looked at first: “car” and a patch on it
# With the rows of `figures.captioning.heads` or in the picture itself, not by hand.
CHOSEN = {"elem_classes": ["chosen-in-picture"]}
OR_MEAN = {
    "look": CHOSEN,
    "aliases": (("mean", str(MEAN)),),
    "more": f" (0: the first, {MEAN}: the mean)",
    "about": "from 0; −1 or `mean`: the mean",
}


def last_layer(entry: Checkpoint) -> int:
    """The number of the decoder's last layer."""
    return entry.layers - 1


def last_encoder_layer(entry: Checkpoint) -> int:
    """The number of the encoder's last layer."""
    return entry.encoder_layers - 1


def last_head(entry: Checkpoint) -> int:
    """The number of the last head, of which encoder and decoder have the same."""
    return entry.heads - 1


def check_block(side: object) -> None:
    """Raises UserError. An odd block has its patch in the middle; an even one would be askew."""
    if isinstance(side, bool) or side not in (SMALLEST_BLOCK, LARGEST_BLOCK):
        raise UserError(
            f"What is hidden at once must be {SMALLEST_BLOCK} or {LARGEST_BLOCK} patches along a "
            f"side; got {seen(side)}."
        )


def place_check(name: str) -> Callable[[object], int]:
    """What the number of a word or patch has to be."""
    return lambda value: checked_index(value, 0, MOST_PLACES, name=name)


@dataclass(frozen=True)
class Choices:
    """Everything that decides the picture: the names are those of a link (docs/api.md)."""

    view: str = view_choice()  # above the workbench, which is tall
    source: str = radio("Picture", SOURCE, where=INPUT, about="only scenes are part of a link")
    scene: str = hidden(  # of `scenes.scene.to_text`
        "Scene",
        START["scene"],
        where=INPUT,
        about="place, style, seed, then each thing: `meadow.flat.7~dog.brown.30.70.25`",
    )
    said: str = text_box(
        "Your caption",
        "a blue car on the left and a brown dog on the right",
        most=3,
        where=INPUT,
        about="a caption to score, whatever the model would say",
    )
    layer: int = slider(
        "Layer of the decoder",
        MEAN,
        last_layer,
        called="layer of the decoder",
        **OR_MEAN,
    )
    head: int = slider("Head", MEAN, last_head, **OR_MEAN)
    block: int = slider(
        "Size of the hidden block: 1 × 1 or 3 × 3 patches",
        SMALLEST_BLOCK,
        LARGEST_BLOCK,
        LARGEST_BLOCK,
        step=LARGEST_BLOCK - SMALLEST_BLOCK,
        checks=check_block,
        about="side of what is hidden, 1 or 3 patches",
    )
    encoder_layer: int = slider(
        "Layer of the encoder",
        MEAN,
        last_encoder_layer,
        called="layer of the encoder",
        **OR_MEAN,
    )
    encoder_head: int = slider("Head", MEAN, last_head, called="head", **OR_MEAN)
    # A word or patch behind the last is the last: another caption or grid may be smaller. A link
    # may hold any number; the tab refuses it.
    patch: int = number_box(
        "Patch",
        None,
        None,
        PATCH,
        checks=place_check("number of the patch looked at"),
        about="0 to 100,000: a patch's number, row by row",
        look=CHOSEN,
    )
    token: int = number_box(
        "Word",
        None,
        None,
        WORD,
        checks=place_check("number of the word looked at"),
        about="0 to 100,000: a word's number",
        look=CHOSEN,
    )
    method: str = radio("How the caption is written", METHOD)
    candidates: int = slider("Candidates", 1, "beams", 3, called="number of candidates")
    beams: int = slider("Beams", 1, "beams", 4, called="number of beams")
    length_penalty: float = slider(
        "Length penalty α (score ÷ lengthᵅ; larger favours longer texts)",
        -2,
        4,
        1,
        step=0.1,
        called="length penalty",
    )
    temperature: float = slider("Temperature (0: always the most likely)", 0, 5, 1, step=0.05)
    top_p: float = slider("Top-p (1: off)", 0.01, 1, 1, step=0.01, called="top-p")
    seed: int = number_box("Seed", 0, LARGEST_SEED, 1)
    model: str = model_choice()
    beside: str = second_model()

    @property
    def settings(self) -> Settings:
        """How the caption is to be written."""
        return Settings(
            method=self.method,
            candidates=self.candidates,
            beams=self.beams,
            length_penalty=self.length_penalty,
            temperature=self.temperature,
            top_p=self.top_p,
            seed=self.seed,
        )
