"""A tab's examples: read from its file, a row of chips on the page, one press away."""

import html
import json
import tomllib
from collections.abc import Sequence
from functools import cache
from typing import Any

from core.paths import ASSETS
from tabs.kit.events import IN_BROWSER
from tabs.kit.ids import id_of
from tabs.kit.picked import Picked
from tabs.kit.room import Field


@cache
def read_examples(stem: str) -> list[dict[str, Any]]:
    """The examples of a tab, in their order; the first is what the page starts with.

    Each has a `name` (of a link), a `title`, a question (`asks`), its answer (`look_for`), the
    element that it is about (`look_at`), and the `inputs` that differ from the start.
    """
    content = tomllib.loads((ASSETS / stem / "examples.toml").read_text(encoding="utf-8"))
    return list(content["example"])


def example_chips(stem: str, fields: Sequence[Field]) -> None:
    """The examples as chips; a press sets every input, and so do the two arrows.

    What an example does not name goes back to where the page started, so that an example always
    shows the same thing. The first example is that start.
    """
    examples = known_examples(stem, fields)
    chips = "".join(
        f'<li><button type="button" data-pick="{number}" aria-pressed="{pressed(number == 0)}">'
        f"{html.escape(one['title'])}</button></li>"
        for number, one in enumerate(examples)
    )
    listed = Picked(
        '<div class="examples" role="group" aria-label="Examples">'
        f"{_step(-1, 'Previous example', '‹')}<ul>{chips}</ul>{_step(1, 'Next example', '›')}"
        "</div>",
        elem_id=id_of(stem, "examples"),
    )
    listed.click(
        None,
        None,
        [field.control for field in fields],
        js=f"() => lectern.example({json.dumps(stem)})",
        **IN_BROWSER,
    )


def known_examples(stem: str, fields: Sequence[Field]) -> list[dict[str, Any]]:
    """The examples. Raises ValueError where one sets a field that the tab does not have."""
    known = [field.name for field in fields]
    for example in read_examples(stem):
        for name in example["inputs"]:
            if name not in known:
                title = example["title"]
                raise ValueError(
                    f"{stem}: the example “{title}” sets {name!r}; there are {', '.join(known)}."
                )
    return read_examples(stem)


def _step(by: int, label: str, sign: str) -> str:
    return (
        f'<button type="button" class="step" data-step="{by}" aria-label="{label}">{sign}</button>'
    )


def pressed(now: bool) -> str:
    """As an attribute says it."""
    return "true" if now else "false"
