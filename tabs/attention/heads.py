"""The head finder of the Attention tab: a pattern is chosen, the heads that show it are listed."""

import html

import gradio as gr

from core.errors import UserError, as_user_error
from figures.attention.heatmap import head_list
from models.checkpoints import Checkpoints
from services.attention.attend import Attention, attend
from services.attention.patterns import rank
from tabs.attention.choices import STEM, Controls
from tabs.kit.events import IN_BROWSER, on_change
from tabs.kit.notes import note_html
from tabs.kit.picked import Picked

LIST = f"{STEM}-heads"
PATTERN = [
    ("Token before", "previous"),
    ("Token after", "next"),
    ("Same token elsewhere", "same"),
    ("The token itself", "itself"),
    ("What followed last time", "induction"),
    ("Rest on the first token", "first"),
    ("Rest on [CLS]", "cls"),
    ("Rest on [SEP]", "sep"),
    ("Broad", "broad"),
]
LOOK_FOR = {
    "previous": "Look for a bright line one cell left of the diagonal. The score is the mean "
    "weight on the token just before.",
    "next": "Look for a bright line one cell right of the diagonal. The score is the mean weight "
    "on the token just after.",
    "same": "Look at a word that occurs twice: each place lights up the other. The score is the "
    "mean weight on the other places with the same token.",
    "itself": "Look for a bright diagonal. The score is the mean weight of a token on itself.",
    "induction": "Look at a token that occurs again: it lights up what followed it the first "
    "time, which may well follow it now. The score is the mean weight there; a head that does "
    "this on any text is called an induction head.",
    "first": "Look for a bright first column: nothing to report. The score is the mean weight on "
    "the first token, over all the other tokens.",
    "cls": "Look for a bright first column: nothing to report. The score is the mean weight on "
    "[CLS], over all the other tokens.",
    "sep": "Look for a bright column under [SEP]. The score is the mean weight on [SEP], over all "
    "the other tokens; heads of larger BERTs rest there, none of the pocket BERT does.",
    "broad": "Look for rows without a bright cell. The score is the mean entropy of the rows, as "
    "a share of the largest that is possible.",
}


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
        listed = Picked(listing(start, "previous"), elem_id=LIST)
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
