"""What the grammaticality model reads: sentences with a verdict, and minimal pairs.

The splits are made here, by rules that look at no score: selection and calibration parts come out
of CoLA train, whole phenomena and single paradigms of BLiMP and Zorro are kept out of training.
"""

import csv
import json
import lzma
import random
import re
from dataclasses import dataclass
from pathlib import Path

from training.grammaticality.errors import broken

# Kept out of every pair that trains, in both corpora, and no made error imitates them.
HELD_OUT_PHENOMENA = {"anaphor_agreement", "ellipsis", "s_selection"}
# Of the other phenomena the alphabetically first paradigm is kept out where there are three.
LEAST_PARADIGMS = 3
# Twins in one corpus of a paradigm that the rule above keeps out in the other.
TWINS = {"drop_argument", "island-effects-adjunct_island"}
# Harper's rules of style, spelling and fixed idiom say nothing about grammar.
NOT_GRAMMAR = re.compile(
    r"spell|capital|hyphen|decades|web_scraping|phrase_set|regional|initialism|shorthand|place_name"
    r"|orthograph|discourse|contraction|compound|split_words|missing_space|symbols|write_in|brand"
    r"|phrase|comma|punct|quote|dash|ellips|number|oxford|currency|am_in_the",
    re.IGNORECASE,
)
SELECTION, CALIBRATION = 800, 500


@dataclass(frozen=True)
class Judged:
    """A sentence and whether it is acceptable (1) or not (0)."""

    text: str
    label: int


@dataclass(frozen=True)
class Pair:
    """An acceptable sentence and its unacceptable twin, with where they come from."""

    good: str
    bad: str
    source: str  # blimp, zorro, harper or made
    paradigm: str
    phenomenon: str


@dataclass(frozen=True)
class Corpus:
    """Everything one run reads, split."""

    cola_train: list[Judged]
    selection: list[Judged]  # chooses between runs and settings
    calibration: list[Judged]  # fits the temperature
    dev: list[Judged]  # reported, and used for nothing else
    pairs: list[Pair]
    held_out: list[Pair]
    plain: list[str]  # clean running text, for the masked words


def lines_of(path: Path) -> list[str]:
    """The lines of a text file; where `path.xz` is not there, `path` without .xz is read."""
    if path.suffix == ".xz" and path.exists():
        with lzma.open(path, "rt", encoding="utf-8") as file:
            return file.read().splitlines()
    return path.with_name(path.name.removesuffix(".xz")).read_text(encoding="utf-8").splitlines()


def read_cola(path: Path) -> list[Judged]:
    """Sentences of a CoLA file: source, label, the author's mark and the sentence, by tabs."""
    rows = csv.reader(lines_of(path), delimiter="\t", quoting=csv.QUOTE_NONE)
    return [Judged(row[3], int(row[1])) for row in rows]


def split_cola(train: list[Judged], dev: list[Judged], seed: int) -> list[list[Judged]]:
    """Train, selection and calibration parts of CoLA train, without doubles and without dev's."""
    seen = {sentence.text.lower() for sentence in dev}
    unique = []
    for sentence in train:
        if sentence.text.lower() not in seen:
            seen.add(sentence.text.lower())
            unique.append(sentence)
    random.Random(seed).shuffle(unique)
    # A small sample (the smoke run) keeps the proportions.
    share = min(1.0, len(unique) / 8000)
    first, second = int(SELECTION * share), int((SELECTION + CALIBRATION) * share)
    return [unique[second:], unique[:first], unique[first:second]]


def phenomenon_of(paradigm: str, stated: str | None) -> str:
    """One name for a phenomenon in both corpora; Zorro states it inside the paradigm's name."""
    name = (stated or paradigm.split("-")[0]).replace("-", "_")
    if stated is None and paradigm.startswith(("island-effects", "filler-gap")):
        name = "_".join(paradigm.split("-")[:2])
    names = {
        "agreement_determiner_noun": "determiner_noun_agreement",
        "agreement_subject_verb": "subject_verb_agreement",
        "filler_gap": "filler_gap_dependency",
        "irregular": "irregular_forms",
    }
    return names.get(name, name)


def read_pairs(path: Path, source: str) -> list[Pair]:
    """Minimal pairs of BLiMP or Zorro."""
    rows = [json.loads(line) for line in lines_of(path)]
    return [
        Pair(
            row["good"],
            row["bad"],
            source,
            row["paradigm"],
            phenomenon_of(row["paradigm"], row.get("phenomenon")),
        )
        for row in rows
    ]


def held_out_paradigms(pairs: list[Pair]) -> set[str]:
    """The paradigms that no run trains on: whole phenomena, and the first of each larger one."""
    by_phenomenon: dict[tuple[str, str], set[str]] = {}
    for pair in pairs:
        by_phenomenon.setdefault((pair.source, pair.phenomenon), set()).add(pair.paradigm)
    kept_out = {pair.paradigm for pair in pairs} & TWINS
    for (_, phenomenon), paradigms in by_phenomenon.items():
        if phenomenon in HELD_OUT_PHENOMENA:
            kept_out |= paradigms
        elif len(paradigms) >= LEAST_PARADIGMS:
            kept_out.add(min(paradigms))
    return kept_out


def thinned(pairs: list[Pair], per_paradigm: int, chance: random.Random) -> list[Pair]:
    """At most so many pairs of each paradigm, drawn at random."""
    groups: dict[str, list[Pair]] = {}
    for pair in pairs:
        groups.setdefault(pair.source + pair.paradigm, []).append(pair)
    return [
        pair
        for group in groups.values()
        for pair in chance.sample(group, min(per_paradigm, len(group)))
    ]


def read_harper(path: Path) -> list[Pair]:
    """Real errors and their corrections, without the rules that are not about grammar."""
    rows = list(csv.reader(lines_of(path), delimiter="\t", quoting=csv.QUOTE_NONE))[1:]
    return [
        Pair(row[1], row[0], "harper", row[2], "harper")
        for row in rows
        if len(row) == 3 and not NOT_GRAMMAR.search(row[2]) and 3 < len(row[0].split()) < 30
    ]


def made_pairs(sentences: list[str], chance: random.Random) -> list[Pair]:
    """Clean sentences, each with a copy that one rule of `errors` broke."""
    pairs = []
    for sentence in sentences:
        if result := broken(sentence, chance):
            pairs.append(Pair(sentence, result[0], "made", result[1], "made"))
    return pairs


def running_sentences(path: Path, wanted: int, chance: random.Random) -> list[str]:
    """Sentences of 5 to 25 words from the running text of a story file, drawn at random."""
    found = []
    for line in lines_of(path):
        if line.startswith("<|"):
            continue
        for sentence in re.split(r"(?<=[.!?])\s+(?=[A-Z])", line):
            words = sentence.split()
            whole = sentence[:1].isupper() and sentence[-1:] in ".!?" and '"' not in sentence
            if whole and sentence.isascii() and 5 <= len(words) <= 25:
                found.append(sentence)
    return chance.sample(found, min(wanted, len(found)))


def read_corpus(data: Path, seed: int, *, running: int, per_paradigm: int) -> Corpus:
    """Read and split all that lies under the data folder (see ../shared/data/README.md)."""
    chance = random.Random(seed)
    dev = read_cola(data / "cola" / "in_domain_dev.tsv")
    train, selection, calibration = split_cola(
        read_cola(data / "cola" / "in_domain_train.tsv"), dev, seed
    )
    minimal = read_pairs(data / "blimp" / "pairs.jsonl.xz", "blimp")
    minimal += read_pairs(data / "zorro" / "pairs.jsonl.xz", "zorro")
    kept_out = held_out_paradigms(minimal)
    held_out = thinned([pair for pair in minimal if pair.paradigm in kept_out], 200, chance)
    training = [pair for pair in minimal if pair.paradigm not in kept_out]
    clean = [line for line in lines_of(data / "tatoeba" / "sentences.txt.xz") if line.isascii()]
    texts = running_sentences(data / "stories" / "plus_train.txt.xz", running, chance)
    pairs = thinned(training, per_paradigm, chance) + read_harper(data / "harper" / "pairs.tsv")
    pairs += made_pairs(chance.sample(clean, len(clean) // 2), chance)
    pairs += made_pairs(texts[: running // 5], chance)
    chance.shuffle(pairs)
    return Corpus(train, selection, calibration, dev, pairs, held_out, clean + texts)
