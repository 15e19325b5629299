"""Documents that cannot rot: README, Spacefile, pins, contract and app say the same."""

import json
import re
import tomllib

import pytest

from core.paths import ROOT
from core.spacefile import Hub, Queue
from models.hub.files import FORMATS, SMALL
from tabs import TABS
from tools.contract_rows import TABLE, rows

README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRACT = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
DEFAULT = re.compile(r"`(\w+)=([^`]+)`")


def front_matter():
    lines = README.split("---")[1].strip().splitlines()
    pairs = [line.split(": ", 1) for line in lines if ": " in line]
    return {key: value.strip('"') for key, value in pairs}


def pins():
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split("==") for line in lines if "==" in line)


def test_the_front_matter_agrees_with_spacefile_and_pins(space):
    matter = front_matter()
    assert matter["title"] == space.title
    assert matter["sdk"] == "gradio"
    assert matter["sdk_version"] == pins()["gradio"]
    assert matter["app_file"] == "app.py"
    assert matter["python_version"] == "3.12"
    assert matter["license"] == "apache-2.0"
    assert len(matter["short_description"]) <= 60
    block = README.split("---")[1].split("models:")[1]
    models = re.findall(r"^ *- (\S+/\S+)$", block, re.MULTILINE)
    assert models == [entry.repo for entry in space.checkpoints if entry.repo]


def test_a_space_is_built_with_the_first_model_of_the_hub_of_each_tab(space):
    """At the Spacefile's commits; those that move or have no safetensors come when asked for."""
    said = README.split("publish none")[0].split("wherever they are published;")[1]
    pickled = set(re.findall(r"\*([\w-]+)\*", said))
    hub = [entry for entry in space.checkpoints if entry.tier == "hub"]
    first = {}
    for entry in hub:
        for capability in entry.capabilities:
            first.setdefault(capability, entry)
    expected = {
        (entry.repo, entry.revision)
        for entry in first.values()
        if re.fullmatch(r"[0-9a-f]{40}", entry.revision) and entry.name not in pickled
    }
    block = README.split("---")[1].split("preload_from_hub:")[1].split("models:")[0]
    lines = [line.strip(" -").split(" ") for line in block.strip().splitlines()]
    assert {(repo, commit) for repo, _, commit in lines} == expected
    assert len(lines) == len(expected) == 3
    for _, files, _ in lines:
        names = set(files.split(","))
        assert {"config.json", FORMATS[0].whole, "tokenizer.json"} <= names
        assert names <= SMALL | {FORMATS[0].whole}


def test_readme_says_which_models_are_not_pinned(space):
    said = README.split("may change:")[1].split("at `main`")[0]
    moving = {entry.name for entry in space.checkpoints if entry.revision == "main"}
    assert set(re.findall(r"\*([\w-]+)\*", said)) == moving


def test_the_contract_says_the_defaults_of_the_hubs_table(space):
    example = CONTRACT.split("[hub]")[1].split("[[checkpoint]]")[0]
    hub = tomllib.loads(example.partition("\n")[2])
    assert Hub(**hub) == Hub() == space.hub
    assert f"{space.hub.memory_bytes / 1e9:.1f} GB of weights" in CONTRACT


def test_the_contract_says_the_queue_that_ships_and_its_defaults(space):
    example = CONTRACT.split("[queue]")[1].split("[hub]")[0]
    queue = tomllib.loads(example)
    assert Queue(**queue) == space.queue == Queue(queue["max_size"], queue["concurrency"])
    for number in (space.queue.unheard_seconds, space.queue.kept_seconds):
        assert f" {number} s" in CONTRACT
    assert f"{space.queue.new_sessions} new sessions a minute" in CONTRACT
    assert f"with {space.queue.new_sessions_at_once} at once" in CONTRACT
    assert f"one session has {space.queue.session_size} calls" in CONTRACT


@pytest.mark.parametrize("tab", TABS, ids=lambda tab: tab.stem)
def test_every_tab_is_documented(tab):
    assert f"| **{tab.title}** |" in README
    explain = (ROOT / "assets" / tab.stem / "explain.md").read_text(encoding="utf-8")
    assert explain.startswith(("## View: ", "## Intuition\n"))
    assert "## Intuition\n" in explain
    assert "\n## Mathematics\n" in explain
    examples = tomllib.loads((ROOT / "assets" / tab.stem / "examples.toml").read_text())
    assert len(examples["example"]) >= 5
    assert all(len(example["look_for"]) > 20 for example in examples["example"])
    assert (ROOT / "docs" / "screenshots" / f"{tab.stem}-1280-light.png").is_file()


def test_every_pin_is_exact_but_torch():
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    loose = [line for line in lines if line and "#" not in line and "==" not in line]
    assert loose == ["torch>=2.9,<2.14"]


def test_every_endpoint_of_the_app_is_in_the_contract(client):
    named = set(client.view_api(return_format="dict", print_info=False)["named_endpoints"])
    promised = set(re.findall(r"^\| `(/\w+)` \|", CONTRACT, re.MULTILINE))
    assert named <= promised
    assert {"/models", *(f"/{name}" for tab in TABS for name in tab.endpoints)} == named


def test_the_parameters_are_those_of_the_contract(client):
    endpoints = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    for name, described in endpoints.items():
        row = re.search(rf"^\| `{name}` \| (.*?) \|", CONTRACT, re.MULTILINE)[1]
        promised = re.findall(r"`(\w+)(?:=[^`]*)?`", row)
        seen = [parameter["parameter_name"] for parameter in described["parameters"]]
        assert seen == [word for word in promised if word in seen], name
        assert len(seen) == len(described["parameters"])
        defaults = {word: json.loads(said) for word, said in DEFAULT.findall(row)}
        for one in described["parameters"]:
            if one["parameter_has_default"] and one["parameter_name"] in defaults:
                said = defaults[one["parameter_name"]]
                assert said == one["parameter_default"], (name, one["parameter_name"])


def test_the_stems_that_a_link_may_name_are_those_of_the_tabs():
    sentence = CONTRACT.split("`<stem>` is")[1].split("; the names are")[0]
    assert re.findall(r"`(\w+)`", sentence) == [tab.stem for tab in TABS]


def test_what_a_link_may_name_is_written_by_the_settings_of_the_tabs(desk):
    assert TABLE.search(CONTRACT)[0] == rows(desk), "run python -m tools.contract_rows"


def test_nothing_of_this_machine_and_no_registry_is_committed():
    import subprocess

    files = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True).stdout
    for name in files.splitlines():
        path = ROOT / name
        if path.is_file() and path.suffix in (".py", ".md", ".toml", ".txt", ".js", ".css", ""):
            assert str(ROOT) + "/" not in path.read_text(encoding="utf-8", errors="ignore"), name
            assert path.stat().st_size < 10_000_000, name
