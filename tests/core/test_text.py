"""What a visitor may type."""

import math
import re

import pytest

from core.errors import UserError
from core.text import (
    checked_choice,
    checked_index,
    checked_text,
    checked_texts,
    lines_of,
    nothing_left,
    number_in,
    seen,
    written,
)


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


@pytest.mark.parametrize(
    ("text", "number"), [("7", 7), ("-1", -1), ("0", 0), ("0.25", 0.25), ("-30.5", -30.5)]
)
def test_a_number_is_read_in_plain_digits(text, number):
    read = number_in(text)
    assert (read, type(read)) == (number, type(number))


# Python's int() and float() take all of these.
@pytest.mark.parametrize(
    "text",
    [
        "1_0",
        "٣",
        "３",
        "1e3",
        "1E3",
        " 5",
        "5 ",
        "5\n",
        "+5",
        "nan",
        "inf",
        "-Infinity",
        "1.",
        ".5",
    ],
)
def test_what_an_endpoint_would_not_take_is_no_number(text):
    float(text)
    assert number_in(text) is None


@pytest.mark.parametrize("text", ["", "x", "0x10", "--1", "1,000", "9" * 5000])
def test_what_is_no_number_is_none(text):
    assert number_in(text) is None


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (4_294_967_295, "4,294,967,295"),
        (4_294_967_295.0, "4,294,967,295"),
        (1_000_000, "1,000,000"),
        (0.01, "0.01"),
        (0.0000001, "0.0000001"),
        (-30.0, "-30"),
        (1e22, "10,000,000,000,000,000,000,000"),
    ],
)
def test_a_number_is_written_out(number, said):
    assert written(number) == said


def test_what_was_seen_has_no_power_of_ten():
    assert seen(1e-7) == "0.0000001"
    assert seen(1e17) == "100,000,000,000,000,000"
    assert seen(1e300) == "a number of about 301 digits"
    assert seen(0.0) == "0.0"
    assert seen(math.inf) == "inf"


def test_lines_end_where_a_file_or_a_browser_ends_them():
    assert lines_of("a\r\nb\rc\nd\u2028e\x0cf") == ["a", "b", "c", "d\u2028e\x0cf"]


def test_a_text_of_which_nothing_is_left_is_told_with_what_it_has():
    assert nothing_left("query", "\u0301").startswith("The query has 1 character but no token: ")
    assert nothing_left("query", "\u200b\u200b").startswith("The query has 2 characters but no ")
