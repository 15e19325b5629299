"""WIP: only the tabs that are converted."""

from collections.abc import Iterator
from importlib import import_module

from tabs.kit.tab import Tab

STEMS = (
    "tokenization",
    "attention",
    "similarity",
    "grammaticality",
    "generation",
    "answering",
    "captioning",
)


def _tabs() -> Iterator[Tab]:
    for stem in STEMS:
        try:
            yield import_module(f"tabs.{stem}").TAB
        except (ImportError, AttributeError) as error:
            print("not converted:", stem, error)


TABS: tuple[Tab, ...] = tuple(_tabs())
