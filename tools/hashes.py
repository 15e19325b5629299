"""Write the hashes of the pocket models' files into the Spacefile, after one was made anew.

python -m tools.hashes
"""

import re
from pathlib import Path

from core.paths import ROOT
from core.spacefile import Checkpoint, read_spacefile
from models.checks import digest
from models.files import local_folder

# The files that make a model; the others are read by people, or by other libraries.
READ = re.compile(
    r"(config|generation_config|preprocessor_config|special_tokens_map)\.json|vocab\.txt|"
    r"(model|tokenizer).*\.(json|safetensors)"
)
LIST = re.compile(r"sha256 = \[.*?\]\n", re.DOTALL)


def lines_of(entry: Checkpoint, root: Path = ROOT) -> list[str]:
    """Hash and name of every file that is read to have the model, as `sha256sum` writes them."""
    folder = local_folder(root, entry)
    assert folder is not None, "a pocket model is on this machine"
    files = sorted(file for file in folder.iterdir() if READ.fullmatch(file.name))
    return [f"{digest(file)}  {file.name}" for file in files]


def written(text: str, root: Path = ROOT) -> str:
    """The Spacefile's text with the hashes as they are now."""
    head, *blocks = re.split(r"(?=^\[\[checkpoint\]\]$)", text, flags=re.MULTILINE)
    entries = read_spacefile(root / "Spacefile").checkpoints
    return head + "".join(
        _renewed(block, lines_of(entry, root)) if entry.tier == "pocket" else block
        for block, entry in zip(blocks, entries, strict=True)
    )


def _renewed(block: str, lines: list[str]) -> str:
    """One entry with its list of hashes put in, or put in place of the one that is there."""
    listed = "".join(f'  "{line}",\n' for line in lines)
    whole = f"sha256 = [\n{listed}]\n"
    if LIST.search(block):
        return LIST.sub(lambda _: whole, block)
    return re.sub(r"(?=^licence = )", lambda _: whole, block, count=1, flags=re.MULTILINE)


def main() -> None:
    """Write them."""
    file = ROOT / "Spacefile"
    file.write_text(written(file.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
