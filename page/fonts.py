"""The page's faces, cut to the letters that most pages need: what a phone fetches first.

Gradio's own files hold Greek, Cyrillic and more, 100 kB each. Ours has the same name and a range
of characters, so that a browser fetches the whole file only for a page that has other letters.
"""

import functools
import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import gradio as gr
from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

FOLDER = Path(gr.__file__).parent / "templates" / "frontend" / "static" / "fonts"
WEIGHTS = {"Regular": 400, "Bold": 700}
# Latin with the accents of Europe, small Greek, punctuation, arrows, and the signs of figures.
LETTERS = (
    *((0x20, 0x7E), (0xA0, 0x17F), (0x3B1, 0x3C9), (0x2010, 0x203A), (0x20AC, 0x20AC)),
    *((0x2190, 0x2193), (0x2200, 0x22FF), (0x25A0, 0x25FF), (0x2713, 0x2717)),
)
# What else the whole files may hold. No symbols: to see whether it has one, a browser would fetch
# the whole file.
REST = ((0x180, 0x3B0), (0x3CA, 0x52F), (0x1D00, 0x1FFF))


@dataclass(frozen=True)
class Face:
    """One file of Gradio's bundle."""

    family: str
    kind: str  # of WEIGHTS

    @property
    def folder(self) -> str:
        """Where the bundle has it."""
        return self.family.replace(" ", "")

    @property
    def file(self) -> str:
        """Its name, in the bundle and in ours."""
        return f"{self.folder}-{self.kind}.woff2"

    @property
    def path(self) -> Path:
        """The whole of it."""
        return FOLDER / self.folder / self.file


FACES = {
    face.file: face
    for face in (
        Face(family, kind) for family in ("Source Sans Pro", "IBM Plex Mono") for kind in WEIGHTS
    )
}


def rules(base: str) -> str:
    """What a style sheet says of them: the cut file for LETTERS, the whole one for the REST.

    `base` is the way from the sheet to the page.
    """
    return "".join(
        f"@font-face {{ font-family: '{face.family}'; src: url('{base}{path}') format('woff2'); "
        f"font-weight: {WEIGHTS[face.kind]}; font-display: swap; "
        f"unicode-range: {_range(ranges)}; }}"
        for name, face in FACES.items()
        for path, ranges in (
            (f"fonts/{name}", LETTERS),
            (f"static/fonts/{face.folder}/{name}", REST),
        )
    )


def preloads() -> str:
    """Links that fetch the cut files at once; those of bold code are seldom needed."""
    return "".join(
        f'<link rel="preload" as="font" type="font/woff2" href="fonts/{name}" crossorigin>'
        for name, face in FACES.items()
        if (face.family, face.kind) != ("IBM Plex Mono", "Bold")
    )


def _range(ranges: Iterable[tuple[int, int]]) -> str:
    return ", ".join(f"U+{low:X}-{high:X}" for low, high in ranges)


ONE = CapacityLimiter(1)  # at once: a hall that opens the page asks for the same few


@functools.cache
def cut(name: str) -> bytes:
    """A face with LETTERS alone, as WOFF2. Takes a second, once."""
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont

    font = TTFont(FACES[name].path, recalcTimestamp=False)  # the same bytes each time
    subsetter = Subsetter(
        Options(layout_features=["kern", "liga", "tnum", "mark", "ccmp"], hinting=False)
    )
    subsetter.populate(unicodes=[one for low, high in LETTERS for one in range(low, high + 1)])
    subsetter.subset(font)
    font.flavor = "woff2"
    buffer = io.BytesIO()
    font.save(buffer)
    return buffer.getvalue()


async def face(request: Request) -> Response:
    """One of FACES."""
    name = request.path_params["name"]
    if name not in FACES:
        return PlainTextResponse("There is no such face.", 404)
    content = await to_thread.run_sync(cut, name, limiter=ONE)
    # For a day: another Gradio may bring other faces.
    return Response(
        content, media_type="font/woff2", headers={"Cache-Control": "public, max-age=86400"}
    )


ROUTES = (Route("/fonts/{name}", face),)
