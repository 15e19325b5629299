"""A small Hub on loopback: tiny random models under the real names, and it misbehaves on demand.

It speaks what huggingface_hub 2.x asks. A process that is started with `environ(hub, home)` takes
it for the Hub; nothing is patched in it.
"""

import asyncio
import contextlib
import hashlib
import os
import re
import threading
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import (
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Route

from tests.conftest import free_port

LARGE = 10_000  # bytes from which a file is one of Git LFS, as model.safetensors always is
PIECE = 1 << 14
DROP = 1 << 8


@dataclass
class Stored:
    """One file of a repository."""

    content: bytes

    @property
    def large(self) -> bool:
        return len(self.content) >= LARGE

    @property
    def hash(self) -> str:
        if self.large:
            return hashlib.sha256(self.content).hexdigest()
        head = b"blob %d\0" % len(self.content)
        return hashlib.sha1(head + self.content).hexdigest()


@dataclass
class SmallHub:
    """The server: its repositories, what it is told to do wrong, and what it was asked for."""

    port: int = field(default_factory=free_port)
    repositories: dict[str, dict[str, Stored]] = field(default_factory=dict)
    wrongs: dict[str, str] = field(default_factory=dict)  # repository: how
    asked: list[tuple[str, str, str]] = field(default_factory=list)  # method, path, Range
    breaks: int = 0  # connections that are still to be cut, where one is told to
    served: dict[str, int] = field(default_factory=dict)  # bytes of each file that left

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def add(self, repo: str, folder: Path) -> None:
        """Publish the files of a folder."""
        self.repositories[repo] = {
            path.name: Stored(path.read_bytes()) for path in sorted(folder.iterdir())
        }

    def commit(self, repo: str, revision: str = "main") -> str:
        """The commit that a branch is; a revision that is a commit is itself."""
        pinned = re.fullmatch(r"[0-9a-f]{40}", revision)
        return revision if pinned else hashlib.sha1(repo.encode()).hexdigest()

    def misbehave(self, repo: str, how: str) -> None:
        """From now on this repository does it wrong; an empty `how` makes it well."""
        self.wrongs[repo] = how
        self.breaks = 1
        self.asked.clear()
        self.served.clear()

    @contextlib.contextmanager
    def serving(self):
        """While it is entered, it answers."""
        paths = {
            "/api/models/{repo:path}/revision/{revision:path}": self.about,
            "/api/models/{repo:path}/tree/{revision:path}": self.tree,
            "/cdn/{repo:path}/resolve/{revision}/{name}": self.content,
            "/{repo:path}/resolve/{revision}/{name}": self.file,
        }
        routes = [Route(path, self.watched(does)) for path, does in paths.items()]
        config = uvicorn.Config(
            Starlette(routes=routes), port=self.port, log_level="critical", lifespan="off"
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            thread.join(0.01)
        try:
            yield self
        finally:
            server.force_exit = server.should_exit = True
            thread.join(10)

    def watched(self, does):
        async def answer(request: Request) -> Response:
            range_ = request.headers.get("range", "")
            self.asked.append((request.method, request.url.path, range_))
            repo = request.path_params["repo"]
            wrong = self.wrongs.get(repo, "")
            if repo not in self.repositories:
                return refused(401, "RepoNotFound")
            if wrong == "429 once" and self.breaks:
                self.breaks -= 1
                return REFUSALS["429"]("")
            if wrong.partition(":")[0] in REFUSALS:
                return REFUSALS[wrong.partition(":")[0]](wrong.partition(":")[2])
            if wrong == "silent":
                await asyncio.sleep(60)
            return await does(request, repo, wrong)

        return answer

    async def about(self, request: Request, repo: str, wrong: str) -> Response:
        files = self.repositories[repo]
        about = {
            "id": repo,
            "sha": self.commit(repo, request.path_params["revision"]),
            "siblings": [
                {
                    "rfilename": name,
                    "size": len(file.content),
                    "blobId": file.hash if not file.large else "0" * 40,
                    **({"lfs": lfs(file)} if file.large else {}),
                }
                for name, file in files.items()
                if not (wrong == "no weights" and name == "model.safetensors")
            ],
        }
        return JSONResponse(about)

    async def tree(self, request: Request, repo: str, wrong: str) -> Response:
        return JSONResponse(
            [
                {
                    "type": "file",
                    "path": name,
                    "size": len(file.content),
                    "oid": file.hash if not file.large else "0" * 40,
                    **({"lfs": {**lfs(file), "oid": file.hash}} if file.large else {}),
                }
                for name, file in self.repositories[repo].items()
            ]
        )

    async def file(self, request: Request, repo: str, wrong: str) -> Response:
        name, file = self.named(request, repo)
        headers = {"X-Repo-Commit": request.path_params["revision"], "ETag": f'"{file.hash}"'}
        if file.large:
            headers |= {
                "X-Linked-Size": str(len(file.content)),
                "X-Linked-ETag": f'"{file.hash}"',
            }
            path = f"/cdn/{repo}/resolve/{request.path_params['revision']}/{name}"
            return RedirectResponse(path, 302, headers)
        if request.method == "HEAD":
            return Response(headers=headers | {"Content-Length": str(len(file.content))})
        return await self.content(request, repo, wrong)

    async def content(self, request: Request, repo: str, wrong: str) -> Response:
        name, file = self.named(request, repo)
        content, start = file.content, 0
        if name == "model.safetensors":
            if wrong == "truncated":
                content = content[: len(content) // 2]
            if wrong == "damaged":
                content = content[:-1] + bytes([content[-1] ^ 1])
        range_ = request.headers.get("range", "")
        if range_ and wrong != "no ranges":
            start = int(range_.removeprefix("bytes=").partition("-")[0])
        headers = {
            "X-Repo-Commit": request.path_params["revision"],
            "ETag": f'"{file.hash}"',
            "Accept-Ranges": "bytes",
            "Content-Length": str(max(0, len(content) - start)),
        }
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        if wrong == "truncated" and start >= len(content):
            return Response(status_code=416)
        pieces = self.pieces(name, content, start, wrong)
        return StreamingResponse(pieces, 206 if start else 200, headers)

    async def pieces(self, name: str, content: bytes, start: int, wrong: str):
        place = start
        while place < len(content):
            piece = content[place : place + PIECE]
            half = place + PIECE > len(content) // 2 and name == "model.safetensors"
            if half and (wrong == "stall" or (wrong == "stall once" and not start)):
                await asyncio.sleep(60)
            if half and wrong in ("break once", "no ranges") and self.breaks:
                self.breaks -= 1
                raise ConnectionAbortedError  # the connection is cut in the middle of the file
            if half and wrong == "drip" and "drip" in self.wrongs.values():
                await asyncio.sleep(0.2)  # until the repository is told something else
                piece = piece[:DROP]
            if wrong.startswith("slow"):  # "slow:0.5" takes half a second for each piece
                await asyncio.sleep(float(wrong.partition(":")[2] or 0.1))
            self.served[name] = self.served.get(name, 0) + len(piece)
            yield piece
            place += len(piece)

    def named(self, request: Request, repo: str) -> tuple[str, Stored]:
        name = request.path_params["name"]
        return name, self.repositories[repo][name]


def lfs(file: Stored) -> dict:
    return {"sha256": file.hash, "size": len(file.content), "pointerSize": 134}


def refused(status: int, code: str = "", **headers: str) -> Response:
    named = {"X-Error-Code": code} if code else {}
    return JSONResponse({"error": code or "no"}, status, named | headers)


REFUSALS = {
    "404": lambda _: refused(404, "RepoNotFound"),
    "revision": lambda _: refused(404, "RevisionNotFound"),
    "gated": lambda _: refused(401, "GatedRepo"),
    "401": lambda _: refused(401),
    "429": lambda seconds: refused(429, **({"Retry-After": seconds} if seconds else {})),
    "500": lambda _: refused(500),
    "login page": lambda _: PlainTextResponse("<html>Welcome to Hotel Wi-Fi</html>"),
}


def environ(hub_url: str, home: Path, **more: str) -> dict[str, str]:
    """The environment of a process that takes this for the Hub, with short timeouts."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("HF_") and not name.lower().endswith("_proxy")
    }
    return kept | {
        "LECTERN_HUB": "1",
        "HF_ENDPOINT": hub_url,
        "HF_HOME": str(home),
        "HF_HUB_ETAG_TIMEOUT": "1",
        "HF_HUB_DOWNLOAD_TIMEOUT": "1",
        **more,
    }
