"""What the same sentence costs in another language: the lines of a text, counted by tokenizers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.errors import UserError
from core.spacefile import Limits
from core.text import checked_text, lines_of
from models.loaded import Loaded
from services.tokenization.plain import BUILT_IN
from services.tokenization.tokenize import cut_plainly, tokenize

MOST_LINES = 12


@dataclass(frozen=True)
class Cost:
    """What one tokenizer makes of each line: tokens of the text, none that it added."""

    tokenizer: str
    title: str
    tokens: tuple[int, ...]
    unknown: tuple[int, ...]  # of these, how many stand for text that is lost

    @property
    def times(self) -> tuple[float | None, ...]:
        """How often as many tokens as the first line has (the premium of Petrov et al. 2023).

        None where the first line has none.
        """
        first = self.tokens[0]
        return tuple(count / first if first else None for count in self.tokens)


@dataclass(frozen=True)
class Costs:
    """The lines of a text, and what they cost each tokenizer."""

    lines: tuple[str, ...]
    characters: tuple[int, ...]  # Unicode code points of each
    costs: tuple[Cost, ...]


def languages(models: Sequence[Loaded], tokenizers: Sequence[str], text: str) -> Costs:
    """Count the tokens of each line that is not empty, by each tokenizer.

    `models` are those among the tokenizers, in their order. Raises UserError for input that cannot
    be taken, and for more than 12 lines.
    """
    limits = models[0].limits
    checked_text(text, name="text", limit=limits.text_characters)
    lines = tuple(line for line in lines_of(text) if line.strip())
    if len(lines) > MOST_LINES:
        raise UserError(
            f"The text has {len(lines):,} lines; at most {MOST_LINES} fit beside one another. "
            "Take some out."
        )
    by_name = {model.checkpoint.name: model for model in models}
    costs = tuple(_cost(name, by_name, lines, limits) for name in tokenizers)
    return Costs(lines, tuple(map(len, lines)), costs)


def _cost(name: str, by_name: Mapping[str, Loaded], lines: Sequence[str], limits: Limits) -> Cost:
    cuts = [
        cut_plainly(name, line, "", limits) if name in BUILT_IN else tokenize(by_name[name], line)
        for line in lines
    ]
    tokens = tuple(cut.from_text for cut in cuts)
    return Cost(name, cuts[0].title, tokens, tuple(cut.unknown for cut in cuts))
