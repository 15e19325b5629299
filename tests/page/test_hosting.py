"""The container's recipe: checked by a linter, and it starts what `make run` starts."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from core.paths import ROOT
from core.settings import Settings
from core.spacefile import read_spacefile
from page.frame import ROUTES
from page.serving import most_upload

RECIPE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
REQUIREMENTS = (ROOT / "requirements.txt").read_text(encoding="utf-8")
HOSTING = (ROOT / "docs" / "hosting.md").read_text(encoding="utf-8")


def steps():
    """The Dockerfile's instructions, as (word, rest) with its long lines joined."""
    lines = re.sub(r"\\\n\s*", "", RECIPE).splitlines()
    return [tuple(line.split(" ", 1)) for line in lines if line and not line.startswith("#")]


def environment():
    words = shlex.split(next(rest for word, rest in steps() if word == "ENV"))
    return dict(word.split("=", 1) for word in words)


def test_the_linter_finds_nothing():
    linter = shutil.which("hadolint", path=Path(sys.executable).parent)
    done = subprocess.run([linter, ROOT / "Dockerfile"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


def test_what_is_copied_is_there_and_the_rest_is_left_out():
    copied = [shlex.split(rest)[1:-1] for word, rest in steps() if word == "COPY"]
    assert copied == [["requirements.lock"], ["."]]
    left_out = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    for name in (
        "app.py",
        "Spacefile",
        "requirements.lock",
        "assets",
        "figures",
        "services",
        "tabs",
    ):
        assert (ROOT / name).exists()
        assert name not in left_out
    assert {".git", ".venv", "tests"} <= set(left_out)


def test_the_packages_are_those_of_the_lock_file_and_torch_for_the_processor():
    (install,) = [rest for word, rest in steps() if word == "RUN" and "pip" in rest]
    locked, torch = install.split("&&")
    assert shlex.split(locked)[2:] == [
        *("--no-cache-dir", "--user", "--no-deps", "--require-hashes", "-r", "requirements.lock")
    ]
    (ranged,) = re.findall(r"^torch.*", REQUIREMENTS, re.MULTILINE)
    assert shlex.split(torch)[2:] == [
        *("--no-cache-dir", "--user", ranged),
        *("--index-url", "https://download.pytorch.org/whl/cpu"),
    ]
    python = re.match(r"python:(\d+\.\d+)-slim", dict(steps())["FROM"])[1]
    assert f'python_version: "{python}"' in (ROOT / "README.md").read_text(encoding="utf-8")


def test_command_port_and_address_are_the_apps_own():
    settings = Settings.from_env(environment())
    assert settings.host == "0.0.0.0"
    assert settings.port == Settings.port == int(dict(steps())["EXPOSE"])
    (last,) = [rest for word, rest in steps() if word == "CMD"]
    assert json.loads(last) == ["python", "app.py"]
    health = next(rest for word, rest in steps() if word == "HEALTHCHECK")
    assert f"http://127.0.0.1:{settings.port}/healthz'" in health
    assert "/healthz" in [route.path for route in ROUTES]


def test_the_guide_names_commands_and_settings_that_exist():
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert set(re.findall(r"`?make (\w+)", HOSTING)) <= set(targets)
    options = set(re.findall(r"app\.py (--\w+)", HOSTING))
    app = (ROOT / "app.py").read_text(encoding="utf-8")
    assert options
    assert all(f'"{option}"' in app for option in options)
    for module in re.findall(r"python -m (\w+)\.(\w+)", HOSTING):
        assert (ROOT / module[0] / f"{module[1]}.py").is_file()


def test_nginx_lets_through_what_the_page_refuses_with_a_sentence_and_little_more():
    limits = read_spacefile(ROOT / "Spacefile").limits
    (megabytes,) = re.findall(r"client_max_body_size (\d+)m;", HOSTING)
    allowed = int(megabytes) * 2**20  # nginx counts in powers of two
    assert most_upload(limits) < allowed < 1.1 * most_upload(limits)
    assert f"{most_upload(limits) / 1e6:.2f} MB" in HOSTING
    assert limits.picture_bytes < most_upload(limits)
    assert f"takes {limits.picture_bytes / 1e6:.0f} MB of a picture" in HOSTING


def test_the_guide_publishes_with_the_command_that_is_installed():
    """`hf` knows every word that the guide gives it; nothing is sent."""
    hf = shutil.which("hf", path=Path(sys.executable).parent)
    block = re.search(r"hf auth login\n(.*?)```", HOSTING, re.DOTALL)[1]
    for line in block.strip().splitlines():
        words = shlex.split(line, comments=True)
        command = words[: 3 if words[1] == "repos" else 2]
        said = subprocess.run(
            [hf, *command[1:], "--help"], capture_output=True, text=True, timeout=60
        ).stdout
        for word in words[len(command) :]:
            if word.startswith("--"):
                assert word in said, line
