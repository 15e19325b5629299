"""The rules of the house, as style.md gives them."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from core.paths import ROOT

HOUSE = {"core", "scenes", "models", "services", "figures", "tabs", "page", "training", "app"}
FORBIDDEN = {
    "core": {"gradio", "plotly", "torch", "transformers"} | HOUSE - {"core"},
    "scenes": {"gradio", "plotly", "torch", "transformers"} | HOUSE - {"core", "scenes"},
    "models": {"gradio", "plotly"} | HOUSE - {"core", "models"},
    "services": {"gradio", "plotly", "figures", "tabs", "page", "training", "app"},
    "figures": {"gradio", "transformers", "torch", "bertviz", "tabs", "page", "app"},
    "tabs": {"torch", "transformers", "plotly", "bertviz", "page", "app"},
    "page": {"torch", "transformers", "plotly", "bertviz", "figures", "training", "app"},
    "training": {"gradio", "tabs", "figures", "page", "app"},
    "benchmarks": {"gradio", "app"},
}
SERVED = ("core", "scenes", "models", "services", "figures", "tabs", "page")
HEAVY = ("torch", "transformers", "bertviz", "sklearn")
NOT_TYPES_ONLY = "services"  # what figures may import only to name a type


def imports(path: Path) -> list[tuple[str, bool, bool]]:
    """(top-level package, whether inside `if TYPE_CHECKING`, whether inside a function)."""
    found = []

    def walk(node: ast.AST, typed: bool, inner: bool) -> None:
        if isinstance(node, ast.Import):
            found.extend((name.name.split(".")[0], typed, inner) for name in node.names)
        if isinstance(node, ast.ImportFrom):
            found.append(((node.module or "").split(".")[0], typed, inner))
        typed = typed or (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test))
        inner = inner or isinstance(node, ast.FunctionDef)
        for child in ast.iter_child_nodes(node):
            walk(child, typed, inner)

    walk(ast.parse(path.read_text(encoding="utf-8")), False, False)
    return found


def modules(layer: str) -> list[Path]:
    return sorted((ROOT / layer).rglob("*.py"))


@pytest.mark.parametrize("layer", FORBIDDEN)
def test_imports_point_one_way(layer):
    wrong = [
        f"{path.relative_to(ROOT)} imports {package}"
        for path in modules(layer)
        for package, typed, inner in imports(path)
        if package in FORBIDDEN[layer]
        and not typed
        # figures/attention/bertviz.py alone may, inside its function
        and not (path.name == "bertviz.py" and inner and package in ("bertviz", "torch"))
    ]
    assert wrong == []


def test_figures_know_services_as_types_only():
    wrong = [
        path.name
        for path in modules("figures")
        for package, typed, _ in imports(path)
        if package == "services" and not typed
    ]
    assert wrong == []


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
from core.spacefile import read_spacefile
app.build_page(Checkpoints(read_spacefile(app.HERE / "Spacefile")))
own = lambda name: object.__getattribute__(sys.modules.get(name, sys), "__dict__")
print([name for name in {HEAVY!r} if "__version__" in own(name)])
print([name for name in sys.modules if name.startswith("torch._C")])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-2:] == ["[]", "[]"]


def test_a_module_is_short_enough_to_read():
    long = {
        path.relative_to(ROOT).as_posix(): count
        for layer in FORBIDDEN
        for path in modules(layer)
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > 300
    }
    assert long == {}
