"""What is said of a value that its control cannot take; only a script sends one."""

from typing import Any

import gradio as gr

TAKES = {
    "number": "a number",
    "integer": "a whole number",
    "string": "a text",
    "boolean": "true or false",
    "array": "a list",
}
FILES = (gr.Image, gr.File, gr.ImageEditor)
SENT = "a file that was sent to this page (in Python: gradio_client.handle_file)"


def misfit(name: str, control: gr.components.Component, value: Any) -> str:
    """One sentence with what the control takes and what came: its kind, not what it says."""
    label = name or control.label or control.get_block_name()
    if isinstance(control, FILES):
        takes = SENT
    else:
        takes = TAKES.get(control.api_info().get("type", ""), "another value")
    return f"{label} must be {takes}; got {kind_of(value)}."


def kind_of(value: Any) -> str:
    """What sort of value this is."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return f"a text of {len(value):,} characters"
    if isinstance(value, list):
        return f"a list of {len(value):,} values"
    return "a file that was not sent to it" if "path" in value else "an object"
