"""Write the files of a new tab, small and whole, and name it wherever tabs are listed.

python -m tools.new_tab <stem> <verb>, as in `python -m tools.new_tab echoes measure`

The tab shows how long each token's vector is: something to run first, and then to write over.
Its files are those of tools/templates, with the stem and the verb put in. What is left to do by
hand afterwards is said at the end; docs/adding-a-tab.md says why.
"""

import ast
import keyword
import re
import subprocess
import sys
from pathlib import Path
from string import Template

from core.paths import ROOT

TEMPLATES = Path(__file__).resolve().parent / "templates"
SHELVES = ("services", "figures", "tabs", "assets", "tests")
AFTER = """
Written: a tab that works. Now, as docs/adding-a-tab.md says:
  make it yours: services/{stem}/{verb}.py, figures/{stem}/{verb}.py, assets/{stem}/
  python -m training.examples {stem}      after every change of the verb or of the first example
  python -m tools.contract_rows           after every change of a setting
  make check TAB={stem}
  make screenshots; look at docs/screenshots/{stem}-*.png
  record what /models and the list of endpoints give: tests/house/contract.py
  add a line to CHANGELOG.md, and read the rows for {stem} in README.md and docs/api.md once more
"""


class CannotWriteError(Exception):
    """One sentence on why no tab was written."""


def written(root: Path, stem: str, verb: str) -> list[Path]:
    """Write the files and edit the lists. A name that cannot be is refused before that.

    Raises CannotWriteError, also where a list is not what it was when this was written.
    """
    check(root, stem, verb)
    files = [write(root, path, stem, verb) for path in sorted(TEMPLATES.rglob("*.txt"))]
    lists = [edit(root, stem, verb) for edit in EDITS]
    return files + lists


def check(root: Path, stem: str, verb: str) -> None:
    """Whether stem and verb are names that are still free. Raises CannotWriteError."""
    for what, name in (("stem", stem), ("verb", verb)):
        if not re.fullmatch(r"[a-z]+", name) or keyword.iskeyword(name):
            raise CannotWriteError(
                f"The {what} is {name!r}; take one word of the small letters a to z, no word of "
                "Python's own: a noun for the stem, a verb for the verb."
            )
    if stem == verb:
        raise CannotWriteError("Stem and verb are the same word; take a noun and a verb.")
    for shelf in SHELVES:
        if (root / shelf / stem).exists():
            raise CannotWriteError(f"{shelf}/{stem} is there already; take another stem.")
    if f"| `/{verb}` |" in (root / "docs" / "api.md").read_text(encoding="utf-8"):
        raise CannotWriteError(f"/{verb} is an endpoint already; take another verb.")


def write(root: Path, template: Path, stem: str, verb: str) -> Path:
    """One file from its template, whose path says where it goes."""
    path = template.relative_to(TEMPLATES).as_posix().removesuffix(".txt")
    path = path.replace("/stem/", f"/{stem}/").replace("test_stem", f"test_{stem}")
    target = root / path.replace("/verb.py", f"/{verb}.py")
    target.parent.mkdir(parents=True, exist_ok=True)
    text = Template(template.read_text(encoding="utf-8"))
    filled = text.substitute(stem=stem, verb=verb, title=stem.capitalize())
    target.write_text(filled, encoding="utf-8")
    return target


# The lists that name every tab -------------------------------------------------------------------


def capability(root: Path, stem: str, verb: str) -> Path:
    """What a model must be for it: any encoder that reads a whole text."""
    row = f'Capability("{stem}", architectures=READERS)'
    return append(root / "core" / "capabilities.py", "CAPABILITIES", row)


def offered(root: Path, stem: str, verb: str) -> Path:
    """The pocket BERT is offered for it."""
    path = root / "Spacefile"
    first = r'(name = "pocket-bert"\n(?:.+\n)*?capabilities = \[[^\]]*)\]'
    return replaced(path, first, rf'\1, "{stem}"]')


def listed(root: Path, stem: str, verb: str) -> Path:
    """Its place on the page is the last."""
    path = append(root / "tabs" / "__init__.py", "TABS", f"{stem}.TAB")
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imported = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
    last = next(node for node in imported if node.module == "tabs").names[-1]
    return insert(path, last.end_lineno, last.end_col_offset, f", {stem}")


def opening(root: Path, stem: str, verb: str) -> Path:
    """What the page opens with is computed by its verb."""
    made = f'"{stem}": of_first_text("{stem}", "{verb}")'
    return append(root / "training" / "examples.py", "RESULTS", made)


def contract(root: Path, stem: str, verb: str) -> Path:
    """Its endpoint, and its stem among those that a link may name."""
    row = (
        f'| `/{verb}` | `text`, `model="pocket-bert"` | `{{model, tokens, lengths}}`; '
        "`lengths` is (state, token), and state 0 is before the first layer |\n"
    )
    path = root / "docs" / "api.md"
    replaced(path, r"((?:^\| `/\w+` \|.*\n)+)", rf"\1{row}")
    return replaced(path, r" or (`\w+`); the names are", rf", \1 or `{stem}`; the names are")


def readme(root: Path, stem: str, verb: str) -> Path:
    """What is seen on it, for those who have not opened the page."""
    row = f"| **{stem.capitalize()}** | How long the vector of each token is, after any layer |\n"
    return replaced(root / "README.md", r"((?:^\| \*\*\w+\*\* \|.*\n)+)", rf"\1{row}")


EDITS = (capability, offered, listed, opening, contract, readme)


def append(path: Path, name: str, item: str) -> Path:
    """Put an item at the end of the tuple or dictionary that a module keeps under a name."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if name in [getattr(target, "id", "") for target in targets]:
            value = node.value  # type: ignore[attr-defined]
            last = (value.values if isinstance(value, ast.Dict) else value.elts)[-1]
            return insert(path, last.end_lineno, last.end_col_offset, f", {item}")
    raise CannotWriteError(f"{path.name} has no {name} any more; mend tools/new_tab.py.")


def insert(path: Path, line: int, column: int, text: str) -> Path:
    """Put a text where `ast` says that something ends: a column there is a byte of the line."""
    lines = path.read_bytes().splitlines(keepends=True)
    there = lines[line - 1]
    lines[line - 1] = there[:column] + text.encode() + there[column:]
    path.write_bytes(b"".join(lines))
    return path


def replaced(path: Path, pattern: str, text: str) -> Path:
    """Replace what a pattern finds first. Raises CannotWriteError where it finds nothing."""
    old = path.read_text(encoding="utf-8")
    new, count = re.subn(pattern, text, old, count=1, flags=re.MULTILINE)
    if not count:
        raise CannotWriteError(f"{path.name} has no place for {text!r}; mend tools/new_tab.py.")
    path.write_text(new, encoding="utf-8")
    return path


def finish(root: Path, stem: str, changed: list[Path]) -> None:
    """Have the code laid out, the opening computed, the contract's row written."""
    code = [path for path in changed if path.suffix == ".py" and "snippets" not in path.parts]
    for command in (
        ["ruff", "check", "--quiet", "--fix", "--select", "I", *code],
        ["ruff", "format", "--quiet", *code],
        ["training.examples", stem],
        ["tools.contract_rows"],
    ):
        subprocess.run([sys.executable, "-m", *command], cwd=root, check=True)


def main(arguments: list[str]) -> None:
    """Write the tab that the arguments name, or say why not."""
    if len(arguments) != 2:
        sys.exit("Usage: python -m tools.new_tab <stem> <verb>, as in echoes measure")
    stem, verb = arguments
    try:
        changed = written(ROOT, stem, verb)
    except CannotWriteError as error:
        sys.exit(str(error))
    finish(ROOT, stem, changed)
    for path in changed:
        print(path.relative_to(ROOT))
    print(AFTER.format(stem=stem, verb=verb))


if __name__ == "__main__":
    main(sys.argv[1:])
