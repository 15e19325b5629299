"""The views of the Grammaticality tab: which figure shows what."""

from collections.abc import Iterator, Sequence
from typing import Any

from core.errors import UserError
from core.progress import Progress
from core.spacefile import Checkpoint
from core.text import checked_choice
from figures.grammaticality.edits import edits_figure, progress_line
from figures.grammaticality.pair import pair_figure, pair_table
from figures.grammaticality.words import sentence_figure, words_table
from models.checkpoints import Checkpoints
from models.loaded import Loaded
from services.examples import frozen
from services.generation.scores import Scored, score
from services.grammaticality.left import LeftToRight, read_left_to_right
from services.grammaticality.masked import Likelihood, disagreement, likelihood
from services.grammaticality.pair import Pair, weigh
from services.grammaticality.remarks import remarks
from services.grammaticality.search import Search, Searched, smallest_edit
from services.grammaticality.words import Reading, read
from tabs.grammaticality.choices import STEM, VIEW, Choices
from tabs.grammaticality.list import draw_list
from tabs.kit.record import draw_training

SHORT = 64  # sentences, or tokens one by one, that are read before anyone looks for progress
MASKING = "masking"  # the capability of the model that stands beside the classifier
CAUSAL = "generation"  # and of the one that reads from left to right


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
        scored, causal = scored_of(checkpoints, (choices.sentence, choices.other))
        pair = weigh(grammar, masked, choices.sentence, choices.other, scored)
        notes = [remarks(checkpoint, one) for one in pair.judgements]
        picture = pair_figure(
            pair, title=checkpoint.title, masked=name, causal=causal, remarks=notes
        )
        return picture, pair_table(pair)
    reading = read(grammar, choices.sentence, told)
    seen = None if masked is None else likelihood(masked, choices.sentence, told)
    left, causal = left_of(checkpoints, reading)
    return draw_sentence(reading, seen, checkpoint, name, left, causal)


def draw_sentence(
    reading: Reading,
    seen: Likelihood | None,
    checkpoint: Checkpoint,
    masked: str,
    left: LeftToRight | None = None,
    causal: str = "",
) -> tuple[str, str]:
    """One sentence whose numbers are there already; the page opens with it."""
    differ = None if seen is None else disagreement(reading, seen)
    picture = sentence_figure(
        reading,
        seen,
        differ,
        title=checkpoint.title,
        masked=masked,
        left=left,
        causal=causal,
        remarks=remarks(checkpoint, reading.judgement),
    )
    return picture, words_table(reading, seen, left)


def left_of(checkpoints: Checkpoints, reading: Reading) -> tuple[LeftToRight | None, str]:
    """The sentence from left to right and the model's title; or None, and why."""
    gpt2, told = causal_of(checkpoints)
    if gpt2 is None:
        return None, told
    try:
        return read_left_to_right(gpt2, reading.judgement.sentence, reading.words), told
    except UserError as error:  # more tokens than that model reads: the rest is shown
        return None, f"{told}: {error}"


def scored_of(
    checkpoints: Checkpoints, sentences: Sequence[str]
) -> tuple[tuple[Scored, ...], str]:
    """The sentences from left to right and the model's title; or none, and why."""
    gpt2, told = causal_of(checkpoints)
    if gpt2 is None:
        return (), told
    try:
        return tuple(score(gpt2, sentence) for sentence in sentences), told
    except UserError as error:
        return (), f"{told}: {error}"


def causal_of(checkpoints: Checkpoints) -> tuple[Loaded | None, str]:
    """The model that reads from left to right and its title; where it cannot be had, why."""
    return _first_of(checkpoints, CAUSAL, "reads from left to right")


def _first_of(checkpoints: Checkpoints, capability: str, does: str) -> tuple[Loaded | None, str]:
    entry = next(iter(checkpoints.offered(capability)), None)
    if entry is None:
        return None, f"No model that {does} is in the Spacefile."
    try:
        return checkpoints.load(entry), entry.title
    except UserError as error:
        return None, str(error)


def masked_of(checkpoints: Checkpoints) -> tuple[Loaded | None, str]:
    """The masked model and its title; where it cannot be had, None and why."""
    return _first_of(checkpoints, MASKING, "fills in masked words")


def pair_of(checkpoints: Checkpoints, choices: Choices) -> Pair:
    """The two sentences of the boxes."""
    grammar = checkpoints.load(checkpoints.named(choices.model, STEM))
    scored = scored_of(checkpoints, (choices.sentence, choices.other))[0]
    return weigh(grammar, masked_of(checkpoints)[0], choices.sentence, choices.other, scored)


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
