"""The stories as the training of the pocket GPT-2 reads them: split, kept apart, packed in rows.

Documents are joined by the end token into one long stream, and rows of a fixed length are cut from
it, so nothing is padded. A row may hold the end of one document and the start of the next, and
attention sees both: the end token says where one stops, as in GPT-2.
"""

import json
import lzma
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from training.engine.bpe import END, encoded, train_bpe
from training.engine.loop import write_whole

PARTS = ("core", "plus", "easy")
TELLING = 60  # characters; a shorter paragraph may well stand in two books
RUNS = 8  # places of core where documents are held back; neighbours are of one book
RUN_LENGTH = 18  # documents at each place


def read_documents(folder: Path, name: str) -> list[str]:
    """The documents of one file of the folder, `.txt.xz` or `.txt`, without white space around."""
    plain, packed = folder / f"{name}.txt", folder / f"{name}.txt.xz"
    if plain.exists():
        text = plain.read_text(encoding="utf-8")
    else:
        with lzma.open(packed, "rt", encoding="utf-8") as file:
            text = file.read()
    return [document for part in text.split(END) if (document := part.strip())]


def telling_paragraphs(document: str) -> set[str]:
    """The paragraphs long enough to tell which book they are from."""
    return {part for part in document.split("\n\n") if len(part) >= TELLING}


def apart(documents: Iterable[str], kept_out: Iterable[str]) -> list[str]:
    """The documents that share no telling paragraph with those kept out of training.

    Whole documents go, not paragraphs: the rest of a book tells much about each of its pages.
    """
    forbidden = set().union(*map(telling_paragraphs, kept_out))
    return [text for text in documents if forbidden.isdisjoint(telling_paragraphs(text))]


def hold_back(documents: Sequence[str], seed: int) -> tuple[list[str], list[str]]:
    """Documents to train on and documents held back, in runs spread over the whole.

    A fifth at most is held back, where the documents are few.
    """
    chance = random.Random(seed)
    runs = min(RUNS, max(1, len(documents) // 5))
    length = min(RUN_LENGTH, max(1, len(documents) // (5 * runs)))
    starts = [int((run + chance.random()) * len(documents) / runs) for run in range(runs)]
    taken = {start + step for start in starts for step in range(length)}
    return (
        [text for number, text in enumerate(documents) if number not in taken],
        [text for number, text in enumerate(documents) if number in taken],
    )


@dataclass
class Tokens:
    """The training text as token streams on disk, and the documents kept out of it."""

    folder: Path
    vocabulary: int
    held_back: list[str]  # what trials are chosen by
    report: list[str]  # core_val; only reported
    counts: dict[str, dict[str, int]] = field(default_factory=dict)  # part: what it holds

    @property
    def tokenizer(self) -> Tokenizer:
        """The byte-level BPE of these streams."""
        return Tokenizer.from_file(str(self.folder / "tokenizer.json"))

    @property
    def end(self) -> int:
        """The id of the end token."""
        return self.tokenizer.token_to_id(END)

    def stream(self, part: str) -> np.ndarray:
        """All tokens of one part, uint16, read from disk as needed."""
        return np.memmap(self.folder / f"{part}.bin", dtype=np.uint16, mode="r")


def _fingerprint(stories: Path, vocabulary: int, seed: int) -> dict:
    """What a cache was made of; a change of any of it makes the cache anew."""
    sizes = {file.name: file.stat().st_size for file in sorted(stories.glob("*.txt*"))}
    held = [seed, RUNS, RUN_LENGTH, TELLING]
    return {"files": sizes, "vocabulary": vocabulary, "held": held}


def prepare(
    stories: Path,
    folder: Path,
    vocabulary: int,
    parts: Sequence[str],
    *,
    seed: int = 1,
) -> Tokens:
    """The streams of these parts, from the cache in the folder or newly made in about a minute."""
    folder = folder / f"tokens-{vocabulary}"
    folder.mkdir(parents=True, exist_ok=True)
    record = folder / "record.json"
    made_of = _fingerprint(stories, vocabulary, seed)
    state = json.loads(record.read_text(encoding="utf-8")) if record.exists() else {}
    if state.get("made_of") != made_of:
        state = {"made_of": made_of, "counts": {}}
        core, held_back = hold_back(read_documents(stories, "core_train"), seed)
        state |= {"held_back": held_back, "report": read_documents(stories, "core_val")}
        train_bpe(apart(core, held_back + state["report"]), vocabulary).save(
            str(folder / "tokenizer.json")
        )
    tokens = Tokens(folder, vocabulary, state["held_back"], state["report"], state["counts"])
    for part in parts:
        if part not in tokens.counts:
            tokens.counts[part] = _write_stream(stories, tokens, part)
            write_whole(record, json.dumps(state, ensure_ascii=False))
    return tokens


def _write_stream(stories: Path, tokens: Tokens, part: str) -> dict[str, int]:
    everything = read_documents(stories, f"{part}_train")
    documents = apart(everything, tokens.held_back + tokens.report)
    count = 0
    with (tokens.folder / f"{part}.bin").open("wb") as file:
        for ids in encoded(tokens.tokenizer, documents):
            count += len(ids)
            file.write(ids.tobytes())
    characters = sum(map(len, documents))
    print(f"{part}: {len(documents):,} documents, {characters:,} characters, {count:,} tokens")
    return {
        "documents": len(documents),
        "characters": characters,
        "tokens": count,
        "documents_kept_out": len(everything) - len(documents),
        "characters_kept_out": sum(map(len, everything)) - characters,
    }


class Rows:
    """Rows of `context` tokens and the one after, cut from streams without overlap or padding.

    Every epoch cuts at other places and takes the rows in another order, both known from the seed
    alone: a resumed run reads on where it stopped.
    """

    def __init__(self, streams: Sequence[np.ndarray], context: int, seed: int) -> None:
        self.streams, self.context, self.seed = streams, context, seed
        # One row less than fits, so that an epoch may begin up to a row later.
        self.counts = [max(0, len(stream) // context - 1) for stream in streams]
        if not sum(self.counts):
            sizes = ", ".join(f"{len(stream):,}" for stream in streams)
            raise ValueError(f"no row of {context} tokens can be cut from streams of {sizes}")
        self._epoch = -1

    def __len__(self) -> int:
        return sum(self.counts)

    def batch(self, step: int, size: int) -> np.ndarray:
        """The rows of one step, int64 (row, context + 1)."""
        return np.stack([self._row(step * size + place) for place in range(size)])

    def _row(self, number: int) -> np.ndarray:
        epoch, place = divmod(number, len(self))
        if epoch != self._epoch:
            chance = np.random.default_rng([self.seed, epoch])
            self._shift = int(chance.integers(self.context))
            self._order = chance.permutation(len(self))
            self._epoch = epoch
        row = int(self._order[place])
        for stream, count in zip(self.streams, self.counts, strict=True):
            if row < count:
                first = self._shift + row * self.context
                return stream[first : first + self.context + 1].astype(np.int64)
            row -= count
        raise AssertionError("a row beyond the last stream")
