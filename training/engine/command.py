"""The options that every training script has."""

import argparse
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Recipe = TypeVar("Recipe", bound="DataclassInstance")


def command_line(
    about: str | None, *, data: str, out: Path, checkpoints: Path, minutes: str
) -> argparse.ArgumentParser:
    """A parser; `about` is the script's docstring, the texts say what its options mean to it."""
    parser = argparse.ArgumentParser(description=(about or "").splitlines()[0])
    parser.add_argument("--data", type=Path, help=f"folder with {data}")
    parser.add_argument("--out", type=Path, help=f"where the model goes (default {out})")
    parser.add_argument("--checkpoints", type=Path, default=checkpoints)
    parser.add_argument("--minutes", type=float, help=minutes)
    parser.add_argument("--resume", action="store_true", help="go on after a stop")
    parser.add_argument("--export", action="store_true", help="write what the checkpoints hold")
    parser.add_argument("--smoke", action="store_true", help="seconds, on the samples, to try out")
    return parser


def smoke(stem: str, run: Callable[[Path, Path], object], out: Path | None) -> Path:
    """Everything once, small, to try out: `run(out, checkpoints)` takes seconds.

    The model, which is of no use, goes to `out`, or to a folder of its own.
    """
    scratch = Path(tempfile.mkdtemp(prefix=f"{stem}-"))
    out = out or scratch / "model"
    run(out, scratch / "checkpoints")
    print(f"smoke run finished: {out}")
    return out


def changed(recipe: Recipe, settings: Sequence[str]) -> Recipe:
    """The recipe with NAME=VALUE settings from the command line.

    Raises ValueError with the names there are, or with the value that does not fit.
    """
    kinds = {field.name: type(getattr(recipe, field.name)) for field in fields(recipe)}
    for setting in settings:
        name, _, value = setting.partition("=")
        if name not in kinds:
            raise ValueError(f"there is no setting {name!r}; use one of {', '.join(kinds)}")
        kind = kinds[name]
        recipe = replace(
            recipe, **{name: value.lower() == "true" if kind is bool else kind(value)}
        )
    return recipe
