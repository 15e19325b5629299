"""A small reverse proxy that puts a server under a path, as docs/hosting.md has nginx do it."""

import http.client
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

HOP = {"connection", "keep-alive", "transfer-encoding", "te", "upgrade"}  # RFC 9110, section 7.6.1


@contextmanager
def under(path: str, port: int, *, host: str = "", strips: bool = True) -> Iterator[str]:
    """The address of the proxy, with the path; it goes on as it is where `strips` is false.

    Without a `host` that of the request is passed on. What it says of itself in X-Forwarded-… is
    what nginx says for a page at https://lectern.example.org.
    """

    class Passing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if not self.path.startswith(f"{path}/"):
                return self.send_error(404, "not of the page")
            asked = self.path[len(path) :] if strips else self.path
            sent = self.rfile.read(int(self.headers.get("Content-Length", 0))) or None
            headers = {k: v for k, v in self.headers.items() if k.lower() not in HOP}
            headers |= {"Host": host} if host else {}
            headers |= {
                "X-Forwarded-Host": "lectern.example.org",
                "X-Forwarded-Proto": "https",
                "X-Forwarded-For": "203.0.113.5",
            }
            there = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            there.request(self.command, asked, sent, headers)
            answer = there.getresponse()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in HOP:
                    self.send_header(name, value)
            self.send_header("Connection", "close")
            self.end_headers()
            while part := answer.read1(65_536):  # tokens arrive as they are written
                self.wfile.write(part)
                self.wfile.flush()
            there.close()

        do_POST = do_HEAD = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Passing) as proxy:
        Thread(target=proxy.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{proxy.server_port}{path}"
        finally:
            proxy.shutdown()
