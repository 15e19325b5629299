"""What a stranger who asks for QR codes costs the others."""

import asyncio
import threading
import time

from starlette.requests import Request

from page import frame
from tests.page.serving.asking import beside


def request(text):
    scope = {"type": "http", "query_string": f"text={text}".encode(), "headers": []}
    return Request(scope)


def test_codes_are_drawn_one_at_a_time_beside_all_else(monkeypatch):
    drawing, most, threads = 0, 0, set()

    def draw(text):
        nonlocal drawing, most
        drawing += 1
        most = max(most, drawing)
        threads.add(threading.get_ident())
        time.sleep(0.01)
        drawing -= 1
        return "<svg/>"

    monkeypatch.setattr(frame, "drawn_code", draw)

    async def many():
        waited = asyncio.gather(*(frame.qr_code(request(f"x{n}")) for n in range(8)))
        return threading.get_ident(), await waited

    loop, answers = beside(many())
    assert [answer.status_code for answer in answers] == [200] * 8
    assert (most, loop in threads) == (1, False)


def test_a_code_that_a_hall_asks_for_is_drawn_once():
    frame.drawn_code.cache_clear()

    async def asked():
        return [await frame.qr_code(request("the same")) for _ in range(5)]

    first, *others = beside(asked())
    assert all(answer.body == first.body for answer in others)
    assert frame.drawn_code.cache_info()[:2] == (4, 1)
    assert frame.drawn_code.cache_info().maxsize == 256
