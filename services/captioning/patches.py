"""What does the encoder make of a picture: its patches, where they are, and where they look?"""

from dataclasses import dataclass
from typing import Any

import lazy_loader as lazy
import numpy as np
from PIL.Image import Image

from models.loaded import Loaded
from models.turns import one_core
from services.captioning.families import family_of
from services.captioning.heads import mixed, with_means
from services.captioning.reading import grid_of, pixels_of

torch = lazy.load("torch")  # loaded at first use, so that the page is up before it is (SPEC 1)

COLOURS = 3  # components, for red, green and blue
ROUNDING = 1e-5  # of the largest value: what float32 makes of patches that are the same


@dataclass(frozen=True)
class Patches:
    """A picture as the encoder reads it; patches go row by row."""

    pixels: np.ndarray  # (row, column, 3) uint8: what the model sees
    patch: int  # pixels along the side of a patch
    grid: tuple[int, int]  # rows and columns of patches
    # (layer, head, 1 + patch, 1 + patch) float32: the row is the place that looks, and sums to 1;
    # place 0 is the class token.
    attention: np.ndarray
    positions: np.ndarray  # (patch, patch) cosine similarities of the position embeddings
    # (patch, 3): the patch embeddings on their first three principal components, each from 0 to 1;
    # 0.5 throughout where all patches are the same.
    embeddings: np.ndarray
    explained: np.ndarray  # (3,) the share of the variance that each component holds

    def looked(self, patch: int, layer: int, head: int) -> np.ndarray:
        """(1 + patch,): the attention of one patch in a layer and head, or a mean (`MEAN`)."""
        return mixed(self.attention[:, :, 1 + patch], layer, head)

    def heads_of(self, patch: int) -> np.ndarray:
        """(layer + 1, head + 1, 1 + patch): that of one patch by every head, the means last."""
        return with_means(self.attention[:, :, 1 + patch])


def look_at(model: Loaded, picture: Image) -> Patches:
    """Read an RGB picture with the encoder alone (ViT, Dosovitskiy et al. 2021)."""
    family = family_of(model)
    pixels = pixels_of(model, picture)
    with one_core(), torch.inference_mode():
        attentions = family.encoder(pixel_values=pixels, output_attentions=True).attentions
        vectors = family.patch_vectors(pixels)[0].double().numpy()
        places = family.place_vectors()[1:]  # the first is the class token's
        directions = torch.nn.functional.normalize(places.double(), dim=-1)
        embeddings, explained = components(vectors, COLOURS)
        return Patches(
            pixels=_as_picture(model.processor, pixels[0]),
            patch=family.patch,
            grid=grid_of(model, pixels),
            attention=torch.cat(attentions).numpy(),
            positions=(directions @ directions.T).numpy(),
            embeddings=embeddings,
            explained=explained,
        )


def components(vectors: np.ndarray, number: int) -> tuple[np.ndarray, np.ndarray]:
    """(row, number) principal components of (row, width), each scaled to 0..1, and their shares.

    A component's sign is free; here its largest weight is above 0, so that colours stay.
    """
    centred = vectors - vectors.mean(axis=0)
    _, sizes, weights = np.linalg.svd(centred, full_matrices=False)
    weights = weights[:number]
    largest = np.abs(weights).argmax(axis=1)
    signs = np.sign(weights[np.arange(len(weights)), largest])
    found = centred @ (weights * signs[:, None]).T
    low, span = found.min(axis=0), np.ptp(found, axis=0)
    variance = sizes**2
    # Below this it is rounding, which must not be stretched to full colours.
    real = sizes[:number] > ROUNDING * float(np.abs(vectors).max())
    scaled = np.where(real, (found - low) / np.where(real, span, 1), 0.5)
    shares = np.where(real, variance[:number] / (variance.sum() or 1), 0.0)
    return scaled, shares


def _as_picture(processor: Any, pixels: Any) -> np.ndarray:
    """(row, column, 3) uint8 of what the image processor scaled, (3, row, column)."""
    values = pixels.permute(1, 2, 0).double().numpy()
    if processor.do_normalize:
        values = values * np.array(processor.image_std) + np.array(processor.image_mean)
    if processor.do_rescale:
        values = values / processor.rescale_factor
    return np.asarray(values.round().clip(0, 255).astype(np.uint8))
