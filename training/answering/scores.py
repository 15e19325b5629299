"""Examining the answering model: what its card and the tab's "how it was trained" report."""

from collections.abc import Sequence

import numpy as np
import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from services.answering.overlap import best_overlap
from training.answering.data import Exam, Question
from training.answering.model import Reply, replies

SHOWN = 12  # samples in the card, evenly spaced over the set: not picked

MUSEUM = (
    "The museum opened in 1992 after three years of work. "
    "It closed in 2004 and reopened in 2010 under Ana Silva."
)
BERT = (
    "BERT is a language model based on the transformer encoder. It was introduced in October 2018 "
    "by researchers at Google. It learns by filling in masked words and by telling whether one "
    "sentence follows another."
)
# Written for this project, as a visitor would ask; never trained on. An empty answer means none.
VISITORS: tuple[tuple[str, str, str], ...] = (
    (MUSEUM, "When did the museum open?", "1992"),
    (MUSEUM, "When did it reopen?", "2010"),
    (MUSEUM, "Under whom did the museum reopen?", "Ana Silva"),
    (MUSEUM, "Who designed it?", ""),
    (MUSEUM, "How much does a ticket cost?", ""),
    (BERT, "What is BERT?", "a language model based on the transformer encoder"),
    (BERT, "When was BERT introduced?", "October 2018"),
    (BERT, "Who introduced BERT?", "researchers at Google"),
    (BERT, "What is the capital of Portugal?", ""),
)


def best_of(predicted: str, answers: Sequence[str]) -> tuple[float, float]:
    """F1 and exact match against the nearest of the accepted answers."""
    best = best_overlap(predicted, answers)
    return best.f1, float(best.exact)


def detection_f1(wanted: np.ndarray, predicted: np.ndarray) -> float:
    """F1 of finding the unanswerable: both are booleans, true for "no answer"."""
    both = float((wanted & predicted).sum())
    return 2 * both / float(wanted.sum() + predicted.sum()) if both else 0.0


def answer_scores(
    questions: Sequence[Question], predicted: Sequence[Reply], threshold: float
) -> dict:
    """Scores of one set: answers alone, "no answer" alone, and both together as SQuAD 2.0 has it.

    `f1` and `exact` take the best span of every answerable question, whatever the margin says;
    the others say "no answer" where the margin is above the threshold.
    """
    margins = np.array([reply.margin for reply in predicted])
    answerable = np.array([question.answerable for question in questions])
    spans = np.array(
        [
            best_of(reply.text, question.answers) if question.answerable else (0.0, 0.0)
            for question, reply in zip(questions, predicted, strict=True)
        ]
    ).reshape(-1, 2)
    silent = margins > threshold
    together = np.where(answerable[:, None], spans * ~silent[:, None], silent[:, None])
    result = {}
    for side, name in enumerate(("f1", "exact")):
        result[name] = round(float(spans[answerable, side].mean()), 4)
        result[f"{name}_with_threshold"] = round(float(together[answerable, side].mean()), 4)
        result[f"{name}_together"] = round(float(together[:, side].mean()), 4)
    return result | {
        "answerable": int(answerable.sum()),
        "unanswerable": int((~answerable).sum()),
        "no_answer_f1": round(detection_f1(~answerable, silent), 4),
        "no_answer_precision": round(float((~answerable)[silent].mean()), 4)
        if silent.any()
        else 0,
        "no_answer_recall": round(float(silent[~answerable].mean()), 4),
        "confusion": [
            [int((~answerable & silent).sum()), int((~answerable & ~silent).sum())],
            [int((answerable & silent).sum()), int((answerable & ~silent).sum())],
        ],
    }


def best_threshold(questions: Sequence[Question], predicted: Sequence[Reply]) -> float:
    """The margin above which "no answer" is said, for the best F1 of both kinds together."""
    margins = np.array([reply.margin for reply in predicted if np.isfinite(reply.margin)])
    candidates = np.unique(np.round(np.quantile(margins, np.linspace(0.02, 0.98, 97)), 3))
    scores = [
        answer_scores(questions, predicted, float(value))["f1_together"] for value in candidates
    ]
    return float(candidates[int(np.argmax(scores))])


def threshold_curve(questions: Sequence[Question], predicted: Sequence[Reply]) -> list[dict]:
    """How the scores move with the threshold: what the tab's slider trades."""
    kept = ("f1_with_threshold", "exact_with_threshold", "no_answer_f1", "f1_together")
    rows = []
    for value in np.arange(-10.0, 10.5, 1.0):
        scores = answer_scores(questions, predicted, float(value))
        rows.append({"threshold": float(value)} | {name: scores[name] for name in kept})
    return rows


def selection_score(
    model: PreTrainedModel,
    questions: Sequence[Question],
    tokenizer: PreTrainedTokenizerBase,
    device: str,
) -> dict[str, float]:
    """F1 and exact match on some selection questions, for the curve."""
    model.eval()
    predicted = replies(model, questions, tokenizer, device=device)
    scores = answer_scores(questions, predicted, 0.0)
    names = ("f1", "exact", "no_answer_f1")
    return {f"selection_{name}": scores[name] for name in names}


def _samples(
    questions: Sequence[Question], predicted: Sequence[Reply], threshold: float
) -> list[dict]:
    places = np.linspace(0, len(questions) - 1, min(SHOWN, len(questions))).astype(int)
    return [
        {
            "question": questions[place].question,
            "article": questions[place].article,
            "gold": questions[place].answers[0] if questions[place].answerable else "",
            "said": "" if predicted[place].margin > threshold else predicted[place].text,
            "margin": round(predicted[place].margin, 3),
        }
        for place in places
    ]


def _visitors(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, threshold: float, device: str
) -> list[dict]:
    questions = [
        Question(question, passage, (gold,), passage.find(gold) if gold else -1, "visitor", "made")
        for passage, question, gold in VISITORS
    ]
    predicted = replies(model, questions, tokenizer, device=device)
    return [
        {
            "question": question.question,
            "passage": question.passage,
            "gold": question.answers[0],
            "best": reply.text,
            "margin": round(reply.margin, 3),
            "said": "" if reply.margin > threshold else reply.text,
        }
        for question, reply in zip(questions, predicted, strict=True)
    ]


@torch.inference_mode()
def examine(
    model: PreTrainedModel, exam: Exam, tokenizer: PreTrainedTokenizerBase, device: str
) -> dict:
    """Every score of the card. The threshold is chosen on the selection articles first."""
    model.eval()
    chosen = replies(model, exam.selection, tokenizer, device=device)
    threshold = best_threshold(exam.selection, chosen)
    predicted = replies(model, exam.report, tokenizer, device=device)
    tales = replies(model, exam.tales, tokenizer, device=device)
    squad = [question.article for question in exam.train if question.source == "squad"]
    return {
        "threshold": round(threshold, 3),
        "selection": answer_scores(exam.selection, chosen, threshold),
        "report": answer_scores(exam.report, predicted, threshold),
        "tales": answer_scores(exam.tales, tales, threshold),
        "threshold_curve": threshold_curve(exam.report, predicted),
        "report_articles": sorted({question.article for question in exam.report}),
        "visitors": _visitors(model, tokenizer, threshold, device),
        "samples": _samples(exam.report, predicted, threshold),
        "data": {
            "train_articles": len(set(squad)),
            "train_squad": sum(q.answerable for q in exam.train if q.source == "squad"),
            "train_tales": sum(q.answerable for q in exam.train if q.source == "fairytale"),
            "train_unanswerable": sum(not q.answerable for q in exam.train),
        },
    }
