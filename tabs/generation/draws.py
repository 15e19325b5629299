"""The view of the next token drawn many times."""

from figures.generation.draws import draws_figure, draws_table, headline
from services.examples import frozen
from services.generation.draws import Draws, draw_many
from tabs.generation.choices import BUTTONS, DRAWING, Choices, sampling_of
from tabs.kit.snippets import filled
from tabs.kit.view import Asked, Drawn, Lines, Numbers, View


def draw(asked: Asked[Choices]) -> Drawn:
    """Each token's probability beside its share of the draws."""
    draws = draws_of(asked)
    picture = draws_figure(draws, title=asked.entry.title)
    return Drawn(picture, draws_table(draws), headline=headline(draws))


def draws_of(asked: Asked[Choices]) -> Draws:
    """The token after the prompt, drawn as often as asked."""
    settings = sampling_of(asked.desk.limits, asked.choices)
    return asked.ask(draw_many, asked.choices.prompt, settings, asked.choices.draws)


def numbers(asked: Asked[Choices]) -> Numbers:
    """A line for each token that is told one by one."""
    draws = draws_of(asked)
    lines: Lines = [["token", "id", "probability", "drawn", "share"]]
    rows = zip(draws.labels, draws.ids, draws.chances, draws.counts, strict=True)
    for label, index, chance, count in rows:
        lines.append([label, int(index), float(chance), int(count), int(count) / draws.times])
    return lines, frozen(draws)


def snippet(asked: Asked[Choices]) -> str:
    """The code that draws."""
    chosen = asked.choices
    names = (*DRAWING, "repetition_penalty", "no_repeat_ngram_size", "draws")
    settings = {name: getattr(chosen, name) for name in names}
    return filled("generation/draws", asked.entry, prompt=chosen.prompt, **settings)


VIEW = View(
    name="draws",
    label="Draw it often",
    draw=draw,
    numbers=numbers,
    snippet=snippet,
    controls=(
        "prompt",
        *DRAWING,
        "repetition_penalty",
        "no_repeat_ngram_size",
        "draws",
        BUTTONS,
        "beside",
    ),
    asks="Is each token drawn as often as it is likely?",
)
