"""What the environment decides, read once at start: the only reader of `os.environ`."""

import os
import re
import socket
import tempfile
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from core.door import is_proxy

LOOPBACK = ("127.0.0.1", "localhost", "::1")
VOLUME = Path("/data")  # where a Space's own storage is, when it has one
# Seconds without a sign of life from the Hub; read by huggingface_hub when it is imported.
LEAST_TOKEN = 16  # characters of the token for /metrics
TIMEOUTS = {"HF_HUB_ETAG_TIMEOUT": "5", "HF_HUB_DOWNLOAD_TIMEOUT": "10"}


@dataclass(frozen=True)
class Settings:
    """Where the page is served, and whether the Hub may be asked."""

    host: str = "127.0.0.1"
    port: int = 7860
    hub: bool = False
    volume: Path | None = None  # where models of the Hub are kept instead of its usual cache
    zero_gpu: bool = False  # whether this is a Space that lends a GPU for minutes
    space: str = ""  # the address of the Space's page, which shows this one in a frame
    files: Path | None = None  # below it are temporary files; None: where the system has them
    metrics_on_loopback: bool = False  # whether this machine may read /metrics
    metrics_token: str = field(default="", repr=False)  # who bears it may too; empty: nobody
    proxies: tuple[str, ...] = ()  # who is believed on where a request came from
    name: str = ""  # the host in GRADIO_ROOT_PATH, where that is a whole address

    @classmethod
    def from_env(
        cls,
        environ: "os._Environ[str] | dict[str, str]" = os.environ,
        *,
        volume: Path = VOLUME,
    ) -> "Settings":
        """Read the variables of `docs/api.md`; the defaults serve this machine alone, offline."""
        on_a_space = "SPACE_ID" in environ
        hub_page = environ.get("HF_ENDPOINT", "https://huggingface.co").rstrip("/")
        named = re.fullmatch(r"[\w.-]+/[\w.-]+", environ.get("SPACE_ID", ""))
        space = f"{hub_page}/spaces/{named[0]}" if named else ""
        host = environ.get("GRADIO_SERVER_NAME") or ("0.0.0.0" if on_a_space else cls.host)
        host = host.removeprefix("[").removesuffix("]") if ":" in host else host
        port = environ.get("GRADIO_SERVER_PORT") or environ.get("PORT") or str(cls.port)
        if not port.isdecimal() or not 0 < int(port) < 65536:
            raise SystemExit(f"GRADIO_SERVER_PORT must be a port from 1 to 65535; got {port!r}.")
        # A Space is reached through its own proxy alone, whose address nobody is told.
        proxies = environ.get("FORWARDED_ALLOW_IPS", "*" if on_a_space else "")
        believed = tuple(filter(None, (proxy.strip() for proxy in proxies.split(","))))
        for proxy in believed:
            if not is_proxy(proxy):
                raise SystemExit(
                    "FORWARDED_ALLOW_IPS must be addresses or networks of proxies, with commas "
                    f"between them, or *; got {proxy!r}."
                )
        asked = environ.get("LECTERN_HUB", "1" if on_a_space else "") == "1"
        offline = environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "ON", "YES", "TRUE")
        chosen = any(name in environ for name in ("HF_HOME", "HF_HUB_CACHE"))
        metrics = environ.get("LECTERN_METRICS", "")
        if metrics not in ("", "loopback"):
            raise SystemExit(f"LECTERN_METRICS must be empty or 'loopback'; got {metrics!r}.")
        token = environ.get("LECTERN_METRICS_TOKEN", "")
        if 0 < len(token) < LEAST_TOKEN:
            raise SystemExit(
                f"LECTERN_METRICS_TOKEN must have at least {LEAST_TOKEN} characters; "
                f"got {len(token)}."
            )
        files = environ.get("GRADIO_TEMP_DIR", "")
        kept = on_a_space and not chosen and os.access(volume, os.W_OK)
        return cls(
            host,
            int(port),
            hub=asked and not offline,
            volume=volume if kept else None,
            zero_gpu=environ.get("SPACES_ZERO_GPU", "").lower() in ("1", "t", "true"),
            space=space,
            files=Path(files) if files else None,
            metrics_on_loopback=metrics == "loopback",
            metrics_token=token,
            proxies=believed,
            name=urlsplit(environ.get("GRADIO_ROOT_PATH", "")).hostname or "",
        )

    @property
    def address(self) -> str:
        """The address that another machine can open, or the loopback one when none can."""
        host = self.host if self.host not in ("0.0.0.0", "::") else lan_host()
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"


def lan_host() -> str:
    """This machine's address on its local network; nothing is sent to find it.

    Connecting a datagram socket only picks the route. Falls back to loopback without any network.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # TEST-NET-1 (RFC 5737): nobody's address
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"


def believe_no_proxy(environ: "os._Environ[str] | dict[str, str]" = os.environ) -> None:
    """Have uvicorn change nothing about requests: `page.serving.hosts` does, and looks at each.

    uvicorn believes whatever comes from this machine, and then nobody can tell who sent it.
    """
    environ["FORWARDED_ALLOW_IPS"] = ""


def close_the_hub(
    environ: "os._Environ[str] | dict[str, str]" = os.environ,
    *,
    offline: bool = False,
    download: bool = False,
) -> None:
    """Decide offline before anything of Hugging Face is imported; telemetry is off either way.

    Without this a start without network hangs for minutes in name look-ups. `offline` and
    `download` are what the command line asks for: never to try, and to try in any case.
    """
    environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    # One way to fetch, so that one code resumes, times out and counts (decision 0110).
    environ["HF_HUB_DISABLE_XET"] = "1"
    for name, seconds in TIMEOUTS.items():
        environ.setdefault(name, seconds)
    if offline or download:
        environ["LECTERN_HUB"] = "1" if download else "0"
    if download:
        environ.pop("HF_HUB_OFFLINE", None)
    if not Settings.from_env(environ).hub:
        environ["HF_HUB_OFFLINE"] = "1"


def keep_files_in(folder: Path, environ: "os._Environ[str] | dict[str, str]" = os.environ) -> None:
    """Have all temporary files of this process be there; before Gradio, which reads it once."""
    environ["GRADIO_TEMP_DIR"] = tempfile.tempdir = str(folder)


def proxy_for(url: str) -> str:
    """The proxy that the environment names for an address; empty when it is asked directly."""
    scheme, _, rest = url.partition("://")
    if urllib.request.proxy_bypass(rest.partition("/")[0]):
        return ""
    proxies = urllib.request.getproxies()
    return proxies.get(scheme) or proxies.get("all") or ""
