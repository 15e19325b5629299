"""Errors made by rule: a clean English sentence in, one that breaks a rule of grammar out.

Every rule takes a sentence as a list of words (see `words_of`) and a random source, and returns
the broken list, or None where it finds nothing to break. A rule is only here if what it makes is
nearly always wrong; some noise is left (a swap may land on another good order).
"""

import difflib
import random
from collections.abc import Callable

from training.grammaticality import words as lists
from training.grammaticality.verbs import BASE_OF, FORMS, PLAIN_PAST, Verb
from training.grammaticality.words import PUNCTUATION, Words, sentence_of, words_of

Rule = Callable[[Words, random.Random], Words | None]


def _places(words: Words, wanted: Callable[[int], bool]) -> list[int]:
    return [place for place in range(len(words)) if wanted(place)]


def _lower(words: Words, place: int) -> str:
    return words[place].lower() if 0 <= place < len(words) else ""


def _is_mark(word: str) -> bool:
    return PUNCTUATION.fullmatch(word) is not None


def _replaced(words: Words, place: int, *new: str) -> Words:
    return [*words[:place], *new, *words[place + 1 :]]


def _swap_by(table: dict[str, str]) -> Rule:
    """A rule that exchanges one word of the table for its partner."""

    def rule(words: Words, chance: random.Random) -> Words | None:
        places = _places(words, lambda place: _lower(words, place) in table)
        if not places:
            return None
        place = chance.choice(places)
        return _replaced(words, place, table[_lower(words, place)])

    return rule


def pronoun_case(words: Words, chance: random.Random) -> Words | None:
    """*Him went home; *I saw they. A subject form only where a verb follows it."""
    subjects = [
        place
        for place in range(len(words) - 1)
        if _lower(words, place) in lists.CASE_SWAPS
        and (_lower(words, place + 1) in BASE_OF or _lower(words, place + 1) in lists.NUMBER_SWAPS)
        and (place == 0 or _lower(words, place - 1) in {"that", "if", "when", "because", "and"})
    ]
    objects = [
        place
        for place in range(1, len(words))
        if _lower(words, place) in lists.OBJECT_SWAPS
        and (_lower(words, place - 1) in BASE_OF or _lower(words, place - 1) in lists.PREPOSITIONS)
        and (place + 1 == len(words) or _is_mark(words[place + 1]))
    ]
    if not subjects + objects:
        return None
    place = chance.choice(subjects + objects)
    return _replaced(
        words, place, {**lists.CASE_SWAPS, **lists.OBJECT_SWAPS}[_lower(words, place)]
    )


def verb_agreement(words: Words, chance: random.Random) -> Words | None:
    """*She go home; *They goes home: the verb right after a pronoun gets the other number."""
    found: list[tuple[int, str]] = []
    for place in range(1, len(words)):
        subject, verb = _lower(words, place - 1), _lower(words, place)
        # "made him go" and "did she go" take the plain form, so the pronoun must come first.
        if place > 1 and not _is_mark(words[place - 2]) and subject not in {"he", "she", "they"}:
            continue
        if place > 1 and (_lower(words, place - 2) in lists.MODALS | {"does", "do"}):
            continue
        forms = FORMS.get(BASE_OF.get(verb, ""))
        if forms is None:
            continue
        if subject in lists.SINGULAR_SUBJECTS and verb == forms.third != forms.base:
            found.append((place, forms.base))
        elif subject in lists.PLURAL_SUBJECTS and verb == forms.base and verb != forms.past:
            found.append((place, forms.third))
    if not found:
        return None
    place, form = chance.choice(found)
    return _replaced(words, place, form)


def _wrong_form(words: Words, place: int, forms: Verb) -> list[str]:
    """Forms of the verb that its neighbour to the left rules out."""
    before, form = _lower(words, place - 1), _lower(words, place)
    if before in lists.MODALS and form == forms.base:
        wrong = [forms.third, forms.past, forms.ing, forms.participle]
    elif before in lists.PERFECTS and form == forms.participle:
        wrong = [forms.base, forms.third, forms.ing, forms.past]
    elif before in {"is", "are", "was", "were", "am", "be", "i'm", "it's"} and form == forms.ing:
        wrong = [forms.base, forms.third, forms.past if forms.past != forms.participle else ""]
    elif before in {"he", "she", "it", "we", "they", "i", "you"} and form == forms.past:
        wrong = [forms.ing, forms.participle, forms.base if before in {"he", "she"} else ""]
    else:
        wrong = []
    return [other for other in wrong if other and other != form]


def verb_form(words: Words, chance: random.Random) -> Words | None:
    """*She can swims; *They have went; *He is eat: a form that its auxiliary does not take."""
    found = [
        (place, wrong)
        for place in range(1, len(words))
        if (forms := FORMS.get(BASE_OF.get(_lower(words, place), "")))
        and (wrong := _wrong_form(words, place, forms))
    ]
    if not found:
        return None
    place, wrong = chance.choice(found)
    return _replaced(words, place, chance.choice(wrong))


def past_with_time(words: Words, chance: random.Random) -> Words | None:
    """*She go to school yesterday: the plain verb beside a word that says it is past."""
    times = {"yesterday", "ago", "last"}
    if not times & {word.lower() for word in words}:
        return None
    places = _places(words, lambda place: _lower(words, place) in PLAIN_PAST)
    if not places:
        return None
    place = chance.choice(places)
    return _replaced(words, place, PLAIN_PAST[_lower(words, place)])


def regularized(words: Words, chance: random.Random) -> Words | None:
    """*He goed home: an irregular past made regular."""
    places = _places(words, lambda place: _lower(words, place) in PLAIN_PAST)
    if not places:
        return None
    place = chance.choice(places)
    base = PLAIN_PAST[_lower(words, place)]
    return _replaced(words, place, base + ("d" if base.endswith("e") else "ed"))


def article(words: Words, chance: random.Random) -> Words | None:
    """*I have the a dog; *a apple; *She is teacher: dropped, doubled or clashing articles."""
    places = _places(words, lambda place: _lower(words, place) in lists.ARTICLES)
    places = [place for place in places if place + 1 < len(words)]
    if not places:
        return None
    place = chance.choice(places)
    kind, this = chance.random(), _lower(words, place)
    if kind < 0.5 and this != "the":
        return words[:place] + words[place + 1 :]
    if kind < 0.75 and this != "the":
        return _replaced(words, place, "an" if this == "a" else "a")
    return _replaced(words, place, words[place], chance.choice(["a", "the", "my"]))


def extra_article(words: Words, chance: random.Random) -> Words | None:
    """*The he is here: an article before a pronoun."""
    pronouns = {*lists.CASE_SWAPS, *lists.OBJECT_SWAPS, "it", "you"}
    places = _places(words, lambda place: _lower(words, place) in pronouns)
    if not places:
        return None
    place = chance.choice(places)
    return _replaced(words, place, chance.choice(["a", "the"]), words[place])


def missing_word(words: Words, chance: random.Random) -> Words | None:
    """*The cat on mat: a function word is gone, or the only verb."""
    places = _places(words, lambda place: _lower(words, place) in lists.FUNCTION_WORDS)
    if not places or len(words) < 4:
        return None
    place = chance.choice(places)
    return words[:place] + words[place + 1 :]


def doubled_word(words: Words, chance: random.Random) -> Words | None:
    """*The the cat sat: a word said twice."""
    fine_twice = {"very", "had", "that", "no", "so"}
    places = _places(
        words, lambda place: not _is_mark(words[place]) and _lower(words, place) not in fine_twice
    )
    if not places:
        return None
    place = chance.choice(places)
    return _replaced(words, place, words[place], words[place])


def neighbour_swap(words: Words, chance: random.Random) -> Words | None:
    """*Cat the sat on the mat: a function word changes places with the word after it."""
    tied = lists.FUNCTION_WORDS | {"my", "your", "his", "very", "will", "can", "not"}
    places = [
        place
        for place in range(len(words) - 1)
        if _lower(words, place) in tied - {"and", "or"}
        and not _is_mark(words[place + 1])
        and _lower(words, place) != _lower(words, place + 1)
        # "is he" and "he is" are both good; so are "not do" and the like before an inversion.
        and _lower(words, place + 1)
        not in {*lists.CASE_SWAPS, "it", "you", "there", "not", "this"}
    ]
    if not places:
        return None
    place = chance.choice(places)
    return [*words[:place], words[place + 1], words[place], *words[place + 2 :]]


def shuffled(words: Words, chance: random.Random) -> Words | None:
    """Three or more words in a random other order; the marks stay where they are."""
    places = _places(words, lambda place: not _is_mark(words[place]))
    if len(places) < 5:
        return None
    first = chance.randrange(len(places) - 3)
    length = chance.randint(4, len(places) - first)
    chosen = places[first : first + length]
    order = chosen[::-1] if chance.random() < 0.3 else chance.sample(chosen, length)
    result = list(words)
    for place, source in zip(chosen, order, strict=True):
        result[place] = words[source]
    return result


def preposition(words: Words, chance: random.Random) -> Words | None:
    """*She depends in him: a preposition is exchanged or put where none belongs."""
    places = _places(words, lambda place: _lower(words, place) in {"of", "to", "at", "with"})
    places = [place for place in places if 0 < place < len(words) - 1]
    if not places:
        return None
    place = chance.choice(places)
    clash = {"of": ["at", "to", "into"], "to": ["of", "at"], "at": ["of"], "with": ["of", "at"]}
    return _replaced(words, place, chance.choice(clash[_lower(words, place)]))


def comparative(words: Words, chance: random.Random) -> Words | None:
    """*more better."""
    places = _places(words, lambda place: _lower(words, place) in lists.COMPARATIVES)
    places = [place for place in places if _lower(words, place - 1) not in {"no", "much"}]
    if not places:
        return None
    place = chance.choice(places)
    return _replaced(words, place, "more", words[place])


RULES: dict[str, Rule] = {
    "agreement of be, have, do": _swap_by(lists.NUMBER_SWAPS),
    "agreement of verbs": verb_agreement,
    "form of the verb": verb_form,
    "past with a time word": past_with_time,
    "regularized past": regularized,
    "case of pronouns": pronoun_case,
    "articles": article,
    "article before a pronoun": extra_article,
    "missing word": missing_word,
    "doubled word": doubled_word,
    "neighbours swapped": neighbour_swap,
    "shuffled": shuffled,
    "preposition": preposition,
    "double comparative": comparative,
    "confused words": _swap_by(lists.CONFUSED),
}


# Subtle errors are tried before coarse ones, which fit nearly every sentence.
COARSE = {"doubled word", "shuffled", "article before a pronoun", "neighbours swapped"}


def broken(sentence: str, chance: random.Random) -> tuple[str, str] | None:
    """The sentence with one made error, and the name of the rule; None where no rule fits."""
    words = words_of(sentence)
    names = sorted(RULES, key=lambda name: chance.random() + (name in COARSE) * 0.6)
    for name in names:
        result = RULES[name](words, chance)
        if result and [word.lower() for word in result] != [word.lower() for word in words]:
            return sentence_of(result), name
    return None


def wrong_words(good: Words, bad: Words) -> list[bool]:
    """For each word of the bad sentence, whether the error is there.

    A missing word is marked on the word that follows the gap (the last word where none does).
    """
    marks = [False] * len(bad)
    lowered = [word.lower() for word in good], [word.lower() for word in bad]
    for kind, _, _, first, last in difflib.SequenceMatcher(
        a=lowered[0], b=lowered[1]
    ).get_opcodes():
        if kind in {"replace", "insert"}:
            marks[first:last] = [True] * (last - first)
        elif kind == "delete" and bad:
            marks[min(first, len(bad) - 1)] = True
    return marks
