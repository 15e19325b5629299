"""SQuAD's scores (Rajpurkar et al. 2016 and 2018), as pure functions."""

import re
import string
from collections import Counter

import numpy as np


def normalized(answer: str) -> str:
    """An answer as SQuAD compares it: lower case, no punctuation, no articles, single spaces."""
    text = "".join(mark for mark in answer.lower() if mark not in string.punctuation)
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", text).split())


def exact_match(said: str, gold: str) -> float:
    """1 where the two answers are the same after normalization, else 0."""
    return float(normalized(said) == normalized(gold))


def word_f1(said: str, gold: str) -> float:
    """Harmonic mean of precision and recall over words (Rajpurkar et al. 2016, section 6.1)."""
    said_words, gold_words = normalized(said).split(), normalized(gold).split()
    common = sum((Counter(said_words) & Counter(gold_words)).values())
    if not said_words or not gold_words:
        return float(said_words == gold_words)
    if common == 0:
        return 0.0
    precision, recall = common / len(said_words), common / len(gold_words)
    return 2 * precision * recall / (precision + recall)


def detection_f1(wanted: np.ndarray, said: np.ndarray) -> float:
    """F1 of finding the unanswerable: both are booleans, true for "no answer"."""
    both = float((wanted & said).sum())
    return 2 * both / float(wanted.sum() + said.sum()) if both else 0.0
