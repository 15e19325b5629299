"""Lectern: Transformers, opened up in a browser. Run `make run`, or `python app.py`."""

import argparse
import signal
import socket
import sys
import time
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036 (this line is for those who have an older one)
    sys.exit(f"Lectern needs Python 3.11 or newer; this is {sys.version.split()[0]}.")

from core.settings import Settings, close_the_hub


def asked(arguments: list[str]) -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(
        description="Transformers, opened up in a browser: serve the page until Ctrl-C.",
        epilog="Address and port follow GRADIO_SERVER_NAME and GRADIO_SERVER_PORT; with "
        "LECTERN_HUB=1 the Hub's models are fetched when they are asked for.",
    )
    either = parser.add_mutually_exclusive_group()
    either.add_argument(
        "--download",
        action="store_true",
        help="fetch the Hub's models that the Spacefile names, check every file, say what they "
        "take on disk, and end; what has come already is not fetched again",
    )
    either.add_argument(
        "--offline",
        action="store_true",
        help="serve what is on this machine and never ask the Hub",
    )
    return parser.parse_args(arguments)


ASKED = asked(sys.argv[1:] if __name__ == "__main__" else [])
# Before anything of Hugging Face is imported, and Gradio imports some of it.
close_the_hub(offline=ASKED.offline, download=ASKED.download)

from core.errors import SpacefileError  # noqa: E402
from core.spacefile import read_spacefile  # noqa: E402
from models.checkpoints import Checkpoints  # noqa: E402
from models.download import download  # noqa: E402
from models.serving import Desk  # noqa: E402
from page.frame import SERVING, build_page, head, sheets, theme  # noqa: E402
from page.serving import MOST_FILE  # noqa: E402
from page.zero_gpu import announce  # noqa: E402
from tabs.kit.gradio_inside import listening  # noqa: E402

HERE = Path(__file__).resolve().parent


def main() -> None:
    """Read the Spacefile, build the page, serve it, and load the models behind it."""
    settings = Settings.from_env()
    try:
        space = read_spacefile(HERE / "Spacefile")
        checkpoints = Checkpoints(space, hub=settings.hub, volume=settings.volume)
        checkpoints.check()
    except SpacefileError as error:
        sys.exit(str(error))
    if ASKED.download:
        sys.exit(download(space, settings.volume))
    refuse_a_taken_port(settings)
    if settings.zero_gpu:
        announce()
    page = build_page(Desk(checkpoints, listening=listening))
    page.queue(
        max_size=space.queue.max_size,
        default_concurrency_limit=space.queue.concurrency,
        api_open=False,
    )
    page.launch(
        server_name=settings.host,
        server_port=settings.port,
        theme=theme(),
        css_paths=sheets(),
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
