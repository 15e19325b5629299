"""What went wrong with the Hub, in one plain sentence: what happened, and what to do."""

import errno
import logging
import re
import socket
import ssl
from urllib.parse import urlsplit

import httpx2
from huggingface_hub import constants
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    OfflineModeIsEnabled,
    RevisionNotFoundError,
)

from core.errors import HubError
from core.settings import proxy_for
from models.hub.progress import wait

log = logging.getLogger(__name__)

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
CLOSED = (errno.EROFS, errno.EACCES, errno.EPERM)
OFFLINE = (
    "it is on the Hub, and this page was started without it. Choose another model, or ask whoever "
    "runs this page to fetch it (python app.py --download) or to start with LECTERN_HUB=1"
)


def hub_host() -> str:
    """The name of the Hub that is asked."""
    return urlsplit(constants.ENDPOINT).netloc


def silence(seconds: float) -> HubError:
    """Nothing has come for so long, not even an error: a name look-up hangs, or a connection."""
    return HubError(
        f"nothing came from {hub_host()} for {seconds:.0f} s (its name is not looked up, or the "
        "connection hangs): check the network, then retry"
    )


def explained(error: Exception, repo: str, revision: str) -> HubError:
    """The sentence for whatever a download raised."""
    if isinstance(error, HubError):
        return error
    if isinstance(error, OfflineModeIsEnabled):
        return HubError(OFFLINE)
    if isinstance(error, HfHubHTTPError):
        return HubError(_answered(error, repo, revision))
    if isinstance(error, httpx2.HTTPError):
        return HubError(_unreached(error))
    if isinstance(error, OSError):
        return HubError(_disk(error))
    kind = type(error).__name__
    if isinstance(error, ValueError):  # no JSON, or other values than the Hub's
        return HubError(
            f"what answers as {hub_host()} is not the Hub ({kind}): open a page in a browser, "
            "the network may want a login first; then retry"
        )
    log.error("%s at %s could not be fetched", repo, revision, exc_info=error)
    return HubError(f"an unexpected error ({kind}): retry; the log of this page tells more")


def _answered(error: HfHubHTTPError, repo: str, revision: str) -> str:
    """The Hub said no, or something between it and here did."""
    host, status = hub_host(), error.response.status_code
    proxy = _proxy()
    if status == 407 or (
        status == 403 and proxy and not error.response.headers.get("X-Error-Code")
    ):
        return _proxy_refuses(f"it answers {status}")
    if isinstance(error, GatedRepoError):
        return (
            f"{repo} is gated ({status}): accept its terms on {host} and start with HF_TOKEN set, "
            "or take it out of the Spacefile"
        )
    if isinstance(error, RevisionNotFoundError):
        return f"{repo} has no revision {revision} ({status}): name another in the Spacefile"
    if status in (401, 403, 404):
        return (
            f"{host} shows no {repo} to this page ({status}): check the name in the Spacefile; "
            "a private model needs HF_TOKEN"
        )
    if status == 429:
        after = error.response.headers.get("Retry-After", "")
        when = f"in {wait(int(after))}" if after.isdecimal() else "in a few minutes"
        return f"{host} takes no more requests from here for now (429): retry {when}"
    return f"{host} has a fault ({status}): retry in a few minutes"


def _unreached(error: httpx2.HTTPError) -> str:
    """No answer at all."""
    host, causes = hub_host(), _causes(error)
    if isinstance(error, httpx2.ProxyError):
        return _proxy_refuses(str(error) or "no reason given")
    if isinstance(error, httpx2.TimeoutException):
        seconds = constants.HF_HUB_DOWNLOAD_TIMEOUT
        return f"{host} did not answer, or stalled, for {seconds} s: check the network, then retry"
    if _proxy() and isinstance(error, httpx2.ConnectError):
        return _proxy_refuses("it cannot be reached")
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return f"the name {host} is not found: there seems to be no network; connect, then retry"
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return (
            f"the certificate of {host} is not trusted: check this machine's clock, or name the "
            "certificate of the network's proxy in SSL_CERT_FILE"
        )
    if isinstance(error, httpx2.ConnectError):
        return f"{host} cannot be reached: there seems to be no network; connect, then retry"
    return f"the connection to {host} broke off: retry goes on where it stopped"


def _disk(error: OSError) -> str:
    if error.errno in FULL:
        return "the disk is full: make room, then retry; what has come is kept"
    if error.errno in CLOSED:
        return "the folder for models cannot be written: set HF_HOME to one that can, and restart"
    # Without the file's path: the sentence is shown to every visitor.
    return f"the folder for models cannot be used ({error.strerror or type(error).__name__})"


def _proxy() -> str:
    """The proxy's host and port, without a name and a password that may stand before them."""
    return re.sub(r"^\w+://|^[^@]*@|/.*$", "", proxy_for(constants.ENDPOINT).split("@")[-1])


def _proxy_refuses(reason: str) -> str:
    return (
        f"the proxy {_proxy()} lets nothing through to {hub_host()} ({reason}): correct "
        "HTTPS_PROXY, or ask who runs the network; then restart"
    )


def _causes(error: BaseException) -> list[BaseException]:
    """The error and what led to it."""
    chain: list[BaseException] = []
    following: BaseException | None = error
    while following is not None and following not in chain:
        chain.append(following)
        following = following.__cause__ or following.__context__
    return chain
