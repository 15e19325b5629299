"""What people see and touch: one package per capability, in the order of the page."""

from tabs import (
    anatomy,
    answering,
    attention,
    captioning,
    generation,
    grammaticality,
    map,
    masking,
    similarity,
    tokenization,
    translation,
)
from tabs.kit.tab import Tab

TABS: tuple[Tab, ...] = (
    map.TAB,
    tokenization.TAB,
    attention.TAB,
    similarity.TAB,
    grammaticality.TAB,
    masking.TAB,
    generation.TAB,
    answering.TAB,
    captioning.TAB,
    translation.TAB,
    anatomy.TAB,
)
