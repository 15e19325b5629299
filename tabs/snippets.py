"""The code that reproduces a result: a real Python file whose first lines are filled in."""

import re
from pathlib import Path

from services.spacefile import Checkpoint

SNIPPETS = Path(__file__).resolve().parent.parent / "assets" / "snippets"


def filled(name: str, checkpoint: Checkpoint | None = None, **values: object) -> str:
    """The snippet `assets/snippets/<name>.py` with its inputs filled in, ready to run.

    A line `key = …` at the top level takes the value of that key; `folder` takes where the
    checkpoint's files are. A key without such a line is a bug and raises KeyError.
    """
    code = (SNIPPETS / f"{name}.py").read_text(encoding="utf-8")
    sources = {key: repr(value) for key, value in values.items()}
    if checkpoint:
        sources["folder"] = _folder(checkpoint)
    for key, source in sources.items():
        line = re.search(rf"^{key} = .*$", code, re.MULTILINE)
        if line is None:
            raise KeyError(f"{name}.py has no line that starts with `{key} = `")
        code = f"{code[: line.start()]}{key} = {source}{code[line.end() :]}"
    return code


def _folder(checkpoint: Checkpoint) -> str:
    """The Python expression for where a checkpoint's files are."""
    if checkpoint.package:
        module = checkpoint.package.replace("-", "_")
        return f'distribution("{checkpoint.package}").locate_file("{module}/model")'
    return repr(checkpoint.path or checkpoint.repo)
