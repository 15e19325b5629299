"""What is no Unicode reaches no handler of the page.

A lone half of a surrogate pair passes JSON, Python and every check of a length, and cannot be
sent back: the first answer that names it ends the stream of all answers of its visitor.
"""

import re
from collections.abc import Iterable
from typing import Any

import gradio as gr

HALF = re.compile("[\ud800-\udfff]")


def refuse_halves(page: gr.Blocks) -> None:
    """Answer every call with such a half in it with a sentence.

    An endpoint may say better than this which of its texts it is, and is asked first.
    """
    direct = page.process_api

    async def process_api(block_fn: Any, inputs: list[Any], *rest: Any, **named: Any) -> Any:
        begun = named.get("iterator") is not None  # then the inputs were looked at before
        given = [*inputs, getattr(named.get("event_data"), "_data", None)]
        refusal = None if begun else refusal_of(given)
        if refusal is None:
            return await direct(block_fn, inputs, *rest, **named)
        if getattr(block_fn, "api_visibility", "") != "public":
            raise refusal
        try:
            await direct(block_fn, inputs, *rest, **named)
        except gr.Error as error:
            if not HALF.search(str(error)):
                raise
        raise refusal

    page.process_api = process_api  # type: ignore[method-assign]


def refusal_of(inputs: Iterable[Any]) -> gr.Error | None:
    """What is said to inputs that hold half of a surrogate pair, anywhere in them."""
    for number, value in enumerate(inputs, start=1):
        looking = [value]
        while looking:
            part = looking.pop()
            if isinstance(part, dict):
                looking += [*part.keys(), *part.values()]
            elif isinstance(part, list | tuple):
                looking += part
            elif isinstance(part, str) and (found := HALF.search(part)):
                return gr.Error(
                    f"Value {number} of what was sent has half of a surrogate pair "
                    f"(U+{ord(found[0]):04X}), which is not a character by itself. Remove it.",
                    print_exception=False,
                )
    return None
