"""Numbers as pixels: a PNG of a few colours, as an address that HTML and SVG can hold."""

import base64
import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image


def pixels(levels: np.ndarray, colours: Sequence[str], **more: Any) -> str:
    """A pixel for each of (row, column) numbers, the places of colours (`#rrggbb`).

    `more` is what Pillow's PNG is to be saved with.
    """
    image = Image.fromarray(levels.astype(np.uint8), mode="P")
    image.putpalette([int(colour[at : at + 2], 16) for colour in colours for at in (1, 3, 5)])
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=True, **more)
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"
