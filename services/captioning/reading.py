"""How a captioner reads: the picture once, then a caption token by token, or whole."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import lazy_loader as lazy
from PIL.Image import Image

from models.loaded import Loaded
from services.captioning.families import Seeing, family_of

torch = lazy.load("torch")  # loaded at first use, so that the page is up before it is (SPEC 1)

Tensor = Any


def pixels_of(model: Loaded, picture: Image) -> Tensor:
    """(1, 3, row, column) float32: the picture resized and scaled as the model expects it."""
    return model.processor(picture, return_tensors="pt")["pixel_values"]


def grid_of(model: Loaded, pixels: Tensor) -> tuple[int, int]:
    """Rows and columns of patches."""
    patch = family_of(model).patch
    return pixels.shape[-2] // patch, pixels.shape[-1] // patch


def seen(model: Loaded, pixels: Tensor) -> Tensor:
    """(picture, 1 + patch, width): what the encoder makes of pictures; place 0: class token."""
    with torch.inference_mode():
        return family_of(model).encoder(pixel_values=pixels).last_hidden_state


def writer(model: Loaded, states: Tensor) -> Loaded:
    """The captioner as a model of text that looks at one picture (1, 1 + patch, width)."""
    return replace(model, model=Seeing(family_of(model), states))


def reread(
    model: Loaded, states: Tensor, ids: Sequence[int], *, attentions: bool = False
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """One pass over a caption that is given (teacher forcing), beside each of the pictures.

    Gives (picture, token, vocabulary) float32, the logits that each token was chosen from; and,
    where asked for, the cross-attentions of each layer (picture, head, token, 1 + patch).
    """
    family = family_of(model)
    given = torch.tensor([[family.start, *ids[:-1]]] * len(states))
    with torch.inference_mode():
        output = family.write(states, given, output_attentions=attentions, use_cache=False)
    return output.logits.float(), output.cross_attentions if attentions else ()
