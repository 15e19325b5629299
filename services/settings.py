"""What the environment decides, read once at start: the only reader of `os.environ`."""

import os
import socket
from dataclasses import dataclass

LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class Settings:
    """Where the page is served, and whether the Hub may be asked."""

    host: str = "127.0.0.1"
    port: int = 7860
    hub: bool = False

    @classmethod
    def from_env(cls, environ: "os._Environ[str] | dict[str, str]" = os.environ) -> "Settings":
        """Read the variables of `docs/api.md`; the defaults serve this machine alone, offline."""
        on_a_space = "SPACE_ID" in environ
        host = environ.get("GRADIO_SERVER_NAME") or ("0.0.0.0" if on_a_space else cls.host)
        port = environ.get("GRADIO_SERVER_PORT") or environ.get("PORT") or str(cls.port)
        if not port.isdecimal() or not 0 < int(port) < 65536:
            raise SystemExit(f"GRADIO_SERVER_PORT must be a port from 1 to 65535; {port!r} came.")
        return cls(host, int(port), environ.get("LECTERN_HUB", "1" if on_a_space else "") == "1")

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


def close_the_hub(environ: "os._Environ[str] | dict[str, str]" = os.environ) -> None:
    """Decide offline before anything of Hugging Face is imported; telemetry is off either way.

    Without this a start without network hangs for minutes in name look-ups.
    """
    environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    if not Settings.from_env(environ).hub:
        environ["HF_HUB_OFFLINE"] = "1"
