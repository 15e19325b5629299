"""The body of a request, read whole or handed on part by part: within its size and its time."""

import asyncio
import json
from typing import Any

from anyio import to_thread
from starlette.types import Message, Receive

from page.serving.refusals import Gone, Refused

MOST_BODY = 2_000_000  # bytes of a call
SECONDS = 10.0  # from the end of the headers to the end of a body
# Bytes a second that an upload makes at least, after its first SECONDS: what is left to each of
# 200 phones that send at once over a Wi-Fi that carries 50 Mbit/s.
RATE = 30_000
MOST_OBJECTS = 1_000  # in the JSON of a call; the page sends some ten
MOST_VALUES = 10_000  # in all its lists and objects together
MOST_DEPTH = 32  # lists in lists
# Those in texts included, where they are rare: 450,000 empty lists took 0.5 s, not to be read, but
# to be looked through by Python for what it could throw away.
MOST_BRACKETS = 20_000
LARGE = 50_000  # bytes, from which on JSON is not read where all visitors wait for it


async def whole(receive: Receive, most: int, length: bytes, seconds: float) -> bytes:
    """The whole body; `length` is what its header says. Raises Refused and Gone."""
    refused = Refused(413, f"The request has more than {most:,} bytes, which is the most allowed.")
    if length.isdigit() and (len(length) > 18 or int(length) > most):
        raise refused
    parts, size, more = [], 0, True
    try:
        async with asyncio.timeout(seconds):
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Gone
                part = message.get("body", b"")
                size += len(part)
                if size > most:
                    raise refused
                parts.append(part)
                more = message.get("more_body", False)
    except TimeoutError:
        raise _late(f"within {seconds:g} seconds", size) from None
    return b"".join(parts)


class Arriving:
    """An upload on its way: handed on as it comes, as long as it comes fast enough."""

    def __init__(self, receive: Receive, seconds: float, rate: int = RATE) -> None:
        self.receive = receive
        self.seconds = seconds
        self.rate = rate
        self.size = 0
        self.whole = False
        self.refused: Refused | None = None
        self.begun = asyncio.get_running_loop().time()

    async def __call__(self) -> Message:
        """The next part; where it does not come in time the visitor counts as gone."""
        if self.whole:
            return await self.receive()
        try:
            async with asyncio.timeout_at(self.begun + self.seconds + self.size / self.rate):
                message = await self.receive()
        except TimeoutError:
            self.refused = _late(f"faster than {self.rate:,} bytes a second", self.size)
            return {"type": "http.disconnect"}
        self.size += len(message.get("body", b""))
        self.whole = not message.get("more_body", False)
        return message


def _late(how: str, size: int) -> Refused:
    return Refused(408, f"The request did not come {how}: {size:,} bytes had come; send it again.")


async def content(body: bytes) -> Any:
    """The JSON of a call, counted before anything is made of it. Raises Refused.

    A large one is read beside the visitors who wait: 1.8 MB of empty objects took 0.9 s.
    """
    if len(body) > LARGE:
        return await to_thread.run_sync(counted, body)
    return counted(body)


def counted(body: bytes) -> Any:
    """What the JSON says, as FastAPI will read it. Raises Refused."""
    objects = 0
    if body.count(b"[") + body.count(b"{") > MOST_BRACKETS:
        raise Refused(422, f"The call has more than {MOST_BRACKETS:,} brackets, the most allowed.")

    def look(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal objects
        objects += 1
        if objects > MOST_OBJECTS:
            raise Refused(
                422, f"The call has more than {MOST_OBJECTS:,} JSON objects, the most allowed."
            )
        # The pairs, not the dict made of them: of a name given twice only the last would count.
        for name, value in pairs:
            if name == "path" and isinstance(value, str) and value.startswith(ADDRESSES):
                raise Refused(422, FETCHES_NOTHING, "path")
        named = dict(pairs)
        if len(named) < len(pairs):  # which was meant, nobody can know
            raise Refused(422, "The call gives one name two values; one is allowed.")
        return named

    try:
        said = json.loads(body, object_pairs_hook=look)
    except RecursionError:
        raise _too_deep() from None
    except ValueError:
        raise Refused(422, "The body of a call must be JSON; this is not.") from None
    _measure(said)
    return said


ADDRESSES = ("http://", "https://")
FETCHES_NOTHING = "A file must be sent, not named by its address: this page fetches nothing."


def _measure(said: Any) -> None:
    waiting, values = [(said, 1)], 0
    while waiting:
        value, depth = waiting.pop()
        if depth > MOST_DEPTH:
            raise _too_deep()
        if isinstance(value, dict):
            value = value.values()
        elif not isinstance(value, list):
            continue
        values += len(value)
        if values > MOST_VALUES:
            raise Refused(422, f"The call has more than {MOST_VALUES:,} values, the most allowed.")
        waiting.extend((each, depth + 1) for each in value if isinstance(each, dict | list))


def _too_deep() -> Refused:
    return Refused(422, f"The call is nested more than {MOST_DEPTH} deep, the most allowed.")
