"""Which files a browser fetches for Gradio's page, and for each kind of component.

Gradio's scripts name these files as they are built, so they are read there. What a browser does
with them is in `assets/page/first.js`, `chunks.js` and `page/files.py`.
"""

import functools
import re
from dataclasses import dataclass
from pathlib import Path

import gradio
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

FRONTEND = Path(gradio.__file__).parent / "templates" / "frontend"
# Kinds of components that are drawn when most tabs are opened; a test holds it to the tabs.
AT_ONCE = (
    "accordion",
    "button",
    "column",
    "downloadbutton",
    "dropdown",
    "form",
    "html",
    "markdown",
    "radio",
    "row",
    "slider",
    "state",
    "tabitem",
    "tabs",
    "textbox",
    "timer",
)
FOLDED = ("code",)  # kinds that stand in closed accordions alone
_LATER = (
    r"import\(`\./([^`]+)`\)(?:\.then\(\w+=>\w+\.(\w+)\)|;return\{default:\w+\}\})?"
    r",__vite__mapDeps\(\[([\d,]*)\]\)"
)


@dataclass(frozen=True)
class Chunk:
    """A script that is fetched when it is needed."""

    file: str
    part: str  # the name in it under which the component is; "": the whole is it
    needs: tuple[str, ...]  # all files that it needs, itself among them: scripts and sheets


def entry() -> str:
    """The script that the page's HTML names."""
    html = (FRONTEND / "index.html").read_text(encoding="utf-8")
    found = re.search(r'<script type="module" crossorigin src="\./assets/([^"]+)"', html)
    assert found, "the entry of Gradio's scripts"
    return found[1]


@functools.cache
def chunks(script: str) -> tuple[Chunk, ...]:
    """What a script fetches later."""
    text = text_of(script)
    table = re.search(r"m\.f=\[(.*?)\]", text)
    names = re.findall(r'"\./([^"]+)"', table[1]) if table else []
    return tuple(
        Chunk(file, part, tuple(names[int(place)] for place in needs.split(",") if place))
        for file, part, needs in re.findall(_LATER, text)
    )


@functools.cache
def kinds() -> dict[str, Chunk]:
    """The kinds of components that Gradio knows, and the script of each."""
    text = text_of(core())
    by_file = {(one.file, one.part): one for one in chunks(core())}
    each = re.findall(r"(\w+):\{([^{}]*component:[^{}]*)\}", text)
    found = {kind: re.search(rf"component:\(\)=>\w+\(\(\)=>{_LATER}", told) for kind, told in each}
    return {kind: by_file[one[1], one[2] or ""] for kind, one in found.items() if one}


@functools.cache
def files_at_once() -> tuple[str, ...]:
    """What every opening of the page fetches after its entry, in the order of need."""
    first = next(one for one in chunks(entry()) if one.file.startswith("Index-"))
    blocks = next(one for one in chunks(first.file) if one.file.startswith("Blocks-"))
    needs = [first.needs, blocks.needs, *(kinds()[kind].needs for kind in AT_ONCE)]
    every = dict.fromkeys(name for files in needs for name in files)
    html = (FRONTEND / "index.html").read_text(encoding="utf-8")
    return tuple(name for name in every if f"./assets/{name}" not in html)


def text_of(name: str) -> str:
    """The text of one of Gradio's files."""
    return (FRONTEND / "assets" / name).read_text(encoding="utf-8")


# The scripts look for a component by walking through the tree of all of them, several times for
# every event that any of them offers: on a phone that took a third of the time until the page
# could be used, and some of each run. Kept in a map, for as long as the tree is the same; parts of
# it are exchanged by `gr.render` alone, which this page does without.
WALKED = (
    "function Z(e,t){if(e.id===t)return e;if(e.children)for(let n of e.children)"
    "{let e=Z(n,t);if(e)return e}return null}"
)
KEPT = (
    "function Z(e,t){let n=Z.kept||=new WeakMap,r=n.get(e);if(!r){r=new Map;"
    "let t=e=>{r.set(e.id,e);e.children?.forEach(t)};t(e);n.set(e,r)}return r.get(t)??null}"
)


def core() -> str:
    """The name of the script that keeps the tree of components."""
    return next(one.file for one in chunks(entry()) if one.file.startswith("core-"))


@functools.cache
def _quicker() -> bytes:
    return text_of(core()).replace(WALKED, KEPT).encode()


async def _core(request: Request) -> Response:
    return Response(_quicker(), media_type="text/javascript")


# Before Gradio's own of this name.
ROUTES = (Route(f"/assets/{core()}", _core),)
