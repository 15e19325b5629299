"""The options that every training script has."""

import argparse
from pathlib import Path


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
