"""`python -m tools.new_tab` writes a tab that passes: tried in a copy of the repository."""

import shutil
import subprocess
import sys

import pytest

from core.paths import ROOT
from tools.new_tab import CannotWriteError, check

STEM, VERB = "echoes", "measure"
LEAST = ("tests/__init__.py", "tests/conftest.py", "tests/house/", "tests/fakes/")


def run(copy, *command):
    """What a command says in the copy; it fails the test where the command fails."""
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=copy, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """The files of the repository as they are here, with a new tab among them."""
    folder = tmp_path_factory.mktemp("copy")
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in names.splitlines():
        path, target = ROOT / name, folder / name
        if not path.is_file() or name.startswith(("assets/models/", "docs/screenshots/")):
            continue
        if name.startswith("tests/") and not name.startswith(LEAST):
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    (folder / "assets" / "models").symlink_to(ROOT / "assets" / "models")
    said = run(folder, "tools.new_tab", STEM, VERB)
    return folder, [line for line in said.splitlines() if (folder / line).is_file()]


def test_what_is_written_is_laid_out_and_typed(copy):
    folder, names = copy
    code = [name for name in names if name.endswith(".py")]
    run(folder, "ruff", "check", *code)
    run(folder, "ruff", "format", "--check", *code)
    typed = [name for name in code if name.startswith(("services", "figures", "tabs"))]
    # Against our own modules alone: to read those of Gradio and NumPy takes half a minute.
    run(folder, "mypy", "--follow-imports=silent", "--no-site-packages", *typed)


def test_its_own_tests_and_the_rules_of_the_house_pass(copy):
    folder, _ = copy
    run(
        folder,
        "pytest",
        f"tests/{STEM}",
        "tests/house/test_architecture.py",
        "-p",
        "no:cacheprovider",
    )


def test_it_stands_in_every_list(copy):
    folder, _ = copy
    contract = (folder / "docs" / "api.md").read_text(encoding="utf-8")
    assert f"or `{STEM}`; the names are" in contract
    assert f"| `/{VERB}` | `text`, `model=" in contract
    assert f"| {STEM} | `layer`, `beside` (a second model) |" in contract
    assert f"| **{STEM.capitalize()}** |" in (folder / "README.md").read_text(encoding="utf-8")
    assert (folder / "assets" / STEM / "opening.json").is_file()


@pytest.mark.parametrize(
    ("stem", "verb", "sentence"),
    [
        ("Echoes", "measure", "The stem is 'Echoes'; take one word of the small letters"),
        ("echoes", "import", "The verb is 'import'"),
        ("echoes", "echoes", "the same word"),
        ("attention", "measure", "services/attention is there already"),
        ("echoes", "attend", "/attend is an endpoint already"),
    ],
)
def test_a_name_that_cannot_be_is_refused(stem, verb, sentence):
    with pytest.raises(CannotWriteError, match=sentence):
        check(ROOT, stem, verb)
