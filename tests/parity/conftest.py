"""The published architectures, each built once for the module that uses it, and then let go."""

import gc
import random
from types import SimpleNamespace

import pytest

from scenes.compose import random_scene
from scenes.scene import draw
from tabs.kit.snippets import filled
from tests.fakes import published

CLOSE = {"rtol": 0, "atol": 1e-5}


@pytest.fixture(scope="module")
def built(space):
    """`built(name)`: the model of that name, loaded; let go after the module."""
    kept = {}

    def build(name):
        if name not in kept:
            kept.clear()  # one at a time: eleven of them would be 5 GB
            gc.collect()
            kept[name] = published.model(space, name)
        return kept[name]

    yield build
    kept.clear()
    gc.collect()


@pytest.fixture(scope="session")
def picture():
    """A drawn scene of no special size."""
    return draw(random_scene(random.Random(3)), 300)


def run(name, checkpoint, folder, *, fill=filled, **values):
    """What the snippet of that name leaves behind, run with this model's files in a folder."""
    code = fill(name, checkpoint, **values)
    assert f"revision = {checkpoint.revision!r}" in code
    code = code.replace(f"folder = {checkpoint.repo!r}", f"folder = {str(folder)!r}")
    names = {}
    exec(compile(code, name, "exec"), names)
    return SimpleNamespace(**names)
