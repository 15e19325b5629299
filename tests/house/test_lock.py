"""What our requirements bring along is pinned, each file of it by its hash."""

import re

import pytest

from core.paths import ROOT
from tools.audit import judged
from tools.lock import BLOCK, LEFT_OUT

TORCHS = ("torch", "nvidia", "triton", "cuda")


def names(name):
    """Package to version, of a file of requirements."""
    text = (ROOT / name).read_text(encoding="utf-8")
    pins = re.findall(r"^([\w.-]+)==([\w.+-]+)", text, re.MULTILINE)
    return {re.sub(r"[._-]+", "-", package).lower(): version for package, version in pins}


def blocks(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    return [block for block in BLOCK.findall(text) if not block.startswith("#")]


@pytest.mark.parametrize("name", ["requirements", "requirements-test"])
def test_each_pin_is_in_its_lock_file_as_it_is(name):
    locked = names(f"{name}.lock") | names("requirements.lock")
    pinned = names(f"{name}.txt")
    assert pinned
    assert pinned.items() <= locked.items(), "run make lock"


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-test.lock"])
def test_each_package_has_its_version_and_the_hashes_of_its_files(name):
    for block in blocks(name):
        first, *rest = block.splitlines()
        assert re.match(r"[\w.-]+==\S+( ; .+)? \\$", first), first
        assert rest
        assert all(re.fullmatch(r" +--hash=sha256:[0-9a-f]{64}( \\)?", line) for line in rest)


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-test.lock"])
def test_a_lock_file_names_no_place_and_nothing_of_torch(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    assert "://" not in text
    assert "index-url" not in text
    assert [package for package in names(name) if package.startswith(TORCHS)] == []
    assert all(LEFT_OUT.match(f"{package}==1") for package in ("torch", "nvidia-cudnn-cu13"))


@pytest.mark.parametrize(
    ("packages", "status", "said"),
    [
        ([], 0, "no data on vulnerabilities can be had here"),
        ([{"name": "a", "skip_reason": "not found"}], 0, "no data on vulnerabilities"),
        (
            [{"name": "a", "version": "1", "vulns": []}, {"name": "b", "skip_reason": ""}],
            0,
            "audit: 1 of 2 packages were looked at; nothing is known",
        ),
        (
            [
                {
                    "name": "a",
                    "version": "1",
                    "vulns": [{"id": "PYSEC-1", "fix_versions": ["2", "1.1"]}],
                },
                {"name": "b", "skip_reason": "not found"},
            ],
            1,
            "audit: a 1 has PYSEC-1; mended in 2, 1.1",
        ),
    ],
)
def test_an_audit_fails_on_what_is_known_and_on_nothing_else(packages, status, said):
    found, (line,) = judged({"dependencies": packages})
    assert found == status
    assert said in line
