"""The pocket translator, and what a view's code says when it is run."""

import subprocess
import sys

import pytest

from core.paths import ROOT


@pytest.fixture(scope="session")
def pocket(checkpoints):
    return checkpoints.load(checkpoints.default("translation"), "translation")


def said_by(code):
    """What the code prints, run as whoever copies it runs it."""
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
