"""What stands between the network and Gradio: who is let in, and with what."""

import json
from collections.abc import Sequence

from starlette.datastructures import Headers, QueryParams
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.door import Door
from core.errors import as_user_error
from core.settings import Settings
from page.serving.bodies import MOST_BODY, MOST_FORM, SECONDS, Arriving, content, whole
from page.serving.calls import cancelled, checked, checked_by_name, session_of
from page.serving.forms import check_form
from page.serving.hosts import Hosts
from page.serving.refusals import Gone, Refused
from page.serving.replay import replay
from page.serving.routes import SAFE, Body, Way, Ways, inside
from page.serving.uploads import Room, size_of
from tabs.kit.gradio_inside import Handler, handlers, takes_form, upload_folder


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
            scope = self.hosts.check(scope, headers)
            way, name = self.ways.find(scope)
            await self._let_in(way, name, path, headers, scope, receive, sending)
        except Refused as refused:
            await refused.answer(path)(scope, receive, sending)
        except (Gone, ClientDisconnect):
            return
        except Exception as error:
            if begun:
                raise
            await PlainTextResponse(str(as_user_error(error)), 500)(scope, receive, sending)

    async def _let_in(
        self,
        way: Way,
        name: str,
        path: str,
        headers: dict[bytes, bytes],
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> None:
        """What is done with the request of one way. Raises Refused, Gone."""
        match way.body:
            case Body.NONE:
                await self.app(scope, receive, send)
            case Body.FILE:
                # Gradio gives the headers of a request for a part of a file back as its own.
                own = [pair for pair in scope["headers"] if pair[0] != b"range"]
                await self.app({**scope, "headers": own}, receive, send)
            case Body.PROGRESS:
                await _finished()(scope, receive, send)
            case Body.EVENTS:
                session_of(query(scope), needed=True)
                await self.app(scope, receive, send)
            case Body.UPLOAD:
                await self._upload(scope, receive, send)
            case Body.OWN if scope["method"] in SAFE:
                await self.app(scope, receive, send)
            case _:
                form = way.body is Body.FORM
                most = MOST_FORM if form else MOST_BODY
                body = await whole(
                    receive, most, headers.get(b"content-length", b""), self.seconds
                )
                if form:
                    await self._check_form(scope, headers, body)
                elif way.body is not Body.OWN:
                    body = await self._checked(way, name, path, scope, headers, body)
                await self.app(scope, replay(body, receive), send)

    async def _checked(
        self,
        way: Way,
        name: str,
        path: str,
        scope: Scope,
        headers: dict[bytes, bytes],
        body: bytes,
    ) -> bytes:
        """The body of a call, with all its values and nothing beside. Raises Refused."""
        said = await content(body)
        if not headers.get(b"content-type", b"").startswith(b"application/json"):
            raise Refused(415, "A call is JSON: send it with Content-Type: application/json.")
        if self.handlers is None:
            self.handlers = handlers(scope["app"].get_blocks())
        match way.body:
            case Body.CANCEL:
                cancelled(said)
                return body
            case Body.NAMED:
                checked_by_name(self.handlers, name, said)
                return body
        call = checked(self.handlers, path.split("/")[2], name, said)
        return body if call == said else json.dumps(call).encode()

    async def _check_form(self, scope: Scope, headers: dict[bytes, bytes], body: bytes) -> None:
        if not headers.get(b"content-type", b"").startswith(b"multipart/form-data"):
            raise Refused(415, "A drawing is sent as a form: Content-Type: multipart/form-data.")
        page = scope["app"].get_blocks()

        async def replayed() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        await check_form(scope, replayed, lambda *asked: takes_form(page, *asked))

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


def query(scope: Scope) -> dict[str, str]:
    """What stands in the query."""
    return dict(QueryParams(scope["query_string"]))


def _finished() -> Response:
    """To a browser that asks how far its upload is: no more news.

    Gradio answers 404 when the upload was refused, or when it comes later than 3 seconds after the
    question, and the browser complains of it.
    """
    return Response('data: {"msg": "done"}\n\n', media_type="text/event-stream")
