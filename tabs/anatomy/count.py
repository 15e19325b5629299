"""The view of the parameters: the calculator, the tree of modules, a slide with errors."""

from dataclasses import replace
from typing import Any

from figures.anatomy import count as counted
from figures.anatomy import slide as board
from figures.anatomy import tree as branches
from services.anatomy.count import Count, count
from services.anatomy.measure import Measured, measure
from services.anatomy.shapes import OWN, PRESETS, Shape, altered
from services.anatomy.slide import LINES, TITLE, WRONG, read_marks
from services.examples import frozen
from tabs.anatomy.choices import MEASURES, Choices
from tabs.kit.snippets import filled
from tabs.kit.view import Asked, Drawn, Lines, Numbers, Only, View


def draw(asked: Asked[Choices]) -> Drawn:
    """What is chosen to be shown of the parameters."""
    chosen = asked.choices
    if chosen.show == "tree":
        measured = measured_of(asked)
        return Drawn(
            branches.tree_figure(measured),
            branches.tree_table(measured),
            headline=branches.headline(measured),
        )
    if chosen.show == "slide":
        found, solved = read_marks(chosen.marked), bool(chosen.solved)
        picture = board.slide_figure(LINES, found, title=TITLE, marks=chosen.marked, solved=solved)
        return Drawn(
            picture,
            board.slide_table(LINES, found, solved=solved),
            headline=board.headline(found, len(WRONG), solved=solved),
        )
    return draw_count(asked, None if chosen.preset else measured_of(asked))


def draw_count(asked: Asked[Choices], measured: Measured | None) -> Drawn:
    """The parameters of a preset, or of a model that was looked into already."""
    shape = shape_of(asked, measured)
    made, plain = count(shape), measured is not None and shape == measured.shape
    held = measured.total if measured and plain else None
    title = shape.title if plain or shape in PRESETS.values() else f"{shape.title}, changed"
    return Drawn(
        counted.count_figure(made, title=title, held=held),
        counted.count_table(made),
        headline=counted.headline(made),
    )


def measured_of(asked: Asked[Choices]) -> Measured:
    """What the model that is chosen is made of."""
    return asked.ask(measure)


def shape_of(asked: Asked[Choices], measured: Measured | None) -> Shape:
    """The preset or the model, with the measures that are typed. Raises UserError."""
    chosen = asked.choices
    start = measured.shape if measured else PRESETS[chosen.preset]
    typed = {name: getattr(chosen, name) for name in MEASURES}
    return altered(start, typed, chosen.output, chosen.sharing)


def count_of(asked: Asked[Choices]) -> Count:
    """The count that is on screen."""
    return count(shape_of(asked, None if asked.choices.preset else measured_of(asked)))


def second(asked: Asked[Choices]) -> Choices:
    """The second model is counted as it is, whatever stands at the left."""
    as_it_is: dict[str, Any] = {name: "" for name in (*MEASURES, "preset", "output", "sharing")}
    return replace(asked.choices, **as_it_is)


def numbers(asked: Asked[Choices]) -> Numbers:
    """A line for each row of the count, each tensor of the tree, or each line of the slide."""
    chosen = asked.choices
    if chosen.show == "tree":
        measured = measured_of(asked)
        lines: Lines = [["module", "kind", "parameters"]]
        lines += [[path, one.kind, one.count] for path, one in measured.tree.walked()]
        return lines, frozen(measured)
    if chosen.show == "slide":
        found = read_marks(chosen.marked)
        lines = [["line", "formula", "says", "marked"]]
        for number, line in enumerate(LINES):
            marked = int(number in found.marked)
            lines.append([line.part, line.formula, line.says, marked])
        return lines, {"marked": sorted(found.marked), "found": found.hits, "false": found.false}
    made = count_of(asked)
    lines = [["part", "formula", "numbers", "parameters"]]
    lines += [[row.part, row.formula, row.numbers, row.count] for row in made.rows]
    return lines, as_endpoint(made)


def as_endpoint(made: Count) -> dict[str, object]:
    """What `/count` returns, without the name."""
    return {
        "total": made.total,
        "rows": [
            {"part": row.part, "formula": row.formula, "count": row.count} for row in made.rows
        ],
        "bytes": made.bytes,
        "cache_bytes_per_token": made.cache_bytes_per_token,
        "flops_per_token": made.flops,
    }


def snippet(asked: Asked[Choices]) -> str:
    """The code that counts: of the model itself, or of one that the library builds."""
    chosen = asked.choices
    if chosen.show == "slide":
        return of_shape(PRESETS["bert-base"])
    if not chosen.preset and (chosen.show == "tree" or not altered_at_all(chosen)):
        writes = asked.entry.family == "gpt2"
        return filled("anatomy/count", asked.entry, writes=writes)
    return of_shape(count_of(asked).shape)


def altered_at_all(chosen: Choices) -> bool:
    """Whether a measure is typed, or a choice made beside them."""
    return any(getattr(chosen, name) for name in (*MEASURES, "output", "sharing"))


def of_shape(shape: Shape) -> str:
    """The code that has transformers build a shape."""
    architecture, measures = shape.library()
    shared = shape.shared and shape.family != "albert"
    return filled(
        "anatomy/shape",
        architecture=architecture,
        measures=measures,
        own_output=shape.output == OWN,
        shared_layers=shared,
    )


def _counting(*names: str) -> tuple[Only, ...]:
    return tuple(Only(name, "show", "count") for name in names)


VIEW = View(
    name="count",
    label="Parameters",
    draw=draw,
    numbers=numbers,
    snippet=snippet,
    controls=(
        "show",
        *_counting("preset", *MEASURES, "output", "sharing"),
        Only("solved", "show", "slide"),
    ),
    reads=False,
    asks="How many parameters, and where are they?",
)
