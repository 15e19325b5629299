"""How the page's events run: quietly, the newest input wins."""

from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr

from tabs.kit.ids import id_of

# How every event of the page runs: quietly, the newest input wins, and not part of the contract.
INSIDE: dict[str, Any] = {
    "show_progress": "hidden",
    "trigger_mode": "always_last",
    "concurrency_id": "models",
    "api_visibility": "private",
}


# An event that runs in the browser alone; the server hears nothing of it.
IN_BROWSER: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}


def on_change(
    name: str,
    controls: Sequence[gr.components.Component],
    handler: Callable[..., Any],
    outputs: Sequence[gr.components.Component],
    *,
    queue: str = INSIDE["concurrency_id"],
    changed: Sequence[gr.components.Component] = (),
) -> None:
    """Run a handler on the controls' values, once for all that changed in the same moment.

    `name` is the page's own for this handler; handlers of one `queue` wait for each other. Where
    not every control asks for a run, `changed` are those that do.

    A link or an example sets several controls at once. Gradio would start a run for each of them,
    side by side, and the answer that came last, not the newest, would stay on screen.
    """
    pressed = id_of(name, "runner")
    runner = gr.Button(visible="hidden", elem_id=pressed)
    settle = f"() => lectern.settle('{pressed}')"
    gr.on([c.change for c in changed or controls], None, None, None, js=settle, **IN_BROWSER)  # type: ignore[attr-defined]
    runner.click(handler, list(controls), list(outputs), **INSIDE | {"concurrency_id": queue})
