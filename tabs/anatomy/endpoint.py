"""The endpoints of docs/api.md: `/count` and `/inspect`."""

from collections.abc import Callable
from typing import Any

from core.errors import UserError
from core.text import checked_choice, seen
from models.serving import Desk
from services.anatomy.count import count
from services.anatomy.journey import inspect
from services.anatomy.measure import measure
from services.anatomy.shapes import PRESETS
from tabs.anatomy.choices import STEM, Choices
from tabs.anatomy.cost import numbers as cost_numbers
from tabs.anatomy.count import as_endpoint
from tabs.anatomy.journey import inspected
from tabs.anatomy.journey import numbers as journey_numbers
from tabs.anatomy.scratch import numbers as scratch_numbers
from tabs.anatomy.switches import numbers as switches_numbers
from tabs.anatomy.tensors import numbers as tensors_numbers
from tabs.kit.notes import raises_user_errors
from tabs.kit.settings import settings_of
from tabs.kit.view import Asked, Numbers

# What `/inspect` gives of each view beside a token's way: the JSON that the page saves of it.
VIEWS: dict[str, Callable[[Asked[Choices]], Numbers]] = {
    "journey": journey_numbers,
    "switches": switches_numbers,
    "tensors": tensors_numbers,
    "scratch": scratch_numbers,
    "cost": cost_numbers,
}


def count_endpoint(desk: Desk) -> Callable[..., Any]:
    """The endpoint, which names the default model in its signature."""
    default = desk.default(STEM).name

    @raises_user_errors
    def count_endpoint(model: str = default) -> dict[str, Any]:
        """The parameters of a model, or of a published shape, part by part.

        The cache holds the keys and values of one token in float16; bytes are of the weights.
        """
        if isinstance(model, str) and model in PRESETS:
            return {"model": model} | as_endpoint(count(PRESETS[model]))
        entries = {entry.name: entry for entry in desk.offered(STEM)}
        if not isinstance(model, str) or model not in entries:
            allowed = ", ".join((*entries, *PRESETS))
            raise UserError(f"The model must be one of {allowed}; got {seen(model)}.")
        measured = desk.ask(measure, entries[model])
        return {"model": model} | as_endpoint(count(measured.shape))

    return count_endpoint


def inspect_endpoint(desk: Desk) -> Callable[..., Any]:
    """The endpoint, which names the default model in its signature."""
    default = desk.default(STEM).name

    @raises_user_errors
    def inspect_endpoint(
        text: str,
        text_pair: str = "",
        model: str = default,
        token: int = 0,
        view: str = "journey",
        positions: bool = True,
        residual: bool = True,
        scaling: bool = True,
        shuffle: int = 0,
        off: str = "",
        layer: int = 0,
    ) -> dict[str, Any]:
        """The chosen token's vector after every step, and what each head added to it.

        Norms are lengths (L2); the mean and the deviation are over the numbers of a vector. With
        another view what that view saves as JSON: the same names as in a link.
        """
        entry, view = desk.named(model, STEM), checked_choice(view, list(VIEWS), name="view")
        if view == "journey":
            return inspected(entry, desk.ask(inspect, entry, text, text_pair, token))
        given: dict[str, Any] = {"positions": positions, "residual": residual, "scaling": scaling}
        given |= {"shuffle": shuffle, "off": off, "layer": layer}
        choices = Choices(
            text=text, text_pair=text_pair, view=view, model=model, token=f"{token}", **given
        )
        for name, setting in settings_of(Choices).items():
            if name in (*given, "token"):
                setting.check(name, getattr(choices, name), entry, desk.limits)
        _, content = VIEWS[view](Asked(desk, desk.read(entry), choices))
        return {"model": model} | content

    return inspect_endpoint
