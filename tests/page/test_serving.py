"""The shelf of the page's own files; what else stands before Gradio is tested in serving/."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from starlette.responses import StreamingResponse

from page.serving.shelf import Shelf


def test_a_visitor_who_leaves_in_the_middle_leaves_no_half_file_to_the_others():
    async def file():
        for part in (b"first ", b"second ", b"third"):
            yield part
            await asyncio.sleep(0.05)

    async def app(scope, receive, send):
        await StreamingResponse(file())(scope, receive, send)

    async def asked(shelf, *messages):
        heard, waiting = [], list(messages)

        async def receive():
            return waiting.pop(0) if waiting else await asyncio.Event().wait()

        async def send(message):
            heard.append(message)

        headers = [(b"accept-encoding", b"br")]
        scope = {"type": "http", "method": "GET", "path": "/assets/a.js", "headers": headers}
        await shelf(scope, receive, send)
        return b"".join(message.get("body", b"") for message in heard)

    async def two_visitors():
        shelf = Shelf(app)
        await asked(shelf, {"type": "http.disconnect"})
        return await asked(shelf)

    import brotli

    with ThreadPoolExecutor(1) as pool:  # this thread may have a loop already, Playwright's
        whole = pool.submit(asyncio.run, two_visitors()).result()
    assert (whole if b"first" in whole else brotli.decompress(whole)) == b"first second third"
