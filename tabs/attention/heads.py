"""The head finder of the Attention tab: below a pattern, the heads that show it on the text."""

import html

from core.errors import UserError, as_user_error
from figures.attention.heatmap import head_list
from services.attention.attend import Attention, attend
from services.attention.patterns import PATTERNS, rank
from services.examples import read_example
from tabs.attention.choices import STEM
from tabs.kit.events import IN_BROWSER, on_change
from tabs.kit.notes import note_html
from tabs.kit.picked import Picked
from tabs.kit.scaffold import Scaffold

LIST = f"{STEM}-head-list"


def head_list_below(scaffold: Scaffold) -> None:
    """The list for the pattern and the text; a click goes to a head.

    It has runs of its own: another pattern leaves the picture as it is.
    """
    desk, controls = scaffold.desk, scaffold.controls
    start = read_example(STEM, Attention)
    opened = scaffold.tab.settings["pattern"].start
    listed = Picked(listing(start, opened), elem_id=LIST)
    pick = f"() => lectern.picked('{LIST}')"
    listed.click(None, None, [controls["layer"], controls["head"]], js=pick, **IN_BROWSER)

    def find(text: str, text_pair: str, model: str, pattern: str) -> str:
        try:
            attention = desk.ask(attend, desk.named(model, STEM), text, text_pair)
            return listing(attention, pattern)
        except Exception as error:
            return note_html(as_user_error(error))

    asked = [controls[name] for name in ("text", "text_pair", "model", "pattern")]
    on_change(f"{STEM}-heads", asked, find, [listed])


def listing(attention: Attention, pattern: str) -> str:
    """The heads that follow a pattern most, or why none can be scored."""
    try:
        return head_list(rank(attention, pattern), look_for=PATTERNS[pattern].look_for)
    except UserError as error:
        return f"<p>{html.escape(str(error))}</p>"
