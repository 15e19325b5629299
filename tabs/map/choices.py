"""The settings of the Map tab."""

from dataclasses import dataclass

from core.errors import UserError
from core.text import seen
from tabs.kit.examples import read_examples
from tabs.kit.places import table
from tabs.kit.settings import INPUT, hidden, model_choice, second_model, text_box

STEM = "map"
START = read_examples(STEM)[0]["inputs"]


def read_box(name: object) -> str:
    """A box of the map; empty where none is named. Raises UserError."""
    known = table()["box"]
    if name == "" or (isinstance(name, str) and name in known):
        return str(name)
    raise UserError(f"The box must be empty or one of {', '.join(known)}; got {seen(name)}.")


@dataclass(frozen=True)
class Choices:
    """Everything that decides the picture: the names are those of a link (docs/api.md)."""

    text: str = text_box("Sentence", START["text"], lines=2, most=6, where=INPUT)
    model: str = model_choice()
    beside: str = second_model()
    box: str = hidden("Box", checks=read_box, about="the part at which one is, as `attention`")
