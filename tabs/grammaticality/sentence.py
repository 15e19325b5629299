"""The view of one sentence: which of its words hurts, as three models see it."""

from dataclasses import dataclass
from typing import Any

from core.errors import UserError
from core.spacefile import Checkpoint
from figures.grammaticality.words import early_figure, headline, sentence_figure, words_table
from services.examples import frozen
from services.grammaticality.judge import Judgement, judge
from services.grammaticality.left import LeftToRight, read_left_to_right
from services.grammaticality.masked import Likelihood, disagreement, likelihood
from services.grammaticality.remarks import remarks
from services.grammaticality.words import Reading, read
from services.records.parts import GrammarRecord
from services.records.record import read_record
from tabs.grammaticality.choices import Choices
from tabs.grammaticality.others import (
    all_three,
    causal_code,
    causal_of,
    likelihood_numbers,
    long_only,
    masked_of,
    scored_numbers,
    with_masked,
)
from tabs.kit.view import Asked, Drawn, Lines, Numbers, View


@dataclass(frozen=True)
class Opinions:
    """What the classifier, the masked model and the one from left to right say of a sentence."""

    reading: Reading
    likelihood: Likelihood | None
    masked: str  # the title of the masked model; where it is not there, why
    left: LeftToRight | None
    causal: str  # the same of the model that reads from left to right


def draw(asked: Asked[Choices]) -> Drawn:
    """The verdict, and what each word has to do with it."""
    return draw_opinions(asked.entry, opinions_of(asked))


def draw_early(asked: Asked[Choices]) -> Drawn | None:
    """The verdict, which takes a thirtieth of the time of all that its words are asked."""
    if asked.desk.knows(read, asked.entry, asked.choices.sentence):
        return None
    (judgement,) = asked.ask(judge, (asked.choices.sentence,))
    entry = asked.entry
    picture = early_figure(judgement, title=entry.title, record=record_of(entry))
    return Drawn(picture, headline=headline(judgement))


def draw_opinions(entry: Checkpoint, opinions: Opinions) -> Drawn:
    """Opinions that are there already; the page opens with them."""
    reading, likely, left = opinions.reading, opinions.likelihood, opinions.left
    picture = sentence_figure(
        reading,
        likely,
        None if likely is None else disagreement(reading, likely),
        title=entry.title,
        masked=opinions.masked,
        left=left,
        causal=opinions.causal,
        remarks=remarks(entry, reading.judgement),
        record=record_of(entry),
    )
    return Drawn(picture, words_table(reading, likely, left), headline=headline(reading.judgement))


def record_of(entry: Checkpoint) -> GrammarRecord | None:
    """How the classifier was trained, where it is known."""
    record = read_record(entry)
    return record if isinstance(record, GrammarRecord) else None


def opinions_of(asked: Asked[Choices]) -> Opinions:
    """What the three models say of the sentence in the box."""
    desk, sentence = asked.desk, asked.choices.sentence
    progress = long_only(asked.progress)
    masked, title = masked_of(desk)
    reading = asked.ask(read, sentence, progress=progress)
    likely = None
    if masked is not None:
        likely = desk.ask(likelihood, masked, sentence, progress=progress)
    return Opinions(reading, likely, title, *left_of(asked, reading))


def left_of(asked: Asked[Choices], reading: Reading) -> tuple[LeftToRight | None, str]:
    """The sentence from left to right and the model's title; or None, and why."""
    causal, title = causal_of(asked.desk)
    if causal is None:
        return None, title
    sentence, words = reading.judgement.sentence, reading.words
    try:
        return asked.desk.ask(read_left_to_right, causal, sentence, words), title
    except UserError as error:  # more tokens than that model reads: the rest is shown
        return None, f"{title}: {error}"


def numbers(asked: Asked[Choices]) -> Numbers:
    """A line for each word; the edits found for this sentence stand in the JSON."""
    opinions = opinions_of(asked)
    likely, left = opinions.likelihood, opinions.left
    return _lines(opinions), {
        "judgement": as_endpoint(opinions.reading.judgement),
        "words": _words(opinions.reading),
        "log_odds_hidden": opinions.reading.hidden,
        "likelihood": None if likely is None else likelihood_numbers(likely),
        "left_to_right": None if left is None else _left(left, opinions.causal),
        "edits": _edits(asked),
    }


def _lines(opinions: Opinions) -> Lines:
    reading, likely, left = opinions.reading, opinions.likelihood, opinions.left
    names = ["word", "start", "end", "probability without it", "leave-one-out"]
    lines: Lines = [[*names, "integrated gradients", "surprisal", "surprisal left to right"]]
    for index, word in enumerate(reading.words):
        columns = (reading.without, reading.leave_one_out, reading.integrated)
        row = [float(column[index]) for column in columns]
        at = None if likely is None else likely.place_of(word)
        surprisal = "" if likely is None or at is None else float(likely.of_words[at])
        foreseen = "" if left is None else float(left.surprisal[index])
        lines.append([word.text, word.start, word.end, *row, surprisal, foreseen])
    return lines


def _words(reading: Reading) -> list[dict[str, Any]]:
    return [
        {
            "word": word.text,
            "start": word.start,
            "end": word.end,
            "probability_without": float(reading.without[index]),
            "leave_one_out": float(reading.leave_one_out[index]),
            "integrated_gradients": float(reading.integrated[index]),
        }
        for index, word in enumerate(reading.words)
    ]


def _left(left: LeftToRight, title: str) -> dict[str, Any]:
    """The tokens as `/score` gives them, and the words."""
    return scored_numbers(left.scored, title) | {"surprisal_of_words": frozen(left.surprisal)}


def _edits(asked: Asked[Choices]) -> dict[str, Any] | None:
    """The search for the smallest edit that the visitor made, if it is of this sentence."""
    search: dict[str, Any] | None = asked.kept
    own = (asked.choices.sentence, asked.choices.model)
    return search if search and (search["sentence"], search["model"]) == own else None


def as_endpoint(judgement: Judgement) -> dict[str, Any]:
    """One judgement as `/judge` returns it: numbers as the model gave them, never rounded."""
    return {
        "sentence": judgement.sentence,
        "acceptable": judgement.acceptable,
        "probability": judgement.probability,
        "logits": [float(logit) for logit in judgement.logits],
    }


def snippet(asked: Asked[Choices]) -> str:
    """The code that reads the sentence with all three models."""
    sentence = asked.choices.sentence
    code = with_masked("grammaticality/words", asked.entry, [sentence], sentence=sentence)
    return code + causal_code(asked.desk, [sentence])


VIEW = View(
    name="sentence",
    label="One sentence",
    draw=draw,
    early=draw_early,
    numbers=numbers,
    snippet=snippet,
    controls=("sentence", "edits"),
    read_by=all_three,
    asks="Is it acceptable, and which word decides?",
)
