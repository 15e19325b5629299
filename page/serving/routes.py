"""What can be asked of the page: every way in, by its method and path, and nothing else."""

import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from starlette.routing import BaseRoute, Match
from starlette.types import Scope

from page.serving.refusals import Refused


class Body(Enum):
    """What is done with a request before Gradio sees it."""

    NONE = auto()  # it has none that anybody reads
    FILE = auto()  # it asks for a file by its path
    EVENTS = auto()  # it asks for the results of a session, whose name stands in the query
    CALL = auto()  # a call: values for a handler or an endpoint, in a list
    NAMED = auto()  # a call: values for an endpoint, by their names
    CANCEL = auto()  # which run is not waited for any more
    UPLOAD = auto()  # files, in a form
    PROGRESS = auto()  # how far an upload is
    OWN = auto()  # what a route of our own takes


@dataclass(frozen=True)
class Way:
    """One way in; `{file}`, `{name}`, `{session}` and `{event}` stand for what PARTS allows."""

    methods: str
    path: str
    body: Body = Body.NONE


# Held against what a browser and the Python client ask for in tests/page/serving/test_routes.py.
WAYS = (
    # The page and its files.
    Way("GET HEAD", "/"),
    Way("GET", "/assets/{file}"),
    Way("GET", "/static/{file}"),
    Way("GET", "/theme.css"),
    Way("GET", "/config"),
    Way("GET", "/favicon.ico"),
    Way("GET", "/manifest.json"),
    Way("GET", "/robots.txt"),
    # What it says of itself: to scripts, to the page's "Use via API", and after a broken line.
    Way("GET", "/gradio_api/info"),
    Way("GET", "/gradio_api/info/"),  # as the recorder of "Use via API" writes it
    Way("GET", "/gradio_api/openapi.json"),
    Way("GET", "/gradio_api/app_id"),
    Way("GET", "/gradio_api/startup-events"),
    # Calls, and what comes of them.
    Way("POST", "/gradio_api/queue/join", Body.CALL),
    Way("GET", "/gradio_api/queue/data", Body.EVENTS),
    Way("POST", "/gradio_api/run/{name}", Body.CALL),
    Way("POST", "/gradio_api/call/{name}", Body.CALL),
    Way("GET", "/gradio_api/call/{name}/{event}"),
    Way("POST", "/gradio_api/call/v2/{name}", Body.NAMED),
    Way("GET", "/gradio_api/call/v2/{name}/{event}"),
    Way("POST", "/gradio_api/cancel", Body.CANCEL),
    Way("POST", "/gradio_api/reset", Body.OWN),  # after it, by the browser's client; does nothing
    Way("GET", "/gradio_api/heartbeat/{session}"),
    # Files, there and back.
    Way("POST", "/gradio_api/upload", Body.UPLOAD),
    Way("GET", "/gradio_api/upload_progress", Body.PROGRESS),
    Way("GET HEAD", "/gradio_api/file={path}", Body.FILE),
    # A drawing, which `tabs.kit.gradio_inside.blobs` takes in Gradio's place.
    Way("POST", "/gradio_api/component_server", Body.OWN),
    Way("POST", "/gradio_api/component_server/", Body.OWN),  # as the browser's client writes it
)
LONGEST_NAME, LONGEST_PATH = 255, 1_000  # bytes, and characters: a system looks for no longer ones
SAFE = ("GET", "HEAD", "OPTIONS")  # methods that change nothing
# A browser names its session by some 11 letters and digits, the Python client by a UUID.
SESSION = r"[A-Za-z0-9_-]{1,64}"
PARTS = {
    "file": r".+",
    "path": r"(?:/|[A-Za-z]:[/\\]).+",  # of this machine: no address, which Gradio would fetch
    "name": r"(?P<name>[A-Za-z0-9_]{1,64})",
    "session": SESSION,
    "event": r"[0-9a-f]{1,64}",
}
NOT_HERE = "There is nothing at this address; the page is at /, its endpoints at /gradio_api/info."


class Ways:
    """Finds the way of a request: one of WAYS, or a route of our own."""

    def __init__(self, own: Sequence[BaseRoute] = ()) -> None:
        self.own = tuple(own)
        self.exact = {way.path: way for way in WAYS if "{" not in way.path}
        self.begun = [
            (way.path.partition("{")[0], _pattern(way.path), way)
            for way in WAYS
            if "{" in way.path
        ]

    def find(self, scope: Scope) -> tuple[Way, str]:
        """The way, and the name of the endpoint where the path has one. Raises Refused."""
        path, method = inside(scope), scope["method"]
        if way := self.exact.get(path):
            if method in way.methods.split():
                return way, ""
        elif _is_plain(path):
            for begin, pattern, way in self.begun:
                found = pattern.fullmatch(path) if path.startswith(begin) else None
                if found and method in way.methods.split():
                    return way, found.groupdict().get("name", "")
            if any(route.matches(scope)[0] is Match.FULL for route in self.own):
                return Way(method, path, Body.OWN), ""
        raise Refused(404, NOT_HERE)


def _is_plain(path: str) -> bool:
    """Whether a path is written in the one way that it has, and could be that of a file."""
    if posixpath.normpath(path) != path or not path.isprintable() or path[:2] == "//":
        return False
    parts = path.encode("utf-8", "replace").split(b"/")
    return len(path) <= LONGEST_PATH and max(map(len, parts)) <= LONGEST_NAME


def inside(scope: Scope) -> str:
    """The path below the root path, under which a proxy may have put the page."""
    path, root = str(scope["path"]), str(scope.get("root_path", "")).rstrip("/")
    if root and (path == root or path.startswith(f"{root}/")):
        return path[len(root) :] or "/"
    return path


def _pattern(path: str) -> re.Pattern[str]:
    pieces = re.split(r"\{(\w+)\}", path)
    inner = [PARTS[piece] if index % 2 else re.escape(piece) for index, piece in enumerate(pieces)]
    return re.compile("".join(inner))
