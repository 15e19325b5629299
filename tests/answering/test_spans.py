"""The span search against brute force; windows over long passages."""

import itertools

import numpy as np
import pytest

from services.answering.spans import Span, best_spans, windows


def brute_force(start, end, allowed, longest):
    found = [
        Span(first, last, float(start[first] + end[last]))
        for first in range(len(start))
        for last in range(first, min(first + longest, len(start)))
        if allowed[first] and allowed[last]
    ]
    return sorted(found, key=lambda span: -span.score)


@pytest.mark.parametrize("seed", range(20))
def test_the_span_search_finds_what_brute_force_finds(seed):
    chance = np.random.default_rng(seed)
    tokens, longest, count = chance.integers(1, 25), int(chance.integers(1, 8)), 5
    start, end = chance.normal(size=(2, tokens))
    allowed = chance.random(tokens) < 0.7
    found = best_spans(start, end, allowed, longest=longest, count=count)
    assert found == brute_force(start, end, allowed, longest)[:count]


def test_an_answer_never_ends_before_it_begins():
    # The two argmaxes, 2 and 0, would run backwards.
    start, end = np.array([1.0, 0.0, 5.0]), np.array([4.0, 0.0, 1.0])
    [best] = best_spans(start, end, np.ones(3, dtype=bool))
    assert (best.first, best.last) == (2, 2)


def test_nothing_allowed_is_no_span():
    assert best_spans(np.zeros(3), np.zeros(3), np.zeros(3, dtype=bool)) == []


@pytest.mark.parametrize(("tokens", "room", "stride"), [(10, 4, 1), (3, 4, 2), (100, 30, 29)])
def test_windows_cover_every_token_and_overlap(tokens, room, stride):
    pieces = windows(tokens, room, stride)
    assert pieces[0][0] == 0
    assert pieces[-1][1] == tokens
    assert all(0 < end - begin <= room for begin, end in pieces)
    for (_, end), (begin, _) in itertools.pairwise(pieces):
        assert end - begin == stride


def test_a_stride_without_progress_is_refused():
    with pytest.raises(ValueError, match="stride 4 must be"):
        windows(10, 4, 4)
