"""How the page's events run: quietly, the newest input wins."""

from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr

# How every event of the page runs: quietly, the newest input wins, and not part of the contract.
INSIDE: dict[str, Any] = {
    "show_progress": "hidden",
    "trigger_mode": "always_last",
    "concurrency_id": "models",
    "api_visibility": "private",
}


# An event that runs in the browser alone; the server hears nothing of it.
IN_BROWSER: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}


# For gr.HTML: a click on a button in it tells the page what the button picks (`lectern.picked`).
PICK = """element.addEventListener("click", (event) => {
    const button = event.target.closest("[data-pick]");
    // What a second model shows is looked at only: its numbers are not those of the first.
    if (!button || button.closest(".duo > section + section")) return;
    element.dataset.picked = button.dataset.pick;
    trigger("click");
});"""


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
    runner = gr.Button(visible="hidden", elem_id=f"{name}-runner")
    settle = f"() => lectern.settle('{name}-runner')"
    gr.on([c.change for c in changed or controls], None, None, None, js=settle, **IN_BROWSER)  # type: ignore[attr-defined]
    runner.click(handler, list(controls), list(outputs), **INSIDE | {"concurrency_id": queue})
