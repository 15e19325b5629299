"""How likely is each word, says a model that fills in masked words?"""

from dataclasses import dataclass

import lazy_loader as lazy
import numpy as np

from core.progress import Progress
from models.loaded import Loaded
from models.masked import logs_at
from services.grammaticality.judge import encode
from services.grammaticality.left import LeftToRight, read_left_to_right
from services.grammaticality.words import Reading, Word, read, words_of

torch = lazy.load("torch")  # loaded at first use, so that the page is up before it is (SPEC 1)

APART = 1.0  # standard deviations by which the two must differ on a word to be told


@dataclass(frozen=True)
class Likelihood:
    """One sentence whose tokens were hidden one by one, and how well each was guessed."""

    sentence: str
    tokens: tuple[str, ...]  # without [CLS] and [SEP]
    words: tuple[Word, ...]
    surprisal: np.ndarray  # (token,): -ln of its probability where it stood, in nats
    guesses: tuple[str, ...]  # the likeliest token at each place
    chances: np.ndarray  # (token,): the probability of that guess

    @property
    def total(self) -> float:
        """The pseudo-log-likelihood, in nats: the sum of all log-probabilities, at most 0."""
        return -float(self.surprisal.sum(dtype=float))

    @property
    def mean(self) -> float:
        """The same per token."""
        return self.total / len(self.tokens)

    @property
    def of_words(self) -> np.ndarray:
        """(word,): the surprisal of each word, summed over its pieces."""
        return np.array([self.surprisal[np.array(w.tokens) - 1].sum() for w in self.words])

    def place_of(self, word: Word) -> int | None:
        """Which word here is that word of another model, if any: each has its own tokenizer."""
        spans = [(own.start, own.end) for own in self.words]
        return spans.index(span) if (span := (word.start, word.end)) in spans else None


@dataclass(frozen=True)
class Examined:
    """One sentence as the classifier and the language models see it."""

    reading: Reading
    likelihood: Likelihood
    left: tuple[LeftToRight, ...] = ()  # one, or none where no causal model is there


@dataclass(frozen=True)
class Disagreement:
    """The word on which leave-one-out and the masked model differ most."""

    word: Word
    place: int  # of the word in the sentence, from 0
    hurts: float  # its leave-one-out effect, in standard deviations above the sentence's mean
    surprises: float  # its surprisal, in the same unit

    @property
    def apart(self) -> float:
        """By how much the two differ, with the sign of `hurts` minus `surprises`."""
        return self.hurts - self.surprises


def likelihood(masked: Loaded, sentence: str, progress: Progress | None = None) -> Likelihood:
    """Mask one token at a time and ask for its probability (Salazar et al. 2020, equation 1).

    Raises UserError as `judge` does.
    """
    encoded = encode(masked, sentence)
    ids = encoded["input_ids"]
    places = list(range(1, len(ids) - 1))
    rows = []
    for index in places:
        rows.append([*ids[:index], masked.tokenizer.mask_token_id, *ids[index + 1 :]])
    logs = logs_at(masked, rows, places, progress)  # (token, vocabulary)
    guesses = logs.argmax(axis=-1)
    return Likelihood(
        sentence=sentence,
        tokens=tuple(masked.tokenizer.convert_ids_to_tokens(ids[1:-1])),
        words=words_of(sentence, encoded["offset_mapping"]),
        surprisal=-logs[np.arange(len(places)), ids[1:-1]],
        guesses=tuple(masked.tokenizer.convert_ids_to_tokens(guesses.tolist())),
        chances=np.exp(logs.max(axis=-1)),
    )


def examine(
    grammar: Loaded, masked: Loaded, sentence: str, gpt2: Loaded | None = None
) -> Examined:
    """All views of one sentence. Raises UserError as `judge` does."""
    reading = read(grammar, sentence)
    left = () if gpt2 is None else (read_left_to_right(gpt2, sentence, reading.words),)
    return Examined(reading, likelihood(masked, sentence), left)


def disagreement(reading: Reading, seen: Likelihood) -> Disagreement | None:
    """Where the two differ most, each measured against its own spread over the sentence's words.

    None for fewer than three words, where no word is more than one standard deviation apart, and
    where the two models, each with a tokenizer of its own, do not find the same words.
    """
    if [word.start for word in reading.words] != [word.start for word in seen.words]:
        return None
    places = [place for place, word in enumerate(reading.words) if word.spelled]
    if len(places) < 3:
        return None
    hurts = _standard(reading.leave_one_out[places])
    surprises = _standard(seen.of_words[places])
    most = int(np.abs(hurts - surprises).argmax())
    if abs(hurts[most] - surprises[most]) <= APART:
        return None
    place = places[most]
    return Disagreement(reading.words[place], place, float(hurts[most]), float(surprises[most]))


def _standard(values: np.ndarray) -> np.ndarray:
    """How many standard deviations each value lies above the mean; 0 where all are equal."""
    spread = values.std()
    return np.asarray((values - values.mean()) / spread if spread > 0 else np.zeros(len(values)))
