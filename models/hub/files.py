"""Which files of a repository are fetched, and where they lie in the cache.

The cache is that of huggingface_hub, so that what others fetched (a Space's `preload_from_hub`,
a notebook) is used, and the other way round: `blobs/<hash>` holds a file, `snapshots/<commit>/`
names it, `refs/<branch>` says which commit a branch was.
"""

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from core.errors import HubError

CONFIG = "config.json"
# One of these makes a tokenizer; the others only change it.
TOKENIZERS = ("tokenizer.json", "vocab.txt", "vocab.json", "spiece.model")
SMALL = {
    *(CONFIG, "generation_config.json", "preprocessor_config.json", "processor_config.json"),
    *("tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "merges.txt"),
    *("sentencepiece.bpe.model", "source.spm", "target.spm", *TOKENIZERS),
}
COMMIT = re.compile(r"[0-9a-f]{40}")
HASH = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True)
class Format:
    """How weights are published: in one file, or in several that an index names."""

    whole: str
    shard: re.Pattern[str]

    @property
    def index(self) -> str:
        """The file that says which weight is in which of several files."""
        return f"{self.whole}.index.json"


# The first that is there is taken, by transformers too. Of a pickle only its tensors are read
# (`read_model`), and it is fetched only where nothing better is published.
FORMATS = (
    Format("model.safetensors", re.compile(r"model-\d{5}-of-\d{5}\.safetensors")),
    Format("pytorch_model.bin", re.compile(r"pytorch_model-\d{5}-of-\d{5}\.bin")),
)


@dataclass(frozen=True)
class RemoteFile:
    """A file of a repository; its hash is its name among the cache's blobs."""

    name: str
    size: int  # bytes
    hash: str  # SHA-256 of a large file, git's SHA-1 of any other

    @property
    def weights(self) -> bool:
        """Whether it holds weights: all the others are small."""
        return self.name.endswith((".safetensors", ".bin"))


@dataclass(frozen=True)
class Listing:
    """What a repository holds at one commit, of what is needed here; the weights come last."""

    commit: str
    files: tuple[RemoteFile, ...]


def chosen(repo: str, revision: str, commit: str, files: list[RemoteFile]) -> Listing:
    """The files that make a model. Raises HubError when they are not all published.

    Safetensors wherever they are published; a pickle where nothing else is.
    """
    small = [file for file in files if file.name in SMALL]
    weights: list[RemoteFile] = []
    for kind in FORMATS:
        weights = weights or _published(kind, files)
    if CONFIG not in {file.name for file in small}:
        raise HubError(f"{repo} has no {CONFIG} at {revision}: it is not a model for transformers")
    if not weights:
        raise HubError(
            f"{repo} publishes neither {' nor '.join(kind.whole for kind in FORMATS)} at "
            f"{revision}: name a revision that has one in the Spacefile (a conversion is often "
            "offered as refs/pr/…), or a folder with the converted model"
        )
    if not COMMIT.fullmatch(commit) or not all(HASH.fullmatch(file.hash) for file in files):
        raise HubError(f"what describes {repo} is not an answer of a Hub: check HF_ENDPOINT")
    return Listing(commit, (*sorted(small, key=lambda file: file.name), *weights))


def _published(kind: Format, files: list[RemoteFile]) -> list[RemoteFile]:
    """The weights of one format, their index before them; none where it is not published."""
    whole = [file for file in files if file.name == kind.whole]
    index = [file for file in files if file.name == kind.index]
    shards = [file for file in files if kind.shard.fullmatch(file.name)]
    return whole or (index + shards if index and shards else [])


def home(cache: Path, repo: str) -> Path:
    """The folder of a repository in a cache."""
    return cache / f"models--{repo.replace('/', '--')}"


def cached(
    repo: str, revision: str, caches: tuple[Path, ...], *, weights: bool = True
) -> Path | None:
    """The folder of a model that is here complete, asking nobody; None when it is not.

    Without `weights`, complete means configuration and tokenizer.
    """
    for cache in caches:
        try:
            commit = _commit(cache, repo, revision)
            folder = home(cache, repo) / "snapshots" / commit
            if commit and complete(folder, weights=weights):
                return folder
        except OSError:  # a folder that may not be entered holds nothing for this page
            continue
    return None


def _commit(cache: Path, repo: str, revision: str) -> str:
    """The commit that a branch was when its files came; "" where they did not."""
    if COMMIT.fullmatch(revision):
        return revision
    ref = home(cache, repo) / "refs" / revision
    return ref.read_text(encoding="utf-8").strip() if ref.is_file() else ""


def complete(folder: Path, *, weights: bool = True) -> bool:
    """Whether a folder holds a model that can be read."""
    if not (folder / CONFIG).is_file():
        return False
    if not any((folder / name).is_file() for name in TOKENIZERS):
        return False
    if not weights:
        return True
    for kind in FORMATS:
        if (folder / kind.whole).is_file():
            return True
        if (folder / kind.index).is_file():
            return _all_shards(folder, kind)
    return False


def _all_shards(folder: Path, kind: Format) -> bool:
    try:
        index = json.loads((folder / kind.index).read_text(encoding="utf-8"))
        return all((folder / name).is_file() for name in set(index["weight_map"].values()))
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        return False


def name_file(cache: Path, repo: str, commit: str, file: RemoteFile) -> None:
    """Put a file that has come under its name; a copy where links are not possible."""
    pointer = home(cache, repo) / "snapshots" / commit / file.name
    if pointer.exists():
        return
    pointer.parent.mkdir(parents=True, exist_ok=True)
    pointer.unlink(missing_ok=True)  # a link whose blob is gone
    try:
        pointer.symlink_to(Path("..", "..", "blobs", file.hash))
    except OSError:
        shutil.copyfile(home(cache, repo) / "blobs" / file.hash, pointer)


def name_commit(cache: Path, repo: str, revision: str, commit: str) -> None:
    """Remember which commit a branch was when its files came."""
    if revision == commit:
        return
    ref = home(cache, repo) / "refs" / revision
    ref.parent.mkdir(parents=True, exist_ok=True)
    written = ref.with_name(f"{ref.name}.lectern")
    written.write_text(commit, encoding="utf-8")
    written.replace(ref)
