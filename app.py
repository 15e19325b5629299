"""Lectern: Transformers, opened up in a browser. Run `make run`, or `python app.py`."""

import argparse
import atexit
import sys
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036 (this line is for those who have an older one)
    sys.exit(f"Lectern needs Python 3.11 or newer; this is {sys.version.split()[0]}.")

from core.address import AddressError, bound
from core.folder import FolderError, OwnFolder, for_us_alone
from core.memory import few_heaps
from core.settings import Settings, believe_no_proxy, close_the_hub, keep_files_in
from core.stopping import Stop


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


STOP = Stop()
ASKED = asked(sys.argv[1:] if __name__ == "__main__" else [])
# Before anything of Hugging Face is imported, and Gradio imports some of it.
close_the_hub(offline=ASKED.offline, download=ASKED.download)
if __name__ == "__main__" and not ASKED.download:  # before Gradio, whose import takes a second
    STOP.listen()
    few_heaps()
    SETTINGS = Settings.from_env()
    try:
        SOCKET = bound(SETTINGS.host, SETTINGS.port)
        FOLDER = OwnFolder(SETTINGS.files)
    except (AddressError, FolderError) as error:
        sys.exit(str(error))
    atexit.register(FOLDER.remove)
    STOP.at_the_end(FOLDER.remove)
    keep_files_in(FOLDER.path)

from core.errors import SpacefileError  # noqa: E402
from core.spacefile import read_spacefile  # noqa: E402
from models.checkpoints import Checkpoints  # noqa: E402
from models.download import download  # noqa: E402
from models.serving import Desk  # noqa: E402
from page.frame import build_page, serving, theme  # noqa: E402
from page.serving.start import finish, launch  # noqa: E402
from page.zero_gpu import announce  # noqa: E402
from tabs.kit.gradio_inside.asking import listening, visitor  # noqa: E402
from tabs.kit.gradio_inside.serving import no_app_yet  # noqa: E402

HERE = Path(__file__).resolve().parent


def main() -> None:
    """Read the Spacefile, build the page, serve it, and load the models behind it."""
    settings = Settings.from_env()
    believe_no_proxy()
    try:
        space = read_spacefile(HERE / "Spacefile")
        checkpoints = Checkpoints(space, hub=settings.hub, volume=settings.volume)
        checkpoints.check()
    except SpacefileError as error:
        sys.exit(str(error))
    if ASKED.download:
        sys.exit(download(space, settings.volume))
    if settings.zero_gpu:
        announce()
    for_us_alone()
    desk = Desk(checkpoints, listening=listening, visitor=visitor)
    with no_app_yet():
        page = build_page(desk)
    server = launch(
        page,
        desk,
        settings,
        SOCKET,
        STOP,
        theme=theme(),
        footer_links=["api"],
        app_kwargs=serving(settings, space),
    )
    sentence = f"{space.title} is at {settings.address} (Ctrl-C stops it)"
    print(sentence, file=sys.__stdout__, flush=True)
    server.give_way()
    checkpoints.warm()
    STOP.wait()
    finish(page, server)
    STOP.end()


if __name__ == "__main__":
    main()
