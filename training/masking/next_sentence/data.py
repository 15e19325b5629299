"""Pairs of sentences from the stories: the next one, one of the same book, one of another book.

The documents of the stories stand in the order of their books. Places spread over the whole are
kept out, and what stands around each of them is read by nobody: it is of the same book.
"""

import json
import random
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from training.engine.loop import write_whole
from training.generation.data import apart, read_documents

RUNS, RUN_LENGTH = 24, 15  # places that are kept out, and documents (of about 900 words) at each
MARGIN = 150  # documents on each side of a place that are dropped: longer than most books
SELECTION = 3  # every third place chooses settings, the others are reported
WORDS = range(5, 41)  # of a sentence; shorter ones ("Yes.") follow anything
APART = 5  # sentences at least between two that are of the same book and do not follow
FEW = 15_000  # documents; with fewer (the smoke run) places and margins shrink with them

END = re.compile(r"""(?<=[.!?]["”’']|\w[.!?])\s+(?=["“‘']?[A-Z])""")
QUOTE = re.compile(r"""(?<!\w)['“”‘’]|['“”‘’](?!\w)""")  # a book's style of quotes would betray it
ABBREVIATED = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|St|Messrs|Prof|Capt|[A-Z])\.$")


@dataclass(frozen=True)
class Case:
    """A sentence, the one that follows, and two that do not."""

    first: str
    next: str
    same_book: str
    random: str
    document: int


@dataclass(frozen=True)
class Exam:
    """Everything one run reads; no part has a book of another."""

    train: list[Case]
    selection: list[Case]  # chooses settings
    report: list[Case]  # reported, and used for nothing else
    counts: dict[str, int]


def sentences_of(document: str) -> list[str]:
    """The sentences of a document in their order; a line break ends one, too."""
    found: list[str] = []
    for paragraph in QUOTE.sub('"', document).split("\n"):
        open_end = False
        for piece in END.split(paragraph.strip()):
            if open_end:
                found[-1] += f" {piece}"
            elif piece:
                found.append(piece)
            open_end = bool(ABBREVIATED.search(piece))
    return found


def split(count: int, seed: int) -> tuple[list[int], list[list[int]]]:
    """Numbers of documents to train on, and of those kept out at each place."""
    chance, share = random.Random(seed), min(1.0, count / FEW)
    runs = max(3, int(RUNS * share))
    length, margin = max(1, int(RUN_LENGTH * share)), int(MARGIN * share)
    room = count // runs - length  # so that no two places touch
    starts = [run * (count // runs) + chance.randint(0, max(0, room)) for run in range(runs)]
    kept_out = [list(range(start, min(count, start + length))) for start in starts]
    near = {number for run in kept_out for number in range(run[0] - margin, run[-1] + margin + 1)}
    return [number for number in range(count) if number not in near], kept_out


def cases_of(
    sentences: dict[int, list[str]], books: Sequence[Sequence[int]], most: int, seed: int
) -> list[Case]:
    """At most so many cases of each document; `books` are numbers that may be of one book."""
    chance = random.Random(seed)
    home = {number: place for place, book in enumerate(books) for number in book}
    everything = [(number, text) for number in home for text in sentences[number] if fits(text)]
    cases = []
    for number, book in home.items():
        texts = sentences[number]
        apart = max(1, min(APART, len(texts) // 3))
        whole = [
            place
            for place in range(len(texts) - 1)
            if fits(texts[place]) and fits(texts[place + 1])
        ]
        for place in sorted(chance.sample(whole, min(most, len(whole)))):
            far = [
                text
                for other, text in enumerate(texts)
                if abs(other - place) > apart and fits(text) and text != texts[place + 1]
            ]
            away = _elsewhere(everything, home, book, chance)
            if far and away:
                pair = (texts[place], texts[place + 1])
                cases.append(Case(*pair, chance.choice(far), away, number))
    return cases


def _elsewhere(
    everything: Sequence[tuple[int, str]], home: dict[int, int], book: int, chance: random.Random
) -> str:
    """A sentence of another book; "" where chance finds none in a hundred tries."""
    for _ in range(100):
        number, text = chance.choice(everything)
        if home[number] != book:
            return text
    return ""


def fits(sentence: str) -> bool:
    """Whether a sentence has neither too few words nor too many."""
    return len(sentence.split()) in WORDS


def read_exam(
    stories: Path, seed: int, per_document: int, examined: int, folder: Path | None = None
) -> Exam:
    """All cases, split by book; made once, and kept in the folder where one is given."""
    sizes = {file.name: file.stat().st_size for file in sorted(stories.glob("core_train.txt*"))}
    kept = [RUNS, RUN_LENGTH, MARGIN, SELECTION, WORDS.start, WORDS.stop, APART]
    made_of = {"files": sizes, "settings": [seed, per_document, examined, *kept]}
    file = folder / "cases.json" if folder else None
    if file and file.exists():
        state = json.loads(file.read_text(encoding="utf-8"))
        if state.pop("made_of") == made_of:
            counts = state.pop("counts")
            parts = {name: [Case(**case) for case in part] for name, part in state.items()}
            return Exam(**parts, counts=counts)
    exam = _made(stories, seed, per_document, examined)
    if file:
        write_whole(file, json.dumps({"made_of": made_of} | asdict(exam), ensure_ascii=False))
    return exam


def _made(stories: Path, seed: int, per_document: int, examined: int) -> Exam:
    documents = read_documents(stories, "core_train")
    numbers, kept_out = split(len(documents), seed)
    held = [documents[number] for run in kept_out for number in run]
    trusted = set(apart([documents[number] for number in numbers], held))
    numbers = [number for number in numbers if documents[number] in trusted]
    wanted = {*numbers, *(number for run in kept_out for number in run)}
    sentences = {number: sentences_of(documents[number]) for number in wanted}
    # Among the documents to train on, neighbours are taken to be of one book.
    length = max(1, MARGIN if len(documents) > FEW else 2)
    books = [numbers[place : place + length] for place in range(0, len(numbers), length)]
    train = cases_of(sentences, books, per_document, seed)
    examined_cases = cases_of(sentences, kept_out, examined, seed)
    selecting = {number for run in kept_out[::SELECTION] for number in run}
    selection = [case for case in examined_cases if case.document in selecting]
    report = [case for case in examined_cases if case.document not in selecting]
    counts = {
        "documents": len(documents),
        "documents_to_train_on": len(numbers),
        "documents_kept_out": len(held),
        "places_kept_out": len(kept_out),
        "train": len(train),
        "selection": len(selection),
        "report": len(report),
    }
    return Exam(train, selection, report, counts)
