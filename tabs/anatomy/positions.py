"""The view of positions: computed ones beside those that a model has learned."""

from core.errors import UserError
from figures.anatomy.positions import headline, positions_figure, positions_table
from services.anatomy.positions import ROTARY, Table, learned, sinusoids, turned
from tabs.anatomy.choices import Choices
from tabs.kit.snippets import filled
from tabs.kit.view import Asked, Drawn, Lines, Numbers, View


def draw(asked: Asked[Choices]) -> Drawn:
    """Both tables and their curves."""
    chosen = asked.choices
    table, own = tables_of(asked)
    distance = int(chosen.distance)
    return Drawn(
        positions_figure(table, own, distance, kind=chosen.kind, title=asked.entry.title),
        positions_table(table, own),
        headline=headline(table, distance),
    )


def tables_of(asked: Asked[Choices]) -> tuple[Table, Table]:
    """The computed table, and as many rows of the learned one. Raises UserError."""
    chosen = asked.choices
    length, distance, width = (
        int(number) for number in (chosen.length, chosen.distance, chosen.dimensions)
    )
    if width % 2:
        raise UserError(
            f"The dimensions come in pairs, a sine and a cosine; got {width}. Take an even number."
        )
    if distance >= length:
        raise UserError(
            f"The distance must be smaller than the number of positions; got a distance of "
            f"{distance} and {length} positions."
        )
    made = turned if chosen.kind == ROTARY else sinusoids
    own = asked.ask(learned)
    return made(length, width), Table(own.rows[:length])


def numbers(asked: Asked[Choices]) -> Numbers:
    """A line for each position with its vector; the JSON has the curves."""
    table, own = tables_of(asked)
    width = table.rows.shape[1]
    lines: Lines = [["position", *range(width)]]
    lines += [[index, *row] for index, row in enumerate(table.rows.tolist())]
    distances = range(len(table.rows))
    return lines, {
        "dot": [float(table.products(distance).mean()) for distance in distances],
        "cosine": table.curve().tolist(),
        "learned_cosine": own.curve().tolist(),
    }


def snippet(asked: Asked[Choices]) -> str:
    """The code of both tables and their curves."""
    chosen = asked.choices
    values = {
        "kind": chosen.kind,
        "dimensions": int(chosen.dimensions),
        "length": int(chosen.length),
        "distance": int(chosen.distance),
    }
    return filled("anatomy/positions", asked.entry, **values)


VIEW = View(
    name="positions",
    label="Positions",
    draw=draw,
    numbers=numbers,
    snippet=snippet,
    controls=("kind", "dimensions", "length", "distance"),
    reads=False,
    asks="How alike are two positions, by their distance?",
)
