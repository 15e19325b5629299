"""What stands between the network and Gradio: who is let in, and with what."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.datastructures import Headers, QueryParams
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.door import Door
from core.errors import as_user_error, is_full
from core.settings import Settings
from page.serving.bodies import MOST_BODY, SECONDS, Arriving, content, whole
from page.serving.calls import cancelled, checked, checked_by_name, session_of
from page.serving.hosts import Hosts
from page.serving.refusals import Gone, Refused
from page.serving.replay import replay
from page.serving.routes import SAFE, Body, Ways, inside
from page.serving.uploads import Room, size_of
from tabs.kit.gradio_inside.asking import Handler, handlers
from tabs.kit.gradio_inside.files import upload_folder


class Guard:
    """Lets in what a visitor or a script of this page asks for (`routes.WAYS`), and nothing else.

    Gradio has some fifty more addresses, reads bodies of any size for any time, believes any
    header about its own name, and tells nobody what is wrong with a call.
    """

    seconds = SECONDS  # a body may take

    def __init__(
        self,
        app: ASGIApp,
        own: Sequence[BaseRoute],
        settings: Settings,
        door: Door,
        most_upload: int,
    ) -> None:
        self.hosts = Hosts(settings, door)
        self.app = self.hosts.behind(app)
        self.ways = Ways(own)
        self.most_upload = most_upload
        self.room = Room()
        self.handlers: dict[int, Handler] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await self.app(scope, receive, send)
        if scope["type"] != "http":  # a web socket: the page has none
            return await send({"type": "websocket.close", "code": 1008})
        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        path = inside(scope)
        try:
            headers = dict(scope["headers"])
            self.hosts.check(scope, headers)
            way, name = self.ways.find(scope)
            if way.body is not Body.OWN:  # /metrics looks whether a proxy stands between
                scope = self.hosts.believed(scope, headers)
            asked = Asked(scope, headers, path, way.body, name)
            await self._let_in(asked, receive, sending)
        except Refused as refused:
            await refused.answer(path)(scope, receive, sending)
        except (Gone, ClientDisconnect):
            return
        except Exception as error:
            if begun or is_full(error):  # the watch has a sentence for a full disk
                raise
            await PlainTextResponse(str(as_user_error(error)), 500)(scope, receive, sending)

    async def _let_in(self, asked: "Asked", receive: Receive, send: Send) -> None:
        """What is done with a request on its way. Raises Refused, Gone."""
        scope = asked.scope
        match asked.body:
            case Body.FILE:
                # Gradio gives the headers of a request for a part of a file back as its own.
                own = [pair for pair in scope["headers"] if pair[0] != b"range"]
                await self.app({**scope, "headers": own}, receive, send)
            case Body.PROGRESS:
                await _finished()(scope, receive, send)
            case Body.EVENTS:
                session_of(dict(QueryParams(scope["query_string"])), needed=True)
                await self.app(scope, receive, send)
            case Body.UPLOAD:
                await self._upload(scope, receive, send)
            case Body.CALL | Body.NAMED | Body.CANCEL:
                await self.room.look(upload_folder())
                said = await self._call(asked, await self._whole(asked, receive))
                await self.app(scope, replay(said, receive), send)
            case Body.OWN if scope["method"] not in SAFE:
                own_body = await self._whole(asked, receive)
                try:
                    await self.app(scope, replay(own_body, receive), send)
                except (
                    UnicodeDecodeError
                ):  # FastAPI says what is wrong with it, and cannot read it
                    raise Refused(
                        422, "The body of a request must be JSON; this is not."
                    ) from None
            case _:
                await self.app(scope, receive, send)

    async def _whole(self, asked: "Asked", receive: Receive) -> bytes:
        length = asked.headers.get(b"content-length", b"")
        return await whole(receive, MOST_BODY, length, self.seconds)

    async def _call(self, asked: "Asked", body: bytes) -> bytes:
        """The body of a call, with all its values and nothing beside. Raises Refused."""
        said = await content(body)
        if not asked.is_of(b"application/json"):
            raise Refused(415, "A call is JSON: send it with Content-Type: application/json.")
        if self.handlers is None:
            self.handlers = handlers(asked.scope["app"].get_blocks())
        if asked.body is Body.CANCEL:
            cancelled(said)
            return body
        if asked.body is Body.NAMED:
            checked_by_name(self.handlers, asked.name, said)
            return body
        call = checked(self.handlers, asked.path.split("/")[2], asked.name, said)
        return body if call == said else json.dumps(call).encode()

    async def _upload(self, scope: Scope, receive: Receive, send: Send) -> None:
        size = size_of(Headers(scope=scope), self.most_upload)
        arriving = Arriving(receive, self.seconds)
        try:
            await self.room.make(upload_folder(), size)
            await self.app(scope, arriving, send)
        except ClientDisconnect:
            if arriving.refused:
                raise arriving.refused from None
        finally:
            self.room.done()


@dataclass(frozen=True)
class Asked:
    """A request that may come in, and what is known of it by now."""

    scope: Scope
    headers: dict[bytes, bytes]
    path: str  # below the root path
    body: Body
    name: str  # of the endpoint, where the path has one

    def is_of(self, kind: bytes) -> bool:
        """Whether the body says that it is of this kind."""
        return self.headers.get(b"content-type", b"").startswith(kind)


def _finished() -> Response:
    """To a browser that asks how far its upload is: no more news.

    Gradio answers 404 when the upload was refused, or when it comes later than 3 seconds after the
    question, and the browser complains of it.
    """
    return Response('data: {"msg": "done"}\n\n', media_type="text/event-stream")
