"""What people see and touch: one module per capability, in the order of the page."""

from tabs import (
    answering,
    attention,
    captioning,
    generation,
    grammaticality,
    similarity,
    tokenization,
)
from tabs.kit.room import Tab

TABS: tuple[Tab, ...] = (
    tokenization,
    attention,
    similarity,
    grammaticality,
    generation,
    answering,
    captioning,
)
