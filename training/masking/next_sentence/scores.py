"""Examining the model of the next sentence: accuracies with intervals, samples, failures."""

from collections.abc import Sequence

import numpy as np
import torch
from transformers import BertForNextSentencePrediction, PreTrainedTokenizerBase

from training.masking.next_sentence.data import Case, Exam
from training.masking.next_sentence.model import log_odds

DRAWS = 2000  # of the bootstrap
LONG = 12  # words: sentences from so many on are scored by themselves, too
SHOWN = 10  # cases in the card, evenly spaced over the set: not picked
FAILURES = 6
KINDS = ("next", "random", "same_book", "swapped")

# Written for this project, as a visitor would ask; never trained on.
VISITORS: tuple[tuple[str, str, bool], ...] = (
    ("She opened the old wooden box.", "Inside lay a golden ring.", True),
    ("It began to rain.", "We ran under a tree and waited.", True),
    ("The baker lit his oven before dawn.", "Soon the street smelled of fresh bread.", True),
    ("Tom asked where the key was.", "His mother pointed at the table.", True),
    ("She opened the old wooden box.", "The ship sailed before the storm.", False),
    ("It began to rain.", "A king once had three daughters.", False),
    ("The baker lit his oven before dawn.", "The dog would not give back the ball.", False),
    ("Tom asked where the key was.", "The mountains are covered with snow.", False),
)


def read_cases(
    model: BertForNextSentencePrediction,
    cases: Sequence[Case],
    tokenizer: PreTrainedTokenizerBase,
    device: str,
) -> dict[str, np.ndarray]:
    """Of each kind of second sentence the log-odds (case,); swapped: the next one stands first."""
    model.eval()
    pairs = {
        "next": [(case.first, case.next) for case in cases],
        "random": [(case.first, case.random) for case in cases],
        "same_book": [(case.first, case.same_book) for case in cases],
        "swapped": [(case.next, case.first) for case in cases],
    }
    return {
        kind: log_odds(model, pairs[kind], tokenizer, device).double().numpy() for kind in KINDS
    }


def accuracy(odds: dict[str, np.ndarray], against: str) -> np.ndarray:
    """(case,): 0, 0.5 or 1, how many of the next sentence and the other are judged rightly."""
    return ((odds["next"] > 0).astype(float) + (odds[against] <= 0)) / 2


def with_interval(values: np.ndarray, documents: Sequence[int]) -> dict[str, float]:
    """The mean, and the ends of its 95 % bootstrap interval, documents drawn with replacement."""
    names, where = np.unique(np.asarray(documents), return_inverse=True)
    sums = np.bincount(where, weights=values)
    counts = np.bincount(where)
    drawn = np.random.default_rng(0).integers(len(names), size=(DRAWS, len(names)))
    means = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    parts = {"score": values.mean(), "low": low, "high": high}
    return {name: round(float(value), 4) for name, value in parts.items()}


def scores_of(odds: dict[str, np.ndarray], documents: Sequence[int]) -> dict[str, dict]:
    """Every measure of one set, each with its interval."""
    said = {kind: (values > 0).astype(float) for kind, values in odds.items()}
    measures = {f"accuracy_{kind}": accuracy(odds, kind) for kind in KINDS[1:]}
    measures |= {f"says_follows_{kind}": values for kind, values in said.items()}
    measures |= {f"ranked_{kind}": (odds["next"] > odds[kind]).astype(float) for kind in KINDS[1:]}
    return {name: with_interval(values, documents) for name, values in measures.items()}


def is_long(case: Case) -> bool:
    """Whether no sentence of a case is short."""
    texts = (case.first, case.next, case.same_book, case.random)
    return min(len(text.split()) for text in texts) >= LONG


def curve_point(
    model: BertForNextSentencePrediction,
    cases: Sequence[Case],
    tokenizer: PreTrainedTokenizerBase,
    device: str,
) -> dict[str, float]:
    """Accuracies on the selection, for the curve."""
    odds = read_cases(model, cases, tokenizer, device)
    return {kind: round(float(accuracy(odds, kind).mean()), 4) for kind in KINDS[1:]}


def _row(cases: Sequence[Case], odds: dict[str, np.ndarray], place: int) -> dict:
    case = cases[place]
    texts = {"first": case.first, "next": case.next}
    texts |= {"same_book": case.same_book, "random": case.random}
    return texts | {f"odds_{kind}": round(float(odds[kind][place]), 2) for kind in KINDS}


@torch.inference_mode()
def examine(
    model: BertForNextSentencePrediction,
    exam: Exam,
    tokenizer: PreTrainedTokenizerBase,
    device: str,
) -> dict:
    """Every score of the card."""
    odds = read_cases(model, exam.report, tokenizer, device)
    documents = [case.document for case in exam.report]
    long = [place for place, case in enumerate(exam.report) if is_long(case)]
    wrong = np.argsort(odds["next"] - odds["random"], kind="stable")[:FAILURES]
    places = np.linspace(0, len(exam.report) - 1, min(SHOWN, len(exam.report))).astype(int)
    visitors = [(first, second) for first, second, _ in VISITORS]
    said = log_odds(model, visitors, tokenizer, device).tolist()
    return {
        "data": exam.counts,
        "report": scores_of(odds, documents),
        "long": scores_of(
            {kind: values[long] for kind, values in odds.items()},
            [documents[place] for place in long],
        )
        if long
        else {},
        "long_cases": len(long),
        "quantiles": {
            kind: np.percentile(values, [5, 25, 50, 75, 95]).round(2).tolist()
            for kind, values in odds.items()
        },
        "samples": [_row(exam.report, odds, int(place)) for place in places],
        "failures": [_row(exam.report, odds, int(place)) for place in wrong],
        "visitors": [
            {"first": first, "second": second, "follows": follows, "odds": round(value, 2)}
            for (first, second, follows), value in zip(VISITORS, said, strict=True)
        ],
    }
