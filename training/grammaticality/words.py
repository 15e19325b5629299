"""Sentences as words, and the words that errors.py exchanges, drops or looks for."""

import re

Words = list[str]

WORD = re.compile(r"[A-Za-z0-9]+(?:['’][A-Za-z]+)*|[^\sA-Za-z0-9]")
PUNCTUATION = re.compile(r"[^A-Za-z0-9]+")
NUMBER_SWAPS = {
    "is": "are", "are": "is", "was": "were", "were": "was", "has": "have", "have": "has",
    "does": "do", "do": "does", "doesn't": "don't", "don't": "doesn't", "isn't": "aren't",
    "aren't": "isn't", "wasn't": "weren't", "weren't": "wasn't", "hasn't": "haven't",
    "haven't": "hasn't", "i'm": "i's", "am": "is", "this": "these", "these": "this",
    "that's": "those's",
}  # fmt: skip
CASE_SWAPS = {"he": "him", "she": "her", "they": "them", "we": "us", "i": "me"}
OBJECT_SWAPS = {"him": "he", "them": "they", "us": "we", "me": "I"}
SINGULAR_SUBJECTS = {"he", "she", "it", "tom", "mary", "everyone", "nobody", "somebody"}
PLURAL_SUBJECTS = {"i", "you", "we", "they"}
MODALS = {
    "will", "would", "can", "could", "should", "must", "may", "might", "can't", "won't",
    "couldn't", "wouldn't", "shouldn't", "didn't", "don't", "doesn't", "to", "did", "i'll",
    "you'll", "he'll", "she'll", "we'll", "they'll", "let's",
}  # fmt: skip
PERFECTS = {
    "has", "have", "had", "i've", "you've", "we've", "they've", "hasn't", "haven't", "hadn't",
}  # fmt: skip
ARTICLES = {"a", "an", "the"}
# Words whose absence or exchange breaks a sentence; "that" is left out, since it may often go.
FUNCTION_WORDS = {
    "is", "are", "was", "were", "to", "of", "in", "on", "at", "with", "for", "a", "an", "the",
    "do", "does", "did", "am", "than", "from", "if", "be", "been", "and", "or",
}  # fmt: skip
PREPOSITIONS = ["to", "of", "in", "on", "at", "with", "for", "from", "by", "about", "into"]
COMPARATIVES = {
    "better", "worse", "bigger", "smaller", "older", "younger", "taller", "faster", "easier",
    "cheaper", "stronger", "earlier", "later", "happier", "richer", "harder", "longer",
}  # fmt: skip
CONFUSED = {"than": "then", "their": "there", "your": "you're", "whose": "who's", "there": "their"}
CONFUSED |= {"you're": "your", "too": "to", "many": "much", "much": "many"}


def words_of(sentence: str) -> Words:
    """The sentence as words and punctuation marks; an apostrophe stays inside its word."""
    return WORD.findall(sentence)


def sentence_of(words: Words) -> str:
    """Words as a sentence again: capital first, no space before a mark."""
    text = re.sub(r"\s+([.,;:!?])", r"\1", " ".join(words))
    return text[:1].upper() + text[1:]
