"""The scene builder: things on a picture that can be moved about, and the text that says it.

The whole state is the text of `scenes.scene.to_text`, in a hidden box that links carry. The
browser moves things (`assets/scenes/builder.js`); the server draws each thing once, for all
visitors.
"""

import random
from collections.abc import Awaitable, Callable

import anyio
import anyio.to_thread
import gradio as gr
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from core.errors import UserError, as_user_error
from core.text import checked_text
from figures.captioning.builder import workbench
from scenes.compose import random_scene
from scenes.paint import Look
from scenes.scene import (
    COLOURS,
    KINDS,
    MOST_THINGS,
    MOST_TURN,
    PLACES,
    SEEDS,
    SIDE,
    STYLES,
    WIDEST,
    from_text,
    to_text,
)
from scenes.tiles import COLUMNS, place_picture, sheet, thing_picture
from tabs.kit.events import IN_BROWSER, INSIDE
from tabs.kit.notes import shows_user_errors

ID = "captioning-builder"
LONGEST = 1000  # characters of a scene's text; eight things need 300
DRAWN_AT_ONCE = 2  # pictures: a cold server is asked for sixty at once, and has threads to keep
QUEUE = INSIDE | {"concurrency_id": "scenes"}  # nothing here waits behind the models


def builder(scene: gr.Textbox, note: gr.HTML) -> None:
    """Draw the builder where the page stands, with the scene that the hidden box `scene` says.

    Whatever sets `scene` (a link, an example) sets the picture; whatever moves a thing sets
    `scene`. A text that is no scene leaves the picture, and says why in `note`.
    """
    bench = gr.HTML(
        workbench(
            to_text(from_text(scene.value)),
            KINDS,
            COLOURS,
            PLACES,
            STYLES,
            most=MOST_THINGS,
            sizes=WIDEST,
            turn=MOST_TURN,
            seeds=SEEDS,
            side=SIDE,
            by_hand=[style for style in STYLES if Look(style, SIDE, 0, 0).by_hand],
            columns=COLUMNS,
        ),
        elem_id=ID,
        apply_default_css=False,
        js_on_load='lectern.scene.load(element, () => trigger("click"));',
    )
    bench.click(None, None, scene, js="() => lectern.scene.text()", **IN_BROWSER)
    scene.change(None, scene, None, js="(text) => lectern.scene.show(text)", **IN_BROWSER)

    another = gr.Button(visible="hidden", elem_id=f"{ID}-another")
    another.click(next_scene, scene, scene, **QUEUE)

    @shows_user_errors(note)
    def check(text: str) -> tuple[()]:
        from_text(checked_text(text, name="scene", limit=LONGEST, empty=True))
        return ()

    # Pressed by the script for a text that it cannot read, and for the first good one after it.
    checked = gr.Button(visible="hidden", elem_id=f"{ID}-check")
    checked.click(check, scene, [note], **QUEUE)


def next_scene(text: str) -> str:
    """Another scene by chance; the same one always follows the same scene."""
    return to_text(random_scene(random.Random(text)))


# The pictures -----------------------------------------------------------------------------------


_pens = anyio.CapacityLimiter(DRAWN_AT_ONCE)


def _answers(draw: Callable[[Request], bytes]) -> Callable[[Request], Awaitable[Response]]:
    """A route that answers with a picture, or with one sentence on what was asked wrongly."""

    async def answer(request: Request) -> Response:
        try:
            picture = await anyio.to_thread.run_sync(draw, request, limiter=_pens)
        except Exception as error:
            return PlainTextResponse(
                str(as_user_error(error)), 400 if isinstance(error, UserError) else 500
            )
        kept = {"Cache-Control": "public, max-age=3600"}
        return Response(picture, media_type="image/webp", headers=kept)

    return answer


def _asked(request: Request) -> str:
    return checked_text(request.query_params.get("of", ""), name="scene", limit=LONGEST)


def _thing(request: Request) -> bytes:
    number = request.query_params.get("number", "0")
    if number not in map(str, range(MOST_THINGS)):
        raise UserError(f"The number must be from 0 to {MOST_THINGS - 1}; got {number[:40]!r}.")
    return thing_picture(from_text(_asked(request)), int(number))


ROUTES = [
    Route(
        "/scene/place.webp", _answers(lambda request: place_picture(from_text(_asked(request))))
    ),
    Route("/scene/thing.webp", _answers(_thing)),
    Route("/scene/kinds.webp", _answers(lambda request: sheet())),
]
