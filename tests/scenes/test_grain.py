"""The textures of crayon and pen: made once, and the same as ever."""

import hashlib
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from core.paths import ROOT
from scenes import grain

# Sixty pictures at once of a server that has drawn nothing yet, and the memory that they took.
HERD = """
import asyncio
import httpx
import psutil
from starlette.applications import Starlette
from tabs.captioning.builder import ROUTES

def resident():
    return psutil.Process().memory_info().rss // 10**6

async def watch(seen):
    while True:
        seen.append(resident())
        await asyncio.sleep(0.005)

async def herd():
    seen = [resident()]
    watching = asyncio.create_task(watch(seen))
    transport = httpx.ASGITransport(Starlette(routes=ROUTES))
    async with httpx.AsyncClient(transport=transport, base_url="http://here", timeout=60) as all:
        texts = [f"meadow.{style}.{seed}" for style in ("crayon", "sketch") for seed in range(60)]
        asked = [all.get("/scene/place.webp", params={"of": text}) for text in texts]
        assert {answer.status_code for answer in await asyncio.gather(*asked)} == {200}
    watching.cancel()
    print(max(seen) - seen[0])

asyncio.run(herd())
"""


@pytest.mark.parametrize(
    ("name", "side", "digest"),
    [
        ("wax", 480, "254cbb3e0a2a3056"),
        ("hatch", 480, "dd1ff8e9131d419f"),
        ("wax", 64, "8272c7436b31ad9d"),
        ("hatch", 64, "ebc6fa403ccc68cc"),
    ],
)
def test_a_texture_has_the_same_pixels_as_ever(name, side, digest):
    # The pocket captioner learned from pictures that were drawn with it.
    whole = grain._whole(name, side)
    assert hashlib.sha256(whole.tobytes()).hexdigest().startswith(digest)


def test_a_texture_is_made_once_however_many_draw_at_the_same_time(monkeypatch):
    made = []

    def slowly(long, side, rng):
        made.append(side)
        time.sleep(0.05)
        return np.zeros((long, long))

    monkeypatch.setattr(grain, "_hatch", slowly)
    with ThreadPoolExecutor(8) as pool:
        pieces = list(pool.map(lambda _: grain.grain("hatch", 7, (3, 3), 0.5, 0.5), range(8)))
    grain._whole.cache_clear()
    assert made == [7]
    assert {piece.size for piece in pieces} == {(3, 3)}


def test_sixty_sketches_at_once_take_little_memory():
    done = subprocess.run(
        [sys.executable, "-c", HERD], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < 300  # MB; 3,400 where each thread makes its own textures
