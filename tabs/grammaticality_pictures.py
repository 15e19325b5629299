"""The views of the Grammaticality tab: which figure shows what."""

from collections.abc import Iterator
from typing import Any

from figures.grammaticality_edits import edits_figure, progress_line
from figures.grammaticality_pair import pair_figure, pair_table
from figures.grammaticality_words import sentence_figure, words_table
from services.checkpoints import Checkpoints, Loaded
from services.errors import UserError
from services.examples import frozen
from services.grammaticality_likelihood import Likelihood, disagreement, likelihood
from services.grammaticality_pair import Pair, weigh
from services.grammaticality_search import Search, Searched, smallest_edit
from services.grammaticality_words import Reading, read
from services.progress import Progress
from services.spacefile import Checkpoint
from services.text import checked_choice
from tabs.grammaticality_choices import STEM, VIEW, Choices
from tabs.grammaticality_list import draw_list
from tabs.training_view import draw_training

SHORT = 64  # sentences, or tokens one by one, that are read before anyone looks for progress
MASKING = "masking"  # the capability of the model that stands beside the classifier


def draw(
    checkpoints: Checkpoints, choices: Choices, progress: Progress = lambda done, whole: None
) -> tuple[str, str]:
    """The chosen view, and the same as a table. Raises UserError.

    `progress` is told how far long work is; what it raises ends it.
    """

    def told(done: int, whole: int) -> None:
        progress(done, whole if whole > SHORT else 0)  # short work passes without a word

    checked_choice(choices.view, [value for _, value in VIEW], name="view")
    checkpoint = checkpoints.named(choices.model, STEM)
    if choices.view == "training":
        return draw_training(checkpoint, STEM)
    grammar = checkpoints.load(checkpoint)
    if choices.view == "list":
        picture, table = draw_list(checkpoints, grammar, choices.sentences, told)
        return picture, table
    masked, name = masked_of(checkpoints)
    if choices.view == "pair":
        pair = weigh(grammar, masked, choices.sentence, choices.other)
        return pair_figure(pair, title=checkpoint.title, masked=name), pair_table(pair)
    reading = read(grammar, choices.sentence, told)
    seen = None if masked is None else likelihood(masked, choices.sentence, told)
    return draw_sentence(reading, seen, checkpoint, name)


def draw_sentence(
    reading: Reading, seen: Likelihood | None, checkpoint: Checkpoint, masked: str
) -> tuple[str, str]:
    """One sentence whose numbers are there already; the page opens with it."""
    differ = None if seen is None else disagreement(reading, seen)
    picture = sentence_figure(reading, seen, differ, title=checkpoint.title, masked=masked)
    return picture, words_table(reading, seen)


def masked_of(checkpoints: Checkpoints) -> tuple[Loaded | None, str]:
    """The masked model and its title; where it cannot be had, None and why."""
    entry = next(iter(checkpoints.offered(MASKING)), None)
    if entry is None:
        return None, "No model that fills in masked words is in the Spacefile."
    try:
        return checkpoints.load(entry), entry.title
    except UserError as error:
        return None, str(error)


def pair_of(checkpoints: Checkpoints, choices: Choices) -> Pair:
    """The two sentences of the boxes."""
    grammar = checkpoints.load(checkpoints.named(choices.model, STEM))
    return weigh(grammar, masked_of(checkpoints)[0], choices.sentence, choices.other)


def find_edits(
    checkpoints: Checkpoints, sentence: str, model: str
) -> Iterator[tuple[str, dict[str, Any] | None]]:
    """What to show while edits are judged, and at the end the picture and what was found.

    Raises UserError.
    """
    checkpoint = checkpoints.named(model, STEM)
    grammar = checkpoints.load(checkpoint)
    masked, told = masked_of(checkpoints)
    if masked is None:
        raise UserError(f"{told} New words are taken from it, so no edit can be looked for.")
    for step in smallest_edit(grammar, masked, sentence):
        if isinstance(step, Searched):
            yield progress_line(step), None
        else:
            yield edits_figure(step, title=checkpoint.title, masked=told), kept(step, model)


def kept(search: Search, model: str) -> dict[str, Any]:
    """A search as the exports tell it."""
    return {"model": model} | frozen(search)
