"""The view of a text as tokens: cut by several tokenizers, and looked at closer."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from core.errors import UserError
from core.spacefile import Checkpoint
from figures.tokenization.ribbons import headline, reading_figure
from figures.tokenization.table import reading_tables
from models.serving import Desk
from services.tokenization.overview import Reading, checked_tokenizers, read
from services.tokenization.plain import BUILT_IN
from services.tokenization.tokenize import Tokenization, cut_plainly, tokenize
from tabs.kit.snippets import filled
from tabs.kit.view import Asked, Drawn, Lines, Numbers, View
from tabs.tokenization.choices import STEM, Choices, offered


def draw(asked: Asked[Choices]) -> Drawn:
    """The picture and its tables."""
    return draw_reading(reading_of(asked), asked.choices)


def draw_reading(reading: Reading, choices: Choices) -> Drawn:
    """A reading that is there already; the page opens with it."""
    picture = reading_figure(reading, ids=choices.ids, special=choices.special)
    return Drawn(picture, reading_tables(reading), headline=headline(reading))


def reading_of(asked: Asked[Choices]) -> Reading:
    """What the services say of the visitor's choices. Raises UserError."""
    chosen, pair = asked.choices, asked.choices.text_pair
    more: dict[str, Any] = {"word": chosen.word, "padding": chosen.padding}
    return cut_by_all(asked.desk, chosen.tokenizer, chosen.text, pair, **more)


def cut_by_all(desk: Desk, names: object, text: str, text_pair: str = "", **more: Any) -> Reading:
    """A text as tokenizers of these names cut it; only their tokenizers are loaded.

    The default model looks closer where none is a model's. Raises UserError.
    """
    chosen = checked_tokenizers(names, offered(desk), desk.limits.tokenizers)
    return desk.tokenize(read, models_of(desk, chosen), chosen, text, text_pair, **more)


def models_of(desk: Desk, names: Sequence[str]) -> list[Checkpoint]:
    """The models among tokenizers; where there is none, the default one, which looks closer."""
    entries = [desk.named(name, STEM) for name in names if name not in BUILT_IN]
    return entries or [desk.default(STEM)]


def cut_by(desk: Desk, name: object, text: str, text_pair: str = "") -> Tokenization:
    """A text as the tokenizer of that name cuts it. Raises UserError."""
    if isinstance(name, str) and name in BUILT_IN:
        return cut_plainly(name, text, text_pair, desk.limits)
    known = offered(desk)
    if not isinstance(name, str) or name not in known:
        seen = str(name)[:60]
        raise UserError(f"There is no tokenizer {seen!r}; use one of {', '.join(known)}.")
    return desk.tokenize(tokenize, desk.named(name, STEM), text, text_pair)


def numbers(asked: Asked[Choices]) -> Numbers:
    """A line for each token of each tokenizer; with the rows and the trace as JSON."""
    reading = reading_of(asked)
    columns = ("text", "id", "start", "end", "special", "segment")
    lines: Lines = [["tokenizer", "position", *columns, "source"]]
    for tokenization in reading.tokenizations:
        for index, token in enumerate(tokenization.tokens):
            values = [getattr(token, column) for column in columns]
            lines.append([tokenization.tokenizer, index, *values, tokenization.source(token)])
    return lines, {
        "tokenizations": [as_endpoint(one) for one in reading.tokenizations],
        "input": asdict(reading.rows),
        "trace": asdict(reading.trace),
        "traces": dict(zip(reading.traced_by, map(asdict, reading.traces), strict=True)),
        "unknown": [asdict(unknown) for unknown in reading.unknowns],
    }


def as_endpoint(tokenization: Tokenization) -> dict[str, Any]:
    """What `/tokenize` returns: all tokens, and the counts."""
    return {
        "tokenizer": tokenization.tokenizer,
        "tokens": [asdict(token) for token in tokenization.tokens],
        "words": tokenization.words,
        "characters": tokenization.characters,
        "unknown": tokenization.unknown,
    }


def snippet(asked: Asked[Choices]) -> str:
    """The code that cuts the same text with the model's tokenizer and without one."""
    return code_of(asked, reading_of(asked))


def code_of(asked: Asked[Choices], reading: Reading) -> str:
    """The same for a reading that is there already."""
    chosen = asked.choices
    return filled(
        f"{STEM}/bpe" if reading.trace.merges else f"{STEM}/{STEM}",
        asked.desk.named(reading.rows.tokenizer, STEM),
        text=chosen.text,
        text_pair=chosen.text_pair if chosen.text_pair.strip() else None,
        word=reading.trace.typed,
    )


ASKS = "Where is this text cut into tokens?"
VIEW = View(
    "ribbons",
    "Tokens",
    draw,
    numbers,
    snippet,
    controls=("text_pair", "word", "ids", "special", "padding"),
    reads=False,
    read_by=lambda asked: models_of(asked.desk, asked.choices.tokenizer),
    asks=ASKS,
)
