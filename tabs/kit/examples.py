"""A tab's examples: read from its file, listed on the page, one click away."""

import html
import json
import tomllib
from collections.abc import Sequence
from typing import Any

from core.paths import ASSETS
from tabs.kit.events import IN_BROWSER
from tabs.kit.ids import id_of
from tabs.kit.picked import Picked
from tabs.kit.room import Field


def read_examples(stem: str) -> list[dict[str, Any]]:
    """The examples of a tab: `title`, `look_for` and the `inputs` that differ from the start."""
    content = tomllib.loads((ASSETS / stem / "examples.toml").read_text(encoding="utf-8"))
    return list(content["example"])


def example_list(stem: str, fields: Sequence[Field]) -> None:
    """A list of examples, each with a line on what to look for; a click sets every input.

    What an example does not name goes back to where the page started, so that an example always
    shows the same thing. The first example is that start.
    """
    examples = read_examples(stem)
    start = {field.name: field.control.value for field in fields}
    for example in examples:
        for name in example["inputs"]:
            if name not in start:
                known = f"{stem}: the example “{example['title']}” sets {name!r}; there are"
                raise ValueError(f"{known} {', '.join(start)}.")
    settings = [[(start | ex["inputs"])[field.name] for field in fields] for ex in examples]
    items = "".join(
        f'<li><button type="button" data-pick="{number}"><b>{html.escape(ex["title"])}</b> '
        f"<span>{html.escape(ex['look_for'])}</span></button></li>"
        for number, ex in enumerate(examples)
    )
    listed = Picked(
        f'<h2>Examples</h2><ul class="examples">{items}</ul>',
        elem_id=id_of(stem, "examples"),
    )
    listed.click(
        None,
        None,
        [field.control for field in fields],
        js=f"() => lectern.example({json.dumps(stem)}, {json.dumps(settings)})",
        **IN_BROWSER,
    )
