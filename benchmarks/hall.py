"""A hall of phones opens the page at once: `python -m benchmarks.hall [phones]`.

Both sides serve the same page on this machine, one after the other in one run: Lectern as it is,
and the same page under a plain `launch()`. What counts is the processor time of the server: the
phones are played by this machine too, and take more of the clock than the server does.
All traffic is loopback, and the loops end by themselves.
"""

import asyncio
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass

import httpx
import psutil

from core.paths import ROOT

PHONES = 100
PORT = 7899
URL = f"http://127.0.0.1:{PORT}"
START_SECONDS = 60
PLAIN = """
import app
from page import files, frame
from models.checkpoints import Checkpoints
from models.serving import Desk
from core.settings import Settings
from core.spacefile import read_spacefile
settings = Settings.from_env()
page = app.build_page(Desk(Checkpoints(read_spacefile(app.HERE / "Spacefile"))))
page.launch(server_name=settings.host, server_port=settings.port, theme=app.theme(),
            css_paths=files.sheets(), quiet=True, head=frame.metas(settings)
            + f"<style>{files.shown_with()}</style><script>{files.scripts()}</script>")
"""


@dataclass(frozen=True)
class Opening:
    """What it took until every phone had the page."""

    cpu: float  # seconds of processor time that the server took
    megabytes: float  # over the wire, to all phones


def measure(command: list[str], files: list[str], phones: int) -> Opening:
    """Start a server, let every phone fetch the page and its files, stop the server."""
    environ = os.environ | {"GRADIO_SERVER_PORT": str(PORT), "GRADIO_ANALYTICS_ENABLED": "False"}
    with subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.DEVNULL) as server:
        try:
            wait_until_up()
            process = psutil.Process(server.pid)
            before = cpu_seconds(process)
            size = asyncio.run(open_everywhere(files, phones))
            return Opening(cpu_seconds(process) - before, size / 1e6)
        finally:
            server.terminate()


def wait_until_up() -> None:
    """Until the page answers and its models are loaded, so that loading is not measured."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            if httpx.get(URL, timeout=5).status_code == 200:
                return time.sleep(8)
        except httpx.HTTPError:
            time.sleep(0.2)
    sys.exit("The server did not come up.")


def cpu_seconds(process: psutil.Process) -> float:
    """Processor time of a process so far."""
    times = process.cpu_times()
    return float(times.user + times.system)


async def open_everywhere(files: list[str], phones: int) -> int:
    """All phones at once, six connections each as a browser has; bytes over the wire."""

    async def phone() -> int:
        limits = httpx.Limits(max_connections=6)
        headers = {"Accept-Encoding": "gzip, br"}
        size = 0
        async with httpx.AsyncClient(
            base_url=URL, limits=limits, headers=headers, timeout=600
        ) as client:

            async def fetch(path: str) -> int:
                try:
                    async with client.stream("GET", path) as answer:
                        return len(b"".join([part async for part in answer.aiter_raw()]))
                except httpx.RemoteProtocolError:  # closed while idle: ask again, as browsers do
                    return await fetch(path)

            size += await fetch("/")
            size += sum(await asyncio.gather(*(fetch(path) for path in files)))
        return size

    return sum(await asyncio.gather(*(phone() for _ in range(phones))))


def files_of_the_page() -> list[str]:
    """The paths that a browser fetches to show the page, as a real one asks for them."""
    from playwright.sync_api import sync_playwright

    from tests.browser.conftest import FLAGS, browser_path

    environ = os.environ | {"GRADIO_SERVER_PORT": str(PORT)}
    command = [sys.executable, "app.py"]
    with subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.DEVNULL) as server:
        try:
            wait_until_up()
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=browser_path(), args=FLAGS)
                page = browser.new_page()
                asked: list[str] = []
                page.on("request", lambda request: asked.append(request.url))
                page.goto(URL)
                page.get_by_role("tab").first.wait_for()
                page.wait_for_timeout(2000)
                browser.close()
        finally:
            server.terminate()
    paths = [url.removeprefix(URL) for url in asked if url.startswith(URL)]
    return [path for path in paths if re.match(r"/(assets|static|theme)", path)]


def main() -> None:
    """Print the table that README quotes."""
    phones = int(sys.argv[1]) if len(sys.argv) > 1 else PHONES
    files = files_of_the_page()
    plain = measure([sys.executable, "-c", PLAIN], files, phones)
    ours = measure([sys.executable, "app.py"], files, phones)
    print(f"{phones} phones open the page at once ({len(files)} files each)\n")
    print("| | plain `launch()` | Lectern | ratio |\n|---|---|---|---|")
    for name, unit in (("cpu", "s of CPU"), ("megabytes", "MB sent")):
        before, after = getattr(plain, name), getattr(ours, name)
        print(f"| {unit} | {before:.1f} | {after:.1f} | {before / after:.1f} |")


if __name__ == "__main__":
    main()
