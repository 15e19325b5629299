"""A process that asks for models as visitors do, started with `small_hub.environ`.

Takes pairs name=repository@revision, asks for one after the other, and prints what became of
each; `visitors(...)` is the same cache for the code of a test.
"""

import contextlib
import json
import sys
import time
from dataclasses import replace

from core.settings import Settings, close_the_hub

close_the_hub()

from core.errors import UserError  # noqa: E402
from core.spacefile import read_spacefile  # noqa: E402
from models.checkpoints import ROOT, Checkpoints  # noqa: E402


def visitors(*pairs: str, pocket: bool = False, room: int = 0) -> Checkpoints:
    """A cache over models of the Hub, all said to be GPT-2s, with the pocket ones or without.

    `room` is how many of them fit into memory; 0: as many as the Spacefile says.
    """
    space = read_spacefile(ROOT / "Spacefile")
    model = next(entry for entry in space.checkpoints if entry.name == "gpt2")
    entries = [entry for entry in space.checkpoints if entry.tier == "pocket" and pocket]
    for pair in pairs:
        name, _, place = pair.partition("=")
        repo, _, revision = place.partition("@")
        entries.append(
            replace(model, name=name, title=name, repo=repo, revision=revision or "main")
        )
    settings = Settings.from_env()
    hub = replace(space.hub, memory_bytes=room * 4 * model.parameters) if room else space.hub
    space = replace(space, checkpoints=tuple(entries), hub=hub)
    return Checkpoints(space, hub=settings.hub, volume=settings.volume)


def stands(cache: Checkpoints, name: str) -> dict:
    """Where a model stands."""
    return next(each for each in cache.describe() if each["name"] == name)


def main() -> None:
    cache = visitors(*sys.argv[1:])
    for entry in cache.offered("generation"):
        began = time.monotonic()
        with contextlib.suppress(UserError):  # its reason is printed
            cache.load(entry, patience=100)
        seconds = time.monotonic() - began
        print(json.dumps(stands(cache, entry.name) | {"seconds": seconds}), flush=True)


if __name__ == "__main__":
    main()
