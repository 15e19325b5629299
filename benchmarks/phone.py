"""A slow phone opens the page: `python -m benchmarks.phone`.

Chromium as a phone of 390 by 844 px, its processor slowed four times, 1.6 Mbit/s down and 150 ms
each way of the network (Lighthouse's slow phone), no cache. Both sides serve the same page on this
machine, one after the other in one run: Lectern as it is, and the same page under a plain
`launch()`. All traffic is loopback; every wait has an end.
"""

import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from benchmarks.hall import PLAIN, PORT, URL, wait_until_up
from core.paths import ROOT
from tests.browser.conftest import FLAGS, browser_path

RUNS = 3
SLOWED = 4  # times
NETWORK = {
    "offline": False,
    "latency": 150,  # ms
    "downloadThroughput": 1.6e6 / 8,  # bytes a second
    "uploadThroughput": 0.75e6 / 8,
}
MOST_MS = 60_000
ADDRESSES = ("?tab=attention", "?tab=generation")
# What the page tells of itself, from before its first script.
WATCH = """
    window.told = { shift: 0, shifted: {}, picture: 0, usable: 0, delay: null };
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


@dataclass(frozen=True)
class Opened:
    """One opening of the page, until it can be used."""

    picture: float  # s until a true picture stands there
    usable: float  # s until the page follows what is done
    shift: float  # cumulative layout shift, until two seconds after that
    delay: float  # ms that the first press waits
    kilobytes: float  # over the wire
    requests: float


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
    page.goto(f"{URL}/{address}", wait_until="commit")
    page.wait_for_function("told.usable")
    count, size = len(sizes), sum(sizes)
    page.locator(".area.result .banner:visible").first.tap()
    page.wait_for_timeout(2000)  # what comes late moves the page too
    told: dict[str, Any] = page.evaluate("told")
    context.close()
    one = Opened(
        told["picture"] / 1000,
        told["usable"] / 1000,
        told["shift"],
        told["delay"] or 0.0,
        size / 1000,
        count,
    )
    return one, told["shifted"]


def main() -> None:
    """Measure both, print the medians, and say what moved."""
    sides = {
        "Lectern": [sys.executable, "app.py"],
        "the same page under a plain `launch()`": [sys.executable, "-c", PLAIN],
    }
    names = [one.name for one in fields(Opened)]
    print("| served by | address |", " | ".join(names), "|")
    print("|---|---|", "---|" * len(names), sep="")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path(), args=FLAGS)
        for side, command in sides.items():
            with served(command):
                for address in ADDRESSES:
                    runs = [opened(browser, address) for _ in range(RUNS)]
                    medians = [
                        statistics.median(getattr(one, name) for one, _ in runs) for name in names
                    ]
                    said = " | ".join(f"{number:,.3g}" for number in medians)
                    print(f"| {side} | `{address}` | {said} |", flush=True)
                    moved = sorted(runs[0][1].items(), key=lambda one: -one[1])[:6]
                    print("  moved:", ", ".join(f"{name} {by:.3f}" for name, by in moved))
        browser.close()


if __name__ == "__main__":
    main()
