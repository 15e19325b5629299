"""One file from the Hub: resumed where a break left it, checked by size and hash."""

import hashlib
from pathlib import Path

import httpx2
from filelock import Timeout
from huggingface_hub import constants, get_session, hf_hub_url, hf_raise_for_status
from huggingface_hub.utils import WeakFileLock, build_hf_headers

from core.errors import HubError
from models.hub.files import RemoteFile, home
from models.hub.progress import Meter, megabytes

BREAKS = (httpx2.TimeoutException, httpx2.NetworkError, httpx2.RemoteProtocolError)
BLOCK = 1 << 20


def transfer(cache: Path, repo: str, commit: str, file: RemoteFile, meter: Meter) -> None:
    """Fetch a file into the cache's blobs; what an earlier break left is not fetched again.

    huggingface_hub throws a broken download away and tries five times before it says so; here a
    try that brought nothing is the last. Raises HubError, and what httpx2 and the disk raise.
    """
    blob = home(cache, repo) / "blobs" / file.hash
    blob.parent.mkdir(parents=True, exist_ok=True)
    locks = cache / ".locks" / home(cache, repo).name
    locks.mkdir(parents=True, exist_ok=True)
    try:
        with WeakFileLock(locks / f"{file.hash}.lock", timeout=1):
            if blob.is_file():
                return
            part = part_of(blob)
            _receive(hf_hub_url(repo, file.name, revision=commit), part, file, meter)
            if not intact(part, file, meter):
                part.unlink()
                meter.add(-file.size)
                raise HubError(f"{file.name} of {repo} arrived damaged: retry fetches it anew")
            part.replace(blob)
    except Timeout as error:
        raise HubError(
            f"another program is fetching {file.name} of {repo}: wait for it, then retry"
        ) from error


def part_of(blob: Path) -> Path:
    """Where a file is collected; the ending is the one that huggingface_hub's tools clean up."""
    return blob.with_name(f"{blob.name}.lectern.incomplete")


def size_here(cache: Path, repo: str, file: RemoteFile) -> int:
    """How many bytes of a file are in the cache, whole or in part."""
    blob = home(cache, repo) / "blobs" / file.hash
    path = blob if blob.is_file() else part_of(blob)
    return min(path.stat().st_size, file.size) if path.is_file() else 0


def intact(path: Path, file: RemoteFile, meter: Meter) -> bool:
    """Whether a file on disk has the size and the hash that the Hub tells."""
    if path.stat().st_size != file.size:
        return False
    git = len(file.hash) == 40
    digest = hashlib.sha1(usedforsecurity=False) if git else hashlib.sha256()
    if git:
        digest.update(b"blob %d\0" % file.size)
    with path.open("rb") as stream:
        while block := stream.read(BLOCK):
            digest.update(block)
            meter.beat()
    return digest.hexdigest() == file.hash


def _receive(url: str, part: Path, file: RemoteFile, meter: Meter) -> None:
    """Collect the bytes, beginning anew after every break for as long as each try brings some."""
    part.touch()
    while (here := part.stat().st_size) < file.size:
        try:
            _try_once(url, part, here, file, meter)
        except BREAKS:
            if part.stat().st_size <= here:
                raise
            meter.beat()  # another try, with its own time
            continue
        if part.stat().st_size <= here:
            raise HubError(
                f"{file.name} came incomplete, {megabytes(here)} of {megabytes(file.size)}: "
                "try again in a few minutes"
            )


def _try_once(url: str, part: Path, here: int, file: RemoteFile, meter: Meter) -> None:
    headers = build_hf_headers() | {"Accept-Encoding": "identity"}
    if here:
        headers["Range"] = f"bytes={here}-"
    seconds = constants.HF_HUB_DOWNLOAD_TIMEOUT
    request = get_session().stream("GET", url, headers=headers, timeout=seconds)
    with request as response, part.open("ab") as stream:
        if response.status_code == 416:  # there is no more than what is here
            return
        hf_raise_for_status(response)
        if here and response.status_code != 206:  # it does not resume: from the beginning
            meter.add(-here)
            stream.truncate(0)
            here = 0
        for chunk in response.iter_bytes():
            meter.add(len(chunk))
            stream.write(chunk)
            here += len(chunk)
            if here > file.size:
                stream.truncate(0)
                raise HubError(f"{file.name} is longer than the Hub says: try again later")
