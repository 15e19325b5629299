"""Models from the Hub: fetched once, resumed, checked, and nobody else waits for them.

The Hub is a small one on loopback (`small_hub.py`); whoever asks it is a process of its own.
"""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from core.paths import ROOT
from tests.conftest import free_port
from tests.fakes.small_hub import SmallHub, environ
from tests.fakes.tiny_published import as_pickle

GPT2 = "openai-community/gpt2"
BERT = "google-bert/bert-base-uncased"
DISTIL = "distilbert/distilgpt2"
FAR = "somebody/gpt2"
OLD = "somebody/pickled"
WEIGHTS = "model.safetensors"
PICKLE = "pytorch_model.bin"


@pytest.fixture(scope="module")
def small(published):
    hub = SmallHub()
    for repo, folder in published.items():
        hub.add(repo, folder)
    with hub.serving():
        yield hub


@pytest.fixture(autouse=True)
def well_behaved(small):
    small.wrongs.clear()
    small.misbehave(GPT2, "")


def run(environment, *words):
    return subprocess.run(
        [sys.executable, *words],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=200,
    )  # fmt: skip


def ask(environment, code):
    """Run a visitor's code and read what it prints as JSON."""
    done = run(environment, "-c", "from tests.fakes.hub_visitor import *\n" + code)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


FETCH = """
from pathlib import Path
from models.hub.fetching import caches, fetch
from models.hub.progress import Meter
"""


def fetch(small, home, repo=GPT2, revision="main", options=""):
    """The folder that a process of its own fetched a model into, and what it says in the end."""
    done = run(
        environ(small.url, home),
        "-c",
        f"from tests.fakes.hub_visitor import *\n{FETCH}\nmeter = Meter()\n"
        f"folder = fetch({repo!r}, {revision!r}, caches()[0], meter{options})\n"
        "print(json.dumps([str(folder), meter.progress.done, meter.progress.total]))",
    )
    return json.loads(done.stdout) if done.returncode == 0 else done.stderr.splitlines()[-1]


def size(small, repo=GPT2):
    return sum(len(file.content) for file in small.repositories[repo].values())


# --- fetching ------------------------------------------------------------------------------------


def test_the_small_hub_speaks_what_huggingface_hub_asks(small, tmp_path):
    code = f"import huggingface_hub; print(huggingface_hub.snapshot_download({GPT2!r}))"
    done = run(environ(small.url, tmp_path), "-c", code)
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "hub" / "models--openai-community--gpt2" / "snapshots" / small.commit(GPT2)
    assert done.stdout.strip() == str(folder)
    assert (folder / WEIGHTS).read_bytes() == small.repositories[GPT2][WEIGHTS].content


def test_what_is_fetched_lies_where_huggingface_hub_looks_for_it(small, tmp_path):
    folder, done, total = fetch(small, tmp_path)
    assert done == total == size(small)
    small.asked.clear()
    code = (
        "from huggingface_hub import snapshot_download as s;"
        f"print(s({GPT2!r}, local_files_only=True))"
    )
    found = run(environ(small.url, tmp_path, HF_HUB_OFFLINE="1"), "-c", code)
    assert found.stdout.strip() == folder
    assert small.asked == []


def test_what_others_fetched_is_not_fetched_again(small, tmp_path):
    code = f"import huggingface_hub; print(huggingface_hub.snapshot_download({GPT2!r}))"
    theirs = run(environ(small.url, tmp_path), "-c", code).stdout.strip()
    small.asked.clear()
    told = ask(
        environ(small.url, tmp_path),
        f"""
from models.hub.fetching import caches
from models.hub.files import cached
print(json.dumps(str(cached({GPT2!r}, "main", caches()))))
""",
    )
    assert told == theirs
    assert small.asked == []


def test_only_what_a_model_needs_is_fetched_and_the_weights_last(small, tmp_path):
    more = {"pytorch_model.bin": b"a pickle", "evil.py": b"import os", "README.md": b"# Card"}
    as_it_was = dict(small.repositories[GPT2])
    for name, content in more.items():
        small.repositories[GPT2][name] = type(as_it_was["config.json"])(content)
    fetch(small, tmp_path)
    small.repositories[GPT2] = as_it_was
    names = [path.rpartition("/")[2] for _, path, _ in small.asked if "/resolve/" in path]
    assert names[-1] == WEIGHTS
    assert not set(names) & set(more)


@pytest.mark.parametrize("wrong", ["break once", "stall once", "no ranges"])
def test_a_download_that_breaks_goes_on_where_it_stopped(small, tmp_path, wrong):
    small.misbehave(GPT2, wrong)
    folder, done, total = fetch(small, tmp_path)
    with open(f"{folder}/{WEIGHTS}", "rb") as stream:
        assert stream.read() == small.repositories[GPT2][WEIGHTS].content
    assert done == total
    ranges = [range_ for _, path, range_ in small.asked if "/cdn/" in path]
    whole = len(small.repositories[GPT2][WEIGHTS].content)
    assert ranges[0] == ""
    assert 0 < int(re.fullmatch(r"bytes=(\d+)-", ranges[1])[1]) < whole
    served_twice = small.served[WEIGHTS] - whole
    assert (served_twice > 0) == (wrong == "no ranges")  # who cannot resume sends all again


def test_a_download_is_resumed_by_the_next_process(small, tmp_path):
    small.misbehave(GPT2, "stall")
    assert "stalled" in fetch(small, tmp_path)
    (part,) = tmp_path.glob("hub/*/blobs/*.incomplete")
    here = part.stat().st_size
    assert here > 0
    small.misbehave(GPT2, "")
    _, done, total = fetch(small, tmp_path)
    assert done == total
    assert ("GET", f"bytes={here}-") in [(method, range_) for method, _, range_ in small.asked]
    assert small.served[WEIGHTS] == len(small.repositories[GPT2][WEIGHTS].content) - here
    assert not part.exists()


def test_a_damaged_file_is_thrown_away_and_comes_anew(small, tmp_path):
    small.misbehave(GPT2, "damaged")
    assert "arrived damaged" in fetch(small, tmp_path)
    assert list(tmp_path.glob("hub/*/blobs/*.incomplete")) == []
    small.misbehave(GPT2, "")
    folder, _, _ = fetch(small, tmp_path)
    with open(f"{folder}/{WEIGHTS}", "rb") as stream:
        assert stream.read() == small.repositories[GPT2][WEIGHTS].content


def test_verifying_finds_what_was_damaged_on_disk(small, tmp_path):
    folder, _, _ = fetch(small, tmp_path)
    with open(f"{folder}/{WEIGHTS}", "r+b") as stream:
        stream.seek(-1, 2)
        stream.write(b"\xff")
    fetch(small, tmp_path, options=", verify=True")
    with open(f"{folder}/{WEIGHTS}", "rb") as stream:
        assert stream.read() == small.repositories[GPT2][WEIGHTS].content


def test_verifying_finds_a_damaged_copy_where_links_are_not_possible(small, tmp_path):
    folder, _, _ = fetch(small, tmp_path)
    named = Path(folder, WEIGHTS)
    content = named.read_bytes()
    named.unlink()
    named.write_bytes(content[:1000])
    fetch(small, tmp_path, options=", verify=True")
    assert named.read_bytes() == content


def test_retry_fetches_anew_what_was_damaged_or_removed_on_disk(small, published, tmp_path):
    small.add(FAR, published[GPT2])
    folder, _, _ = fetch(small, tmp_path)
    small.misbehave(GPT2, "")
    told = ask(
        environ(small.url, tmp_path),
        f"""
import threading
from pathlib import Path
weights = Path({folder!r}, {WEIGHTS!r}).resolve()
weights.write_bytes(weights.read_bytes()[:1000])
cache = visitors("one={GPT2}", "two={FAR}", room=1)
model, other = cache.named("one", "generation"), cache.named("two", "generation")
told = []
for _ in range(2):
    try:
        cache.load(model, patience=60)
    except UserError as error:
        told.append(str(error))
    told.append(len(cache.tokenizer(model)))  # in memory, whatever became of the weights
    cache.retry("one")
    for thread in threading.enumerate():
        if thread.name in ("retry one", "one"):  # a process that ends in the midst of it aborts
            thread.join()
    told.append(stands(cache, "one")["state"])
    cache.load(other, patience=60)  # for which the first leaves memory
    assert stands(cache, "one")["state"] == "cold"
    weights.unlink()
print(json.dumps(told))
""",
    )
    said = r"model\.safetensors has SHA-256 \w+… where the Hub says \w+…; retry fetches it again"
    (damaged, *mended), (removed, *again) = told[:3], told[3:]
    assert re.fullmatch("one is not available: " + said, damaged)
    assert removed.endswith("its files could not be read (OSError); retry fetches them again")
    assert mended == again == [300, "ready"]


def test_a_hub_that_answers_a_pinned_commit_with_another_is_not_believed(monkeypatch):
    from core.errors import HubError
    from models.hub import fetching as hub

    about = SimpleNamespace(sha="b" * 40, siblings=[])
    monkeypatch.setattr(hub, "HfApi", lambda: SimpleNamespace(model_info=lambda *_, **__: about))
    with pytest.raises(HubError, match=r"aaaaaaaaaaaa gives another commit \(bbbbbbbbbbbb\): che"):
        hub.listing(GPT2, "a" * 40)


def test_a_cache_that_may_not_be_entered_holds_nothing(tmp_path, monkeypatch):
    from models.hub import files as hub_files

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(hub_files, "complete", refuse)
    assert hub_files.cached(GPT2, "ab" * 20, (tmp_path,)) is None


def test_a_pinned_commit_is_asked_for_and_kept_under_its_name(small, tmp_path):
    commit = "0123456789" * 4
    folder, _, _ = fetch(small, tmp_path, revision=commit)
    assert folder.endswith(f"/snapshots/{commit}")
    assert not list(tmp_path.glob("hub/*/refs/*"))


def test_weights_in_several_files_are_whole_only_with_all_of_them(tmp_path):
    from models.hub.files import complete

    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "tokenizer.json").write_text("{}")
    shards = {f"model-0000{n}-of-00002.safetensors" for n in (1, 2)}
    index = {"weight_map": dict(zip("ab", sorted(shards), strict=True))}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index))
    assert complete(tmp_path, weights=False)
    for shard in shards:
        assert not complete(tmp_path)
        (tmp_path / shard).touch()
    assert complete(tmp_path)


def test_a_pickle_is_whole_too_but_not_beside_half_of_better_files(tmp_path):
    from models.hub.files import complete

    for name in ("config.json", "tokenizer.json", "pytorch_model.bin"):
        (tmp_path / name).write_text("{}")
    assert complete(tmp_path)
    # What another program fetches whole comes in any order: these weights are on their way.
    index = {"weight_map": {"a": "model-00001-of-00001.safetensors"}}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index))
    assert not complete(tmp_path)


LOGITS = """
import torch
loaded = cache.load(cache.named("old", "generation"), patience=60)
with torch.no_grad():
    print(json.dumps(loaded.model(torch.tensor([[1, 2, 3]])).logits[0].tolist()))
"""


def test_a_model_without_safetensors_is_read_from_its_pickle_with_the_same_numbers(
    small, published, tmp_path
):
    twin = ask(environ(small.url, tmp_path), f"cache = visitors('old={GPT2}')\n{LOGITS}")
    folder = shutil.copytree(published[GPT2], tmp_path / "pickled")
    as_pickle(folder)
    small.add(OLD, folder)
    told = ask(environ(small.url, tmp_path), f"cache = visitors('old={OLD}')\n{LOGITS}")
    assert told == twin
    assert sum(map(len, told)) > 100
    fetched = [path.rpartition("/")[2] for _, path, _ in small.asked if f"/cdn/{OLD}/" in path]
    assert fetched[-1] == PICKLE


def test_a_pickle_in_several_files_is_fetched_with_its_index(small, published, tmp_path):
    import torch
    from safetensors.torch import load_file

    folder = shutil.copytree(published[GPT2], tmp_path / "sharded")
    weights = sorted(load_file(folder / WEIGHTS).items())
    (folder / WEIGHTS).unlink()
    index = {}
    for number, part in enumerate((weights[:5], weights[5:]), start=1):
        name = f"pytorch_model-0000{number}-of-00002.bin"
        torch.save(dict(part), folder / name)
        index |= dict.fromkeys(dict(part), name)
    content = {"metadata": {"total_size": 1}, "weight_map": index}
    (folder / "pytorch_model.bin.index.json").write_text(json.dumps(content))
    small.add(OLD, folder)
    twin = ask(environ(small.url, tmp_path), f"cache = visitors('old={GPT2}')\n{LOGITS}")
    told = ask(environ(small.url, tmp_path), f"cache = visitors('old={OLD}')\n{LOGITS}")
    assert told == twin


class Bomb:
    """Whoever unpickles it writes a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (self.path, "w")


def test_a_pickle_that_would_run_code_is_refused_in_one_sentence_and_nothing_runs(
    small, published, tmp_path
):
    import torch

    ran = tmp_path / "it-ran"
    folder = shutil.copytree(published[GPT2], tmp_path / "bomb")
    (folder / WEIGHTS).unlink()
    torch.save({"wte.weight": torch.zeros(2), "bomb": Bomb(str(ran))}, folder / PICKLE)
    small.add(OLD, folder)
    told = ask(
        environ(small.url, tmp_path),
        f"""
cache = visitors("old={OLD}")
try:
    cache.load(cache.named("old", "generation"), patience=60)
except UserError:
    print(json.dumps(stands(cache, "old")))
""",
    )
    assert not ran.exists()
    assert told["state"] == "unavailable"
    assert told["reason"] == (
        "its pytorch_model.bin holds more than weights, which is never read because it could run "
        "code; name a revision with safetensors, or another model"
    )
    # It is a bomb indeed.
    torch.load(folder / PICKLE, weights_only=False)["bomb"].close()
    assert ran.exists()


def test_a_space_keeps_models_on_its_own_storage_and_finds_those_it_came_with(tmp_path):
    from models.hub.fetching import caches
    from models.hub.files import cached, home

    own, usual = caches(tmp_path)
    assert own == tmp_path / "huggingface" / "hub"
    assert caches() == (usual,)
    commit = "ab" * 20
    assert cached(GPT2, commit, (tmp_path / "first", tmp_path / "second")) is None
    folder = home(tmp_path / "second", GPT2) / "snapshots" / commit
    folder.mkdir(parents=True)
    for name in ("config.json", "tokenizer.json", WEIGHTS):
        (folder / name).touch()
    assert cached(GPT2, commit, (tmp_path / "first", tmp_path / "second")) == folder


# --- whoever waits -------------------------------------------------------------------------------

STORIES = f"""
import threading
cache = visitors(
    "slow={GPT2}", "words={DISTIL}", "again={FAR}", "other={BERT}", pocket=True
)
model = lambda name: cache.named(name, "generation")
told = {{}}

said = []
def visit():
    try:
        cache.load(model("slow"), patience=0.3)
    except UserError as error:
        said.append([type(error).__name__, str(error)])
threads = [threading.Thread(target=visit) for _ in range(20)]
for thread in threads: thread.start()
for thread in threads: thread.join()
while not stands(cache, "slow")["bytes_total"] > 100_000:
    time.sleep(0.05)
time.sleep(0.5)
during = stands(cache, "slow")
words = len(cache.tokenizer(cache.default("tokenization"))("the cat sat")["input_ids"])
loaded = cache.load(model("slow"), patience=60)
same = cache.load(model("slow")).model is loaded.model
told["slow"] = [said, during, words, stands(cache, "slow"), same]

words = cache.tokenizer(model("words"), patience=30)
told["words"] = [len(words), stands(cache, "words")["state"]]

said = []
for _ in range(2):
    try:
        cache.load(model("again"), patience=30)
    except UserError as error:
        said.append(str(error))
cache.retry("again")
cache.retry("again")
cache.retry("nobody")
while stands(cache, "again")["state"] in ("cold", "loading"):
    time.sleep(0.05)
told["again"] = [said, stands(cache, "again")]

try:
    cache.load(model("other"), patience=30)
except UserError as error:
    told["other"] = str(error)
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def stories(small, published, tmp_path_factory):
    """What one process tells whose visitors ask for models that are slow, broken or wrong."""
    small.add(FAR, published[GPT2])
    small.misbehave(GPT2, "slow")
    small.misbehave(FAR, "429 once")
    told = ask(environ(small.url, tmp_path_factory.mktemp("stories")), STORIES)
    told["fetched"] = [path for _, path, _ in small.asked if path.endswith(WEIGHTS)]
    return told


def test_visitors_do_not_wait_long_and_hear_how_far_it_is(stories, small):
    said, during, _, _, _ = stories["slow"]
    assert len(said) == 20
    assert {kind for kind, _ in said} == {"NotReadyError"}
    assert re.search(r"slow is on its way \(.*\)\. The other models work meanwhile", said[0][1])
    assert during["state"] == "loading"
    assert 0 < during["bytes_done"] < during["bytes_total"] == size(small)
    assert during["seconds_left"] > 0


def test_a_pocket_model_is_read_while_the_bytes_come(stories):
    assert stories["slow"][2] == 5


def test_a_slow_download_is_one_for_all(stories):
    _, _, _, after, same = stories["slow"]
    assert (after["state"], after["bytes_total"]) == ("ready", 0)
    assert same
    assert sum(f"/cdn/{GPT2}/" in path for path in stories["fetched"]) == 1


def test_a_tokenizer_comes_without_the_weights(stories):
    assert stories["words"] == [300, "cold"]
    assert not any(DISTIL in path for path in stories["fetched"])


def test_what_failed_is_tried_again_when_asked_and_only_then(stories):
    said, after = stories["again"]
    assert said[0] == said[1]
    assert "takes no more requests from here for now (429)" in said[0]
    assert (after["state"], after["reason"]) == ("ready", "")


def test_another_architecture_is_refused_before_its_weights_come(stories):
    told = stories["other"]
    assert "other.capabilities names generation, which takes LMHeadModel or ForCausalLM" in told
    assert "config.json says BertForMaskedLM; remove generation, or name another model" in told
    assert not any(BERT in path for path in stories["fetched"])


# --- the command line ----------------------------------------------------------------------------


def test_download_fetches_all_that_the_spacefile_names_and_says_what_it_cost(
    small, space, tmp_path
):
    environment = environ(small.url, tmp_path)
    del environment["LECTERN_HUB"]
    done = run(environment | {"HF_HUB_OFFLINE": "1"}, "app.py", "--download")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    hub = [entry for entry in space.checkpoints if entry.tier == "hub"]
    assert lines[0] == f"{len(hub)} models of the Hub, into {tmp_path / 'hub'}"
    for entry, line in zip(hub, lines[1:-1], strict=True):
        words = rf"{entry.name}: [\d.]+ [kM]B at [0-9a-f]{{12}}( \(main, not pinned\))?, checked,"
        assert re.match(words, line)
        assert ("not pinned" in line) == (entry.revision == "main")
    assert re.fullmatch(r"together: [\d.]+ MB on disk; [\d.]+ .B are free", lines[-1])

    # What has come is served where nothing can be asked, and nothing is fetched again.
    small.misbehave(DISTIL, "404")
    code = (
        "from models.download import download;"
        "sys.exit(download(read_spacefile(ROOT / 'Spacefile')))"
    )
    again = run(
        environment | {"LECTERN_HUB": "1"}, "-c", "from tests.fakes.hub_visitor import *\n" + code
    )
    assert again.returncode == 1
    assert again.stderr.splitlines() == [
        f"distilgpt2: 127.0.0.1:{small.port} shows no {DISTIL} to this page (404): check the name "
        "in the Spacefile; a private model needs HF_TOKEN.",
        f"1 of {len(hub)} models were not fetched or checked; what came before stays.",
    ]
    assert small.served == {}

    small.asked.clear()
    told = ask(
        environment,
        """
cache = Checkpoints(read_spacefile(ROOT / "Spacefile"))
cache.check()
print(json.dumps(cache.describe()))
""",
    )
    assert {each["state"] for each in told} == {"cold"}
    assert small.asked == []


def test_download_without_network_says_it_twice_and_ends(space, tmp_path):
    done = run(environ(f"http://127.0.0.1:{free_port()}", tmp_path), "app.py", "--download")
    assert done.returncode == 1
    hub = [entry for entry in space.checkpoints if entry.tier == "hub"]
    first, second, left, last = done.stderr.splitlines()
    assert first.startswith(f"{hub[0].name}: 127.0.0.1:")
    assert "cannot be reached: there seems to be no network; connect, then retry." in first
    assert second.startswith(f"{hub[1].name}: 127.0.0.1:")
    assert left == f"{len(hub) - 2} more are not asked for: start it again when that is mended."
    assert (
        last
        == f"{len(hub)} of {len(hub)} models were not fetched or checked; what came before stays."
    )


def test_help_is_said_before_anything_is_imported(tmp_path):
    done = run(environ("http://hub.invalid", tmp_path), "-X", "importtime", "app.py", "--help")
    assert done.returncode == 0
    assert "--download" in done.stdout
    assert "--offline" in done.stdout
    assert "gradio" not in done.stderr
