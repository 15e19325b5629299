"""Answering: spans, windows, one softmax, occlusion, their pictures, `/answer`."""

import itertools
import json
import math
import re
import time
import urllib.request
from dataclasses import replace

import numpy as np
import pytest

from core.errors import UserError
from core.numbers import softmax
from core.progress import Left, always
from figures.answering.answer import answer_figure, answer_table, headline, overlap_note, verdict
from figures.answering.passage import marked, percent
from figures.answering.scores import headline as of_scores
from figures.answering.scores import scores_figure, scores_table, separately
from figures.answering.several import headline as of_several
from figures.answering.several import several_figure, several_table
from figures.answering.why import headline as of_why
from figures.answering.why import why_figure, why_table
from services.answering.answer import answer, best_places, ranked, span_logits
from services.answering.reading import (
    BATCH_TOKENS,
    STRIDE,
    WINDOW,
    Reading,
    Window,
    batches,
    read,
    whole_signs,
)
from services.answering.scores import scores_of, window_bests
from services.answering.several import checked_questions
from services.answering.spans import LONGEST_ANSWER
from services.answering.why import explain, sentences
from services.records.parts import Threshold, ThresholdPoint
from tabs.kit.runs import Newest, steps
from tests.conftest import tiny_cache

HOSTILE = "</script><img src=x onerror=alert(1)> ${alert(1)} {{value}}"
WORDS = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "[MASK]",
    "the",
    "cat",
    "##s",
    "sat",
    "mat",
    "on",
    ".",
]
QUESTION = "the cats"
TRADE = Threshold(-3.0, tuple(ThresholdPoint(x, 0.5, 0.4, 0.6, 0.5) for x in (-10.0, 0.0, 10.0)))


@pytest.fixture(scope="module")
def tiny(space, tmp_path_factory):
    """A random BERT of 2 layers that answers, over a vocabulary that fits in the eye."""
    from transformers import BertConfig, BertForQuestionAnswering, BertTokenizer, set_seed

    set_seed(0)
    folder = tmp_path_factory.mktemp("tiny-qa")
    BertTokenizer(vocab={word: n for n, word in enumerate(WORDS)}).save_pretrained(folder)
    size = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2}
    config = BertConfig(vocab_size=len(WORDS), intermediate_size=32, initializer_range=0.6, **size)
    BertForQuestionAnswering(config).save_pretrained(folder)
    cache, entry = tiny_cache(space, folder, "Tiny QA", "answering", abstains=True)
    return cache.load(entry)


def reading(windows, tokens=6, words="one two three four five six"):
    """A reading by hand: `windows` are (first, last, start logits, end logits), [CLS] first."""
    offsets = tuple(match.span() for match in re.finditer(r"\S+", words))[:tokens]
    held = tuple(
        Window(offsets[a][0], offsets[b - 1][1], a, b, np.array(s), np.array(e))
        for a, b, s, e in windows
    )
    return Reading("which", words, ("which",), tuple(words.split())[:tokens], offsets, 0, held)


def brute_force(reading):
    """Every allowed span over all windows, one at a time, and its probability; null first."""
    spans, nulls = {}, []
    for window in reading.windows:
        start, end = window.start_logits, window.end_logits
        nulls.append(start[0] + end[0])
        for i, j in itertools.product(range(window.first, window.last), repeat=2):
            if i <= j < i + LONGEST_ANSWER:
                score = start[1 + i - window.first] + end[1 + j - window.first]
                spans[i, j] = max(score, spans.get((i, j), -math.inf))
    total = math.fsum(map(math.exp, [min(nulls), *spans.values()]))
    return math.exp(min(nulls)) / total, {k: math.exp(v) / total for k, v in spans.items()}


# Spans and their probabilities -------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_one_softmax_over_all_windows_is_that_of_brute_force(seed):
    random = np.random.default_rng(seed)
    words = " ".join(f"w{n}" for n in range(70))
    pieces = [(0, 40), (25, 65), (50, 70)]
    made = reading(
        [
            (a, b, random.normal(0, 3, 1 + b - a), random.normal(0, 3, 1 + b - a))
            for a, b in pieces
        ],
        70,
        words,
    )
    found = ranked(made, 10)
    null, spans = brute_force(made)
    assert found.spans == len(spans)
    assert found.no_answer == pytest.approx(null, rel=1e-9)
    expected = sorted(spans.items(), key=lambda pair: -pair[1])[:10]
    assert [(one.first, one.last) for one in found.candidates] == [span for span, _ in expected]
    assert [one.score for one in found.candidates] == pytest.approx([s for _, s in expected])
    assert math.fsum(spans.values()) + found.no_answer == pytest.approx(1)
    assert found.margin == pytest.approx(math.log(found.no_answer / found.best.score))


def test_the_end_is_never_before_the_start():
    made = reading([(0, 3, [0.0, 0.0, 1.0, 9.0], [0.0, 9.0, 2.0, 0.0])])
    assert [(c.first, c.last) for c in ranked(made, 2).candidates] == [(0, 0), (2, 2)]
    scores = scores_of(ranked(made, 1))
    assert scores.separate == (3, 1)
    assert "the end comes before the start" in separately(scores)


def test_a_span_is_at_most_thirty_tokens_long():
    start, end = np.zeros(41), np.zeros(41)
    start[1], end[30], end[31] = 9, 5, 8  # token 30 is the thirtieth from token 1
    words = " ".join(f"w{n}" for n in range(40))
    best = ranked(reading([(0, 40, start, end)], 40, words), 1).best
    assert (best.first, best.last) == (0, 29)


def test_a_span_in_two_windows_counts_once_with_its_higher_score():
    low, high = [0.0, 1.0, 2.0, 0.0], [0.0, 5.0, 0.0, 0.0]
    found = ranked(reading([(0, 3, low, low), (1, 4, high, high)], 4), 10)
    assert [(c.first, c.last) for c in found.candidates].count((1, 1)) == 1
    assert (found.best.first, found.best.logit, found.best.window) == (1, 10.0, 1)


def test_no_answer_is_that_of_the_window_least_sure_of_it():
    sure, unsure = [9.0, 0.0, 0.0], [-2.0, 1.0, 0.0]
    found = ranked(reading([(0, 2, sure, sure), (2, 4, unsure, unsure)], 4), 1)
    assert (found.no_answer_logit, found.no_answer_window) == (-4.0, 1)


def test_two_spans_of_tokens_over_the_same_text_are_one_candidate():
    band = span_logits([(0, np.array([3.0, 2.0, 0.0]), np.array([0.0, 2.0, 0.0]))], 3)
    assert best_places(band, [(0, 1), (0, 1), (2, 3)], 3)[:2] == [(0, 1), (0, 2)]


def test_windows_are_read_in_batches_that_fit():
    lengths = [384] * 5 + [20] * 100
    runs = batches(lengths)
    assert [place for run in runs for place in range(*run)] == list(range(105))
    assert all(max(lengths[a:b]) * (b - a) <= BATCH_TOKENS for a, b in runs)
    assert batches([1000]) == [(0, 1)]


# Reading -----------------------------------------------------------------------------------------


def test_the_answer_is_a_slice_of_the_passage(tiny):
    context = "  The cats\tsat.\n\nOn the   MAT .  "
    found = answer(tiny, QUESTION, context, top=10)
    assert len(found.candidates) == 10
    assert all(context[c.start : c.end] == c.text for c in found.candidates)
    assert len({(c.start, c.end) for c in found.candidates}) == 10


def test_a_long_passage_is_read_in_windows_that_lose_nothing(tiny):
    context = "the cats sat on the mat . " * 120
    told = []
    found = answer(tiny, QUESTION, context, 3, lambda *step: told.append(step))
    windows = found.reading.windows
    assert len(windows) > 2
    assert windows[0].first == 0
    assert windows[-1].last == len(found.reading.tokens)
    room = WINDOW - len(found.reading.question_tokens) - 3
    for one, other in itertools.pairwise(windows):
        assert one.last - other.first == STRIDE
        assert one.last - one.first == room
    assert told[-1] == (len(windows), len(windows))
    null, spans = brute_force(found.reading)
    assert found.no_answer == pytest.approx(null, rel=1e-6)
    assert found.best.score == pytest.approx(max(spans.values()), rel=1e-6)


def test_what_progress_raises_ends_the_reading(tiny):
    def stop(done, total):
        raise Left

    with pytest.raises(Left):
        read(tiny, QUESTION, "the cats sat on the mat . " * 120, stop)


@pytest.mark.parametrize("pieces", [1, 40])
def test_a_window_has_the_logits_that_transformers_gives_for_the_pair(tiny, pieces):
    import torch

    context = "the cats sat on the mat . " * pieces
    made = read(tiny, QUESTION, context)
    assert len(made.windows) == 1
    encoded = tiny.tokenizer(QUESTION, context, return_tensors="pt")
    with torch.inference_mode():
        output = tiny.model(**encoded)
    begin = len(made.question_tokens) + 2
    for ours, theirs in (
        (made.windows[0].start_logits, output.start_logits[0]),
        (made.windows[0].end_logits, output.end_logits[0]),
    ):
        np.testing.assert_allclose(ours[0], theirs[0], atol=1e-5)
        np.testing.assert_allclose(ours[1:], theirs[begin:-1], atol=1e-5)


def test_accents_that_stand_by_themselves_belong_to_the_sign_before_them():
    assert whole_signs([(0, 3), (5, 6)], "cafe\u0301 a\u0302\u0301") == ((0, 3), (5, 6))
    assert whole_signs([(0, 4), (6, 7)], "cafe\u0301 a\u0302\u0301") == ((0, 5), (6, 9))


@pytest.mark.parametrize(
    "context",
    [
        "مرحبا بالعالم كله",
        "cafe\u0301 sat",
        "한국 서울",
        "😀 🙂 😀",
        "ﬁ İ ß",
        "你好世界",
        "[SEP] the [CLS]",
    ],
)
def test_offsets_hold_in_every_script(tiny, context):
    found = answer(tiny, QUESTION, context, top=10)
    assert all(context[c.start : c.end] == c.text != "" for c in found.candidates)


def test_a_passage_of_unknown_tokens_is_answered_and_said_to_be_so(tiny):
    found = answer(tiny, QUESTION, "😀 🙂")
    assert found.reading.unknown == 2
    assert "can spell nothing of this passage" in drawn(found)
    some = answer(tiny, QUESTION, "😀 the cat")
    assert "1 of 3 tokens are [UNK]" in drawn(some)
    assert "[UNK]" not in drawn(answer(tiny, QUESTION, "the cat"))


@pytest.mark.parametrize(
    ("question", "context", "top", "sentence"),
    [
        ("", "the cat", 3, r"The question is empty \(nothing was typed\)"),
        ("   ", "the cat", 3, r"The question is empty \(only spaces"),
        ("the cat", "", 3, r"The passage is empty \(nothing was typed\)"),
        ("the cat", " \n ", 3, r"The passage is empty \(only spaces"),
        ("the cat", "\u200b\u200d", 3, "passage has 2 characters but no token"),
        ("\u200b\u200d", "the cat", 3, "question has 2 characters but no token"),
        ("the " * 65, "the cat", 3, "question has 65 tokens; 1 to 64 are allowed"),
        ("the cat", "a" * 1_000_000, 3, "has 1,000,000 characters; at most 60,000"),
        ("x" * 100_000, "the cat", 3, "has 100,000 characters; at most 20,000"),
        ("the\0cat", "the cat", 3, "question has a NUL character"),
        ("the cat", "a\0b", 3, "passage has a NUL character"),
        ("the cat", "a\ud83d", 3, "passage has half of a surrogate pair"),
        (7, "the cat", 3, "question must be text; got int '7'"),
        ("the cat", None, 3, "passage must be text; got nothing"),
        ("the cat", "the cat", 0, "number of candidates must be a whole number from 1 to 10"),
        ("the cat", "the cat", 11, "from 1 to 10; got 11"),
        ("the cat", "the cat", math.nan, "from 1 to 10; got nan"),
        ("the cat", "the cat", "3", "from 1 to 10; got '3'"),
        ("the cat", "the cat", True, "from 1 to 10; got True"),
    ],
)
def test_what_does_not_fit_is_refused_with_what_was_seen(tiny, question, context, top, sentence):
    with pytest.raises(UserError, match=sentence):
        answer(tiny, question, context, top)


def test_sixty_four_tokens_of_question_are_taken(tiny):
    assert answer(tiny, "the " * 64, "the cat sat").best.text


@pytest.mark.parametrize(
    ("questions", "sentence"),
    [
        ([], "There are 0 questions; 1 to 16 are allowed"),
        (["the cat"] * 17, "There are 17 questions; 1 to 16 are allowed"),
        (["the cat", "the " * 65], "text of question 2 has 65 tokens"),
        (["the cat", "a\0"], "text of question 2 has a NUL"),
    ],
)
def test_a_list_of_questions_that_does_not_fit_is_refused(tiny, questions, sentence):
    with pytest.raises(UserError, match=sentence):
        checked_questions(tiny, questions)


# Scores ------------------------------------------------------------------------------------------


def test_the_shares_of_a_window_sum_to_one_and_are_those_of_the_textbook(tiny):
    scores = scores_of(answer(tiny, QUESTION, "the cats sat on the mat ."))
    for logits, shares in (
        (scores.start_logits, scores.start_shares),
        (scores.end_logits, scores.end_shares),
    ):
        raised = [math.exp(float(one)) for one in logits]
        np.testing.assert_allclose(shares, np.array(raised) / math.fsum(raised), atol=1e-12)
    assert scores.tokens[0] == "[CLS]"
    assert softmax(np.array([1000.0, 0.0])).tolist() == [1.0, 0.0]


def test_every_window_has_its_best_span_and_one_of_them_is_the_answer(tiny):
    found = answer(tiny, QUESTION, "the cats sat on the mat . " * 120)
    bests = window_bests(found)
    assert len(bests) == len(found.reading.windows)
    assert max(best.logit for best in bests) == pytest.approx(found.best.logit)
    own = scores_of(found)
    assert own.window == found.best.window
    assert own.is_answer
    assert own.best.text == found.best.text
    other = scores_of(found, (own.window + 1) % len(bests))
    assert f"In window {own.window} the answer" in scores_figure(other, title="Tiny")


@pytest.mark.parametrize("window", [1, -2, 0.5, math.nan, None, "0"])
def test_a_window_that_is_not_there_is_refused_with_the_range(tiny, window):
    with pytest.raises(UserError, match="window must be a whole number from -1 to 0"):
        scores_of(answer(tiny, QUESTION, "the cat"), window)


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        ([0, 9, 0, 0], [0, 9, 0, 0], "give the same span"),
        ([9, 1, 0, 0], [9, 1, 0, 0], "both point at [CLS]"),
        ([9, 1, 0, 0], [0, 1, 9, 0], "one of them points at “no answer”"),
        ([0, 0, 0, 9], [0, 9, 0, 0], "the end comes before the start"),
    ],
)
def test_what_two_separate_choices_give_is_said(start, end, said):
    made = reading([(0, 3, list(map(float, start)), list(map(float, end)))])
    assert said in separately(scores_of(ranked(made, 1)))


# Occlusion ---------------------------------------------------------------------------------------


def test_a_passage_is_cut_into_sentences_that_join_to_it():
    text = "Dr. A. Silva came, e.g. by bus. “Really?” It was 3.5 km! Yes…\nA line\n\nand"
    text += " another 你。好"
    spans = sentences(text, 0, len(text))
    assert "".join(text[a:b] for a, b in spans) == text
    assert [text[a:b].strip() for a, b in spans] == [
        "Dr. A. Silva came, e.g. by bus.",
        "“Really?”",
        "It was 3.5 km!",
        "Yes…",
        "A line",
        "and another 你。",
        "好",
    ]


def test_without_a_sentence_is_what_the_passage_without_it_gives(tiny):
    context = "the cat sat . on the mat . the cats ."
    found = answer(tiny, QUESTION, context)
    on = context.index("on")  # a span of the second sentence, so that the others leave it whole
    inside = [one for one in ranked(found.reading, 10_000).candidates if one.text == "on the mat"]
    assert inside[0].start == on
    found = replace(found, candidates=tuple(inside))
    why = explain(tiny, found)
    assert why.score == pytest.approx(found.best.score, rel=1e-5)
    assert [one.kept for one in why.sentences] == [True, False, True]
    for one in why.sentences:
        shorter = context[: one.start] + context[one.end :]
        again = answer(tiny, QUESTION, shorter)
        assert one.text_score == pytest.approx(again.best.score, rel=1e-4)
        assert one.no_answer == pytest.approx(again.no_answer, rel=1e-4)
        assert one.text == again.best.text
        if one.kept:
            shift = one.end - one.start if one.end <= found.best.start else 0
            _, spans = brute_force(again.reading)
            tokens = again.reading.offsets
            at = [
                (i, j)
                for i, j in spans
                if (tokens[i][0], tokens[j][1])
                == (found.best.start - shift, found.best.end - shift)
            ]
            assert one.score == pytest.approx(spans[at[0]], rel=1e-4)
            assert one.change == pytest.approx(math.log(why.score / one.score), rel=1e-4)


def test_without_a_word_is_what_the_question_without_it_gives(tiny):
    found = answer(tiny, "the cat sat", "on the mat . the cats .")
    why = explain(tiny, found)
    assert ["the cat sat"[one.start : one.end] for one in why.words] == ["the", "cat", "sat"]
    for one, shorter in zip(why.words, [" cat sat", "the  sat", "the cat "], strict=True):
        _, spans = brute_force(answer(tiny, shorter, found.reading.context).reading)
        assert one.score == pytest.approx(spans[found.best.first, found.best.last], rel=1e-4)


def test_one_sentence_and_one_word_leave_nothing_and_the_page_says_so(tiny):
    why = explain(tiny, answer(tiny, "cat", "the cat sat"))
    assert [one.kept for one in why.sentences] == [False]
    picture = why_figure(why, title="Tiny")
    assert "is the only one" in picture
    assert "is a single word" in picture


def test_a_long_passage_is_explained_in_the_window_of_its_answer(tiny):
    found = answer(tiny, QUESTION, "the cats sat on the mat . " * 120)
    told = []
    why = explain(tiny, found, lambda *step: told.append(step))
    window = found.reading.windows[found.best.window]
    assert (why.shift, len(why.text)) == (window.start, window.end - window.start)
    assert told[-1][0] == told[-1][1] == len(why.sentences) + len(why.words)
    assert "Only the window that holds the answer" in why_figure(why, title="Tiny")


# Pictures ----------------------------------------------------------------------------------------


def drawn(found, threshold=0.0, title="Tiny"):
    return answer_figure(found, window_bests(found), TRADE, threshold=threshold, title=title)


def test_the_threshold_decides_what_the_page_says(tiny):
    found = answer(tiny, QUESTION, "the cats sat on the mat .")
    assert 'class="said none">No answer' in verdict(found, found.margin - 0.01)
    assert "No answer" not in verdict(found, found.margin)
    assert "unless the best span is at least 20.1 times as likely" in verdict(found, -3.0)
    assert "only when it is more than 20.1 times as likely" in verdict(found, 3.0)
    assert "At threshold 0 the more likely of the two is said" in verdict(found, 0.0)
    assert headline(found, found.margin - 0.01).startswith("<b>No answer</b>")
    assert "No answer" not in headline(found, found.margin)


def test_the_rows_of_the_list_sum_to_one(tiny):
    found = answer(tiny, QUESTION, "the cats sat on the mat .")
    widths = [float(w) for w in re.findall(r"<span style=\"width:([\d.]+)%", drawn(found))]
    assert len(widths) == 3 + 2
    assert sum(widths) == pytest.approx(100, abs=0.3)


def test_overlapping_marks_are_cut_at_their_edges():
    picture = marked("abcdef", [(0, 4, "1", "best"), (2, 6, "2", "runner")])
    assert re.sub(r"<[^>]+>", "", picture) == "1ab2cdef"
    assert [cls for cls in re.findall(r'<mark class="(\w+)"', picture)] == [
        "best",
        "best",
        "runner",
    ]


def test_runners_up_at_the_same_place_are_said_to_be_so():
    made = reading([(0, 3, [0.0, 3.0, 2.0, 0.0], [0.0, 3.0, 2.5, 0.0])])
    assert "2 overlaps 1" in overlap_note(ranked(made, 2))
    apart = reading([(0, 3, [0.0, 9.0, -9.0, 5.0], [0.0, 9.0, -9.0, 5.0])])
    two = [one for one in ranked(apart, 9).candidates if one.first == one.last != 1]
    assert overlap_note(replace(ranked(apart, 9), candidates=tuple(two))) == ""


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (0.986, "98.6%"),
        (1.0, "100%"),
        (0.99999, "above 99.9%"),
        (0.0, "0%"),
        (1e-9, "below 0.0001%"),
        (0.0412, "4.12%"),
    ],
)
def test_percentages_are_honest_at_the_ends(share, said):
    assert percent(share) == said


def test_what_was_typed_is_drawn_as_text_everywhere(tiny):
    found = answer(tiny, HOSTILE, f"the cat . {HOSTILE} . on the mat", top=10)
    long = answer(tiny, HOSTILE, f"the cat . {HOSTILE} . on the mat. " * 60, top=10)
    bests = window_bests(found)
    pictures = [
        drawn(found, 20.0),
        drawn(found, -20.0),
        drawn(long, 20.0),
        answer_table(found, bests),
        scores_figure(scores_of(found), title="Tiny"),
        scores_table(scores_of(found)),
        why_figure(explain(tiny, found), title="Tiny"),
        why_table(explain(tiny, found)),
        several_figure([found, found], threshold=20.0, title="Tiny"),
        several_figure([long], threshold=20.0, title="Tiny"),
        several_table([found]),
        headline(found, -20.0),
        headline(found, 20.0),
        of_scores(scores_of(found)),
        of_why(explain(tiny, found)),
        of_several([found], 20.0),
    ]
    assert len(long.reading.windows) > 1
    assert all("<img" not in picture and "<script" not in picture for picture in pictures)
    assert sum("&lt;" in picture for picture in pictures) >= 8  # the others hold a part of it


# Progress ----------------------------------------------------------------------------------------


def work_of(total):
    def work(progress, values):
        for done in range(1, total + 1):
            progress(done, total)
        return ("drawn", *values)

    return work


def test_long_work_tells_its_progress_and_then_its_result():
    found = list(steps(work_of(5), ["a"], always))
    assert found[-1] == ("drawn", "a")
    assert [re.search(r"Reading: (\d) of 5", step)[1] for step in found[:-1]] == list("12345")


def test_short_work_tells_its_result_alone():
    assert list(steps(work_of(2), [], always)) == [("drawn",)]


def test_a_visitors_error_comes_out_as_one():
    def refuse(progress, values):
        raise UserError("too long")

    assert [str(step) for step in steps(refuse, [], always)] == ["too long"]


def test_an_outdated_run_stops_and_says_nothing():
    newest = Newest()
    newest.begin("visitor", 1)
    reached = []

    def work(progress, values):
        for done in range(100):
            progress(done, 100)
            reached.append(done)
            if done == 3:
                newest.begin("visitor", 2)
        return ("never",)

    found = list(steps(work, [], lambda: newest.newest("visitor", 1)))
    assert reached == [0, 1, 2, 3]
    assert all(isinstance(step, str) for step in found)
    assert newest.newest("somebody else", 1)


def test_the_run_that_was_asked_for_last_wins_whichever_begins_first():
    newest = Newest()
    newest.begin("visitor", 2)
    newest.begin("visitor", 1)
    assert newest.newest("visitor", 2)
    assert not newest.newest("visitor", 1)


def test_an_outdated_run_does_not_complain_either():
    def refuse(progress, values):
        raise UserError("too long")

    assert list(steps(refuse, [], lambda: False)) == []


def test_a_visitor_who_leaves_ends_the_work():
    reached = []

    def work(progress, values):
        for done in range(10_000):
            progress(done, 10_000)
            reached.append(done)
            time.sleep(0.001)
        return ("never",)

    running = steps(work, [], always)
    next(running)
    running.close()
    assert len(reached) < 10_000


# The app over HTTP -------------------------------------------------------------------------------

MUSEUM = (
    "The museum opened in 1992 after three years of work. "
    "It closed in 2004 and reopened in 2010 under Ana Silva."
)


def test_the_endpoint_returns_what_the_contract_says(client):
    found = client.predict("When did the museum open?", MUSEUM, api_name="/answer")
    assert set(found) == {
        *("model", "answer", "start", "end", "score", "no_answer", "candidates", "windows"),
    }
    assert found["model"] == "pocket-qa"
    assert (found["answer"], MUSEUM[found["start"] : found["end"]]) == ("1992", "1992")
    assert len(found["candidates"]) == 3
    assert found["candidates"][0] == {
        key: found[name]
        for key, name in (
            ("text", "answer"),
            ("start", "start"),
            ("end", "end"),
            ("score", "score"),
        )
    }
    assert found["windows"] == [{"start": 0, "end": len(MUSEUM)}]
    assert 0 < found["no_answer"] + sum(one["score"] for one in found["candidates"]) < 1


@pytest.mark.parametrize(
    ("question", "context", "settings", "sentence"),
    [
        ("", MUSEUM, {}, "question is empty"),
        ("Who?", "", {}, "passage is empty"),
        ("Who?", "a" * 1_000_000, {}, "1,000,000 characters; at most 60,000"),
        ("who " * 100, MUSEUM, {}, "100 tokens; 1 to 64"),
        ("Who?", MUSEUM, {"top": 0}, "from 1 to 10; got 0"),
        ("Who?", MUSEUM, {"top": 11}, "from 1 to 10; got 11"),
        ("Who?", MUSEUM, {"model": "gpt-9"}, "There is no model 'gpt-9'"),
        ("Who?\0", MUSEUM, {}, "NUL character"),
    ],
)
def test_the_endpoint_refuses_with_a_sentence_and_keeps_serving(
    client, question, context, settings, sentence
):
    with pytest.raises(Exception, match=sentence):
        client.predict(question, context, **settings, api_name="/answer")
    assert client.predict("Who?", MUSEUM, api_name="/answer")["model"] == "pocket-qa"


def test_not_a_number_and_half_a_surrogate_pair_are_refused(server, client):
    for data, sentence in (
        (rb'{"data": ["Who?", "a\ud800", "pocket-qa", 3]}', "half of a surrogate pair"),
        (rb'{"data": ["Who?", "a", "pocket-qa", NaN]}', "whole number from 1 to 10"),
    ):
        url = f"{server.url}/gradio_api/call/answer"
        asked = urllib.request.Request(url, data, {"Content-Type": "application/json"})
        with urllib.request.urlopen(asked, timeout=20) as reply:
            event = json.loads(reply.read())["event_id"]
        with urllib.request.urlopen(f"{url}/{event}", timeout=20) as reply:
            said = reply.read().decode()
        assert said.startswith("event: error")
        assert sentence in said


def test_hostile_text_is_a_text_like_any_other(client):
    found = client.predict("What?", HOSTILE, api_name="/answer")
    assert HOSTILE[found["start"] : found["end"]] == found["answer"]
