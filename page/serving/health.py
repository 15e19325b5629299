"""Whether the server lives, whether it can be asked, and its numbers, for who watches it."""

import hmac
import ipaddress
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from page.serving.watch import Served
from tabs.kit.gradio_inside.line import waiting

# A proxy on this machine asks for others, whose address its headers give.
FORWARDED = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto")


async def alive(request: Request) -> Response:
    """The process answers."""
    return PlainTextResponse("alive")


async def ready(request: Request) -> Response:
    """200 when a visitor would be served at once, else 503; either way where things stand."""
    stands = standing(request.app.state.served)
    return JSONResponse(stands, 200 if stands["ready"] else 503, {"Cache-Control": "no-store"})


def standing(served: Served) -> dict[str, Any]:
    """What is not ready: pocket models by name, the queue, the server when it stops."""
    models = {
        entry["name"]: entry["state"]
        for entry in served.desk.checkpoints.describe()
        if entry["tier"] == "pocket" and entry["state"] != "ready"
    }
    count, most = room(served)
    return {
        "ready": not models and count < most and not served.stop.asked,
        "models": models,
        "queue": {"waiting": count, "most": most},
        "stopping": served.stop.asked,
    }


def room(served: Served) -> tuple[int, int]:
    """How many calls wait in the fullest queue, and how many may in each."""
    most = served.desk.checkpoints.space.queue.max_size
    return max(waiting(served.page).values(), default=0), most


def numbers(request: Request) -> Response:
    """For who may read them; for all others there is no such page."""
    served: Served = request.app.state.served
    if served.metrics is None or not may_read(request, served):
        return PlainTextResponse("Not Found", 404)
    content, media_type = served.metrics.text()
    return Response(content, media_type=media_type, headers={"Cache-Control": "no-store"})


def may_read(request: Request, served: Served) -> bool:
    """Whether the request bears the token, or comes from this machine where that suffices."""
    settings = served.settings
    borne = request.headers.get("authorization", "").removeprefix("Bearer ").encode()
    if settings.metrics_token and hmac.compare_digest(borne, settings.metrics_token.encode()):
        return True
    near = request.client is not None and _is_loopback(request.client.host)
    forwarded = any(name in request.headers for name in FORWARDED)
    return settings.metrics_on_loopback and near and not forwarded


def _is_loopback(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)  # how an IPv4 one reaches a socket on `::`
    return (mapped or address).is_loopback


ROUTES = [
    Route("/healthz", alive),
    Route("/readyz", ready),
    Route("/metrics", numbers),
]
