"""What the page knows of a tab, and the areas that a tab is made of."""

from dataclasses import dataclass
from typing import Protocol

import gradio as gr

from models.checkpoints import Checkpoints
from tabs.kit.ids import id_of
from tabs.kit.picked import Picked


@dataclass(frozen=True)
class Field:
    """One input that a link carries: its name in the address, and the control that holds it."""

    name: str
    control: gr.components.Component
    lines: bool = False  # a text box with one value on each line: the name is repeated
    aliases: tuple[tuple[str, str], ...] = ()  # what a link may say, and what is meant by it


@dataclass(frozen=True)
class Room:
    """A built tab, as far as the page around it needs to know it."""

    stem: str
    fields: tuple[Field, ...]

    @property
    def controls(self) -> list[gr.components.Component]:
        """The controls in the order of the fields."""
        return [field.control for field in self.fields]


class Tab(Protocol):
    """What a module in `tabs/` offers to `app.py`."""

    STEM: str
    TITLE: str

    def build(self, checkpoints: Checkpoints) -> Room:
        """Draw the tab inside the current gr.Tab and say which inputs a link carries."""
        ...


def area(name: str) -> gr.Column:
    """One of a tab's areas: input, result, settings, examples, about. page.css places them."""
    return gr.Column(elem_classes=["area", name], min_width=0)


def result_area(stem: str) -> tuple[gr.HTML, gr.HTML, gr.HTML]:
    """The area of a result that can be clicked: its progress, its picture, the same as a table."""
    with area("result"):
        status = gr.HTML("", elem_classes=["progress-line"], min_height=0)
        picture = Picked(elem_id=id_of(stem, "figure"))
        with gr.Accordion("The same as a table", open=False):
            table = gr.HTML()
    return status, picture, table


def model_choice(
    checkpoints: Checkpoints, capability: str, label: str = "Model", none: str = ""
) -> gr.Dropdown:
    """The models that the Spacefile offers for a capability, by their titles.

    Where there may be none, it is chosen at first, under the name given. What is on the Hub alone,
    and cannot come while the page runs without it, says so.
    """
    absent = {entry["name"] for entry in checkpoints.describe() if entry["absent"]}
    offered = [
        (f"{entry.title} (not here)" if entry.name in absent else entry.title, entry.name)
        for entry in checkpoints.offered(capability)
    ]
    if none:
        offered.insert(0, (none, ""))
    return gr.Dropdown(
        offered,
        value=offered[0][1],
        label=label,
        filterable=False,
        interactive=True,
    )
