"""The tabs as they are drawn, for tests that ask the same of all of them."""

from unittest.mock import patch

import gradio as gr

from tabs import TABS
from tabs.kit import build as kit

STEMS = {tab.stem: tab for tab in TABS}
EVIL = "lectern-evil"  # an element that no figure has
HOSTILE = f"=\"'></script><{EVIL} onfocus=e()> \u202eא\u2066👩‍👧 ${{e}}"


def stages_of(desk):
    """Every tab, drawn: {stem: stage}; no model is loaded."""
    made, kind = [], kit.Scaffold

    def remembered(*parts):
        made.append(kind(*parts))
        return made[-1]

    with gr.Blocks(), patch.object(kit, "Scaffold", remembered):
        for tab in TABS:
            kit.build(tab, desk)
    return {stage.tab.stem: stage for stage in made}


def chosen(stage, inputs=None, **changed):
    """What a tab starts with, with the inputs of an example, as its choices; and what it keeps."""
    values = {field.name: field.control.value for field in stage.fields}
    choices = stage.tab.choices(**(values | (inputs or {}) | changed))
    return choices, kept_beside(stage, choices)


def kept_beside(stage, choices):
    """What a tab keeps beside the choices. Raises UserError where a picture is none."""
    return stage.tab.gathered(stage.desk, choices, [one.value for one in stage.more])


def texts_of(tab, stage):
    """The settings into which text comes, from a visitor or from a link."""
    return [name for name in tab.settings if isinstance(stage.controls[name], gr.Textbox)]


def pairs_of(stage, choices):
    """The query that the page makes of the choices (assets/page/address.js, `follow`)."""
    pairs = []
    for field in stage.fields:
        value = getattr(choices, field.name)
        if field.lines:
            value = value.split("\n")
        if isinstance(value, bool):
            value = "01"[value]
        many = value if isinstance(value, list | tuple) else [value]
        pairs += [(field.name, str(one)) for one in many]
    return pairs
