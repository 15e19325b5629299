"""Examining the grammaticality model: what its card and the tab's "how it was trained" report."""

from collections.abc import Sequence

import numpy as np
import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from training.grammaticality.data import HELD_OUT_PHENOMENA, Corpus, Judged, Pair
from training.grammaticality.metrics import (
    best_temperature,
    calibration_error,
    confusion,
    matthews,
    negative_log_likelihood,
    reliability,
    softmax,
)
from training.grammaticality.model import verdict_logits
from training.grammaticality.visitors import VISITORS

SHOWN = 6  # samples in the card, the first of the set: not picked


def selection_score(
    model: PreTrainedModel, corpus: Corpus, tokenizer: PreTrainedTokenizerBase
) -> dict[str, float]:
    """Matthews correlation on the selection part of CoLA train, for the curve."""
    model.eval()
    labels, logits = _judged(model, corpus.selection, tokenizer)
    return {"selection_mcc": round(matthews(confusion(labels, logits.argmax(1))), 4)}


def pair_curve(
    model: PreTrainedModel, corpus: Corpus, tokenizer: PreTrainedTokenizerBase
) -> dict[str, float]:
    """Share of 500 training pairs in the right order (none of them held out), for the curve."""
    model.eval()
    return {"pairs_right": pair_scores(model, corpus.pairs[-500:], tokenizer)["right"]}


def _judged(
    model: PreTrainedModel, sentences: Sequence[Judged], tokenizer: PreTrainedTokenizerBase
) -> tuple[np.ndarray, np.ndarray]:
    logits = verdict_logits(model, [sentence.text for sentence in sentences], tokenizer)
    return np.array([sentence.label for sentence in sentences]), logits.numpy()


def pair_scores(
    model: PreTrainedModel, pairs: Sequence[Pair], tokenizer: PreTrainedTokenizerBase
) -> dict:
    """Share of pairs whose good sentence gets the larger margin: by paradigm, and overall."""
    texts = [pair.good for pair in pairs] + [pair.bad for pair in pairs]
    logits = verdict_logits(model, texts, tokenizer)
    margins = logits[:, 1] - logits[:, 0]
    right = (margins[: len(pairs)] > margins[len(pairs) :]).tolist()
    groups: dict[tuple[str, str, str], list[bool]] = {}
    for pair, ordered in zip(pairs, right, strict=True):
        groups.setdefault((pair.source, pair.phenomenon, pair.paradigm), []).append(ordered)
    rows = [
        {
            "corpus": source,
            "phenomenon": phenomenon,
            "paradigm": paradigm,
            "pairs": len(group),
            "right": round(sum(group) / len(group), 4),
            "phenomenon_unseen": phenomenon in HELD_OUT_PHENOMENA,
        }
        for (source, phenomenon, paradigm), group in sorted(groups.items())
    ]
    unseen = [
        ordered
        for pair, ordered in zip(pairs, right, strict=True)
        if pair.phenomenon in HELD_OUT_PHENOMENA
    ]
    return {
        "pairs": len(pairs),
        "right": round(sum(right) / max(1, len(right)), 4),
        "unseen_phenomena_pairs": len(unseen),
        "unseen_phenomena_right": round(sum(unseen) / max(1, len(unseen)), 4),
        "by_paradigm": rows,
    }


def _calibration(
    model: PreTrainedModel, corpus: Corpus, tokenizer: PreTrainedTokenizerBase
) -> tuple[float, dict]:
    labels, logits = _judged(model, corpus.calibration, tokenizer)
    temperature = best_temperature(logits, labels)
    return temperature, {
        "sentences": len(labels),
        "loss_before": round(negative_log_likelihood(logits, labels), 4),
        "loss_after": round(negative_log_likelihood(logits / temperature, labels), 4),
    }


def _visitors(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, temperature: float
) -> list[dict]:
    logits = verdict_logits(model, [text for text, _ in VISITORS], tokenizer).numpy()
    chances = softmax(logits / temperature)[:, 1]
    return [
        {"text": text, "label": label, "acceptable": round(float(chance), 4)}
        for (text, label), chance in zip(VISITORS, chances, strict=True)
    ]


def _dev(labels: np.ndarray, logits: np.ndarray, temperature: float) -> dict:
    verdicts = logits.argmax(1)
    table = confusion(labels, verdicts)
    raw = reliability(softmax(logits)[:, 1], labels)
    calibrated = reliability(softmax(logits / temperature)[:, 1], labels)
    return {
        "sentences": len(labels),
        "mcc": round(matthews(table), 4),
        "accuracy": round(float((verdicts == labels).mean()), 4),
        "confusion": table,
        "reliability_before": raw,
        "reliability": calibrated,
        "calibration_error_before": round(calibration_error(raw), 4),
        "calibration_error": round(calibration_error(calibrated), 4),
    }


def _dev_samples(dev: Sequence[Judged], chances: np.ndarray) -> dict[str, list[dict]]:
    """The first sentences and the worst failures. CoLA has no open licence: a few are quoted."""
    rows = [
        {"text": sentence.text, "label": sentence.label, "acceptable": round(float(chance), 4)}
        for sentence, chance in zip(dev, chances, strict=True)
    ]
    wrong = [row for row in rows if (row["acceptable"] > 0.5) != bool(row["label"])]
    wrong.sort(key=lambda row: -abs(row["acceptable"] - row["label"]))
    return {"samples": rows[:SHOWN], "worst": wrong[:SHOWN]}


@torch.inference_mode()
def examine(model: PreTrainedModel, corpus: Corpus, tokenizer: PreTrainedTokenizerBase) -> dict:
    """Every score of the card. The temperature is fitted on the calibration part first."""
    model.eval()
    temperature, calibration = _calibration(model, corpus, tokenizer)
    labels, logits = _judged(model, corpus.dev, tokenizer)
    return {
        "temperature": round(temperature, 4),
        "calibration": calibration,
        "selection": selection_score(model, corpus, tokenizer),
        "dev": _dev(labels, logits, temperature),
        "held_out_pairs": pair_scores(model, corpus.held_out, tokenizer),
        "visitors": _visitors(model, tokenizer, temperature),
        **_dev_samples(corpus.dev, softmax(logits / temperature)[:, 1]),
        "data": {
            "cola_train": len(corpus.cola_train),
            "selection": len(corpus.selection),
            "calibration": len(corpus.calibration),
            "running_sentences": len(corpus.plain),
            "pairs": _counts(corpus.pairs),
        },
    }


def _counts(pairs: Sequence[Pair]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for pair in pairs:
        counts[pair.source] = counts.get(pair.source, 0) + 1
    return dict(sorted(counts.items()))
