"""What scripts get of the endpoints: calls of `/tokenize` and tokens of `/generate` a second."""

import argparse
import asyncio
import time
from collections.abc import Callable
from typing import Any

import httpx


async def endpoint(web: httpx.AsyncClient, name: str, **named: Any) -> float:
    """The seconds that a call of an endpoint takes, in a session that nobody else has."""
    began = time.perf_counter()
    asked = await web.post(f"/gradio_api/call/v2/{name}", json=named)
    event = asked.raise_for_status().json()["event_id"]
    answer = await web.get(f"/gradio_api/call/{name}/{event}")
    if "event: complete" not in answer.text:
        raise ValueError(answer.text[:200])
    return time.perf_counter() - began


async def rate(
    web: httpx.AsyncClient, at_once: int, calls: int, call: Callable[[int], Any]
) -> Any:
    """Calls a second, so many of them always under way."""
    numbers = iter(range(calls))

    async def caller() -> None:
        for number in numbers:
            await call(number)

    began = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(at_once)))
    return calls / (time.perf_counter() - began)


async def rates(web: httpx.AsyncClient, asked: argparse.Namespace) -> list[tuple[str, str]]:
    """What a script gets of the endpoints."""
    rows = []
    said = "A cat and a dog number"
    one = await rate(web, 8, 300, lambda n: endpoint(web, "tokenize", text=f"{said} {n}"))
    rows.append(("`/tokenize` a second, 8 at once", f"{one:.0f}"))
    if "generation" in asked.without:
        return rows
    for at_once in (1, 8, 32):
        calls = max(4, 2 * at_once)
        texts = await rate(
            web,
            at_once,
            calls,
            lambda n: endpoint(web, "generate", prompt=said, seed=n, max_new_tokens=40),
        )
        rows.append((f"tokens a second, {at_once} at once", f"{40 * texts:.0f}"))
    return rows
