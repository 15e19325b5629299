"""The rules of the house, as style.md gives them."""

import ast
import re
import subprocess
import sys
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from core.paths import ROOT

DOCS = (ROOT / "docs" / "house.md").read_text(encoding="utf-8")
SERVED = ("core", "scenes", "models", "services", "figures", "tabs", "page")
HEAVY = ("torch", "transformers", "bertviz", "sklearn")
# Whose face a capability may import beside what the table allows: a borrowed capability is a
# decision (docs/decisions/0113), so it is written down.
BORROWS = {
    "anatomy": {"attention"},
    "captioning": {"generation"},
    "grammaticality": {"generation"},
    "translation": {"generation"},
}
# What no module of a package imports, of others' libraries.
LIBRARIES = {
    "core": {"gradio", "plotly", "torch", "transformers"},
    "scenes": {"gradio", "plotly", "torch", "transformers"},
    "models": {"gradio", "plotly"},
    "services": {"gradio", "plotly"},
    "figures": {"gradio", "transformers", "torch", "bertviz"},
    "tabs": {"torch", "transformers", "plotly", "bertviz"},
    "page": {"torch", "transformers", "plotly", "bertviz"},
    "training": {"gradio"},
    "benchmarks": {"gradio"},
}
MOST_FILES = 25  # of one folder


@dataclass(frozen=True)
class Import:
    """One import of one module."""

    module: str  # as it is named
    name: str  # what is taken of it; "" where it is imported whole
    typed: bool  # inside `if TYPE_CHECKING`
    inner: bool  # inside a function


def imports(path: Path) -> list[Import]:
    """All of a module, wherever they stand."""
    found = []

    def walk(node: ast.AST, typed: bool, inner: bool) -> None:
        if isinstance(node, ast.Import):
            found.extend(Import(name.name, "", typed, inner) for name in node.names)
        if isinstance(node, ast.ImportFrom):
            found.extend(Import(node.module or "", a.name, typed, inner) for a in node.names)
        typed = typed or (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test))
        inner = inner or isinstance(node, ast.FunctionDef)
        for child in ast.iter_child_nodes(node):
            walk(child, typed, inner)

    walk(ast.parse(path.read_text(encoding="utf-8")), False, False)
    return found


def modules(layer: str) -> list[Path]:
    return sorted((ROOT / layer).rglob("*.py"))


def table() -> dict[str, tuple[set[str], set[str]]]:
    """The rule of docs/house.md: what a package may import of ours, and what as types only."""
    rows = re.findall(r"^\| `(\w+)` \| (.*) \| (.*) \|$", DOCS, re.MULTILINE)
    return {
        package: (set(re.findall(r"`([^`]+)`", may)), set(re.findall(r"`([^`]+)`", types)))
        for package, may, types in rows
    }


def allowed(path: Path, one: Import) -> bool:
    """Whether the table, or the list of what is borrowed, allows an import of ours."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    target = one.module.split(".")
    layer, own = parts[0], parts[1] if len(parts) > 2 else ""
    may, types = table()[layer]
    places = {f"{layer}/{own}" if place == f"{layer}/<own>" else place for place in may}
    room = "/".join(target[:2])
    if target[0] == layer and f"{layer}/<own>" not in may:
        return True  # packages without rooms, and benchmarks
    if target[0] in places or room in places or (one.typed and target[0] in types):
        return True
    if len(target) == 1 or room == f"{layer}/{own}":
        return target[0] == layer  # `from figures import Figure`
    borrowed = layer == "services" and target[1] in BORROWS.get(own, ())
    return borrowed and len(target) == 2  # the face of it alone


OURS = {*SERVED, "training", "benchmarks", "app", "tests", "tools"}


@pytest.mark.parametrize("layer", sorted(LIBRARIES))
def test_imports_follow_the_table_of_the_house(layer):
    wrong = [
        f"{path.relative_to(ROOT)} imports {one.module}"
        for path in modules(layer)
        for one in imports(path)
        if one.module.split(".")[0] in OURS and not allowed(path, one)
    ]
    assert wrong == []


@pytest.mark.parametrize("layer", sorted(LIBRARIES))
def test_a_layer_keeps_to_its_libraries(layer):
    wrong = [
        f"{path.relative_to(ROOT)} imports {one.module}"
        for path in modules(layer)
        for one in imports(path)
        if one.module.split(".")[0] in LIBRARIES[layer]
        and not one.typed
        # figures/attention/bertviz.py alone may, inside its function
        and not (path.name == "bertviz.py" and one.inner)
    ]
    assert wrong == []


def test_the_table_knows_every_package():
    assert set(table()) == set(LIBRARIES)


def test_no_two_files_import_each_other_in_a_circle():
    files = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for layer in LIBRARIES
        for path in modules(layer)
    }
    graph = {
        name: {
            found
            for one in imports(path)
            if not one.typed and not one.inner
            for found in (f"{one.module}.{one.name}", one.module)
            if found in files and found != name
        }
        for name, path in files.items()
    }
    TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle


def test_no_folder_holds_more_files_than_the_eye():
    crowded = {
        layer: count
        for layer in (*LIBRARIES, "tests", "assets")
        for folder in {path.parent for path in (ROOT / layer).rglob("*.*")}
        if (count := len([f for f in folder.iterdir() if f.is_file()])) > MOST_FILES
    }
    assert crowded == {}


def test_a_face_hands_on_little():
    for layer in ("services", "figures"):
        for path in (ROOT / layer).glob("*/__init__.py"):
            names = [name for one in imports(path) for name in [one.name]]
            assert len(names) <= 10, path
            body = ast.parse(path.read_text(encoding="utf-8")).body
            assert all(
                isinstance(node, ast.Expr | ast.ImportFrom)
                or (isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__")
                for node in body
            ), path


def test_from_pretrained_lives_in_one_place():
    callers = [
        path.relative_to(ROOT).as_posix()
        for layer in SERVED
        for path in [*modules(layer), ROOT / "app.py"]
        if "from_pretrained(" in path.read_text(encoding="utf-8")
    ]
    assert set(callers) == {"models/reading.py"}


def test_the_environment_is_read_in_one_place():
    readers = {
        path.relative_to(ROOT).as_posix()
        for layer in SERVED
        for path in [*modules(layer), ROOT / "app.py"]
        if "environ" in path.read_text(encoding="utf-8")
    }
    assert readers == {"core/settings.py"}


def test_the_page_is_built_before_anything_heavy_is_imported():
    # A lazily loaded module stands in sys.modules unopened: it has no `__version__` of its own.
    code = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
import app
from models.checkpoints import Checkpoints
from models.serving import Desk
from core.spacefile import read_spacefile
app.build_page(Desk(Checkpoints(read_spacefile(app.HERE / "Spacefile"))))
own = lambda name: object.__getattribute__(sys.modules.get(name, sys), "__dict__")
print([name for name in {HEAVY!r} if "__version__" in own(name)])
print([name for name in sys.modules if name.startswith(("torch._C", "plotly.basedatatypes"))])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-2:] == ["[]", "[]"]


def test_a_module_is_short_enough_to_read():
    long = {
        path.relative_to(ROOT).as_posix(): count
        for layer in LIBRARIES
        for path in modules(layer)
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > 300
    }
    assert long == {}
