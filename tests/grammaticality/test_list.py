"""A list or CSV of sentences: read or refused, judged, scored, drawn."""

import csv
import dataclasses
import io
import itertools
import json
import math

import numpy as np
import pytest

from core.errors import UserError
from figures.grammaticality.list import DRAWN, chance, list_figure, list_table, order
from figures.grammaticality.mcc import formula
from figures.parts.confusion import confusion_grid
from models.serving import Desk
from services.grammaticality.judge import Judgement, judge
from services.grammaticality.list import CALIBRATED, JudgedList, calibration, judge_list, score
from services.grammaticality.rows import ROW, Listed, read_file, read_list
from tabs.grammaticality.choices import Choices
from tabs.grammaticality.list import draw, numbers
from tabs.kit.view import Asked
from tests.conftest import tiny_cache

HOSTILE = "</script><img src=x onerror=alert(1)>"
COLA = "gj04\t1\t\tThe sailors rode the breeze.\ngj04\t0\t*\tMe has the an apple.\n"


@pytest.fixture(scope="module")
def tiny(space, tiny_bert, tmp_path_factory):
    """A random judge over the tiny vocabulary, and the cache that holds it."""
    from transformers import BertForSequenceClassification, set_seed

    set_seed(1)
    folder = tmp_path_factory.mktemp("tiny-judge")
    tiny_bert.tokenizer.save_pretrained(folder)
    config = tiny_bert.model.config
    BertForSequenceClassification(config).save_pretrained(folder)
    cache, entry = tiny_cache(space, folder, "Tiny judge", "grammaticality")
    return cache, cache.load(entry)


def judged(chances, labels=None, sentences=None):
    """A list as if a model had given these probabilities."""
    sentences = tuple(sentences or (f"sentence {n}" for n in range(len(chances))))
    listed = Listed(
        sentences, tuple(range(1, len(chances) + 1)), labels and tuple(labels), None, "by hand"
    )
    rows = tuple(
        Judgement(text, (), np.array([0.0, math.log(p / (1 - p))]), p)
        for text, p in zip(sentences, chances, strict=True)
    )
    verdicts = [int(row.acceptable) for row in rows]
    return JudgedList(listed, rows, score(labels, verdicts, chances) if labels else None)


# Reading -----------------------------------------------------------------------------------------


def test_one_sentence_on_each_line(limits):
    listed = read_list("The cat sat.\r\n\r\n  A dog, too; and more.  \n", limits)
    assert listed.sentences == ("The cat sat.", "A dog, too; and more.")
    assert listed.lines == (1, 3)
    assert listed.labels is None
    assert listed.sources is None


def test_a_sentence_keeps_its_quotation_marks(limits):
    assert read_list('"Go," he said.\nHe said "go".', limits).sentences == (
        '"Go," he said.',
        'He said "go".',
    )


def test_columns_without_labels_are_named(limits):
    listed = read_list("sentence,gold\nA cat sat.,1\n", limits)
    assert listed.labels is None
    assert "none of them (sentence, gold) is named “label”" in listed.layout


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("name", ["sentence", "Text", " SENTENCE "])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_header_names_the_columns(limits, delimiter, name, mark, end):
    rows = [["id", "Label", name], ["1", "0", "Me go."], ["2", " 1 ", "I go."]]
    text = mark + end.join(delimiter.join(row) for row in rows)
    listed = read_list(text, limits)
    assert listed.sentences == ("Me go.", "I go.")
    assert listed.labels == (0, 1)
    assert listed.lines == (2, 3)


def test_quotes_hold_commas_quotes_and_line_ends(limits):
    text = 'sentence,label\n"He said ""no"", and\nleft.",1\n\n"A, b.",0\n'
    listed = read_list(text, limits)
    assert listed.sentences == ('He said "no", and\nleft.', "A, b.")
    assert listed.lines == (2, 5)


def test_a_single_column_needs_no_label(limits):
    listed = read_list("sentence\nThe cat, it sat.\n", limits)
    assert listed.labels is None
    # The comma would part two cells, so nothing in the first line says that commas do.
    assert listed.sentences == ("The cat, it sat.",)


def test_colas_own_files_are_read_as_they_are(limits):
    listed = read_list(COLA + 'bc01\t1\t\t"Who left?" she asked.\n', limits)
    assert listed.labels == (1, 0, 1)
    assert listed.sources == ("gj04", "gj04", "bc01")
    assert listed.sentences[2] == '"Who left?" she asked.'


def test_a_spreadsheets_tabs_and_quotes_are_read(limits):
    text = 'sentence\tlabel\n"He said ""no""."\t1\n"Fine," he said.\t0\n'
    assert read_list(text, limits).sentences == ('He said "no".', '"Fine," he said.')


def test_what_csv_writes_is_read_back(limits):
    signs = [
        'a "b" c',
        "a, b",
        "a; b",
        "a\nb",
        '"',
        '""',
        ",",
        "'",
        "naïve façade",
        "日本語",
        "a\\b",
    ]
    for number, pair in enumerate(itertools.permutations(signs, 2)):
        stream = io.StringIO()
        labels = (number % 2, 1)
        csv.writer(stream).writerows([["sentence", "label"], *zip(pair, labels, strict=True)])
        listed = read_list(stream.getvalue(), limits)
        assert listed.sentences == pair
        assert listed.labels == labels


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no sentence in the list (nothing was typed)"),
        (" \n\t\n", "no sentence in the list (only spaces were typed)"),
        ("\ufeff", "no sentence in the list (nothing was typed)"),
        ("sentence,label\n", "there is only a header"),
        ("id,label\n1,0\n", "The first line has 2 columns (id, label) and none is named"),
        ("phrase,truth\nA cat.,0\nA dog.,1\n", "The first line has 2 columns (phrase, truth)"),
        ("a\tb\tc\n", "The first line has 3 columns (a, b, c)"),
        (
            "A cat sat.,1\nA dog.,0\n",
            "ends with , or ; and 0 or 1 (“A cat sat.,1”), but there is no",
        ),
        ("sentence,label\nA cat.\n", "Line 2 has 1 column parted by commas; the header has 2"),
        ("sentence,label\nA cat, too.,1\n", "Line 2 has 3 columns parted by commas"),
        (COLA + "x\t1\tA cat.\n", "Line 3 has 3 columns parted by tabs; CoLA's layout has 4"),
        ("sentence,label\nA cat.,2\n", "Line 2 has the label '2'; 0 (unacceptable) and 1"),
        ("sentence,label\nA cat.,\n", "Line 2 has the label ''"),
        ("sentence,label\nA cat.,yes\n", "Line 2 has the label 'yes'"),
        ("sentence,label\nA cat.,1.0\n", "Line 2 has the label '1.0'"),
        ("x\tyes\t\tA cat.\n", "Line 1 has the label 'yes'"),
        ("sentence,label\n\nA.,1\n ,0\n", "Line 4 has an empty sentence"),
        ('sentence,label\nA.,1\n"A cat.,0\nB.,1\n', "The row that begins on line 3 cannot be"),
        ("sentence,sentence\na,b\n", "names the column “sentence” 2 times"),
        ("A\0b", "The list has a NUL character (U+0000) at position 1"),
    ],
)
def test_a_refusal_says_what_was_seen_and_where(limits, text, said):
    assert_refused(text, limits, said)


def assert_refused(text, limits, said):
    with pytest.raises(UserError) as refusal:
        read_list(text, limits)
    assert said in str(refusal.value)
    assert "\n" not in str(refusal.value)


# What a line is, nobody may guess: what could be two things is refused with its line.
@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        (
            "Text, he read it.\nBooks, she read them.",
            ("Text, he read it.", "Books, she read them."),
        ),
        ("Text; he read it!\nBooks; she did.", ("Text; he read it!", "Books; she did.")),
        ("He reads books, text, and films.\nShe, too.", None),
        ("Label, he wrote on it.\nTags, she wrote.", None),
        ("Sentence, please.”\nWords, please.", None),
        ("1, 2 and 3 are numbers.\n1,000 people came.", None),
    ],
)
def test_a_sentence_with_a_comma_is_no_header(limits, text, sentences):
    listed = read_list(text, limits)
    assert listed.sentences == (sentences or tuple(text.split("\n")))
    assert listed.labels is None


@pytest.mark.parametrize("first", ["sep=;", "SEP=;", '"sep=;"', "\ufeffsep=;", "\r\nsep=;"])
def test_excels_own_first_line_names_what_parts_the_columns(limits, first):
    listed = read_list(f"{first}\r\nsentence;label\r\nShe sleeps.;1\r\nHe, sleep.;0\r\n", limits)
    assert listed.sentences == ("She sleeps.", "He, sleep.")
    assert listed.labels == (1, 0)
    assert listed.lines == ((3, 4) if first[0] != "\r" else (4, 5))


def test_what_excel_names_parts_the_columns_and_nothing_else_does(limits):
    text = "sep=;\nsentence;label, mine\nShe sleeps, he said.;x\n"
    assert read_list(text, limits).sentences == ("She sleeps, he said.",)
    tabs = "sep=\t\nsentence\tlabel\nShe sleeps.\t1\n"
    assert read_list(tabs, limits).labels == (1,)


def test_bars_part_columns_like_commas(limits):
    listed = read_list("sentence|label\nShe sleeps, he said.|1\nHe sleep.|0\n", limits)
    assert listed.sentences == ("She sleeps, he said.", "He sleep.")
    assert listed.labels == (1, 0)
    assert "parted by vertical bars" in listed.layout


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1,She sleeps.\n0,He sleep.", "Line 1 begins with 0 or 1 and , or ; (“1,She sleeps.”)"),
        ("0;He sleep.\n1;She sleeps.", "Put “label,sentence” above the list"),
        ("1|She sleeps.", "Line 1 begins with 0 or 1 and | (“1|She sleeps.”)"),
        ('"1","She sleeps."\n"0","He sleep."', "Line 1 begins with 0 or 1"),
        ("My list\n1, She sleeps.\n0, He sleep.", "Line 2 begins with 0 or 1"),
        ("She sleeps.|1\nHe sleep.|0", "Line 1 ends with | and 0 or 1"),
        ("My list\nShe sleeps.,1\nHe sleep.,0", "Line 2 ends with , or ; and 0 or 1"),
        ('"She sleeps.";"1.0"\n"He sleep.";"0.0"', "Line 1 ends with , or ; and 0 or 1"),
        ("My list\nsentence;label\nShe sleeps.;1", "Line 2 (“sentence;label”) is a header"),
        ("My list\n\nsentence\nShe sleeps.", "Line 3 (“sentence”) is a header"),
        ("Text, he said\nBooks, she said", "Line 1 (“Text, he said”) may be a header or a sent"),
        ("sep=;", "no sentence in the list (there is only “sep=;”)"),
        ("sep=;\nsentence;label", "there is only a header"),
        ("sep=;\nShe sleeps.;1", "Line 2 has 2 columns (she sleeps., 1) and none is named"),
        ("sep=:\nsentence:label\nShe sleeps.:1", "Line 1 (“sep=:”) says what parts the columns"),
        ("sep=\nsentence\nShe sleeps.", "Line 1 (“sep=”) says what parts the columns"),
        ('{"sentence": "She sleeps.", "label": 1}', "Line 1 is JSON"),
        ('[\n{"sentence": "She sleeps.", "label": 1}]', "Line 1 is JSON (“[”)"),
        ('["She sleeps.", "He sleep."]', "Line 1 is JSON"),
    ],
)
def test_half_of_a_row_is_never_judged(limits, text, said):
    assert_refused(text, limits, said)


def test_both_ways_out_of_an_unclear_first_line_are_ways_out(limits):
    header = read_list("text,he said\nBooks,she said", limits)
    assert header.sentences == ("Books",)
    assert "none of them (text, he said) is named “label”" in header.layout
    lines = read_list("sentence\nText, he said\nBooks, she said", limits)
    assert lines.sentences == ("Text, he said", "Books, she said")


@pytest.mark.parametrize("value", [None, 3, ["a"]])
def test_what_is_no_text_is_refused(limits, value):
    with pytest.raises(UserError, match="The list must be text"):
        read_list(value, limits)


@pytest.mark.parametrize("head", ["", "sentence,label\n"])
def test_ten_thousand_lines_are_refused_with_both_numbers(limits, head):
    text = head + "\n".join(f"Cat {n}.{',1' if head else ''}" for n in range(10_000))
    with pytest.raises(UserError, match=r"There are 10,000 sentences; at most 1,000 are allowed"):
        read_list(text, limits)


def test_as_many_rows_as_allowed_are_taken(limits):
    assert len(read_list("A cat.\n" * limits.judged_rows, limits).sentences) == limits.judged_rows


def test_a_million_characters_are_refused_with_both_numbers(limits):
    with pytest.raises(UserError, match=r"The list has 2,000,000 characters; at most 1,000,000"):
        read_list("a " * 1_000_000, limits)


def test_a_wall_of_quotes_is_refused_not_searched_for_ever(limits):
    with pytest.raises(UserError, match="The row that begins on line 2 cannot be read"):
        read_list("sentence,label\n" + '"' + "a" * 300_000, limits)


# Random texts of the signs that matter: read, or refused in one sentence; never anything else.
@pytest.mark.parametrize("seed", range(200))
def test_any_text_is_read_or_refused(limits, seed):
    chance_ = np.random.default_rng(seed)
    signs = [
        "sentence",
        "text",
        "label",
        ",",
        ";",
        "\t",
        '"',
        "\n",
        "\r\n",
        "0",
        "1",
        "a cat",
        " ",
    ]
    signs += ["sep=;", "|", ", ", ".", "{", "\ufeff", "\u2028", "\x0c", "é", "'", "\\", HOSTILE]
    text = "".join(chance_.choice(signs, size=int(chance_.integers(1, 40))))
    try:
        listed = read_list(text, limits)
    except UserError as error:
        refusal = str(error)
    else:
        refusal = ""
    if refusal:
        assert "\n" not in refusal
        assert refusal.endswith(".")
        return
    assert listed.sentences
    assert all(sentence.strip() == sentence != "" for sentence in listed.sentences)
    assert len(listed.lines) == len(listed.sentences)
    assert list(listed.lines) == sorted(set(listed.lines))
    assert listed.labels is None or set(listed.labels) <= {0, 1}


# Files -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_files_in_these_encodings_are_read(tmp_path, limits, encoding):
    file = tmp_path / "list.csv"
    mark = b"\xff\xfe" if encoding == "utf-16-le" else b""
    file.write_bytes(mark + "sentence,label\r\nA naïve café.,1\r\n".encode(encoding))
    listed = read_list(read_file(file, limits), limits)
    assert listed.sentences == ("A naïve café.",)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32", "utf-32-be"])
def test_utf16_without_a_mark_is_told_from_a_text_with_a_nul(tmp_path, limits, encoding):
    file = tmp_path / "list.csv"
    file.write_bytes("sentence,label\r\nA naïve café.,1\r\n".encode(encoding))
    with pytest.raises(UserError, match=r"bytes \d+ are 0, as in UTF-16 without .* CSV in UTF-8"):
        read_file(file, limits)
    file.write_bytes(b"A cat.\nA d\0g.\n")
    with pytest.raises(UserError, match="has a NUL character"):
        read_list(read_file(file, limits), limits)


@pytest.mark.parametrize(("begins", "kind"), [(b"PK\3\4\x14\0", "ZIP"), (b"%PDF-1.7\0", "PDF")])
def test_a_workbook_is_named_as_what_it_is(tmp_path, limits, begins, kind):
    file = tmp_path / "list.csv"
    file.write_bytes(begins + bytes(range(256)))
    with pytest.raises(UserError, match=f"The file is of the kind {kind}.* and not a text"):
        read_file(file, limits)


@pytest.mark.parametrize("head", [b"", b"\xef\xbb\xbf"])
def test_broken_encoding_is_refused_with_its_place(tmp_path, limits, head):
    file = tmp_path / "list.csv"
    content = head + b"A cat.\nA caf\xe9.\n"
    file.write_bytes(content)
    place = content.index(b"\xe9")
    with pytest.raises(UserError, match=rf"not UTF-8: byte 0xE9 at position {place} \(line 2\)"):
        read_file(file, limits)


def test_half_a_utf16_character_is_refused(tmp_path, limits):
    file = tmp_path / "list.csv"
    file.write_bytes("A cat.".encode("utf-16") + b"\x41")
    with pytest.raises(UserError, match="The file is not UTF-16: byte 0x41 at position 14"):
        read_file(file, limits)


def test_too_large_a_file_is_refused_before_it_is_read(tmp_path, limits):
    file = tmp_path / "list.csv"
    with file.open("wb") as stream:
        stream.truncate(10**12)  # sparse: reading it would end the test run
    with pytest.raises(UserError, match=r"has 1,000,000,000,000 bytes; at most 1,000,000 are"):
        read_file(file, limits)
    assert limits.judged_rows * ROW == 1_000_000


def test_an_empty_file_is_refused_as_an_empty_list(tmp_path, limits):
    file = tmp_path / "list.csv"
    file.write_bytes(b"")
    with pytest.raises(UserError, match="no sentence in the list"):
        read_list(read_file(file, limits), limits)


# Judging and scoring -----------------------------------------------------------------------------


def test_a_list_is_judged_as_each_sentence_alone(tiny):
    cache, grammar = tiny
    sentences = [" ".join(["the cat sat"] * (n % 7 + 1)) for n in range(150)]
    seen = []
    result = judge_list(
        grammar,
        read_list("\n".join(sentences), cache.limits),
        lambda done, whole: seen.append((done, whole)),
    )
    assert [row.sentence for row in result.judgements] == sentences
    for place in (0, 1, 77, 149):
        alone = judge(grammar, [sentences[place]])[0]
        np.testing.assert_allclose(result.judgements[place].logits, alone.logits, atol=1e-5)
    assert seen == [(64, 150), (128, 150), (150, 150)]
    assert result.scores is None


def test_what_progress_raises_ends_the_work(tiny):
    cache, grammar = tiny

    def stop(done, whole):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        judge_list(grammar, read_list("the cat", cache.limits), stop)


def test_too_long_a_sentence_is_refused_with_its_line(tiny):
    cache, grammar = tiny
    text = "sentence,label\nthe cat,1\n" + "the cat " * 100 + ",0\n"
    with pytest.raises(UserError, match=r"The sentence on line 3 has 202 tokens; at most 128"):
        judge_list(grammar, read_list(text, cache.limits))


@pytest.mark.parametrize("seed", range(12))
def test_mcc_is_that_of_the_formula(seed):
    chance_ = np.random.default_rng(seed)
    labels = chance_.integers(0, 2, 40).tolist()
    verdicts = chance_.integers(0, 2, 40).tolist()
    scores = score(labels, verdicts, [0.5] * 40)
    (tn, fp), (fn, tp) = scores.confusion
    assert tn + fp + fn + tp == 40
    assert fp == sum(v == 1 and t == 0 for v, t in zip(verdicts, labels, strict=True))
    root = math.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))
    assert scores.mcc == pytest.approx((tp * tn - fp * fn) / root, abs=1e-12)
    assert scores.accuracy == (tn + tp) / 40
    assert scores.majority == max(sum(labels), 40 - sum(labels)) / 40


@pytest.mark.parametrize(
    ("labels", "verdicts"),
    [([1, 1], [1, 1]), ([0, 0], [0, 0]), ([0, 1], [1, 1]), ([1, 1], [0, 1]), ([1], [0])],
)
def test_mcc_is_zero_where_it_is_not_defined(labels, verdicts):
    scores = score(labels, verdicts, [0.5] * len(labels))
    assert scores.mcc == 0
    assert not scores.defined
    assert "MCC is then defined as <b>0</b>" in formula(scores)


def test_calibration_needs_fifty_labels():
    labels = [1, 0] * (CALIBRATED // 2)
    chances = [0.8, 0.6] * (CALIBRATED // 2)
    assert score(labels[:-1], labels[:-1], chances[:-1]).bins is None
    scores = score(labels, labels, chances)
    assert [(row.low, row.high, row.count) for row in scores.bins] == [
        (0.6, 0.7, 25),
        (0.8, 0.9, 25),
    ]
    # 0.6 says acceptable of sentences that never are, 0.8 of such that always are.
    assert scores.gap == pytest.approx(0.5 * 0.6 + 0.5 * 0.2)


def test_a_certain_probability_is_in_the_last_tenth():
    (row,) = calibration(np.array([1.0]), np.array([1]))
    assert (row.low, row.high) == (0.9, 1.0)


# Drawing -----------------------------------------------------------------------------------------


def test_the_surest_mistakes_come_first():
    result = judged([0.9, 0.6, 0.2, 0.97, 0.55], [1, 0, 1, 0, 1])
    places, why = order(result)
    assert places == [3, 2, 1, 4, 0]
    assert why.startswith("mistakes first")


def test_without_labels_the_least_acceptable_come_first():
    assert order(judged([0.9, 0.1, 0.5]))[0] == [1, 2, 0]


def test_the_formula_has_the_counts_filled_in():
    scores = score([1, 1, 1, 0, 0], [1, 1, 0, 1, 0], [0.5] * 5)
    drawn = formula(scores)
    assert "2·1 − 1·1" in drawn
    assert "3 · 3 · 2 · 2" in drawn
    assert "<b>0.167</b>" in drawn


def test_a_negative_correlation_has_its_sign():
    scores = score([1, 1, 0, 0], [0, 0, 1, 1], [0.5] * 4)
    assert scores.mcc == -1
    assert "<b>−1.00</b>" in formula(scores)


def test_accuracy_stands_beside_its_baseline():
    drawn = list_figure(judged([0.9, 0.9, 0.9, 0.9], [1, 1, 1, 0]), title="Judge")
    assert "Accuracy 75.0%: no better than always giving the more common label" in drawn
    drawn = list_figure(judged([0.1, 0.9, 0.9, 0.1], [1, 1, 1, 0]), title="Judge")
    assert "no better than" in drawn
    drawn = list_figure(judged([0.1, 0.1, 0.9, 0.1], [1, 1, 1, 0]), title="Judge")
    assert "Accuracy 50.0%: worse than" in drawn


def test_a_long_list_says_that_the_rest_is_in_the_export():
    drawn = list_figure(judged([0.9] * 250), title="Judge")
    assert drawn.count('<td class="line">') == DRAWN
    assert "The first 200 of 250 rows are drawn" in drawn
    assert "50 more rows are in the exports" in list_table(judged([0.9] * 250))


def test_a_hostile_sentence_stays_text():
    result = judged([0.9], [1], [HOSTILE])
    result = dataclasses.replace(
        result, listed=dataclasses.replace(result.listed, sources=(HOSTILE,))
    )
    for drawn in (list_figure(result, title=HOSTILE), list_table(result)):
        assert "<img" not in drawn
        assert "&lt;img" in drawn


def test_a_probability_below_a_half_never_reads_as_a_half():
    assert chance(0.5) == "50.0%"
    assert chance(0.49996) == "just below 50%"
    assert chance(0.4994) == "49.9%"


def test_the_grid_says_which_verdicts_were_right():
    drawn = confusion_grid([[3, 1], [0, 0]], ("is a", "is b"), ("said a", "said b"), title="T")
    assert "75.0% of row, right" in drawn
    assert "25.0% of row, wrong" in drawn
    assert drawn.count("of none") == 2


# The view ----------------------------------------------------------------------------------------


def asked_of(tiny, text):
    """What a visitor asks who types a list."""
    cache, grammar = tiny
    return Asked(Desk(cache), grammar.checkpoint, Choices(sentences=text))


def test_the_view_and_its_numbers_agree(tiny):
    asked = asked_of(tiny, "sentence,label\nthe cat sat,1\nsat the on,0\n")
    drawn = draw(asked)
    assert "Matthews correlation" in drawn.picture
    assert "sat the on" in drawn.table
    rows, answer = numbers(asked)
    head = ["line", "sentence", "acceptable", "probability"]
    assert rows[0] == [*head, "logit_unacceptable", "logit_acceptable", "label"]
    assert [row[1] for row in rows[1:]] == ["the cat sat", "sat the on"]
    for row, told in zip(rows[1:], answer["rows"], strict=True):
        logits = np.array(told["logits"], dtype=np.float64)
        assert row[4:6] == told["logits"]
        assert row[3] == told["probability"]
        powers = np.exp(logits - logits.max())
        assert told["probability"] == pytest.approx(powers[1] / powers.sum(), abs=1e-6)
    assert answer["scores"]["confusion"] == frozen_confusion(answer["rows"])
    json.dumps(answer)


def frozen_confusion(rows):
    table = [[0, 0], [0, 0]]
    for row in rows:
        table[row["label"]][int(row["acceptable"])] += 1
    return table


def test_a_list_without_labels_exports_none(tiny):
    rows, answer = numbers(asked_of(tiny, "the cat sat\nsat"))
    assert "label" not in rows[0]
    assert answer["scores"] is None
    assert [row["line"] for row in answer["rows"]] == [1, 2]
