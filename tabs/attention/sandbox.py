"""The view in which attention is done by hand: a few short vectors, all of which can be moved."""

from figures.attention.sandbox import headline, sandbox_figure, sandbox_table, typed
from services.attention.sandbox import Flattened, Sandbox, by_hand, flatten
from services.examples import frozen
from tabs.attention.choices import Choices
from tabs.attention.weights import attention_of, chooser_of
from tabs.kit.snippets import filled
from tabs.kit.view import Asked, Drawn, Lines, Numbers, Only, View


def draw(asked: Asked[Choices]) -> Drawn:
    """The arrows and what attention makes of them; of a head, all heads to choose from."""
    made, flat = sandbox_of(asked)
    chosen = asked.choices
    where = f"layer {chosen.layer}, head {chosen.head} of {asked.entry.title}"
    chooser = chooser_of(attention_of(asked), chosen) if flat else ""
    picture = sandbox_figure(made, flat, where=where)
    return Drawn(picture, sandbox_table(made), headline=headline(made), chooser=chooser)


def sandbox_of(asked: Asked[Choices]) -> tuple[Sandbox, Flattened | None]:
    """Attention of the vectors that are typed, or of those that a head has."""
    chosen, flat = asked.choices, None
    vectors = (chosen.queries, chosen.keys, chosen.values)
    if chosen.taken == "head":
        text, pair = chosen.text, chosen.text_pair
        flat = asked.ask(flatten, text, pair, int(chosen.layer), int(chosen.head))
        vectors = (typed(flat.query), typed(flat.key), typed(flat.value))
    return by_hand(*vectors, chosen.mask, scaling=chosen.scaling), flat


def numbers(asked: Asked[Choices]) -> Numbers:
    """A line for each pair of tokens; the JSON has every matrix."""
    made, flat = sandbox_of(asked)
    lines: Lines = [["looking", "looked_at", "score", "scaled", "masked", "weight"]]
    for row in range(len(made.scores)):
        for column in range(len(made.scores)):
            place = (row, column)
            values = (
                float(made.scores[place]),
                float(made.scaled[place]),
                int(made.masked[place]),
            )
            lines.append([row, column, *values, float(made.weights[place])])
    return lines, frozen(made) | {"head": frozen(flat) if flat else None}


def snippet(asked: Asked[Choices]) -> str:
    """The code of the same attention."""
    made, _ = sandbox_of(asked)
    return filled(
        "attention/sandbox",
        queries=made.query.tolist(),
        keys=made.key.tolist(),
        values=made.value.tolist(),
        masked=made.masked.tolist(),
        scaling=made.scaling,
    )


def _of_a_head(*names: str) -> tuple[Only, ...]:
    return tuple(Only(name, "taken", "head") for name in names)


def _typed(*names: str) -> tuple[Only, ...]:
    return tuple(Only(name, "taken", "typed") for name in names)


VIEW = View(
    name="sandbox",
    label="Sandbox",
    draw=draw,
    numbers=numbers,
    snippet=snippet,
    controls=(
        *_of_a_head("text", "text_pair", "model", "layer", "head"),
        *_typed("queries", "keys", "values"),
        "mask",
        "taken",
        "scaling",
    ),
    reads=False,
    alone=True,
    read_by=lambda asked: (asked.entry,) if asked.choices.taken == "head" else (),
    asks="Which arrow changes where a token looks?",
)
