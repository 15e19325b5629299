"""The Grammaticality tab: is a sentence acceptable English, and which word decides?"""

from figures.records.grammaticality import grammar_tables, grammar_training
from services.examples import read_example
from services.grammaticality.masked import Examined
from tabs.grammaticality import confusion, edits, list, pair, sentence, yours
from tabs.grammaticality.choices import STEM, Choices
from tabs.grammaticality.endpoint import endpoint
from tabs.grammaticality.others import CAUSAL, MASKING
from tabs.kit.record import training
from tabs.kit.scaffold import Scaffold
from tabs.kit.tab import Tab
from tabs.kit.view import Asked, Drawn


def opening(asked: Asked[Choices]) -> tuple[Drawn, str]:
    """The first example, computed beforehand, and its code."""
    start = read_example(STEM, Examined)
    masked, offered = asked.desk.default(MASKING).title, asked.desk.offered(CAUSAL)
    # The first of those that read from left to right, where one is offered and was asked.
    left, causal = (start.left[0], offered[0].title) if start.left and offered else (None, "")
    opinions = sentence.Opinions(start.reading, start.likelihood, masked, left, causal)
    return sentence.draw_opinions(asked.entry, opinions), sentence.snippet(asked)


def wire(scaffold: Scaffold) -> None:
    """An opened file fills the list; the button looks for the smallest edit; labels are set."""
    list.wire_file_box(scaffold)
    edits.wire_edits(scaffold)
    yours.wire_labels(scaffold)


TAB = Tab(
    stem=STEM,
    title="Grammaticality",
    choices=Choices,
    views=(
        sentence.VIEW,
        pair.VIEW,
        yours.VIEW,
        list.VIEW,
        confusion.VIEW,
        training(STEM, grammar_training, grammar_tables),
    ),
    opening=opening,
    endpoints={"judge": endpoint},
    height=420,
    beside_input=list.draw_file_box,
    beside_result=edits.draw_edits,
    wire=wire,
)
