"""The modules of a model, one inside the other, with shapes and counts."""

from typing import TYPE_CHECKING

from figures.parts.html import Html, tag
from figures.parts.table import rows_table

if TYPE_CHECKING:
    from services.anatomy.measure import Measured, Module

OPEN = 2  # levels that are open at first


def headline(measured: "Measured") -> str:
    """The number of modules that have weights of their own, and of all parameters."""
    own = sum(1 for _, module in measured.tree.walked() if module.weights)
    return f"<b>{own}</b> modules with weights, <b>{measured.total:,}</b> parameters"


def tree_figure(measured: "Measured") -> str:
    """A branch for each module; those of one kind that follow each other open alike."""
    caption = "Press a module to open or close it. A tied tensor is counted where it stands first."
    return (
        f'<figure class="figure anatomy tree">{_branch(measured.tree, 0)}'
        f"<figcaption>{tag('span', measured.shape.title)}. {caption}</figcaption></figure>"
    )


def tree_table(measured: "Measured") -> str:
    """A row for each tensor, by its whole name."""
    rows = [
        (
            f"{path}.{weight.name}" if path else weight.name,
            _size(weight.shape),
            module.kind,
            "again" if weight.again else "",
        )
        for path, module in measured.tree.walked()
        for weight in module.weights
    ]
    return rows_table(("tensor", "shape", "module", ""), rows)


def _branch(module: "Module", level: int) -> Html:
    title = (
        tag("b", module.name),
        Html(" "),
        tag("span", module.kind),
        Html(" "),
        tag("em", f"{module.count:,}"),
    )
    weights = [
        tag("li", tag("code", f"{weight.name} {_size(weight.shape)}"), _again(weight.again))
        for weight in module.weights
    ]
    if not module.parts:
        listed = tag("ul", *weights) if weights else Html()
        return tag("div", tag("p", *title), listed, class_="leaf")
    inside = [_branch(part, level + 1) for part in module.parts]
    own = [tag("ul", *weights)] if weights else []
    return tag("details", tag("summary", *title), *own, *inside, open=level < OPEN)


def _again(again: bool) -> Html:
    return tag("i", " the same tensor once more") if again else Html()


def _size(shape: tuple[int, ...]) -> str:
    return " × ".join(f"{side:,}" for side in shape)
