"""The view of the translation: written as it comes, its tokens, its rivals."""

from collections.abc import Iterator

from core.spacefile import Checkpoint
from figures.translation.translate import (
    coming_figure,
    coming_headline,
    headline,
    translate_figure,
    translate_table,
)
from services.examples import frozen
from services.translation.remarks import remarks
from services.translation.translate import Translation, writing
from services.translation.translate import translate as render
from tabs.kit.snippets import filled
from tabs.kit.view import Asked, Drawn, Lines, Numbers, View
from tabs.translation.choices import Choices


def draw(asked: Asked[Choices]) -> Drawn:
    """The translation with its tokens and rivals."""
    return draw_translation(asked.entry, translation_of(asked), asked.choices)


def draw_translation(entry: Checkpoint, translation: Translation, choices: Choices) -> Drawn:
    """A translation that is there already; the page opens with it."""
    texts = remarks(entry, translation)
    figure = translate_figure(translation, token=choices.token, title=entry.title, remarks=texts)
    return Drawn(figure, translate_table(translation), headline=headline(translation))


def coming(asked: Asked[Choices]) -> Iterator[Drawn]:
    """The greedy translation as it is written; none where the whole is known already."""
    if asked.desk.knows(render, asked.entry, *given(asked)):
        return
    for made in asked.desk.stream(writing, asked.entry, asked.choices.text):
        yield Drawn(coming_figure(made), headline=coming_headline(made))


def given(asked: Asked[Choices]) -> tuple[str, int, int]:
    """What the verb is asked."""
    chosen = asked.choices
    return chosen.text, chosen.beams, chosen.candidates


def translation_of(asked: Asked[Choices]) -> Translation:
    """The translation and its rivals."""
    return asked.ask(render, *given(asked))


def numbers(asked: Asked[Choices]) -> Numbers:
    """A line for each token, then one for each translation."""
    translation = translation_of(asked)
    lines: Lines = [["place", "token", "id", "logprob", "rank"]]
    for index, token in enumerate(translation.tokens):
        lines.append([index, token.piece, token.id, token.logprob, token.rank])
    lines += [[], ["candidate", "text", "logprob", "score", "tokens", "ended"]]
    for rank, one in enumerate(translation.candidates, start=1):
        lines.append([rank, one.text, one.logprob, one.score, len(one.ids), one.ended])
    return lines, frozen(translation) | {"remarks": list(remarks(asked.entry, translation))}


def snippet(asked: Asked[Choices]) -> str:
    """The code that translates."""
    text, beams, candidates = given(asked)
    return filled(
        "translation/translate",
        asked.entry,
        text=asked.entry.prefix + text,
        beams=beams,
        candidates=candidates,
    )


VIEW = View(
    name="translate",
    label="Translate",
    draw=draw,
    numbers=numbers,
    snippet=snippet,
    controls=("beams", "candidates", "token"),
    asks="What is it in French, and how sure is the model?",
    coming=coming,
)
