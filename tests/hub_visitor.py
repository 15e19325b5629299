"""A process that asks for models as a visitor does, and prints what became of each.

Takes pairs name=repository@revision; started with the environment of `small_hub.environ`.
"""

import contextlib
import json
import sys
import time
from dataclasses import replace

from services.settings import Settings, close_the_hub

close_the_hub()

from services.checkpoints import ROOT, Checkpoints  # noqa: E402
from services.errors import UserError  # noqa: E402
from services.spacefile import read_spacefile  # noqa: E402


def main() -> None:
    space = read_spacefile(ROOT / "Spacefile")
    model = next(entry for entry in space.checkpoints if entry.name == "gpt2")
    entries = []
    for pair in sys.argv[1:]:
        name, _, place = pair.partition("=")
        repo, _, revision = place.partition("@")
        entries.append(
            replace(model, name=name, title=name, repo=repo, revision=revision or "main")
        )
    settings = Settings.from_env()
    cache = Checkpoints(
        replace(space, checkpoints=tuple(entries)), hub=settings.hub, volume=settings.volume
    )
    for entry in entries:
        began = time.monotonic()
        with contextlib.suppress(UserError):  # its reason is printed
            cache.load(entry, patience=100)
        seconds = time.monotonic() - began
        described = next(each for each in cache.describe() if each["name"] == entry.name)
        print(json.dumps({**described, "seconds": seconds}), flush=True)


main()
