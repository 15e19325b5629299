"""Textures by arithmetic: crayon wax on rough paper, and the hatching of a pen."""

import functools
import threading

import numpy as np
from PIL import Image

# A cache alone would let forty threads make the same texture at the same time, each in 60 MB.
_making = threading.Lock()


def grain(name: str, side: int, size: tuple[int, int], right: float, down: float) -> Image.Image:
    """A piece of a texture for a picture of `side` pixels that is drawn at twice its size.

    `right` and `down`, 0 to 1, say where it is cut out; grey values, 255 where colour lies thick.
    """
    with _making:
        whole = _whole(name, side)
    left, top = int(right * side), int(down * side)
    return whole.crop((left, top, left + size[0], top + size[1]))


@functools.lru_cache(maxsize=8)
def _whole(name: str, side: int) -> Image.Image:
    long = 4 * side  # a tile is at most 1.5 sides long, doubled, cut out up to one side inwards
    rng = np.random.default_rng(5)
    texture = _wax(long, side, rng) if name == "wax" else _hatch(long, side, rng)
    return Image.fromarray((texture.clip(0, 1) * 255).astype(np.uint8))


def _noise(long: int, cells: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Smooth noise, 0 to 1, with this many cells down and across."""
    coarse = Image.fromarray(rng.random(cells, dtype=np.float32))
    return np.asarray(coarse.resize((long, long), Image.Resampling.BICUBIC))


def _wax(long: int, side: int, rng: np.random.Generator) -> np.ndarray:
    """Tooth of the paper, in streaks along the stroke."""
    tooth = _noise(long, (480, 480), rng) + 0.7 * _noise(long, (420, 110), rng)
    return 0.42 + 0.75 * tooth / 1.2


def _hatch(long: int, side: int, rng: np.random.Generator) -> np.ndarray:
    """Slanting strokes that are not quite parallel, pressed harder here and there."""
    along = np.arange(long, dtype=np.float32) / long
    down, across = along[:, None], along[None, :]
    waves = (across + 0.8 * down) * 74 + 0.9 * _noise(long, (44, 44), rng)
    pressure = 0.35 + 1.1 * _noise(long, (70, 70), rng)
    return (0.6 + 0.9 * np.sin(waves * 2 * np.pi)) * pressure
