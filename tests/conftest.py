"""What the tests share: the app over HTTP, the pocket BERT, and a tiny random one."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

os.environ["HF_HUB_OFFLINE"] = "1"  # before anything of Hugging Face is imported
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ.pop("LECTERN_HUB", None)

import pytest
from xdist.scheduler import LoadFileScheduling

from core.paths import ROOT
from core.spacefile import Checkpoint, Limits, Space, read_spacefile
from models.checkpoints import Checkpoints
from models.loaded import Loaded
from models.serving import Desk

START_SECONDS = 60  # how long a page may take to come up on a busy machine


# Of the browser files those that the other process takes, so that both end at the same time.
EITHER = ("builder", "captioning", "hub", "links", "space", "stream", "tabs", "upload")


class Scheduling(LoadFileScheduling):
    """What runs in one process: a file of tests, or nearly all that need a browser.

    Of two browsers on two cores each waits for the other; beside one, all else has a core.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::")[0]
        one_of_many = file.startswith("tests/browser/") and not Path(file).stem.endswith(EITHER)
        return "browser" if one_of_many else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Scheduling:
    """Asked for by pytest-xdist, where `make test` runs two processes."""
    return Scheduling(config, log)


@pytest.fixture(scope="session")
def space() -> Space:
    """The Spacefile that ships."""
    return read_spacefile(ROOT / "Spacefile")


@pytest.fixture(scope="session")
def checkpoints(space: Space) -> Checkpoints:
    """The cache over the Spacefile that ships, loaded as tests ask for it."""
    return Checkpoints(space)


@pytest.fixture(scope="session")
def desk(checkpoints: Checkpoints) -> Desk:
    """The door to the models of that cache."""
    return Desk(checkpoints)


@pytest.fixture(scope="session")
def bert(checkpoints: Checkpoints) -> Loaded:
    """The pocket BERT."""
    return checkpoints.load(checkpoints.default("attention"))


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Repository to folder: tiny random models with the architectures of the published ones."""
    from tests.fakes.tiny_published import save_all

    return save_all(tmp_path_factory.mktemp("published"))


@pytest.fixture(scope="session")
def tiny_bert(space: Space, tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    """A random BERT of 2 layers and 2 heads over a vocabulary that fits in the eye."""
    from transformers import BertConfig, BertModel, BertTokenizer, set_seed

    set_seed(0)
    folder = tmp_path_factory.mktemp("tiny-bert")
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "cat", "##s", "sat", "mat", "on"]
    tokenizer = BertTokenizer(vocab={word: number for number, word in enumerate(words)})
    tokenizer.save_pretrained(folder)
    size = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2}
    config = BertConfig(vocab_size=len(words), intermediate_size=32, **size)
    BertModel(config).save_pretrained(folder)
    cache, entry = tiny_cache(
        space, folder, "Tiny BERT", "tokenization", "attention", "similarity"
    )
    return cache.load(entry)


def tiny_cache(
    space: Space, folder: Path, title: str, *capabilities: str, abstains: bool = False
) -> tuple[Checkpoints, Checkpoint]:
    """A cache over one model of 2 layers and 2 heads that a test has saved, and its entry."""
    entry = Checkpoint(
        name=title.lower().replace(" ", "-"),
        title=title,
        tier="pocket",
        capabilities=capabilities,
        licence="none",
        parameters=0,
        layers=2,
        heads=2,
        path=str(folder),
        abstains=abstains,
    )
    return Checkpoints(Space("Tiny", space.limits, space.queue, (entry,))), entry


@pytest.fixture(scope="session")
def limits(space: Space) -> Limits:
    """The limits that ship."""
    return space.limits


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleNamespace]:
    """The app as its users start it, in a process of its own, with its models ready."""
    port = free_port()
    home = tmp_path_factory.mktemp("server")
    log = home / "log.txt"
    environ = os.environ | {
        "GRADIO_SERVER_PORT": str(port),
        "GRADIO_TEMP_DIR": str(home / "files"),
    }
    with log.open("w") as stream:
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "app.py")], env=environ, stdout=stream, stderr=stream
        )
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(url, process, log)
        yield SimpleNamespace(url=url, port=port, process=process, log=log)
    finally:
        process.terminate()
        process.wait(20)
    left = [path.name for path in (home / "files").iterdir()]
    assert left == []  # whatever all these tests have sent and saved


@pytest.fixture(scope="session")
def client(server: SimpleNamespace) -> object:
    """The app's endpoints, over HTTP, once its models are ready."""
    from gradio_client import Client

    client = Client(server.url, verbose=False)
    deadline = time.monotonic() + START_SECONDS
    while any(
        model["state"] in ("cold", "loading") and model["tier"] == "pocket"
        for model in client.predict(api_name="/models")
    ):
        assert time.monotonic() < deadline, server.log.read_text()
        time.sleep(0.5)
    return client


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the page answers, or fail with what the process said."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"The app did not come up:\n{log.read_text()}")
