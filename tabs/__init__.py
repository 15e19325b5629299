"""The tabs, in the order of the page."""

from tabs import answering, attention, grammaticality, similarity, tokenization
from tabs.kit.tab import Tab

TABS: tuple[Tab, ...] = (
    tokenization.TAB,
    attention.TAB,
    similarity.TAB,
    grammaticality.TAB,
    answering.TAB,
)
