"""The head finder of the Attention tab: a pattern is chosen, the heads that show it are listed."""

import html

import gradio as gr

from core.errors import UserError, as_user_error
from figures.attention.heatmap import head_list
from figures.parts.prose import paragraph
from models.checkpoints import Checkpoints
from services.attention.attend import Attention, attend
from services.attention.patterns import PATTERNS, rank
from tabs.attention.choices import STEM, Controls
from tabs.kit.events import IN_BROWSER, PICK, on_change
from tabs.kit.notes import note_html

LIST = f"{STEM}-heads"
PATTERN = [(paragraph(STEM, f"pattern_{name}"), name) for name in PATTERNS]
LOOK_FOR = {name: paragraph(STEM, f"look_for_{name}") for name in PATTERNS}


def head_finder(checkpoints: Checkpoints, controls: Controls, start: Attention) -> gr.Radio:
    """Draw the finder; it lists heads for the pattern and the text, and a click goes to one.

    Gives the control that chooses the pattern. `start` is the result that the page opens with.
    """
    with gr.Accordion("Find a head", open=False, elem_classes=["which-head-list"]):
        pattern = gr.Radio(
            PATTERN,
            value="previous",
            label="Pattern, measured on this text",
            elem_classes=["patterns"],  # the style sheet hides those that a model cannot show
        )
        listed = gr.HTML(listing(start, "previous"), js_on_load=PICK, elem_id=LIST)
    pick = f"() => lectern.picked('{LIST}')"
    listed.click(None, None, [controls["layer"], controls["head"]], js=pick, **IN_BROWSER)

    def find(text: str, text_pair: str, model: str, pattern: str) -> str:
        try:
            checkpoint = checkpoints.named(model, STEM)
            attention = attend(checkpoints.load(checkpoint), text, text_pair)
            return listing(attention, pattern)
        except Exception as error:
            return note_html(as_user_error(error))

    asked = [controls["text"], controls["text_pair"], controls["model"], pattern]
    on_change("attention-heads", asked, find, [listed])
    return pattern


def listing(attention: Attention, pattern: str) -> str:
    """The heads that follow a pattern most, or why none can be scored."""
    try:
        return head_list(rank(attention, pattern), look_for=LOOK_FOR[pattern])
    except UserError as error:
        return f"<p>{html.escape(str(error))}</p>"
