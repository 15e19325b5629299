"""From a page to a server that answers, and back: what happens around `launch`."""

import socket
from contextlib import suppress
from typing import Any

import gradio as gr

from core.address import url
from core.settings import Settings
from core.stopping import Stop
from models.serving import Desk
from page.serving.listening import Server, as_many_files_as_allowed
from page.serving.log import keep_a_log
from page.serving.metrics import Metrics
from page.serving.uploads import most_file
from page.serving.watch import Served
from tabs.kit.gradio_inside.serving import end_streams, no_app_yet, serve_by, watch_calls

# Handlers at once. Most of them wait for a turn at a model, and compute nothing.
THREADS = 480


def launch(
    page: gr.Blocks,
    desk: Desk,
    settings: Settings,
    sock: socket.socket,
    stop: Stop,
    **look: Any,
) -> Server:
    """Serve the page on a socket until `finish`; `look` is what Gradio shows and runs."""
    queue, limits = desk.checkpoints.space.queue, desk.limits
    with no_app_yet():
        page.queue(
            max_size=queue.max_size, default_concurrency_limit=queue.concurrency, api_open=False
        )
    served = Served(desk, page, stop, settings)
    if settings.metrics_on_loopback or settings.metrics_token:
        served.metrics = Metrics()
        served.metrics.watch(served)
    watch_calls(page, served.call)
    servers: list[Server] = []

    def begin(app: Any) -> tuple[str, int, str, Server]:
        app.state.served = served
        servers.append(Server(app, sock))
        servers[0].begin()
        return settings.host, settings.port, url(sock), servers[0]

    serve_by(begin)
    as_many_files_as_allowed()
    keep_a_log()
    stop.not_at_once()
    page.launch(
        prevent_thread_lock=True,
        quiet=True,
        share=False,
        show_error=False,
        max_file_size=most_file(limits),
        max_threads=THREADS,
        state_session_capacity=500,
        enable_monitoring=False,
        run_history=False,
        ssr_mode=False,
        ssl_verify=False,  # it asks itself over plain HTTP, and would read all certificates first
        _frontend=False,  # nor need it ask itself for the page: the socket is ours
        **look,
    )
    return servers[0]


def finish(page: gr.Blocks, server: Server) -> None:
    """Tell who waits for an answer that none comes, and close."""
    with suppress(Exception):  # whatever state it is in, it ends
        server.do(end_streams(page, Stop.SENTENCE))
        page.close(verbose=False)
