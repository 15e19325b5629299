"""bertviz's head view and model view, working with no network, in a frame that can reach nothing.

bertviz 1.4.1 returns a page that loads three libraries from a CDN, holds its data twice and does
not escape tokens inside its script. Here its page is taken apart and put together again: see
docs/decisions/0003-bertviz-in-a-frame.md.
"""

import hashlib
import importlib.metadata
import json
import re
import secrets
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import numpy as np

from core.paths import ASSETS
from figures.parts.signs import signs

if TYPE_CHECKING:
    from services.attention.attend import Attention

# The files that bertviz's script needs: distribution, file inside it, SHA-256.
LIBRARIES = (
    (
        "XStatic-jQuery",
        "xstatic/pkg/jquery/data/jquery.slim.min.js",
        "9261efb3407e3a9096e4654750d8eff6b3a663422f48845c7fbcc65034c340cf",
    ),
    (
        "mpld3",
        "mpld3/js/d3.v5.min.js",
        "bdad5585ef9a965ff25458738309b006058c55f2c78d794d25fbecae35014609",
    ),
)
# Twelve colours, found by a search: even under full protanopia, deuteranopia or tritanopia
# (Machado et al. 2009) any two are at least 20 apart in CIELAB, and all are seen on white and on
# black. bertviz has ten, and repeats them.
HEAD_COLOURS = (
    "#226688",
    "#EEBB66",
    "#EE0011",
    "#00AA88",
    "#7700FF",
    "#BBCC00",
    "#884455",
    "#99BBFF",
    "#BB3333",
    "#8877FF",
    "#FF11BB",
    "#8811BB",
)
FRAMES = ASSETS / "attention" / "frames"
ROW, TOP, BAR = 22.5, 30, 40  # px: bertviz's token row, its top margin, and our bar of controls
THUMBNAIL_ROW, DETAIL_ROW = 7, 18  # px of a token in the model view's small and large pictures
NARROWEST = 640  # px: below this the model view's detail would leave its picture


@dataclass(frozen=True)
class View:
    """One of bertviz's pages, taken apart."""

    body: str  # its element and its controls
    script: str  # its script, with `lectern` for the data
    params: dict  # the data, rounded, once


@cache
def missing_libraries() -> str:
    """Why bertviz cannot be shown, in one sentence; empty when both libraries are as expected."""
    for name, file, sha256 in LIBRARIES:
        try:
            found = library_path(name, file)
            content = found.read_bytes()
        except (importlib.metadata.PackageNotFoundError, OSError):
            return (
                f"bertviz needs {Path(file).name} of the package {name}, which is not installed; "
                f"run `pip install {name}` and start again. The heatmap shows the same weights."
            )
        if hashlib.sha256(content).hexdigest() != sha256:
            return (
                f"bertviz needs {Path(file).name} as its pinned version of {name} has it, and "
                "this one differs; install requirements.txt again. The heatmap shows the same "
                "weights."
            )
    return ""


def library_path(name: str, file: str) -> Path:
    """Where a file of a distribution lies; the package itself is never imported."""
    return Path(str(importlib.metadata.distribution(name).locate_file(file))).resolve()


def library_paths() -> list[Path]:
    """The two files, for serving; empty when one is missing or differs."""
    return [] if missing_libraries() else [library_path(n, f) for n, f, _ in LIBRARIES]


def head_view(attention: "Attention", layer: int, heads: list[int], *, caption: str) -> str:
    """bertviz's lines between tokens for some heads of one layer; a pair gets its filter."""
    from bertviz import head_view as draw  # here: it imports IPython and torch

    tokens = signs(attention.names, attention.in_bytes)
    weights = rounded(attention.weights[layer, heads])
    second = next((i for i, t in enumerate(attention.tokens) if t.segment == 1), None)
    page = draw([weights], tokens, prettify_tokens=False, html_action="return").data
    view = take_apart(page)
    view.params["include_layers"] = [layer]
    colours = [HEAD_COLOURS[head % len(HEAD_COLOURS)] for head in heads]
    setup = {"colours": colours, "heads": heads, "second": second}
    longest = max(len(token) for token in tokens)
    box = min(180, max(80, 10 * longest + 14))  # px for the tokens at each side
    script = (
        _patched(view.script, "const BOXWIDTH = 110;", f"const BOXWIDTH = {box};")
        .replace("const MATRIX_WIDTH = 115;", f"const MATRIX_WIDTH = middle({box});")
        .replace("const TEXT_SIZE = 15;", "const TEXT_SIZE = 16;")
    )
    bar = BAR if second is None else 2 * BAR
    height = round(len(tokens) * ROW + TOP + bar)
    frame = _frame(view, script, setup, height, kind="head view", floor=0)
    return _figure(frame, caption, view="lines", causal=attention.causal)


def model_view(attention: "Attention", *, caption: str) -> str:
    """bertviz's thumbnails of every head of every layer; a click enlarges one."""
    from bertviz import model_view as draw

    tokens = signs(attention.names, attention.in_bytes)
    layers = [rounded(layer) for layer in attention.weights]
    page = draw(
        layers, tokens, prettify_tokens=False, display_mode="light", html_action="return"
    ).data
    view = take_apart(page)
    script = _patched(view.script, "const DIV_WIDTH = 970;", "const DIV_WIDTH = innerWidth;")
    colours = [HEAD_COLOURS[layer % len(HEAD_COLOURS)] for layer in range(attention.layers)]
    thumbnails = attention.layers * (len(tokens) * THUMBNAIL_ROW * 12 / attention.heads + 10) + 38
    detail = len(tokens) * DETAIL_ROW + 55 + 10
    height = round(max(thumbnails, detail)) + 12
    setup = {"colours": colours, "heads": [], "second": None}
    frame = _frame(view, script, setup, height, kind="model view", floor=NARROWEST)
    return _figure(frame, caption, view="model", causal=attention.causal)


def rounded(weights: np.ndarray) -> "object":
    """Weights as the torch tensor that bertviz takes, a batch of one, to three decimals.

    In float64, because a rounded float32 is printed with all the digits that it has not.
    """
    import torch

    return torch.from_numpy(weights.astype(np.float64)[None]).round(decimals=3)


def take_apart(page: str) -> View:
    """bertviz's HTML as body, script and data, which is parsed: nothing typed is left in code.

    Raises ValueError where the page is not the one that bertviz 1.4.1 makes.
    """
    body, marker, script = page.partition('<script type="text/javascript">')
    body = re.sub(r"<script.*?</script>", "", body, count=1)  # require.js, from a CDN
    before, opening, rest = script.rpartition("</script>")[0].partition("const params = ")
    try:
        params, end = json.JSONDecoder().raw_decode(rest)
    except json.JSONDecodeError as error:
        raise ValueError("this bertviz does not make the page that version 1.4.1 made") from error
    twice = f"{rest[:end]}; // HACK: {rest[:end]} "  # its comment holds the data once more
    if not (marker and opening and rest.startswith(twice)):
        raise ValueError("this bertviz does not make the page that version 1.4.1 made")
    script = f"{before}{opening}lectern; // {rest[len(twice) :]}"
    params["attention"] = params["attention"][:1]  # the frame cuts a pair's blocks out itself
    return View(body, script, params)


def in_script(value: object) -> str:
    """JSON for the inside of a script: no character in it can end the script or the line."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _patched(script: str, old: str, new: str) -> str:
    if old not in script:
        raise ValueError(f"this bertviz has no line {old!r}, as version 1.4.1 had")
    return script.replace(old, new)


def _figure(frame: str, caption: str, *, view: str, causal: bool) -> str:
    return (
        f'<figure class="figure" data-view="{view}"{" data-causal" if causal else ""}>'
        f'<div class="scroll">{frame}</div><figcaption>{escape(caption)}</figcaption></figure>'
    )


def _frame(view: View, script: str, setup: dict, height: int, *, kind: str, floor: int) -> str:
    """The page in its frame; `floor` is the least width in px that the picture can have."""
    nonce = secrets.token_urlsafe(16)
    sources = "".join(
        f'<script nonce="{nonce}" src="gradio_api/file={quote(str(path))}"></script>'
        for path in library_paths()
    )
    policy = f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'unsafe-inline'"
    filters = _FILTER if setup["second"] is not None else ""
    page = (
        f'<!doctype html><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        f"<title>bertviz {kind}</title><style>{_asset('frame.css')}</style>"
        f"{view.body.replace('<div id=', filters + '<div id=', 1)}{sources}"
        f'<script nonce="{nonce}">const lectern = {in_script(view.params)}, '
        f"setup = {in_script(setup)};\n{_asset('before.js')}</script>"
        f'<script nonce="{nonce}">{script}</script>'
        f'<script nonce="{nonce}">{_asset("after.js")}</script>'
    )
    return (
        f'<iframe class="bertviz" sandbox="allow-scripts" title="bertviz {kind}" '
        f'style="height:{height}px;min-width:{floor}px" srcdoc="{escape(page)}"></iframe>'
    )


_FILTER = """<label>Direction: <select id="direction">
<option value="0">all</option><option value="1">first to first</option>
<option value="2">second to second</option><option value="3">first to second</option>
<option value="4">second to first</option></select></label>"""


@cache
def _asset(name: str) -> str:
    return (FRAMES / name).read_text(encoding="utf-8")
