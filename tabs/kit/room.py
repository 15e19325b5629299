"""What the page knows of a tab, and the areas that a tab is made of."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import gradio as gr


class Ends(NamedTuple):
    """A range of numbers; None where nothing ends it."""

    low: int | float | None
    high: int | float | None
    more: str = ""  # said after it: what a number means, and whose range it is


@dataclass(frozen=True)
class Field:
    """One input that a link carries: its name in the address, and the control that holds it."""

    name: str
    control: gr.components.Component
    lines: bool = False  # a text box with one value on each line: the name is repeated
    aliases: tuple[tuple[str, str], ...] = ()  # what a link may say, and what is meant by it
    # The range of a number for models of these names; without it, that of the control.
    ends: Callable[[Sequence[str]], Ends] | None = None
    # Raises UserError where a text names a part that no model of these names has.
    has: Callable[[str, Sequence[str]], None] | None = None


@dataclass(frozen=True)
class Room:
    """A built tab, as far as the page around it needs to know it."""

    stem: str
    fields: tuple[Field, ...]

    @property
    def controls(self) -> list[gr.components.Component]:
        """The controls in the order of the fields."""
        return [field.control for field in self.fields]


def area(name: str) -> gr.Column:
    """One of a tab's areas: bar, input, settings, result, explain, about. room.css places them."""
    return gr.Column(elem_classes=["area", name], min_width=0)
