"""A slow phone opens the page: `python -m benchmarks.phone`.

Chromium as a phone of 390 by 844 px, its processor slowed four times, 1.6 Mbit/s down and 150 ms
each way of the network (Lighthouse's slow phone), no cache. Every tab is opened by its link, used,
and its first text is changed. Both sides serve the same page on this machine, one after the other
in one run: Lectern as it is, and (one tab) the same page under a plain `launch()`. With a port,
`python -m benchmarks.phone 7860`, it measures what is served there instead. All traffic is
loopback; every wait has an end.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, fields
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from benchmarks.hall import PLAIN, PORT, URL, wait_until_up
from core.paths import ROOT
from tabs import TABS
from tests.browser.conftest import FLAGS, browser_path

SLOWED = 4  # times
NETWORK = {
    "offline": False,
    "latency": 150,  # ms
    "downloadThroughput": 1.6e6 / 8,  # bytes a second
    "uploadThroughput": 0.75e6 / 8,
}
MOST_MS = 60_000
LATER_MS = 600  # what comes late moves the page too
# What the page tells of itself, from before its first script.
WATCH = """
    window.told = { shift: 0, shifted: {}, picture: 0, usable: 0, typed: 0, delay: null };
    const name = (node) => {
        const one = node?.nodeType === 1 ? node : node?.parentElement;
        const classes = [...(one?.classList ?? [])].slice(0, 3).join(".");
        return one ? `${one.tagName.toLowerCase()}#${one.id}.${classes}` : "what is gone";
    };
    new PerformanceObserver((list) => {
        for (const one of list.getEntries().filter((one) => !one.hadRecentInput)) {
            told.shift += one.value;
            for (const { node } of one.sources) {
                told.shifted[name(node)] = (told.shifted[name(node)] ?? 0) + one.value;
            }
        }
    }).observe({ type: "layout-shift", buffered: true });
    new PerformanceObserver((list) => {
        for (const one of list.getEntries()) told.delay ??= one.processingStart - one.startTime;
    }).observe({ type: "first-input", buffered: true });
    const look = () => {
        const now = performance.now();
        const result = document.querySelector(".area.result .banner");
        const opening = document.documentElement?.classList.contains("opening");
        const drawn = result?.offsetHeight && !opening;
        if (document.querySelector("#first") || drawn) told.picture ||= now;
        if (window.lectern?.begun?.() && drawn) return (told.usable = now);
        setTimeout(look, 30);
    };
    setTimeout(look);
"""
# Noted when the picture in sight is another.
CHANGE = """() => {
    const areas = [...document.querySelectorAll(".area.result")];
    const result = areas.find((one) => one.offsetHeight);
    const before = result.innerText;
    const since = performance.now();
    new MutationObserver(() => {
        if (result.innerText !== before) told.typed ||= performance.now() - since;
    }).observe(result, { childList: true, subtree: true, characterData: true });
}"""


@dataclass(frozen=True)
class Opened:
    """One opening of the page, until it can be used."""

    picture: float  # s until a true picture stands there
    usable: float  # s until the page follows what is done
    shift: float  # cumulative layout shift, until a press after that
    later: float  # the same, until the answer to what is typed has come
    delay: float  # ms that the first press waits
    answer: float  # s from a typed text to another picture
    kilobytes: float  # over the wire, until it can be used
    requests: float
    y: float  # px from the top of the screen to the picture's question and number


@contextmanager
def served(command: list[str]) -> Iterator[None]:
    """A server for as long as it is needed, its models loaded."""
    environ = os.environ | {"GRADIO_SERVER_PORT": str(PORT), "GRADIO_ANALYTICS_ENABLED": "False"}
    with subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.DEVNULL) as server:
        try:
            wait_until_up()
            yield
        finally:
            server.terminate()


def opened(browser: Browser, address: str) -> tuple[Opened, dict[str, float]]:
    """Open an address on the slow phone; and how much each element moved."""
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    page.set_default_timeout(MOST_MS)
    wire = context.new_cdp_session(page)
    sizes: list[float] = []
    wire.on("Network.loadingFinished", lambda one: sizes.append(one["encodedDataLength"]))
    wire.send("Network.enable")
    wire.send("Network.setCacheDisabled", {"cacheDisabled": True})
    wire.send("Network.emulateNetworkConditions", NETWORK)
    wire.send("Emulation.setCPUThrottlingRate", {"rate": SLOWED})
    page.add_init_script(WATCH)
    page.goto(address, wait_until="commit")
    page.wait_for_function("told.usable")
    count, size = len(sizes), sum(sizes)
    banner = page.locator(".area.result .banner:visible").first
    y = (banner.bounding_box() or {"y": 0.0})["y"]
    banner.tap()
    page.wait_for_timeout(LATER_MS)
    came = page.evaluate("told.shift")
    box = page.locator(".area.input textarea:visible").first
    if box.count():
        box.tap()  # by hand: what moves then is not counted
        page.keyboard.press("End")
        page.evaluate(CHANGE)
        page.keyboard.insert_text(" too")
        page.wait_for_function("told.typed")
    page.wait_for_timeout(LATER_MS)
    told: dict[str, Any] = page.evaluate("told")
    context.close()
    one = Opened(
        told["picture"] / 1000,
        told["usable"] / 1000,
        came,
        told["shift"] - came,
        told["delay"] or 0.0,
        told["typed"] / 1000,
        size / 1000,
        count,
        y,
    )
    return one, told["shifted"]


def row(browser: Browser, side: str, url: str, stem: str, moved: dict[str, float]) -> None:
    """Open a tab and print what was measured; what moved is added to `moved`."""
    one, shifted = opened(browser, f"{url}/?tab={stem}")
    said = " | ".join(f"{getattr(one, field.name):,.3g}" for field in fields(Opened))
    print(f"| {side} | {stem} | {said} |", flush=True)
    for name, by in shifted.items():
        moved[name] = max(by, moved.get(name, 0.0))


def main() -> None:
    """Measure both, and say what moved."""
    sides: dict[str, tuple[list[str], list[str]]] = {
        "Lectern": ([sys.executable, "app.py"], [tab.stem for tab in TABS]),
        "a plain `launch()`": ([sys.executable, "-c", PLAIN], ["attention"]),
    }
    url = URL
    if port := "".join(sys.argv[1:2]):
        url = f"http://127.0.0.1:{port}"
        sides = {f"port {port}": ([], [tab.stem for tab in TABS])}
    print("| served by | tab |", " | ".join(field.name for field in fields(Opened)), "|")
    print("|---|---|", "---|" * len(fields(Opened)), sep="")
    moved: dict[str, float] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path(), args=FLAGS)
        for side, (command, stems) in sides.items():
            with served(command) if command else nullcontext():
                opened(
                    browser, f"{url}/?tab={stems[-1]}"
                )  # the first of a hall has the files packed
                for stem in stems:
                    row(browser, side, url, stem, moved)
        browser.close()
    most = sorted(moved.items(), key=lambda one: -one[1])[:6]
    print("\nMoved most:", ", ".join(f"`{name}` {by:.3f}" for name, by in most))


if __name__ == "__main__":
    main()
