"""Lectern: Transformers, opened up in a browser. Run `make run`, or `python app.py`."""

import signal
import socket
import sys
import time
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036 (this line is for those who have an older one)
    sys.exit(f"Lectern needs Python 3.11 or newer; this is {sys.version.split()[0]}.")

from services.settings import Settings, close_the_hub

close_the_hub()  # before anything of Hugging Face is imported, and Gradio imports some of it

from services.checkpoints import Checkpoints  # noqa: E402
from services.errors import SpacefileError  # noqa: E402
from services.spacefile import read_spacefile  # noqa: E402
from tabs.page import SERVING, build_page, head, theme  # noqa: E402
from tabs.serving import MOST_FILE  # noqa: E402

HERE = Path(__file__).resolve().parent


def main() -> None:
    """Read the Spacefile, build the page, serve it, and load the models behind it."""
    settings = Settings.from_env()
    try:
        space = read_spacefile(HERE / "Spacefile")
    except SpacefileError as error:
        sys.exit(str(error))
    refuse_a_taken_port(settings)
    checkpoints = Checkpoints(space, hub=settings.hub)
    page = build_page(checkpoints)
    page.queue(
        max_size=space.queue.max_size,
        default_concurrency_limit=space.queue.concurrency,
        api_open=False,
    )
    page.launch(
        server_name=settings.host,
        server_port=settings.port,
        theme=theme(),
        css_paths=[HERE / "assets" / "style.css"],
        head=head(settings),
        prevent_thread_lock=True,
        quiet=True,
        share=False,
        show_error=False,
        max_file_size=MOST_FILE,
        state_session_capacity=500,
        enable_monitoring=False,
        run_history=False,
        ssr_mode=False,
        footer_links=["api", "settings"],
        app_kwargs=SERVING,
    )
    # KeyboardInterrupt is lost where it is raised inside a callback; a flag cannot be.
    stopped: list[int] = []
    signal.signal(signal.SIGINT, lambda number, frame: stopped.append(number))
    print(f"{space.title} is at {settings.address} (Ctrl-C stops it)", flush=True)
    checkpoints.warm()
    while not stopped:
        time.sleep(0.1)
    page.close()


def refuse_a_taken_port(settings: Settings) -> None:
    """Stop with one sentence where Gradio would raise an OSError with a traceback."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            sys.exit(
                f"Port {settings.port} on {settings.host} cannot be used ({error.strerror}); "
                f"choose another: GRADIO_SERVER_PORT={settings.port + 1} make run"
            )


if __name__ == "__main__":
    main()
