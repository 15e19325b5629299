"""Sliders that end where the chosen model does."""

import json
from collections.abc import Mapping, Sequence

import gradio as gr

from models.serving import Desk
from tabs.kit.events import IN_BROWSER
from tabs.kit.gradio_inside import page_being_built
from tabs.kit.settings import Last


def sliders_follow(
    desk: Desk,
    capability: str,
    models: Sequence[gr.components.Component],
    sliders: Mapping[gr.components.Component, Last],
) -> None:
    """Let sliders end where those of the chosen models do: of two, where the larger one does.

    In the browser alone: the server keeps the widest range, so that a link may set a model and a
    layer of it in one go; what is beyond the model is refused there with both numbers.
    """
    ends = {
        entry.name: [last(entry) for last in sliders.values()]
        for entry in desk.offered(capability)
    }
    ends[""] = [0] * len(sliders)  # no second model
    script = (
        f"(model, beside, ...chosen) => {{ const ends = {json.dumps(ends)}; "
        "return chosen.map((value, place) => { "
        "const maximum = Math.max(ends[model][place], ends[beside][place]); "
        "return { __type__: 'update', maximum, value: Math.min(value, maximum) }; }); }"
    )
    page = page_being_built()
    changed = list(sliders)
    triggers = [page.load, *(model.change for model in models)]  # type: ignore[attr-defined]
    gr.on(triggers, None, [*models, *changed], changed, js=script, **IN_BROWSER)
