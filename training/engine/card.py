"""Pieces of a model card that both scripts write: tables and the training record."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; bars inside cells are escaped."""
    lines = [list(map(str, head)), ["---"] * len(head)]
    lines += [[str(cell).replace("|", "\\|").replace("\n", " ") for cell in row] for row in rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def percent(share: float) -> str:
    """A share as per cent, with one decimal."""
    return f"{100 * share:.1f} %"


def write_record(record: dict, folder: Path) -> None:
    """training.json: everything the card says, for programs."""
    text = json.dumps(record, indent=1, ensure_ascii=False) + "\n"
    (folder / "training.json").write_text(text, encoding="utf-8")


def megabytes(folder: Path) -> float:
    """Size of the weights in the folder, in millions of bytes."""
    return sum(file.stat().st_size for file in folder.glob("*.safetensors")) / 1e6


def labelled(values: dict) -> str:
    """Names and values in one line."""
    parts = []
    for name, value in values.items():
        inner = f"({labelled(value)})" if isinstance(value, dict) else str(value)
        parts.append(f"{name.replace('_', ' ')} {inner}")
    return ", ".join(parts)


def stages_table(stages: dict[str, dict]) -> str:
    """Batches, minutes and loss of each stage, from the record."""
    return table(
        ["Stage", "Batches", "Minutes", "First loss", "Last loss"],
        [
            [
                name,
                stage["step"],
                f"{stage['seconds'] / 60:.1f}",
                f"{stage['curve'][0]['loss']:.3f}",
                f"{stage['curve'][-1]['loss']:.3f}",
            ]
            for name, stage in stages.items()
        ],
    )
