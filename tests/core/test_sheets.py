"""Cells of a CSV: texts are texts, numbers are numbers, and nothing is lost."""

import csv
import io

import pytest

from core.sheets import cell, typed
from services.grammaticality.rows import read_list
from tabs.kit.beside import as_files

FORMULAS = [
    "=1+1",
    '=HYPERLINK("http://198.51.100.7")',
    "+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1",
    "'=1",
    "''@a",
    "-",
    "--",
    "-ed",
    "1e5".replace("1", "-", 1),
]
TEXTS = ["a cat", "", "'", "'tis", " =1", "it's = 1", "1+1", "a-b", "–", "#N/A"]
NUMBERS = [-0.25, 3, -7, 1e-9, True, None]
NUMBERS_AS_TEXT = ["-0.25", "+3", "-7", "-1e-09", "-.5"]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_text_that_a_program_would_compute_is_led_by_an_apostrophe(text):
    assert cell(text) == "'" + text
    assert typed(cell(text)) == text


@pytest.mark.parametrize("text", TEXTS + NUMBERS_AS_TEXT)
def test_any_other_text_stays_as_it_is(text):
    assert cell(text) == text
    assert typed(text) == text


@pytest.mark.parametrize("number", NUMBERS)
def test_numbers_stay_numbers(number):
    assert cell(number) is number


def test_the_files_of_every_tab_are_written_so():
    sheet, exact = as_files([["text", "value"], ["=1", -0.5], ["-ed", "-0.5"]], {"text": "=1"})
    assert sheet.splitlines() == ["text,value", "'=1,-0.5", "'-ed,-0.5"]
    assert '"=1"' in exact


def test_a_list_that_was_saved_is_the_same_when_it_is_opened_again(limits):
    sentences = [text for text in [*FORMULAS, *TEXTS] if text.strip() == text != ""]
    sheet = io.StringIO()
    rows = [["sentence", "label"], *([cell(sentence), 1] for sentence in sentences)]
    csv.writer(sheet).writerows(rows)
    assert list(read_list(sheet.getvalue(), limits).sentences) == sentences
