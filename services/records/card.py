"""What a model card says, taken apart: data and licences, recipe, limits."""

import re
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Card:
    """The parts of a card that the page shows; empty where the card has none."""

    base: str = ""  # the model that training began with
    data: tuple[tuple[str, str, str], ...] = ()  # name, used for, licence
    notes: str = ""  # what is said about the data below its table
    recipe: str = ""
    limits: tuple[str, ...] = ()


def read_card(file: Path) -> Card:
    """The card, from the Markdown that `training/` wrote; an empty one where there is no file."""
    if not file.is_file():
        return Card()
    text = file.read_text(encoding="utf-8")
    base = re.search(r"^base_model: (.+)$", text, re.MULTILINE)
    sections = dict(part.split("\n", 1) for part in text.split("\n## ")[1:])
    data = sections.get("Data and licences", "")
    return Card(
        base=base[1].strip() if base else "",
        data=_rows(data),
        notes=" ".join(_paragraphs(data)),
        recipe=next(iter(_paragraphs(sections.get("Recipe and compute", ""))), ""),
        limits=tuple(_bullets(sections.get("Limits", ""))),
    )


def _rows(section: str) -> tuple[tuple[str, str, str], ...]:
    """The rows below the head and the rule of the section's first table, three cells each."""
    first = re.search(r"^\|.*(?:\n\|.*)*", section, re.MULTILINE)
    lines = first[0].splitlines()[2:] if first else []
    cells = [re.split(r"(?<!\\)\|", line)[1:4] for line in lines]
    return tuple(
        (name.strip(), use.strip(), licence.strip().replace("\\|", "|"))
        for name, use, licence in cells
    )


def _paragraphs(section: str) -> list[str]:
    blocks = [" ".join(block.split()) for block in section.split("\n\n")]
    return [block for block in blocks if block and block[0] not in "|-"]


def _bullets(section: str) -> list[str]:
    return [" ".join(item.split()) for item in re.split(r"^- ", section, flags=re.MULTILINE)[1:]]
