"""A visitor of the running page who asks for anything, and looks at all that comes of it."""

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import httpx

from tests.hostile.values import WORD, as_json
from tests.house.contract import FOLDER, read
from tests.page.test_log import LINE

HANG = 20.0  # seconds, after which a call hangs
PATIENCE = 4.0  # seconds that this visitor waits for one; then they leave
JSON = {"Content-Type": "application/json"}
EXPORT = re.compile(r"lectern-\w+\.(csv|json)")
UNFORESEEN = "Something went wrong here"
SAVED = read("calls").values()  # of every endpoint one that succeeds
Way = Literal["stays", "leaves", "cancels"]


@dataclass(frozen=True)
class Call:
    """A call on its way to the page."""

    body: dict[str, Any]  # with data, or of an endpoint its values by name
    named: bool = False
    way: Way = "stays"


@dataclass(frozen=True)
class Handler:
    """What can be called, as /config has it."""

    number: int
    name: str  # of an endpoint; else ""
    queued: bool
    parts: tuple[dict[str, Any], ...]  # its inputs
    takes: tuple[str, ...]  # of an endpoint the names of its values
    good: tuple[Any, ...]  # values that it succeeds with

    def __str__(self) -> str:
        return f"/{self.name}" if self.name else f"handler {self.number}"


class Harm(AssertionError):  # noqa: N818 (what it is)
    """What must not come of any call."""


class Visitor:
    """Calls over real HTTP, one at a time; `Harm` is raised where the page has taken any."""

    def __init__(self, url: str, log: Path, files: Path) -> None:
        self.url, self.log, self.files = url, log, files
        self.sessions = [f"hostile{time.monotonic_ns()}"]
        self.read = len(log.read_bytes())
        self.told: set[str] = set()  # the files that answers have named
        self.calls = 0
        self.slowest = 0.0
        self.web = httpx.Client(base_url=url, timeout=HANG)
        self.before = set(self._files())
        self.handlers = tuple(self._handlers())

    @property
    def session(self) -> str:
        """The name of this visitor; another one after each leaving."""
        return self.sessions[-1]

    def goes(self) -> None:
        """Close the page, under every name that they had."""
        for session in self.sessions:
            with httpx.stream("GET", f"{self.url}/gradio_api/heartbeat/{session}") as page:
                next(page.iter_raw())

    # What can be called -------------------------------------------------------------------------

    def _handlers(self) -> Iterator[Handler]:
        config = self.web.get("/config", timeout=60).json()
        told = self.web.get("/gradio_api/info", timeout=60).json()["named_endpoints"]
        parts = {part["id"]: part for part in config["components"]}
        for one in config["dependencies"]:
            if not one["backend_fn"]:
                continue
            public = one["api_visibility"] == "public"
            inputs = tuple(parts[number] for number in one["inputs"])
            good = tuple(part["props"].get("value") for part in inputs)
            takes: tuple[str, ...] = ()
            if public:
                takes, good = self._of_endpoint(one["api_name"], told[f"/{one['api_name']}"])
            name = one["api_name"] if public else ""
            yield Handler(one["id"], name, one["queue"], inputs, takes, good)

    def _of_endpoint(self, name: str, told: Any) -> tuple[tuple[str, ...], tuple[Any, ...]]:
        values = {
            one["parameter_name"]: one.get("parameter_default") for one in told["parameters"]
        }
        saved = [one for one in SAVED if one.get("endpoint") == f"/{name}"]
        if saved:
            values |= dict(zip(values, saved[0].get("positional") or (), strict=False))
            values |= saved[0].get("named") or {}
        if "image" in values:
            values["image"] = self.upload("scene.png", (FOLDER / "scene.png").read_bytes())
        return tuple(values), tuple(values.values())

    def upload(self, name: str, content: bytes) -> dict[str, Any]:
        """A file, sent as the page sends it, as a value."""
        sent = self.web.post("/gradio_api/upload", files={"files": (name, content)}, timeout=60)
        path = sent.raise_for_status().json()[0]
        self.told.add(path)
        return {"path": path, "meta": {"_type": "gradio.FileData"}}

    # Calling ------------------------------------------------------------------------------------

    def makes(self, handler: Handler, call: Call) -> None:
        """Make a call, look at what comes of it, and ask for something good right after."""
        self.calls += 1
        left = self._asked(handler, call)
        if left:
            self.sessions.append(f"{self.sessions[0]}-{self.calls}")
            self.succeeds(handler)
        self.still_works()

    def succeeds(self, handler: Handler) -> None:
        """What the handler is there for, whatever was asked of it before."""
        if "image" in handler.takes:  # each call has a file of its own: it is gone afterwards
            picture = self.upload("scene.png", (FOLDER / "scene.png").read_bytes())
            good = [picture if name == "image" else value
                    for name, value in zip(handler.takes, handler.good, strict=True)]  # fmt: skip
        else:
            good = list(handler.good)
        begun = time.monotonic()
        last = self._last(handler, Call({"data": good}), HANG)
        if last is None or not last.get("success", True):
            raise Harm(f"{handler}, asked for something good, gives {str(last)[:300]}")
        self.slowest = max(self.slowest, time.monotonic() - begun)

    def _asked(self, handler: Handler, call: Call) -> bool:
        """Whether the visitor left before it was done."""
        begun = time.monotonic()
        patience = PATIENCE if call.way == "stays" else 0.05
        last = self._last(handler, call, patience)
        if last is None:
            return True
        self.slowest = max(self.slowest, time.monotonic() - begun)
        if not last.get("success", True):
            self._is_a_sentence(last["output"].get("error"))
        return False

    def _last(self, handler: Handler, call: Call, patience: float) -> dict[str, Any] | None:
        """The last message of a call; None where it was refused, or left after `patience`."""
        own = {"session_hash": self.session}
        if handler.name:
            base = "/gradio_api/call"
            path = f"{base}/v2/{handler.name}" if call.named else f"{base}/{handler.name}"
            body = call.body if call.named else own | call.body
        else:
            path = "/gradio_api/queue/join" if handler.queued else "/gradio_api/run/predict"
            body = own | {"fn_index": handler.number} | call.body
        answer = self.web.post(path, content=as_json(body), headers=JSON)
        self._no_fault(answer.status_code, answer.text)
        said = decoded(answer.text)
        if answer.status_code != 200:
            return {"success": False, "output": {"error": sentence_of(said)}}
        if "event_id" not in said:
            self._hears(answer.text)
            return {"success": True}
        return self._listens(handler, said["event_id"], call, patience)

    def _listens(
        self, handler: Handler, event: str, call: Call, patience: float
    ) -> dict[str, Any] | None:
        begun = time.monotonic()
        path = f"/gradio_api/call/{handler.name}/{event}" if handler.name else (
            f"/gradio_api/queue/data?session_hash={self.session}"
        )  # fmt: skip
        try:
            with self.web.stream("GET", path, timeout=patience) as answer:
                self._no_fault(answer.status_code, "")
                for message in messages(lines_of(answer), named=bool(handler.name)):
                    self._hears(json.dumps(message))
                    if message["msg"] == "unexpected_error":
                        raise Harm(f"{handler}: the stream broke off: {message}")
                    if message["msg"] == "process_completed" and (
                        message.get("event_id", event) == event
                    ):
                        return message
                    if time.monotonic() - begun > patience:
                        break
                else:
                    raise Harm(f"{handler}: the stream ended without a last word")
        except httpx.ReadTimeout:
            pass
        if call.way == "cancels":
            named = {"session_hash": self.session, "fn_index": handler.number, "event_id": event}
            answer = self.web.post("/gradio_api/cancel", json=named)
            self._no_fault(answer.status_code, answer.text)
        return None

    def still_works(self) -> None:
        """Something good is answered, and the log says nothing that it should not."""
        body = {"data": [f"Still here, {self.calls}."], "session_hash": f"{self.session}good"}
        asked = self.web.post("/gradio_api/call/tokenize", json=body)
        event = asked.raise_for_status().json()["event_id"]
        said = self.web.get(f"/gradio_api/call/tokenize/{event}").text
        if "event: complete" not in said:
            raise Harm(f"a good request right after gives {said[:300]}")
        self._looks_at_the_log()

    # Looking ------------------------------------------------------------------------------------

    def _no_fault(self, status: int, said: str) -> None:
        if status >= 500:
            raise Harm(f"{status}: {said[:300]}")

    def _is_a_sentence(self, said: object) -> None:
        if not isinstance(said, str) or not said.strip():
            raise Harm(f"the error is {said!r}")
        if UNFORESEEN in said:
            raise Harm(said)

    def _hears(self, said: str) -> None:
        if UNFORESEEN in said:
            raise Harm(said[max(0, said.index(UNFORESEEN) - 50) :][:300])
        self.told.update(re.findall(rf"{re.escape(str(self.files))}[^\"\\]+", said))

    def _looks_at_the_log(self) -> None:
        """Nothing was unforeseen, and nothing that was typed stands there."""
        with self.log.open("rb") as file:
            file.seek(self.read)
            new = file.read()
        self.read += len(new)
        said = new.decode("utf-8", "replace")
        for line in said.splitlines():
            if not LINE.match(line) or len(line) > 500 or " error " in line[:40]:
                raise Harm(f"the log says {line[:300]}")
        if WORD[:8] in said:
            raise Harm("what was typed stands in the log")

    def orphans(self) -> list[str]:
        """Files that came since this visitor is here, and of which nobody was told.

        A whole export is none: who asks for the same numbers later is handed the same file.
        """
        unknown = set(self._files()) - self.before - self.told
        return sorted(path for path in unknown if not EXPORT.fullmatch(Path(path).name))

    def _files(self) -> Iterator[str]:
        return (str(path) for path in self.files.rglob("*") if path.is_file())


def lines_of(answer: httpx.Response) -> Iterator[str]:
    """As they come. Those of httpx end at U+2028 too, which may stand in what was typed."""
    rest = b""
    for part in answer.iter_bytes():
        *whole, rest = (rest + part).split(b"\n")
        yield from (line.decode() for line in whole)


def messages(lines: Iterator[str], named: bool) -> Iterator[dict[str, Any]]:
    """What a stream says; that of an endpoint as that of the page."""
    event = ""
    for line in lines:
        if line.startswith("event:"):
            event = line[6:].strip()
        if not line.startswith("data:"):
            continue
        said = decoded(line[5:])
        if not named:
            yield said
        elif event == "complete":
            yield {"msg": "process_completed", "success": True, "output": {"data": said}}
        elif event == "error":
            error = said.get("error") if isinstance(said, dict) else said
            yield {"msg": "process_completed", "success": False, "output": {"error": error}}
        else:
            yield {"msg": event, "output": {"data": said}}


def decoded(text: str) -> Any:
    """JSON, in which no NaN may stand."""

    def no_number(name: str) -> None:
        raise Harm(f"the answer holds {name}, which is no JSON")

    return json.loads(text, parse_constant=no_number)


def sentence_of(said: Any) -> Any:
    """Why a call was not taken."""
    detail = said.get("detail", said.get("error")) if isinstance(said, dict) else said
    if isinstance(detail, list) and len(detail) == 1:
        return detail[0].get("message") or detail[0].get("msg")
    return detail
