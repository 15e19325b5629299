"""The view of how likely each token of a given text is."""

from figures.generation.score import headline, score_figure, score_table
from services.examples import frozen
from services.generation.scores import Scored, score
from tabs.generation.choices import Choices
from tabs.generation.write import TOKEN
from tabs.kit.snippets import filled
from tabs.kit.view import Asked, Drawn, Lines, Numbers, View


def draw(asked: Asked[Choices]) -> Drawn:
    """The text, its tokens coloured."""
    scored = scored_of(asked)
    colour, title = asked.choices.colour, asked.entry.title
    picture = score_figure(scored, colour=colour, title=title)
    return Drawn(picture, score_table(scored), headline=headline(scored))


def scored_of(asked: Asked[Choices]) -> Scored:
    """The text in the box, token by token."""
    return asked.ask(score, asked.choices.text)


def numbers(asked: Asked[Choices]) -> Numbers:
    """A line for each token."""
    scored = scored_of(asked)
    columns = (scored.labels, scored.ids, scored.logprobs, scored.ranks, scored.entropies)
    lines: Lines = [TOKEN]
    for index, row in enumerate(zip(*columns, strict=True)):
        lines.append([index, *frozen(row)])
    whole = {"bits_per_character": scored.bits_per_character, "perplexity": scored.perplexity}
    return lines, whole | frozen(scored)


def snippet(asked: Asked[Choices]) -> str:
    """The code that scores the text."""
    return filled("generation/score", asked.entry, text=asked.choices.text)


VIEW = View(
    name="score",
    label="Score a text",
    draw=draw,
    numbers=numbers,
    snippet=snippet,
    controls=("text", "colour", "beside"),
    asks="Which words of this text did the model not expect?",
)
