"""The server that Gradio starts, on a socket of our own.

Gradio's own looks for a free port with an IPv4 socket whatever the address, and waits for ever for
who sends half a request.
"""

import asyncio
import contextlib
import socket
import threading
import time
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from core.address import AddressError

HEAD_WITHIN = 10.0  # seconds for the head of a request, from the connection or its first byte on
GRACE = 3  # seconds for what is being answered when the server stops
STARTS_WITHIN = 30.0
FIRST_WITHIN = 0.5
MOST_FILES = 65_536  # open ones; a phone of the hall takes up to six, and the usual limit is 1,024


def as_many_files_as_allowed() -> None:
    """Open as many files and connections as the system lets this process."""
    try:
        import resource  # not on Windows
    except ImportError:
        return
    least, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if most == resource.RLIM_INFINITY else min(most, MOST_FILES)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(least, wanted), most))


class Impatient(HttpToolsProtocol):
    """HTTP that hangs up on who does not say in time what they want."""

    patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Somebody is there: from now on the time counts."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody is there any more."""
        self._wait_no_more()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """The first byte of a request; the time of a first one counts already."""
        super().on_message_begin()
        if self.patience is None:
            self._wait()

    def on_headers_complete(self) -> None:
        """All is said but the body, whose time `Guard` counts."""
        self._wait_no_more()
        super().on_headers_complete()

    def _wait(self) -> None:
        self.patience = self.loop.call_later(HEAD_WITHIN, self.timeout_keep_alive_handler)

    def _wait_no_more(self) -> None:
        if self.patience is not None:
            self.patience.cancel()
            self.patience = None


class Server(uvicorn.Server):
    """Runs in a thread beside the main one, which hears signals."""

    def __init__(self, app: Any, sock: socket.socket) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=Impatient,
                ws="none",  # the page has none
                log_config=None,  # page.serving.log
                log_level="warning",
                timeout_graceful_shutdown=GRACE,
            )
        )
        self._sock = sock
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._run, name="server", daemon=True)

    def begin(self) -> None:
        """Return when the page can be asked. Raises AddressError."""
        self._thread.start()
        late = time.monotonic() + STARTS_WITHIN
        while not self.started:
            if not self._thread.is_alive() or time.monotonic() > late:
                host, port = self._sock.getsockname()[:2]
                raise AddressError(f"The server did not start on port {port} of {host}.")
            time.sleep(0.001)

    def _run(self) -> None:
        self.run([self._sock])

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's own; the loop is known to who wants something done in it."""
        self._loop = asyncio.get_running_loop()
        await super().serve(sockets)

    def give_way(self) -> None:
        """Let who waits for the page already have it before anything else is begun here."""
        late = time.monotonic() + FIRST_WITHIN
        # The first request is Gradio's own.
        while self.server_state.total_requests < 2 and time.monotonic() < late:
            time.sleep(0.01)

    def do(self, work: Any) -> None:
        """Have the loop run a coroutine, and wait until it is done, or three seconds."""
        assert self._loop is not None
        done = asyncio.run_coroutine_threadsafe(work, self._loop)
        with contextlib.suppress(TimeoutError):
            done.result(3)

    def close(self) -> None:
        """Take no more requests, and wait a little for those that are being answered."""
        self.should_exit = True
        self._thread.join(2 * GRACE)
