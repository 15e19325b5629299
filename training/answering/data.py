"""What the answering model reads: questions with spans, and questions without an answer.

SQuAD is split by article and FairytaleQA by story (its own val part is reported). An unanswerable
question is a real one, put to another passage of its article that does not hold the answer.
"""

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from services.answering.overlap import normalized
from training.grammaticality.data import lines_of

SELECTION_ARTICLES, REPORT_ARTICLES = 8, 20


@dataclass(frozen=True)
class Question:
    """A question, the passage it is put to, and its answer there; `start` is -1 for none."""

    question: str
    passage: str
    answers: tuple[str, ...]  # empty where the passage does not answer
    start: int  # character where answers[0] begins
    article: str
    source: str  # squad or fairytale

    @property
    def answerable(self) -> bool:
        return self.start >= 0


@dataclass(frozen=True)
class Exam:
    """Everything one run reads, split by article."""

    train: list[Question]
    selection: list[Question]  # chooses settings and the no-answer threshold
    report: list[Question]  # SQuAD articles kept out, reported and used for nothing else
    tales: list[Question]  # FairytaleQA val, likewise

    def drawn(self, most: int, seed: int) -> "Exam":
        """The same with at most so many questions in each part but train, drawn at random."""
        parts = {
            name: random.Random(seed).sample(part, min(most, len(part)))
            for name in ("selection", "report", "tales")
            if (part := getattr(self, name))
        }
        return replace(self, **parts)


def read_squad(path: Path) -> list[Question]:
    """Answerable questions of a file in SQuAD's layout ."""
    content = "\n".join(lines_of(path))
    return [
        Question(
            question["question"].strip(),
            paragraph["context"],
            tuple(answer["text"] for answer in question["answers"]),
            question["answers"][0]["answer_start"],
            article["title"],
            "squad",
        )
        for article in json.loads(content)["data"]
        for paragraph in article["paragraphs"]
        for question in paragraph["qas"]
        if question["answers"]
    ]


def read_tales(path: Path) -> list[Question]:
    """The questions of FairytaleQA whose answer stands in the passage word for word."""
    rows = [json.loads(line) for line in lines_of(path)]
    return [
        Question(
            row["question"].strip(),
            row["context"],
            tuple(dict.fromkeys(span["text"] for span in row["spans"])),
            row["spans"][0]["answer_start"],
            row["story"],
            "fairytale",
        )
        for row in rows
        if row["spans"]
    ]


def holds_answer(passage: str, answers: Sequence[str]) -> bool:
    """Whether any answer stands in the passage, by whole words after SQuAD's normalization."""
    text = f" {normalized(passage)} "
    return any(not normalized(answer) or f" {normalized(answer)} " in text for answer in answers)


def unanswerable(
    questions: Sequence[Question], share: float, chance: random.Random
) -> list[Question]:
    """So many (as a share) of the questions, each put to a passage that does not hold its answer.

    The passage comes from the same article, so its subject fits; questions of articles without
    such a passage are left out.
    """
    passages: dict[str, list[str]] = {}
    for question in questions:
        passages.setdefault(question.article, [])
        if question.passage not in passages[question.article]:
            passages[question.article].append(question.passage)
    made = []
    for question in chance.sample(list(questions), int(share * len(questions))):
        others = [text for text in passages[question.article] if text != question.passage]
        for passage in chance.sample(others, min(5, len(others))):
            if not holds_answer(passage, question.answers):
                made.append(replace(question, passage=passage, answers=(), start=-1))
                break
    return made


def split_articles(
    questions: Sequence[Question], seed: int, selection: int, report: int
) -> tuple[list[Question], list[Question], list[Question]]:
    """Train, selection and report parts that share no article."""
    articles = sorted({question.article for question in questions})
    random.Random(seed).shuffle(articles)
    chosen, reported = set(articles[:selection]), set(articles[selection : selection + report])
    parts: tuple[list[Question], list[Question], list[Question]] = ([], [], [])
    for question in questions:
        place = 1 if question.article in chosen else 2 if question.article in reported else 0
        parts[place].append(question)
    return parts


def read_exam(data: Path, seed: int, *, unanswerable_share: float) -> Exam:
    """Read and split all that lies under the data folder (see ../shared/data/README.md).

    Selection and report parts get one unanswerable question for every two answerable ones.
    """
    chance = random.Random(seed)
    squad = read_squad(data / "squad" / "train-v1.1.json.xz")
    train, selection, report = split_articles(squad, seed, SELECTION_ARTICLES, REPORT_ARTICLES)
    train += read_tales(data / "fairytaleqa" / "train.jsonl.xz")
    tales = read_tales(data / "fairytaleqa" / "val.jsonl.xz")
    train += unanswerable(train, unanswerable_share, chance)
    selection += unanswerable(selection, 0.5, chance)
    report += unanswerable(report, 0.5, chance)
    tales += unanswerable(tales, 0.5, chance)
    chance.shuffle(train)
    return Exam(train, selection, report, tales)
