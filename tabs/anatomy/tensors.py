"""The view of what a model gives for a text, as it is printed and in colours."""

from figures.anatomy.tensors import headline, state_chooser, tensors_figure, tensors_table
from services.anatomy.invented import INVENTED
from services.anatomy.tensors import Tensors, signs_of, tensors
from tabs.anatomy.choices import Choices
from tabs.kit.snippets import filled
from tabs.kit.view import Asked, Drawn, Lines, Numbers, View


def draw(asked: Asked[Choices]) -> Drawn:
    """One state of the text, and the invented tensor beside it."""
    made, state = state_of(asked)
    signs = (
        signs_of(made.states[state], len(made.tokens)),
        signs_of(INVENTED.array, made.invented_tokens),
    )
    return Drawn(
        tensors_figure(
            made,
            state,
            INVENTED,
            signs,
            title=asked.entry.title,
            solved=bool(asked.choices.solved),
        ),
        tensors_table(made, state),
        headline=headline(made),
        chooser=state_chooser(made, state),
    )


def state_of(asked: Asked[Choices]) -> tuple[Tensors, int]:
    """All states, and the number of the one that is chosen."""
    chosen = asked.choices
    made = asked.ask(tensors, chosen.text, chosen.text_pair, INVENTED)
    return made, min(int(chosen.layer), len(made.states) - 1)


def numbers(asked: Asked[Choices]) -> Numbers:
    """A line for each token with its vector."""
    made, state = state_of(asked)
    rows = made.states[state]
    lines: Lines = [["token", *range(rows.shape[1])]]
    lines += [[name, *row] for name, row in zip(made.names, rows.tolist(), strict=True)]
    return lines, {
        "state": state,
        "shape": list(made.shape()),
        "tokens": list(made.names),
        "vectors": rows.tolist(),
    }


def snippet(asked: Asked[Choices]) -> str:
    """The code that prints it."""
    _, state = state_of(asked)
    chosen = asked.choices
    pair = chosen.text_pair or None
    return filled("anatomy/tensors", asked.entry, text=chosen.text, text_pair=pair, state=state)


VIEW = View(
    name="tensors",
    label="Tensors",
    draw=draw,
    numbers=numbers,
    snippet=snippet,
    controls=("text", "text_pair", "layer", "solved"),
    asks="What does the model give, and what does it look like?",
)
