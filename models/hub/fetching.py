"""The files of a published model, fetched from the Hub into its cache."""

import shutil
import threading
from pathlib import Path

from huggingface_hub import HfApi, constants

from core.errors import HubError
from models.hub.errors import explained, silence
from models.hub.files import (
    COMMIT,
    Listing,
    RemoteFile,
    chosen,
    complete,
    home,
    name_commit,
    name_file,
)
from models.hub.progress import Meter, megabytes
from models.hub.transfer import intact, size_here, transfer


def caches(volume: Path | None = None) -> tuple[Path, ...]:
    """Where models are looked for; the first is where they are fetched to.

    `volume` is a Space's own storage. What its `preload_from_hub` brought lies in the usual cache.
    """
    usual = Path(constants.HF_HUB_CACHE)
    return (usual,) if volume is None else (volume / "huggingface" / "hub", usual)


def fetch(
    repo: str,
    revision: str,
    cache: Path,
    meter: Meter,
    *,
    weights: bool = True,
    verify: bool = False,
) -> Path:
    """The folder of a model whose files are all here, fetched as far as they were not.

    `verify` reads again what was here already. Raises HubError: one sentence. A thread of its
    own does it, because a name look-up cannot be interrupted: it is left behind when nothing has
    come for longer than the Hub's own timeouts.
    """
    ended: list[Path | Exception] = []

    def run() -> None:
        try:
            ended.append(_fetch(repo, revision, cache, meter, weights, verify))
        except Exception as error:
            ended.append(explained(error, repo, revision))

    thread = threading.Thread(target=run, name=f"fetch {repo}", daemon=True)
    limit = constants.HF_HUB_ETAG_TIMEOUT + constants.HF_HUB_DOWNLOAD_TIMEOUT
    meter.beat()
    thread.start()
    try:
        while thread.is_alive():
            thread.join(0.1)
            if meter.silent > limit and thread.is_alive():
                raise silence(limit)
    finally:
        if thread.is_alive():
            meter.abandon()
    if isinstance(ended[0], Exception):
        raise ended[0]
    return ended[0]


def listing(repo: str, revision: str) -> Listing:
    """What the Hub says that a repository holds, with sizes and hashes: one request."""
    seconds = constants.HF_HUB_ETAG_TIMEOUT
    about = HfApi().model_info(repo, revision=revision, files_metadata=True, timeout=seconds)
    if COMMIT.fullmatch(revision) and about.sha != revision:
        # Kept under its own name it would not be found again, and be asked for without end.
        raise HubError(
            f"what answers for {repo} at {revision[:12]} gives another commit "
            f"({(about.sha or 'none')[:12]}): check HF_ENDPOINT"
        )
    files = [
        RemoteFile(file.rfilename, file.size or 0, file.lfs["sha256"] if file.lfs else blob)
        for file in about.siblings or []
        if (blob := file.blob_id or "")
    ]
    return chosen(repo, revision, about.sha or "", files)


def _fetch(
    repo: str, revision: str, cache: Path, meter: Meter, weights: bool, verify: bool
) -> Path:
    published = listing(repo, revision)
    meter.beat()
    files = [file for file in published.files if weights or not file.weights]
    if verify:
        _drop_damaged(cache, repo, published.commit, files, meter)
    total = sum(file.size for file in files)
    here = sum(size_here(cache, repo, file) for file in files)
    _room(cache, total - here)
    meter.start(total, here)
    for file in files:
        transfer(cache, repo, published.commit, file, meter)
        name_file(cache, repo, published.commit, file)
    # Named last: a branch means its old commit for as long as the new one is not all here.
    name_commit(cache, repo, revision, published.commit)
    folder = home(cache, repo) / "snapshots" / published.commit
    if not complete(folder, weights=weights):
        raise HubError(f"{repo} publishes no tokenizer at {revision}: name another revision")
    return folder


def _drop_damaged(
    cache: Path, repo: str, commit: str, files: list[RemoteFile], meter: Meter
) -> None:
    """Of each file its blob, and what bears its name where that is a copy and no link."""
    for file in files:
        blob = home(cache, repo) / "blobs" / file.hash
        named = home(cache, repo) / "snapshots" / commit / file.name
        for path in (blob, named):
            link = path == named and path.is_symlink()
            if not link and path.is_file() and not intact(path, file, meter):
                path.unlink()


def _room(cache: Path, needed: int) -> None:
    """Refuse what cannot end well before anything is fetched. Raises HubError with both sizes."""
    cache.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(cache).free
    if free < needed:
        raise HubError(
            f"the disk is full: {megabytes(needed)} are needed and {megabytes(free)} are free; "
            "make room, then retry"
        )
