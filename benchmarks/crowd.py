"""A hall uses the page at once: `python -m benchmarks.crowd [--visitors 300] [--without …]`.

Every visitor opens the page, types four times in Tokenization, looks at one attention head, judges
one sentence, has 40 tokens written and asks one question: over HTTP, through Gradio's queue as the
page does, in a session of their own, with texts of their own. They come within `--seconds`, and a
visitor whom the page tells that it is busy asks again when it said, as the page's script does.

Lectern and the same page under a plain `launch()` are served one after the other. The visitors are
played on this machine too, so the server's processor time stands beside what they waited. What was
waited is of the first crowd; those after it tell whether memory grows.
"""

import argparse
import asyncio
import itertools
import os
import random
import re
import statistics
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
import psutil

from benchmarks.hall import PLAIN, PORT, URL, cpu_seconds, wait_until_up
from benchmarks.rates import rates
from core.paths import ROOT

PAUSE = 1.0  # seconds between two things that a visitor does, on the average
GIVEN_BACK = 25.0  # seconds until the server has given back what is free (page.serving.keeper)
PATIENCE = 120.0  # seconds for which a visitor waits for one thing
SIDES = {"plain `launch()`": ["-c", PLAIN], "Lectern": ["app.py"]}
KINDS = ("page", "tokenization", "attention", "grammaticality", "generation", "answering")
FIRST = {"generation": "first token", "grammaticality": "verdict"}  # there before the rest
HEADERS = {"Accept-Encoding": "gzip"}


@dataclass
class Run:
    """What starts a run of a tab on this page: its handler, and the values it would be given."""

    stem: str
    number: int
    trigger: int
    parts: list[dict[str, Any]]

    def asked(self, count: int, **places: Any) -> list[Any]:
        """The values of the page, some of them set: `textbox0` is the first box of text."""
        seen: Counter[str] = Counter()
        values = []
        for part in self.parts:
            kind = part["type"]
            values.append(places.get(f"{kind}{seen[kind]}", part["props"].get("value")))
            seen[kind] += 1
        if self.parts[-1]["type"] == "number":  # the page counts its runs
            values[-1] = count
        return values


@dataclass
class Heard:
    """What all visitors went through."""

    seconds: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    busy: Counter[str] = field(default_factory=Counter)  # who was told to ask again, by kind
    lost: Counter[str] = field(default_factory=Counter)  # what was never answered, and why
    late: int = 0  # visitors who were not through when the time was over


@dataclass
class Crowd:
    """Visitors of one running page."""

    web: httpx.AsyncClient
    runs: dict[str, Run]
    heard: Heard = field(default_factory=Heard)

    async def wave(self, number: int, asked: argparse.Namespace, kinds: list[str]) -> None:
        """All visitors of one crowd, from the first who comes to the last answer."""
        come = (place * asked.seconds / asked.visitors for place in range(asked.visitors))
        names = itertools.count(number * asked.visitors)
        visits = [asyncio.create_task(self.visit(next(names), when, kinds)) for when in come]
        _, late = await asyncio.wait(visits, timeout=asked.at_most)
        self.heard.late += len(late)
        for visit in late:
            visit.cancel()
        await asyncio.gather(*visits, return_exceptions=True)

    async def visit(self, name: int, come: float, kinds: list[str]) -> None:
        """One visitor from the page's first byte to the last answer."""
        chance = random.Random(name)
        await asyncio.sleep(come)
        session = f"crowd{os.getpid()}x{name}"
        began = time.perf_counter()
        try:
            (await self.web.get("/")).raise_for_status()
        except httpx.HTTPError as error:
            self.heard.lost[f"page: {type(error).__name__}"] += 1
            return
        self.heard.seconds["page"].append(time.perf_counter() - began)
        here = asyncio.create_task(self.stay(session))
        count = 0
        for kind in kinds:
            for _ in range(4 if kind == "tokenization" else 1):
                count += 1
                await asyncio.sleep(2 * PAUSE * chance.random())
                await self.do(session, kind, values(self.runs[kind], name, count, chance))
        here.cancel()

    async def stay(self, session: str) -> None:
        """Keep the page open, as a browser tells it."""
        with suppress(httpx.HTTPError):
            async with self.web.stream("GET", f"/gradio_api/heartbeat/{session}") as answer:
                async for _ in answer.aiter_raw():
                    pass

    async def do(self, session: str, kind: str, data: list[Any]) -> None:
        """One run, from the request to its last message."""
        run, began = self.runs[kind], time.perf_counter()
        body: dict[str, Any] = {"data": data, "event_data": None, "fn_index": run.number}
        body |= {"trigger_id": run.trigger, "session_hash": session}
        try:
            async with asyncio.timeout(PATIENCE):
                event = await self.join(kind, body)
                if event is None:
                    return
                steps = 0
                async for message in self.messages(session, event):
                    steps += message.startswith(b'{"msg":"process_generating"')
                    if kind in FIRST and steps == 2:  # the first empties the line of progress
                        said = f"{kind}, {FIRST[kind]}"
                        self.heard.seconds[said].append(time.perf_counter() - began)
                        steps += 1
                    if message.startswith(b'{"msg":"process_completed"'):
                        if b'"success":false' in message[-2000:]:
                            why = re.search(rb'"error":"([^"]*)"', message)
                            raise ValueError(why[1].decode() if why else "an error unsaid")
                        self.heard.seconds[kind].append(time.perf_counter() - began)
                        return
                raise ValueError("the stream ended without an answer")
        except (TimeoutError, ValueError, httpx.HTTPError) as error:
            self.heard.lost[f"{kind}: {error or type(error).__name__}"] += 1

    async def join(self, kind: str, body: dict[str, Any]) -> str | None:
        """A place in the queue; who is told to ask again does."""
        told = False
        while True:
            answer = await self.web.post("/gradio_api/queue/join", json=body)
            if answer.status_code == 200:
                return str(answer.json()["event_id"])
            self.heard.busy[kind] += not told
            told = True
            seconds = float(answer.headers.get("Retry-After", 0))
            if not seconds:
                self.heard.lost[f"{kind}: {answer.text[:100]}"] += 1
                return None
            await asyncio.sleep(seconds * (1 + random.random()))

    async def messages(self, session: str, event: str) -> AsyncIterator[bytes]:
        """What is said of a run, unread: most of it is HTML, and parsing it takes the server's
        time.
        """
        name = f'"event_id":"{event}"'.encode()
        path = f"/gradio_api/queue/data?session_hash={session}"
        async with self.web.stream("GET", path) as answer:
            rest: list[bytes] = []
            async for part in answer.aiter_raw():
                if b"\n" not in part:
                    rest.append(part)
                    continue
                *lines, last = (b"".join(rest) + part).split(b"\n")
                rest = [last]
                for line in lines:
                    if name in line[:120]:
                        yield line.removeprefix(b"data:").lstrip()


def values(run: Run, name: int, count: int, chance: random.Random) -> list[Any]:
    """What a visitor asks of a tab: nobody else asks the same."""
    who = f"Visitor {name} saw {chance.randrange(100)} cats in the garden"
    match run.stem:
        case "attention":
            places: dict[str, Any] = {
                "textbox0": f"{who}.",
                "slider0": chance.randrange(6),
                "slider1": chance.randrange(12),
            }
        case "generation":
            places = {"textbox0": f"{who},", "number0": name}
        case "answering":
            places = {"textbox0": "What did visitor see?", "textbox2": f"{who}."}
        case _:
            places = {"textbox0": f"{who} today, {count}."}
    return run.asked(count, **places)


def runs_of(config: dict[str, Any]) -> dict[str, Run]:
    """What each tab of a page runs, by the name of its hidden button."""
    parts = {part["id"]: part for part in config["components"]}
    found = {}
    for one in config["dependencies"]:
        for number, _ in one["targets"]:
            pressed = parts.get(number, {"props": {}})["props"].get("elem_id") or ""
            stem = pressed.removesuffix("-runner")
            if one["backend_fn"] and stem in KINDS and pressed != stem:
                inputs = [parts[place] for place in one["inputs"]]
                found[stem] = Run(stem, one["id"], number, inputs)
    return found


async def play(asked: argparse.Namespace, process: psutil.Process) -> list[tuple[str, str]]:
    """The crowd, then what scripts get; the rows of the table."""
    kinds = [kind for kind in KINDS[1:] if kind not in asked.without]
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    rows: list[tuple[str, str]] = []
    async with httpx.AsyncClient(
        base_url=URL, limits=limits, headers=HEADERS, timeout=PATIENCE
    ) as web:
        crowd = Crowd(web, runs_of((await web.get("/config")).json()))
        await crowd.visit(-1, 0, kinds)  # what the first visitor takes, the others do not
        crowd.heard = Heard()
        await asyncio.sleep(GIVEN_BACK)
        megabytes = [process.memory_info().rss / 1e6]

        async def watch() -> None:
            while True:
                await asyncio.sleep(0.5)
                megabytes.append(process.memory_info().rss / 1e6)

        watching = asyncio.create_task(watch())
        cpu, began = cpu_seconds(process), time.perf_counter()
        await crowd.wave(0, asked, kinds)
        heard, took = crowd.heard, time.perf_counter() - began
        for kind in (*KINDS, *map(", ".join, FIRST.items())):
            if seconds := sorted(heard.seconds[kind]):
                late = seconds[min(len(seconds) - 1, int(0.95 * len(seconds)))]
                said = f"{statistics.median(seconds):.2f} / {late:.2f} s ({len(seconds):,})"
                rows.append((f"{kind}, median / 95th", said))
        rows.append(("told to ask again", f"{heard.busy.total():,}"))
        rows.append(("lost", f"{heard.lost.total():,}"))
        rows.append((f"not through after {asked.at_most:g} s", f"{heard.late:,} visitors"))
        for said, count in heard.lost.most_common(4):
            print(f"  lost {count:,}: {said}", file=sys.stderr)
        rows.append(("all of it", f"{took:.0f} s, {cpu_seconds(process) - cpu:.0f} s of CPU"))
        after = [megabytes[0]]
        for number in range(asked.waves):
            if number:
                await crowd.wave(number, asked, kinds)
            await asyncio.sleep(GIVEN_BACK)
            after.append(process.memory_info().rss / 1e6)
        watching.cancel()
        said = " / ".join(f"{one:,.0f}" for one in (after[0], max(megabytes), *after[1:]))
        rows.append(("memory at start / most / after each crowd", f"{said} MB"))
        grown = itertools.pairwise(after)
        said = " / ".join(f"{(b - a) / asked.visitors:.2f}" for a, b in grown)
        rows.append(("memory that a visitor leaves behind, of each crowd", f"{said} MB"))
        if "rates" not in asked.without:
            rows += await rates(web, asked)
    return rows


def serve(side: str, asked: argparse.Namespace) -> dict[str, str]:
    """One side: its server from start to end."""
    environ = os.environ | {"GRADIO_SERVER_PORT": str(PORT), "GRADIO_ANALYTICS_ENABLED": "False"}
    command = [sys.executable, *SIDES[side]]
    with subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.DEVNULL) as server:
        try:
            wait_until_up()
            return dict(asyncio.run(play(asked, psutil.Process(server.pid))))
        finally:
            server.terminate()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--visitors", type=int, default=300)
    parser.add_argument("--seconds", type=float, default=60.0, help="in which they all come")
    parser.add_argument("--at-most", type=float, default=150.0, help="seconds for each crowd")
    parser.add_argument("--waves", type=int, default=2, help="crowds, one after the other")
    parser.add_argument("--without", nargs="*", default=[], help="of what they do, or `rates`")
    parser.add_argument("--only", choices=SIDES, help="one side")
    asked = parser.parse_args()
    sides = [asked.only] if asked.only else list(SIDES)
    told = {side: serve(side, asked) for side in sides}
    print(f"{asked.visitors:,} visitors within {asked.seconds:g} s\n")
    print(f"| | {' | '.join(sides)} |\n|---|{'---|' * len(sides)}")
    for row in dict.fromkeys(name for rows in told.values() for name in rows):
        print(f"| {row} | {' | '.join(told[side].get(row, '–') for side in sides)} |")


if __name__ == "__main__":
    main()
