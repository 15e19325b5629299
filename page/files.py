"""The page's own style and scripts: two files with their hash in their name, kept for ever.

Given to Gradio they would stand in its configuration, in every answer anew, and come into the page
only when its scripts have. Beside our style stand the small sheets of Gradio's that every opening
needs: some thirty requests less.
"""

import functools
import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from core.paths import ASSETS
from page import fonts
from tabs import TABS
from tabs.kit.controls import seen_with
from tabs.kit.gradio_inside import browser
from tabs.kit.gradio_inside.sheets import within

# In this order: the first two change what Gradio's own find, the third makes `lectern`, to which
# the others add what they offer to each other and to the server's events.
SCRIPTS = (
    "page/stream",
    "page/chunks",
    "page/runs",
    "page/address",
    "page/figures",
    "page/grid",
    "page/tokens",
    "page/menus",
    "page/theme",
    "page/examples",
    "page/present",
    "page/access",
    "page/badge",
    "page/picks",
    "page/play",
    "page/patches",
    "page/export",
    "page/weigh",
    "parts/plane",
    "scenes/builder",
    "generation/nexts",
    "grammaticality/labels",
    "similarity/arrows",
    "attention/sandbox",
    "captioning/looks",
    "anatomy/copies",
    "translation/walk",
    "map/ways",
)
SHEETS = ("tokens", "page", "room", "parts", "present", "print")
# What print.css cannot say: Gradio puts its own name before every rule, and this one is of no part
# of the page that has it.
PAPER = "@media print { html, body { background: #fff !important; } }"
MARK = ":host {}"  # where ours begin: first.js
FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class Own:
    """One of the two files."""

    kind: str  # its ending
    media_type: str
    content: bytes

    @functools.cached_property
    def digest(self) -> str:
        """Of the content: another one has another name."""
        return hashlib.sha256(self.content).hexdigest()[:16]

    @property
    def path(self) -> str:
        """Its address, from the page."""
        return f"page/{self.digest}.{self.kind}"


def sheets() -> list[Path]:
    """The style sheets in the order in which they count: the page's, then one for each tab.

    Of two rules with as many names the later one wins, so what tabs share stands first.
    """
    of_page = [ASSETS / "page" / f"{name}.css" for name in SHEETS]
    return of_page + [ASSETS / tab.stem / "style.css" for tab in TABS]


def scripts() -> str:
    """All scripts, one after the other."""
    return "\n".join((ASSETS / f"{name}.js").read_text(encoding="utf-8") for name in SCRIPTS)


def shown_with() -> str:
    """The rules that show each view its own controls."""
    return "\n".join(rule for tab in TABS for rule in seen_with(tab))


@functools.cache
def style() -> Own:
    """Gradio's sheets that every opening needs, the faces, and ours, which count for more."""
    gradios = [browser.text_of(name) for name in browser.files_at_once() if name.endswith(".css")]
    ours = [within(sheet.read_text(encoding="utf-8")) for sheet in sheets()]
    # A sheet names its pictures as the page would: this file lies one folder deeper.
    ours = [re.sub(r'url\("(?!data:)', 'url("../', sheet) for sheet in ours]
    text = "\n".join([*gradios, fonts.rules("../"), MARK, shown_with(), *ours, PAPER])
    return Own("css", "text/css", text.encode())


@functools.cache
def script() -> Own:
    """The scripts, with what they know of Gradio's files."""
    later = {
        kind: {
            "file": one.file,
            "part": one.part,
            "needs": one.needs,
            "folded": kind in browser.FOLDED,
        }
        for kind, one in browser.kinds().items()
        if kind not in browser.AT_ONCE
    }
    known = f"window.lecternLater = {json.dumps(later)};\n"
    return Own("js", "text/javascript", (known + scripts()).encode())


async def own(request: Request) -> Response:
    """Either file, under its present name."""
    for file in (style(), script()):
        if request.path_params["name"] == f"{file.digest}.{file.kind}":
            return Response(
                file.content,
                media_type=file.media_type,
                headers={"Cache-Control": FOR_EVER, "ETag": f'"{file.digest}"'},
            )
    return PlainTextResponse("There is no such file.", 404)


ROUTES = (Route("/page/{name}", own),)
