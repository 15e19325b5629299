"""Write the rows of docs/api.md on what a link may name, from the settings of the tabs.

python -m tools.contract_rows
"""

import inspect
import re

from core.paths import ROOT
from core.spacefile import read_spacefile
from models.checkpoints import Checkpoints
from models.serving import Desk
from tabs import TABS
from tabs.kit.settings import Setting
from tabs.kit.tab import Tab

CONTRACT = ROOT / "docs" / "api.md"
TABLE = re.compile(r"(?<=\| Tab \| Names beside the endpoint's \|\n\|---\|---\|\n)(\|.*\n)+")


def rows(desk: Desk) -> str:
    """The rows of the table, one for each tab."""
    return "".join(f"| {tab.stem} | {', '.join(_names(tab, desk))} |\n" for tab in TABS)


def _names(tab: Tab, desk: Desk) -> list[str]:
    made = [endpoint(desk) for endpoint in tab.endpoints.values()][:1]
    of_scripts = {name for endpoint in made for name in inspect.signature(endpoint).parameters}
    settings = tab.settings.items()
    return [_described(name, one) for name, one in settings if name not in of_scripts]


def _described(name: str, setting: Setting) -> str:
    text = ": ".join(part for part in (_allowed(setting), setting.about) if part)
    return f"`{name}` ({text})" if text else f"`{name}`"


def _allowed(setting: Setting) -> str:
    if setting.offered:
        return ", ".join(f"`{value}`" for _, value in setting.offered)
    if isinstance(setting.start, bool):
        return "0, 1"
    if isinstance(setting.low, int | float) and isinstance(setting.high, int | float):
        low, high = (
            f"{end:,.4g}" if end % 1 else f"{end:,.0f}" for end in (setting.low, setting.high)
        )
        return f"{low} to {high}".replace("-", "−")
    return ""


def main() -> None:
    """Put the rows in place of those that stand there."""
    desk = Desk(Checkpoints(read_spacefile(ROOT / "Spacefile")))
    text = CONTRACT.read_text(encoding="utf-8")
    CONTRACT.write_text(TABLE.sub(lambda _: rows(desk), text), encoding="utf-8")


if __name__ == "__main__":
    main()
