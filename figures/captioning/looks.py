"""The map of each word of a caption, which the browser lays over the scene or the picture."""

from html import escape
from typing import TYPE_CHECKING

import numpy as np

from figures.captioning.boards import map_url, shares
from figures.captioning.places import place_words
from figures.parts.prose import paragraph
from figures.parts.style import percent

if TYPE_CHECKING:
    from services.captioning.caption import Caption


def look_of(caption: "Caption", weights: np.ndarray, name: str) -> str:
    """The attributes of one word's button: its map as a picture, and what is said of it.

    `weights` (1 + patch,) is its cross-attention; assets/captioning/looks.js lays the map.
    """
    values = weights[1:].reshape(caption.grid)
    most, at = float(values.max()), int(values.argmax())
    sentence = (
        f"“{name}” looked most at {place_words(at, caption.grid)}, with {percent(most)} of its "
        f"attention; {percent(float(weights[0]))} is on no place (the class token)."
    )
    return (
        f'data-look="{map_url(values, shares(most))}" data-word="{escape(name)}" '
        f'data-most="{percent(most)}" data-said="{escape(sentence)}"'
    )


def look_words() -> str:
    """Where the words on the map that is laid stand; before one is, how to lay it."""
    hint = paragraph("captioning", "lay_a_map")
    return f'<p class="caption-looked" data-export=no aria-live="polite">{hint}</p>'
