"""The view of the lines of a text: what each costs, as for one sentence in several languages."""

from dataclasses import asdict

from figures.tokenization.languages import headline, languages_figure, languages_table
from services.tokenization.languages import Costs, languages
from services.tokenization.overview import checked_tokenizers
from tabs.kit.snippets import filled
from tabs.kit.view import Asked, Drawn, Lines, Numbers, View
from tabs.tokenization.choices import STEM, Choices, offered
from tabs.tokenization.ribbons import models_of


def draw(asked: Asked[Choices]) -> Drawn:
    """A bar for each line, for each tokenizer."""
    costs = costs_of(asked)
    return Drawn(languages_figure(costs), languages_table(costs), headline=headline(costs))


def costs_of(asked: Asked[Choices]) -> Costs:
    """What the lines in the box cost. Raises UserError."""
    desk, chosen = asked.desk, asked.choices
    names = checked_tokenizers(chosen.tokenizer, offered(desk), desk.limits.tokenizers)
    return desk.tokenize(languages, models_of(desk, names), names, chosen.text)


def numbers(asked: Asked[Choices]) -> Numbers:
    """A line for each line of the text and each tokenizer."""
    costs = costs_of(asked)
    lines: Lines = [["tokenizer", "line", "text", "characters", "tokens", "unknown", "times"]]
    for cost in costs.costs:
        for index, text in enumerate(costs.lines):
            counted = [cost.tokens[index], cost.unknown[index], cost.times[index]]
            lines.append([cost.tokenizer, index + 1, text, costs.characters[index], *counted])
    return lines, asdict(costs) | {
        "times": {cost.tokenizer: list(cost.times) for cost in costs.costs}
    }


def snippet(asked: Asked[Choices]) -> str:
    """The code that counts the tokens of each line with the first model's tokenizer."""
    entry = models_of(asked.desk, asked.choices.tokenizer)[0]
    return filled(f"{STEM}/languages", entry, lines=list(costs_of(asked).lines))


VIEW = View(
    "languages",
    "Line by line",
    draw,
    numbers,
    snippet,
    reads=False,
    read_by=lambda asked: models_of(asked.desk, asked.choices.tokenizer),
    asks="Which line costs most tokens?",
)
