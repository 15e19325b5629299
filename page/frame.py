"""The page around the tabs: theme, head, and the way in for what is not Gradio's."""

import functools
import html
from collections.abc import Collection
from typing import Any

import gradio as gr
import segno
from anyio import CapacityLimiter, to_thread
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from core.settings import Settings
from core.spacefile import Space
from models.serving import Desk
from page import files, fonts
from page.header import build_header
from page.links import MOST_BYTES, phone_note, wire_links
from page.serving import ROUTES as HEALTH
from page.serving import Dress, FirstPicture, Guard, Kept, Shelf, Watch, kept_by, most_upload
from tabs import TABS
from tabs.kit.build import build
from tabs.kit.gradio_inside.asking import say_every_error
from tabs.kit.gradio_inside.blobs import ROUTES as BLOBS
from tabs.kit.gradio_inside.browser import ROUTES as QUICKER
from tabs.kit.gradio_inside.letters import refuse_halves
from tabs.kit.gradio_inside.serving import leave_sites_to_us
from tabs.kit.misfits import misfit

LINK_ROOM = 200  # bytes for scheme, host and path before the query of a link


def build_page(desk: Desk) -> gr.Blocks:
    """The whole page, tab by tab; nothing is computed and nothing is loaded."""
    with gr.Blocks(
        title=desk.checkpoints.space.title, analytics_enabled=False, delete_cache=(600, 1800)
    ) as page:
        build_header(desk.checkpoints)
        with gr.Tabs(overflow_behavior="wrap", elem_id="tabs") as tabs:
            rooms, items = [], []
            for tab in TABS:
                with gr.Tab(tab.title, id=tab.stem) as item:
                    rooms.append(build(tab, desk))
                    items.append(item)
        limits = desk.limits
        longest = max(limits.text_characters, limits.context_characters)
        wire_links(tabs, rooms, items, longest)  # each tab holds its texts to its own limit
    refuse_halves(page)
    say_every_error(page, misfit)
    return page


def theme() -> gr.themes.Base:
    """One text face and one monospace face, both of Gradio's own bundle: no web font is fetched.

    Most files of the bundle hold Cyrillic letters only (docs/decisions/0008-fonts.md); what is
    sent of these two is in page/fonts.py.
    """
    return gr.themes.Base(
        primary_hue="blue",
        neutral_hue="slate",
        text_size="lg",
        radius_size="sm",
        font=[gr.themes.Font("Source Sans Pro"), "system-ui", "sans-serif"],
        font_mono=[gr.themes.Font("IBM Plex Mono"), "ui-monospace", "monospace"],
    )


def metas(settings: Settings) -> str:
    """What the scripts know of this server: the address for phones, and of a Space its page."""
    # A Space's page has an address of its own, which everybody can open.
    told = {
        "address": settings.address,
        "phones": "" if settings.space else phone_note(settings.address),
        "space": settings.space,
    }
    return "".join(
        f'<meta name="lectern-{name}" content="{html.escape(one)}">' for name, one in told.items()
    )


async def qr_code(request: Request) -> Response:
    """The QR code of a text, as SVG: dark on white whatever the theme, so that cameras read it."""
    text = request.query_params.get("text", "")
    size = len(text.encode("utf-8", "replace"))
    if not 0 < size <= MOST_BYTES + LINK_ROOM:
        allowed = f"1 to {MOST_BYTES + LINK_ROOM:,} bytes are allowed"
        return PlainTextResponse(f"The text has {size:,} bytes; {allowed}.", 400)
    svg = await to_thread.run_sync(drawn_code, text, limiter=ONE)
    return Response(svg, media_type="image/svg+xml", headers={"Cache-Control": "max-age=3600"})


# At once: a long text takes 0.1 s of Python, and forty of them would take it from everybody.
ONE = CapacityLimiter(1)


@functools.lru_cache(256)
def drawn_code(text: str) -> str:
    """The SVG of a QR code."""
    code = segno.make(text, error="l", micro=False)
    svg = code.svg_inline(scale=8, border=4, dark="#000", light="#fff", omitsize=True)
    return svg.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)  # an <img> needs it


ROUTES = (
    *HEALTH,
    Route("/qr.svg", qr_code),
    *fonts.ROUTES,
    *files.ROUTES,
    *(route for tab in TABS for route in tab.routes),
)


def serving(settings: Settings, space: Space) -> dict[str, Any]:
    """What stands around Gradio's own app: our routes, who is let in, and what is kept of whom."""
    leave_sites_to_us()
    known: dict[str, Any] = {"settings": settings, "door": space.door}
    callers = Middleware(
        CORSMiddleware,
        allow_origins=space.door.callers,
        allow_methods=("GET", "POST"),
        allow_headers=("*",),
    )
    middleware = [
        Middleware(Watch),
        Middleware(Dress, **known),
        *([callers] if space.door.callers else []),
        Middleware(Guard, own=ROUTES, most_upload=most_upload(space.limits), **known),
        Middleware(Kept),
        Middleware(Shelf),
        # What no shelf keeps, such as /config, Gradio does not compress. Level 9, the default,
        # would spare little more and take three times as long, for every phone.
        Middleware(GZipMiddleware, compresslevel=4),
        Middleware(FirstPicture, metas=metas(settings)),
    ]
    return {
        "routes": [*ROUTES, *BLOBS, *QUICKER],
        "middleware": middleware,
        "lifespan": kept_by(space.queue, leave),
    }


def leave(sessions: Collection[str]) -> None:
    """Visitors have left the page: the tabs forget what they kept for them."""
    for tab in TABS:
        if tab.left:
            tab.left(sessions)
