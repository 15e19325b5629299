"""Our attention views against stock bertviz, in one run: `python -m benchmarks.attention`.

For texts of 16 to 128 tokens: how much is sent to the browser, how long it takes to make, and how
long the browser takes to draw it. Stock is bertviz's own `head_view(..., html_action="return")`,
all layers and heads, with its three libraries served from this machine, so that no network is
timed. Times are the least of several runs; the ratios matter, not the times.
"""

import http.server
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from core.settings import close_the_hub

close_the_hub()

import torch  # noqa: E402
from bertviz import head_view as stock_head_view  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402

from core.paths import ROOT  # noqa: E402
from core.spacefile import read_spacefile  # noqa: E402
from figures.attention import bertviz  # noqa: E402
from figures.attention.heatmap import heatmap  # noqa: E402
from models.checkpoints import Checkpoints  # noqa: E402
from page.files import sheets  # noqa: E402
from services.attention.attend import Attention, attend  # noqa: E402
from services.attention.matrix import look  # noqa: E402

SENTENCE = "The animal crossed the street because it was too tired."  # 11 tokens
LENGTHS = (16, 32, 64, 128)
RUNS = 3
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
# A frame out of sight never calls back; the table then shows 20 s, and the run does not hang.
DRAWN = """() => new Promise((done) => {
    const end = () => done(performance.now());
    requestAnimationFrame(() => setTimeout(end, 0));
    setTimeout(end, 20000);
})"""


def text_of(tokens: int) -> str:
    """A text of so many tokens, specials included; one word is one token here."""
    words = SENTENCE.rstrip(".").lower().split()
    return " ".join(words[place % len(words)] for place in range(tokens - 2))


def our_heatmap(attention: Attention) -> str:
    """The heatmap of one head, as the page sends it."""
    return heatmap(look(attention, layer=3, head=1), caption="heatmap")


def our_lines(attention: Attention) -> str:
    """bertviz's head view of one layer, as the page sends it."""
    return bertviz.head_view(attention, 3, list(range(attention.heads)), caption="lines")


def our_model(attention: Attention) -> str:
    """bertviz's model view, as the page sends it."""
    return bertviz.model_view(attention, caption="model")


def stock(attention: Attention) -> str:
    """bertviz's own page."""
    layers = [torch.from_numpy(layer[None]) for layer in attention.weights]
    tokens = [token.text for token in attention.tokens]
    return str(stock_head_view(layers, tokens, html_action="return").data)


def least(work: Callable[[], Any], runs: int = RUNS) -> float:
    """The least time of several runs, in seconds."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


class Bench:
    """A browser, and a server on loopback that gives it one page at a time."""

    def __init__(self, browser: Any, port: int, pages: dict[str, bytes]) -> None:
        self.browser, self.port, self.pages = browser, port, pages

    def drawing(self, html: str, *, width: int = 1280) -> float:
        """Seconds from opening a page until it is painted, its frame included."""
        css = "".join(sheet.read_text(encoding="utf-8") for sheet in sheets())
        page_html = f"<!doctype html><meta charset=utf-8><style>{css}</style><body>{html}"
        self.pages["/page"] = page_html.encode()
        times = []
        for _ in range(RUNS):
            context = self.browser.new_context(viewport={"width": width, "height": 900})
            page = context.new_page()
            page.set_default_timeout(120_000)
            page.route("https://cdnjs.cloudflare.com/**", self._library)
            page.goto(f"http://127.0.0.1:{self.port}/page")
            frames = page.frames[1:] or page.frames
            if "require.config" in html and not page.frames[1:]:
                page.wait_for_selector("line", state="attached")
            times.append(frames[0].evaluate(DRAWN) / 1000)
            context.close()
        return min(times)

    def _library(self, route: Any) -> None:
        """What stock bertviz asks of its CDN: one script that stands for all three."""
        scripts = [path.read_text(encoding="utf-8") for path in bertviz.library_paths()]
        shim = (
            "window.require = { config() {} };"
            "window.requirejs = (names, callback) => callback(jQuery, d3);"
        )
        route.fulfill(body="\n".join([*scripts, shim]), content_type="application/javascript")


@contextmanager
def bench() -> Iterator[Bench]:
    """A browser and a server, closed again at the end."""
    pages: dict[str, bytes] = {}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = pages.get(self.path, b"")
            kind = "text/html"
            for file in bertviz.library_paths():
                if self.path.endswith(file.name):
                    body, kind = file.read_bytes(), "application/javascript"
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            return

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    path = next((found for name in names if (found := shutil.which(name))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield Bench(browser, server.server_port, pages)
        browser.close()
    server.shutdown()


def measured(attention: Attention, here: Bench, make: Callable[[Attention], str]) -> list[float]:
    """[bytes, seconds to make, seconds to draw] of one view."""
    html = make(attention)
    return [len(html.encode()), least(lambda: make(attention)), here.drawing(html)]


def main(lengths: list[int]) -> None:
    """Print the table, then what is just below the limits of bertviz's views."""
    space = read_spacefile(ROOT / "Spacefile")
    checkpoints = Checkpoints(space)
    bert = checkpoints.load(checkpoints.default("attention"))
    attend(bert, SENTENCE)
    with bench() as here:
        print(
            "tokens  view       KB   make s   draw s   |  stock bertviz / ours: size, make, draw"
        )
        for tokens in lengths:
            attention = attend(bert, text_of(tokens))
            theirs = measured(attention, here, stock)
            print(row(tokens, "bertviz", theirs))
            for name, make in (("heatmap", our_heatmap), ("lines", our_lines)):
                if (
                    name == "lines"
                    and tokens**2 * bert.checkpoint.heads > bert.limits.attention_lines
                ):
                    continue
                ours = measured(attention, here, make)
                ratios = "".join(f"{a / b:9.1f}" for a, b in zip(theirs, ours, strict=True))
                print(row(tokens, name, ours) + "   | " + ratios)
        heads, layers = bert.checkpoint.heads, bert.checkpoint.layers
        for name, make, limit, maps in (
            ("lines", our_lines, bert.limits.attention_lines, heads),
            ("model", our_model, bert.limits.attention_model_lines, heads * layers),
        ):
            tokens = int((limit / maps) ** 0.5)
            numbers = measured(attend(bert, text_of(tokens)), here, make)
            print(row(tokens, name, numbers) + f"   | at its limit of {limit:,} lines")


def row(tokens: int, name: str, numbers: list[float]) -> str:
    """One line of the table."""
    size, make, draw = numbers
    return f"{tokens:6}  {name:8} {size / 1000:8.0f} {make:8.3f} {draw:8.2f}"


if __name__ == "__main__":
    main([int(number) for number in sys.argv[1:]] or list(LENGTHS))
