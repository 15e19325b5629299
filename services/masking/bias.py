"""Which of two groups does a model expect beside a word, over many sentences?"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import lazy_loader as lazy
import numpy as np

from core.errors import UserError
from core.progress import Progress
from core.text import checked_text
from models.architectures import context_length
from models.batching import padded
from models.decoding.ends import start_id
from models.loaded import Loaded
from services.masking.blanks import MASK, Part, masked_text, parts_of, spaced
from services.masking.fill import Placed, pieces_logs, pieces_of, rows_needed, spelled

torch = lazy.load("torch")  # loaded at first use, so that the page is up before it is (SPEC 1)

NUMBERS_AT_ONCE = 2**22  # logits in memory at a time: 16 MB
SLOT = "*"  # where the word goes
MOST_TEMPLATES, MOST_WORDS, MOST_OF_A_GROUP = 16, 40, 4
MOST_ROWS = 2_560  # that a model reads: all words in all sentences, four times each
DRAWS = 2000  # of the bootstrap
INTERVAL = (2.5, 97.5)  # per cent


@dataclass(frozen=True)
class Leaning:
    """How far each word leans to one of two groups, in each sentence."""

    words: tuple[str, ...]
    templates: tuple[str, ...]
    values: np.ndarray  # (word, template): ln p(second group) − ln p(first), in nats

    @cached_property
    def means(self) -> np.ndarray:
        """(word,): over the templates."""
        return self.values.mean(axis=1)

    @cached_property
    def intervals(self) -> np.ndarray:
        """(word, 2): 95 % of the means of templates drawn again, with replacement.

        The percentile bootstrap (Efron 1979), with the same draws for all words.
        """
        count = len(self.templates)
        drawn = np.random.default_rng(0).integers(count, size=(DRAWS, count))
        means = self.values[:, drawn].mean(axis=-1)  # (word, draw)
        return np.percentile(means, INTERVAL, axis=1).T

    @property
    def order(self) -> tuple[int, ...]:
        """The words from the one that leans most to the second group."""
        return tuple(np.argsort(-self.means, kind="stable").tolist())


@dataclass(frozen=True)
class Probe:
    """What is measured, checked: sentences, words, two groups."""

    templates: tuple[str, ...]
    words: tuple[str, ...]
    groups: tuple[tuple[str, ...], tuple[str, ...]]

    def sentence(self, template: str, word: str) -> str:
        """A template with the word in it; the blank stays."""
        an = word[:1].lower() in "aeiou"
        before = re.sub(rf"\b([Aa]) (?=\{SLOT})", r"\1n " if an else r"\1 ", template)
        return before.replace(SLOT, word)

    def sentences(self) -> Iterator[tuple[str, Part]]:
        """Each word in each template, word by word, with its blank."""
        for word in self.words:
            for template in self.templates:
                sentence = self.sentence(template, word)
                yield sentence, next(part for part in parts_of(sentence) if part.hidden)


def checked_probe(
    templates: Sequence[str], words: str, first: str, second: str, limit: int
) -> Probe:
    """What a visitor has typed: lines of sentences; words and groups with commas between.

    Raises UserError.
    """
    alike: dict[str, str] = {}  # of equal sentences the first
    for line in templates:
        alike.setdefault(_unspaced(line), line.strip())
    kept = [line for line in alike.values() if line]
    if not 2 <= len(kept) <= MOST_TEMPLATES:
        raise UserError(
            f"There must be 2 to {MOST_TEMPLATES} different sentences, one on each line; got "
            f"{len(kept):,}."
        )
    for line in kept:
        checked_text(line, name="sentence", limit=limit)
        slots, blanks = line.count(SLOT), len(re.findall(MASK, line, re.IGNORECASE))
        if (slots, blanks) != (1, 1):
            raise UserError(
                f"Each sentence has one {SLOT} for the word and one blank (_) for the group; "
                f"“{line[:60]}” has {slots} and {blanks}."
            )
    return Probe(
        tuple(kept),
        _listed(words, MOST_WORDS, "words", limit),
        (
            _listed(first, MOST_OF_A_GROUP, "words of the first group", limit),
            _listed(second, MOST_OF_A_GROUP, "words of the second group", limit),
        ),
    )


def _unspaced(line: str) -> str:
    """A sentence as it is compared: however its blank is typed and its words are spaced."""
    return " ".join(re.sub(MASK, "_", line, flags=re.IGNORECASE).split())


def _listed(text: str, most: int, name: str, limit: int) -> tuple[str, ...]:
    checked_text(text, name=f"list of {name}", limit=limit, empty=True)
    found = tuple(dict.fromkeys(one.strip() for one in re.split(r"[,\n]", text) if one.strip()))
    if not 1 <= len(found) <= most:
        raise UserError(
            f"There must be 1 to {most} {name}, with commas between; got {len(found):,}."
        )
    if marked := next((one for one in found if re.search(rf"{MASK}|\{SLOT}", one)), ""):
        raise UserError(f"The {name} are plain words, without a blank or {SLOT}; got {marked!r}.")
    return found


def lean(model: Loaded, probe: Probe, progress: Progress | None = None) -> Leaning:
    """By a model that fills in words: the two groups in one blank (after Kurita et al. 2019).

    Their prior, the same with the word masked, too, is not subtracted: in a sentence it is the
    same for all words. A group of several words has the sum of their probabilities. Raises
    UserError where a sentence does not fit, a word cannot be spelled, or there is more to read
    than MOST_ROWS.
    """
    _check_spelling(model, probe)
    asked: list[Placed] = []
    count = 0
    for sentence, blank in probe.sentences():
        text = masked_text(sentence, (blank,), model.tokenizer.mask_token)
        ids = model.encode(text)["input_ids"]
        place = ids.index(model.tokenizer.mask_token_id)
        fills = [_pieces(model, one, sentence, blank) for group in probe.groups for one in group]
        asked += [(ids, place, pieces) for pieces in fills]
        count += rows_needed(fills)
    _check_count(count)
    return _leaning(probe, map(sum, pieces_logs(model, asked, progress)))


def lean_causal(model: Loaded, probe: Probe, progress: Progress | None = None) -> Leaning:
    """By a model that reads from left to right: the whole sentence with each of the groups.

    Raises UserError as `lean` does.
    """
    _check_spelling(model, probe)
    texts = [
        sentence[: blank.start] + _cased(one, sentence, blank) + sentence[blank.end :]
        for sentence, blank in probe.sentences()
        for group in probe.groups
        for one in group
    ]
    _check_count(len(texts))
    return _leaning(probe, sentence_logs(model, texts, progress))


def sentence_logs(
    model: Loaded, texts: Sequence[str], progress: Progress | None = None
) -> list[float]:
    """ln p of each text after the start token, by a model that reads from left to right."""
    rows = [[start_id(model), *model.ids_of(text)] for text in texts]
    most = context_length(model.model.config)
    if (longest := max(map(len, rows))) > most:
        raise UserError(f"A sentence has {longest:,} tokens; this model reads at most {most:,}.")
    size = max(1, NUMBERS_AT_ONCE // (model.vocabulary * longest))
    found: list[float] = []
    for first in range(0, len(rows), size):
        some = rows[first : first + size]
        ids = padded(some)  # at the end, where no token before it looks
        with torch.inference_mode():
            logs = model.model(input_ids=ids[:, :-1]).logits.float().log_softmax(dim=-1)
            each = logs.gather(-1, ids[:, 1:, None])[..., 0]
        found += [
            float(one[: len(row) - 1].double().sum()) for one, row in zip(each, some, strict=True)
        ]
        if progress:
            progress(len(found), len(rows))
    return found


def _check_spelling(model: Loaded, probe: Probe) -> None:
    """Raises UserError for a word that stands in the sentences and cannot be spelled."""
    for word in probe.words:
        spelled(model, word, spaced=True, name="word")


def _check_count(count: int) -> None:
    """Raises UserError."""
    if count > MOST_ROWS:
        raise UserError(
            f"These sentences, words and groups make {count:,} texts to read; at most "
            f"{MOST_ROWS:,} are allowed. Take out sentences or words, or choose shorter words for "
            "the groups."
        )


def _pieces(model: Loaded, word: str, sentence: str, blank: Part) -> list[int]:
    put = _cased(word, sentence, blank)
    return pieces_of(
        model, put, spaced=spaced(sentence, blank.start), name=f"word {word[:40]!r} of a group"
    )


def _cased(word: str, sentence: str, blank: Part) -> str:
    """A word as it is written in the blank: with a capital where only signs stand before it."""
    first = not re.search(r"\w", sentence[: blank.start])
    return word[:1].upper() + word[1:] if first else word


def _leaning(probe: Probe, logs: Iterable[float]) -> Leaning:
    """Of ln p of each word of the groups: sentence by sentence, in the order of `probe`."""
    each = np.array(list(logs), dtype=float).reshape(-1, sum(map(len, probe.groups)))
    first = len(probe.groups[0])
    sums = [np.logaddexp.reduce(part, axis=1) for part in (each[:, :first], each[:, first:])]
    shape = (len(probe.words), len(probe.templates))
    return Leaning(probe.words, probe.templates, (sums[1] - sums[0]).reshape(shape))
