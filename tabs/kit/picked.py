"""HTML in which a press picks something: a token, a cell, an example, a model to try again."""

from typing import Any

import gradio as gr

from tabs.kit.gradio_inside import Untyped

# What a press is told to the server as; Gradio looks for the names of the events in this text.
ON_LOAD = """lectern.pickable(element, {
    click: () => trigger("click"), retry: () => trigger("retry"), expand: () => trigger("expand"),
});"""


class Picked(gr.HTML, metaclass=Untyped):
    """HTML whose parts can be picked; what was picked is read with `lectern.picked(elem_id)`.

    A part says what it picks in one of the attributes that assets/page/picks.js lists.
    """

    is_template = True  # drawn in the browser as gr.HTML is

    def __init__(self, value: str | None = None, **settings: Any) -> None:
        super().__init__(value, **{"js_on_load": ON_LOAD} | settings)
