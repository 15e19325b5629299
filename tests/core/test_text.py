"""What a visitor may type."""

import math
import re

import pytest

from core.errors import UserError
from core.text import checked_choice, checked_index, checked_text, checked_texts


@pytest.mark.parametrize("text", ["a", "  a", "\n\ta", "été", "👩‍👩‍👧", "שלום", "</script>"])
def test_a_text_comes_back_as_it_was_typed(text):
    assert checked_text(text, limit=100) == text


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("", "is empty .nothing was typed"),
        (" \n\t", "is empty .only spaces were typed"),
        ("x" * 101, "has 101 characters; at most 100 are allowed"),
        ("a\0b", "NUL character .* at position 1"),
        ("a\ud83d", r"half of a surrogate pair .U\+D83D. at position 1"),
        (12, "must be text; got int '12'"),
        (None, "must be text; got nothing"),
        (["a"], "must be text; got list"),
    ],
)
def test_what_is_no_text_is_refused_with_what_was_seen(value, sentence):
    with pytest.raises(UserError, match=sentence):
        checked_text(value, limit=100)


@pytest.mark.parametrize("value", [-1, 6, 1.5, math.nan, math.inf, "3", True, None])
def test_an_index_is_a_whole_number_in_its_range(value):
    with pytest.raises(UserError, match="whole number from 0 to 5"):
        checked_index(value, 0, 5, name="layer")


def test_a_whole_float_is_an_index_too():
    assert checked_index(3.0, 0, 5, name="layer") == 3


def test_a_choice_is_refused_with_what_is_allowed():
    with pytest.raises(UserError, match="must be one of mean, cls; got 'sum'"):
        checked_choice("sum", ("mean", "cls"), name="pooling")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ("a", "must be a list of texts; got one text"),
        (None, "got NoneType"),
        ([], "There are 0 sentences; 1 to 2 are allowed in one request."),
        (["a"] * 3, "There are 3 sentences; 1 to 2 are allowed in one request."),
    ],
)
def test_a_list_of_the_wrong_length_is_refused_with_both_numbers(values, said):
    with pytest.raises(UserError, match=re.escape(said)):
        checked_texts(values, most=2, where="in one request")
    assert checked_texts(["a", ""], most=2) == ("a", "")
