"""Where the files of a checkpoint are on this machine, and whether they are the right ones."""

import hashlib
import importlib.metadata
from pathlib import Path


def package_folder(package: str) -> Path:
    """The model folder that a distribution installed, found without importing the package.

    Raises FileNotFoundError with the command that installs it.
    """
    try:
        files = importlib.metadata.distribution(package).files or []
    except importlib.metadata.PackageNotFoundError:
        files = []
    for file in files:
        if file.name == "model.safetensors" and Path(file.locate()).is_file():
            return Path(file.locate()).parent
    raise FileNotFoundError(f"its files are missing; run `pip install {package}` and start again")


def check_hash(file: Path, sha256: str) -> None:
    """Compare a file with the hash in the Spacefile. Raises ValueError when they differ."""
    with file.open("rb") as stream:
        seen = hashlib.file_digest(stream, "sha256").hexdigest()
    if seen != sha256:
        raise ValueError(
            f"{file.name} has SHA-256 {seen[:12]}… where the Spacefile says {sha256[:12]}…; "
            "install the pinned version of its package again and restart"
        )
