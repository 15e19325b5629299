"""The text as it is written, its colours, and the next-token chart; asserted by their data."""

import json
import math
import re
from dataclasses import replace
from html import unescape

import numpy as np
import pytest

from figures.generation.chart import (
    chart_figure,
    chart_table,
    chosen_words,
    entropy_words,
    shown_rows,
)
from figures.generation.colours import (
    BUCKETS,
    COLOURS,
    bucket,
    colour_legend,
    in_text,
    token_paper,
    token_style,
)
from figures.generation.stages import reading
from figures.generation.text import (
    ending,
    streamed_token,
    streaming_html,
    timing,
    written_figure,
    written_table,
)
from figures.parts.style import SURPRISE, ink, ramp
from services.generation.generate import Generation, Step, generate
from services.generation.reading import Prompt
from services.generation.settings import Settings
from services.generation.steps import Candidates, Choice, FilterEffect, choose
from tests.fakes.tiny_gpt2 import END, VOCABULARY, tiny_gpt2

HOSTILE = "</script><img src=x onerror=alert(1)>"
PROMPT = "Once upon a time,"
PLAIN = Settings()


@pytest.fixture(scope="module")
def gpt2(space):
    return tiny_gpt2(space)


def choice(**given):
    """A choice among three tokens, nothing switched on."""
    raw = np.array([0.5, 0.25, 0.125])
    none = Candidates(np.array([7, 3, 9]), raw, np.empty((0, 3)), np.full(3, -1))
    start = Choice(
        id=3,
        logprob=math.log(0.25),
        rank=2,
        entropy=math.log(4),
        chance=0.25,
        forced=False,
        stages=(),
        candidates=none,
    )
    return replace(start, **given)


def step(text=" hen", label=None, **given):
    start = Step(
        place=0,
        choice=choice(),
        text=text,
        label=text if label is None else label,
        alternatives=(" fox", " hen", " dog"),
        end=False,
        fed=5,
        milliseconds=8.0,
    )
    return replace(start, **given)


def written(*steps, prompt=PROMPT, stopped="length", settings=None):
    placed = tuple(replace(one, place=place) for place, one in enumerate(steps))
    read = Prompt(prompt, (1, 2, 3, 4, 5), started=not prompt)
    return Generation(read, settings or Settings(max_new_tokens=len(steps)), placed, stopped)


def drawn(generation, colour="probability", place=0, branch=0):
    return written_figure(generation, colour=colour, place=place, branch=branch, title="Tiny")


def step_of(probabilities, settings, forced=None, shown=30):
    """A step of the library's arithmetic over a vocabulary as long as the probabilities."""
    import torch

    logits = torch.tensor(probabilities).log()
    ids = torch.tensor([0])
    made = choose(
        logits, ids, settings, torch.Generator().manual_seed(0), forced=forced, shown=shown
    )
    names = tuple(f" w{token}" for token in made.candidates.ids.tolist())
    return step(label=f" w{made.id}", choice=made, alternatives=names)


def chart(one, settings=PLAIN, **given):
    return chart_figure(one, settings, **({"place": 0, "branch": 0, "title": "Tiny"} | given))


def plain(html):
    """What is left to read: no tags, no entities."""
    return unescape(re.sub(r"<[^>]*>", "", html))


def text_of(html):
    """The running text of a figure, streamed or finished."""
    return plain(html.split('<p class="text" dir="auto">')[1].split("</p>")[0])


# Colours -----------------------------------------------------------------------------------------


def test_the_scale_of_probability_is_logarithmic_and_ends_at_one_in_ten_thousand():
    colours = ramp(SURPRISE)
    papers = [token_paper("probability", math.log(p), 1, 0.0) for p in (1, 0.01, 1e-4, 1e-9)]
    assert papers == [colours[0], colours[128], colours[255], colours[255]]
    assert token_paper("probability", -math.inf, 1, 0.0) == colours[255]


def test_the_scale_of_entropy_is_in_nats_and_ends_at_six():
    colours = ramp(SURPRISE)
    papers = [token_paper("entropy", 0.0, 1, nats) for nats in (0.0, 3.0, 6.0, 11.0)]
    assert papers == [colours[0], colours[128], colours[255], colours[255]]


@pytest.mark.parametrize(
    ("rank", "name"),
    [
        (1, "1 to 10"),
        (10, "1 to 10"),
        (11, "11 to 100"),
        (100, "11 to 100"),
        (101, "101 to 1,000"),
        (1000, "101 to 1,000"),
        (1001, "beyond 1,000"),
    ],
)
def test_ranks_fall_into_the_views_of_gltr(rank, name):
    _, found, paper = BUCKETS[bucket(rank)]
    assert found == name
    assert token_paper("rank", 0.0, rank, 0.0) == paper


@pytest.mark.parametrize("colour", COLOURS)
def test_every_paper_has_an_ink_that_can_be_read(colour):
    def light(paper):
        parts = [int(paper[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for share in np.linspace(0, 1, 60):
        numbers = (share * math.log(1e-4), int(10 ** (4 * share)), 6 * share)
        paper, style = token_paper(colour, *numbers), token_style(colour, *numbers)
        assert style == f"background:{paper};color:{ink(paper)}"
        high, low = sorted((light(paper), light(ink(paper))), reverse=True)
        assert (high + 0.05) / (low + 0.05) >= 4.5


def test_the_legend_of_ranks_counts_the_tokens_of_each_view():
    said = plain(colour_legend("rank", [0.0] * 4, [1, 2, 50, 5000], [0.0] * 4))
    for part in (
        "1 to 10: 2 tokens, 50.0%",
        "11 to 100: 1 token, 25.0%",
        "101 to 1,000: 0 tokens, 0%",
        "beyond 1,000: 1 token, 25.0%",
    ):
        assert part in said


def test_the_legends_of_the_scales_name_their_ends_and_units():
    chances = colour_legend("probability", [math.log(0.5), math.log(0.001)], [1, 9], [0.0, 1.0])
    assert "<span>0.01% or less: a surprise</span>" in chances
    assert "<span>100%</span>" in chances
    assert "1 of 2 below 1%" in chances
    entropies = colour_legend("entropy", [0.0, 0.0], [1, 1], [1.0, 2.0])
    assert "6 nats or more" in entropies
    assert "Mean of these tokens: 1.50 nats" in entropies


@pytest.mark.parametrize("colour", COLOURS)
def test_a_legend_without_tokens_has_no_numbers_to_get_wrong(colour):
    assert "nan" not in colour_legend(colour, [], [], [])


# Running text ------------------------------------------------------------------------------------


def test_a_line_may_break_between_words_and_not_between_tokens_of_one_word():
    html = drawn(written(step(" grand"), step("mother"), step(" came")))
    words = re.findall(r'<span class="word">(.*?)</span>(?=[ \n<])', html)
    assert [plain(word) for word in words][-2:] == ["grandmother", "came"]
    assert text_of(html) == "Once upon a time, grandmother came"


def test_a_token_that_goes_on_with_the_last_word_of_the_prompt_stays_with_it():
    html = streaming_html(Prompt("Once upon", (1,), False)) + streamed_token(step("ed"))
    assert html.endswith(
        '<span class="word"><span class="prompt">upon</span><span class="tok" >ed</span>'
    )


def test_a_line_end_is_seen_and_breaks_the_line():
    piece = in_text(".\n\n", ".\n\n", tag="b", attributes="")
    assert plain(piece) == ".↵↵\n\n"
    assert piece.index("</b>") < piece.index("\n\n")


def test_a_token_of_spaces_alone_can_be_seen_and_clicked():
    assert plain(in_text("  ", "  ", tag="b", attributes="")) == "··"


def test_part_of_a_character_is_seen_as_its_bytes_and_the_last_part_brings_it():
    parts = step("", "0xF0 0x9F"), step("😀", "0x98 0x80")
    html = drawn(written(*parts))
    assert text_of(html) == "Once upon a time,F09F😀"
    assert "0xF0 0x9F, which by itself adds no text" in html


def test_what_is_streamed_reads_as_what_replaces_it(gpt2):
    made = generate(gpt2, PROMPT + "\n", Settings(max_new_tokens=30, seed=4), forced=(5, 9))
    streamed = streaming_html(made.prompt) + "".join(map(streamed_token, made.steps))
    done = drawn(made)
    assert text_of(streamed) == text_of(done)
    # The same elements in the same order: one button for each span of a token.
    skeleton = re.compile(r'class="(word|tok[^"]*|prompt|text)"')
    text = done.split("</p>")[0]
    assert skeleton.findall(streamed) == skeleton.findall(text)


def test_the_text_so_far_only_grows_at_its_end(gpt2):
    made = generate(gpt2, PROMPT, Settings(max_new_tokens=5))
    start = streaming_html(made.prompt)
    assert start.count("<p") == 1
    assert "</p>" not in start
    assert all("</figure>" not in streamed_token(one) for one in made.steps)


def test_every_token_says_its_probability_and_rank_and_picks_its_place_and_branch():
    html = drawn(written(step(), step(" fox")), branch=2)
    said = [unescape(one) for one in re.findall(r'aria-label="(.*?)"', html)]
    assert said[0] == "“ hen”: probability 25.0%, rank 2"
    picks = [json.loads(one) for one in re.findall(r'data-pick="(.*?)"', html)]
    assert picks == [[0, 2], [1, 2]]


def test_the_token_looked_at_is_marked_and_told():
    html = drawn(written(step(), step(" fox")), place=1)
    assert re.findall(r'data-pick="\[(\d), 0\]" aria-current="true"', html) == ["1"]
    readout = plain(re.search(r'<p class="readout">(.*?)</p>', html)[1])
    assert readout == "token 1, ·fox: probability 25.0%, rank 2 (1 to 10), entropy 1.39 nats"


@pytest.mark.parametrize("place", [-1, 9])
def test_no_token_is_marked_where_none_is_looked_at(place):
    html = drawn(written(step()), place=place)
    assert "aria-current" not in html
    assert '<p class="readout"></p>' in html


def test_a_token_chosen_by_the_visitor_is_not_told_by_colour_alone():
    chosen = step(choice=choice(forced=True))
    html = drawn(written(chosen, step()))
    assert html.count(" data-forced ") == 1
    assert "rank 2, chosen by you" in html
    assert "underlined: chosen by you" in html
    assert "chosen by you" not in drawn(written(step()))


def test_the_end_token_is_shown(space):
    ending_gpt2 = tiny_gpt2(space, end_bias=50.0)
    made = generate(ending_gpt2, PROMPT, Settings(max_new_tokens=9))
    assert made.ids == (END,)
    html = drawn(made)
    assert text_of(html).endswith(made.steps[0].label)
    assert 'class="tok special"' in html
    assert "It ended by itself, with the end token, before the 9 tokens asked for." in html


def test_an_empty_prompt_says_that_the_text_began_from_the_start_token():
    html = drawn(written(step(), prompt=""))
    assert text_of(html).startswith("start")
    assert "began from the start token" in html
    assert "which reads the start token, took" in timing(written(step(), step(), prompt=""))


@pytest.mark.parametrize(
    ("stopped", "said"),
    [
        ("length", "It ended after the 8 new tokens asked for."),
        ("end", "by itself, with the end token, before the 8"),
        ("stopped", "Stopped by you, before the 8"),
    ],
)
def test_how_it_ended_is_said_in_words(stopped, said):
    made = written(step(), stopped=stopped, settings=Settings(max_new_tokens=8))
    assert said in ending(made)


def test_an_end_token_that_the_visitor_chose_is_not_called_the_models_own():
    last = step("", "<end>", end=True, choice=choice(forced=True))
    assert "by itself" not in ending(written(last, stopped="end"))


def test_times_are_told_for_the_prompt_and_for_the_rest():
    made = written(*(step(milliseconds=ms) for ms in (20.0, 4.0, 6.0)))
    assert timing(made) == (
        "3 tokens in 30.0 ms: 10.0 ms for each on average, 100 tokens per second. The first, "
        "which reads the prompt, 5 tokens, took 20.0 ms; the others, which read one token each "
        "and keep the rest (key-value cache), 5.00 ms on average."
    )


def test_a_text_without_a_token_is_drawn_too():
    html = drawn(written(stopped="stopped", settings=Settings(max_new_tokens=3)))
    assert "No token was written." in html
    assert "Mean log-probability" not in html


def test_the_mean_log_probability_is_in_nats():
    assert "Mean log-probability: <b>−1.39</b> nats per token" in ending(written(step(), step()))


def test_what_the_settings_mean_is_said():
    html = drawn(written(step(), settings=Settings(max_new_tokens=1, temperature=0)))
    assert "Temperature 0 means greedy" in html


@pytest.mark.parametrize("colour", COLOURS)
def test_hostile_text_is_text(colour):
    one = step(HOSTILE, alternatives=(HOSTILE, " hen", HOSTILE))
    made = written(one, step("", HOSTILE, end=True), prompt=HOSTILE)
    pages = [
        written_figure(made, colour=colour, place=0, branch=0, title=HOSTILE),
        streaming_html(made.prompt) + "".join(map(streamed_token, made.steps)),
        written_table(made),
        chart(one, title=HOSTILE),
        chart_table(one, Settings()),
    ]
    assert all("<img" not in page and "</script" not in page for page in pages)
    assert all("&lt;img" in page for page in pages)


def test_the_table_has_every_token_with_its_numbers(gpt2):
    made = generate(gpt2, PROMPT, Settings(max_new_tokens=12, top_k=9, seed=2), forced=(8,))
    html = written_table(made)
    rows = re.findall(r"<tr>(.*?)</tr>", html)[1:]
    assert len(rows) == 12
    assert "chosen by you" in rows[0]
    assert "chosen by you" not in rows[1]
    cells = re.findall(r'<td class="?number"?>(.*?)</td>', rows[1])
    assert cells[:2] == ["1", str(made.ids[1])]
    assert cells[4] == f"{made.steps[1].choice.rank}"


# The next-token chart ----------------------------------------------------------------------------

FIVE = [0.4, 0.25, 0.15, 0.12, 0.08]  # the example of docs/teaching.md


def column(one, number):
    """What the cells of one column say, row by row, without the last row."""
    lines = re.findall(r"<tr[^>]*><th scope=\"row\">.*?</tr>", chart(one))
    cells = [re.findall(r"<td.*?</td>", line)[number] for line in lines]
    return [plain(cell) for cell in cells]


def test_probabilities_are_those_of_all_tokens_and_the_rest_is_told(gpt2):
    made = generate(gpt2, PROMPT, Settings(max_new_tokens=1))
    one = made.steps[0]
    rows = shown_rows(one.choice)
    _, mass = one.choice.rest(rows, -1)
    shown = one.choice.candidates.raw[rows].sum()
    assert len(rows) in (12, 13)
    assert mass == pytest.approx(1 - shown, abs=1e-6)
    assert mass > 0.01
    html = chart(one, vocabulary=VOCABULARY)
    assert f"the other {VOCABULARY - len(rows)} tokens together" in html


def test_the_raw_column_equals_the_models_own_softmax(gpt2):
    import torch

    made = generate(gpt2, PROMPT, Settings(max_new_tokens=1, temperature=0.5))
    with torch.no_grad():
        logits = gpt2.model(torch.tensor([made.prompt.ids])).logits[0, -1]
    likely = logits.softmax(-1).topk(3).values.tolist()
    sharp = (logits / 0.5).softmax(-1).topk(3).values.tolist()
    raw, after = column(made.steps[0], 0), column(made.steps[0], 1)
    assert [float(cell[:-1]) for cell in raw[:3]] == pytest.approx(
        [100 * share for share in likely], rel=5e-3
    )
    assert [float(cell[:-1]) for cell in after[:3]] == pytest.approx(
        [100 * share for share in sharp], rel=5e-3
    )


def test_each_filter_has_its_column_in_order_with_what_it_removed():
    settings = Settings(top_k=3, top_p=0.75)
    one = step_of(FIVE, settings)
    html = chart(one, settings)
    heads = [plain(head) for head in re.findall(r"<th scope=\"col\">.*?</th>", html)]
    assert heads[2] == "top-k 3removes 2 tokens with 20.0%cut at 15.0%"
    assert heads[3] == "top-p 0.75removes 1 token with 18.8%cut at 31.3%"
    # The second filter sees what the first left, rescaled: .50, .3125, .1875.
    assert column(one, 1)[:3] == ["50.0%", "31.3%", "18.8%"]
    assert column(one, 2) == ["61.5%", "38.5%", "18.8%", "–", "–"]


def test_what_a_filter_removed_is_struck_and_says_by_which():
    one = step_of(FIVE, Settings(top_k=3, top_p=0.75))
    html = chart(one, Settings(top_k=3, top_p=0.75))
    assert re.findall(r"<s>(.*?)</s>", html) == ["18.8%", "12.0%", "8.00%"]
    assert column(one, -1)[2:] == ["out: top-p", "out: top-k", "out: top-k"]


def test_the_cut_is_a_line_under_the_last_row_that_stays():
    settings = Settings(top_k=3, top_p=0.75)
    one = step_of(FIVE, settings)
    rows = shown_rows(one.choice)
    assert [one.choice.cut(rows, number) for number in (0, 1)] == [2, 1]
    assert chart(one, settings).count('class="cut"') == 2


def test_no_line_is_drawn_where_the_rows_stand_in_another_order():
    # Typical keeps the tokens near the entropy, and here not the likeliest.
    settings = Settings(typical_p=0.15)
    one = step_of([0.4, 0.2, 0.1, 0.1, 0.1, 0.1], settings)
    assert one.choice.candidates.removed_by[0] == 0
    assert one.choice.cut(shown_rows(one.choice), 0) is None
    html = chart(one, settings)
    assert 'class="cut"' not in html
    assert "nats from the entropy" in html


def test_no_line_is_drawn_where_the_cut_lies_among_the_tokens_not_shown():
    settings = Settings(top_k=60)
    one = step_of(np.full(100, 0.01) - np.arange(100) * 1e-5, settings, forced=0)
    assert 'class="cut"' not in chart(one, settings)
    assert "48 left" in chart(one, settings)


def test_temperature_removes_nothing_and_has_no_cut():
    settings = Settings(temperature=0.5)
    html = chart(step_of(FIVE, settings), settings)
    assert "removes nothing" in html
    assert "<s>" not in html
    assert "cut at" not in html


def test_with_nothing_switched_on_only_the_raw_column_stands_there_and_says_so():
    html = chart(step_of(FIVE, Settings()))
    assert len(re.findall(r'<th scope="col">', html)) == 2
    assert "No filter is switched on" in html


def test_the_chosen_token_says_how_its_rank_and_both_probabilities():
    settings = Settings(top_k=2)
    one = step_of(FIVE, settings, forced=1)
    assert plain(chosen_words(one, settings, 5)) == (
        "Chosen by you: ·w1, rank 2 of 5, 25.0% by the model itself, 38.5% after the filters."
    )
    greedy = Settings(greedy=True)
    assert plain(chosen_words(step_of(FIVE, greedy), greedy, 5)) == (
        "Taken, as the most likely: ·w0, rank 1 of 5, 40.0% by the model itself."
    )


def test_a_forced_token_that_a_filter_removed_is_said_to_be():
    settings = Settings(top_k=2)
    one = step_of(FIVE, settings, forced=4)
    assert "0%</b> after the filters, because top-k removed it" in chosen_words(one, settings, 5)
    assert column(one, -1)[-1] == "chosen by you; out: top-k"


def test_the_chosen_token_is_drawn_however_unlikely():
    one = step_of(np.r_[0.5, np.full(99, 0.5 / 99)], Settings(), forced=99)
    rows = shown_rows(one.choice)
    assert len(rows) == 13
    assert one.choice.candidates.ids[rows[-1]] == 99


def test_every_token_but_the_chosen_one_can_be_gone_on_from():
    one = step_of(FIVE, Settings(), forced=1)
    html = chart(one, place=6, branch=2)
    picks = [json.loads(pick) for pick in re.findall(r'data-pick="(.*?)"', html)]
    assert picks == [[2, 6, 0], [2, 6, 2], [2, 6, 3], [2, 6, 4]]
    assert 'aria-label="Continue from here with “ w0”"' in html


def test_the_entropy_is_told_in_nats_and_bits():
    assert entropy_words(choice(entropy=math.log(4))) == (
        "Entropy of the raw distribution: 1.39 nats (2.00 bits), as uncertain as a choice among "
        "4.00 equally likely tokens."
    )


def test_a_very_flat_distribution_still_has_bars_that_differ_from_nothing():
    one = step_of(np.full(1000, 0.001), Settings())
    widths = re.findall(r'style="width:(.*?)%"', chart(one, vocabulary=1000))
    assert {float(width) for width in widths} == {100.0}
    assert "a full bar is 0.100%" in plain(chart(one, vocabulary=1000))


def test_a_probability_that_rounds_to_nothing_is_not_said_to_be_zero():
    settings = Settings(temperature=0.01)
    cells = column(step_of(FIVE, settings), 1)
    assert cells[0] == "100%"
    assert cells[-1] == "below 0.0001%"


def test_the_reading_explains_each_stage_with_its_numbers():
    settings = Settings(temperature=0.8, top_k=3, top_p=0.75)
    said = plain(reading(step_of(FIVE, settings).choice.stages, settings))
    assert (
        "Temperature 0.8 divides every logit by 0.8: likely tokens become even more likely" in said
    )
    assert "Top-k 3 keeps the 3 most likely tokens." in said
    assert "Top-p 0.75 keeps the 2 most likely tokens, the fewest that together hold" in said
    assert "One token is drawn" in said


def test_ties_at_the_cut_of_top_k_are_told():
    settings = Settings(top_k=2)
    said = reading(step_of([0.4, 0.2, 0.2, 0.15, 0.05], settings).choice.stages, settings)
    assert "(3, because the last are equal)" in said


@pytest.mark.parametrize(
    ("stage", "said"),
    [
        (
            FilterEffect("repetition_penalty", 1.2, 0, 9, 0.0, None, 4),
            "the 4 tokens already in the text less likely",
        ),
        (FilterEffect("repetition_penalty", 0.8, 0, 9, 0.0, None, 4), "more likely"),
        (FilterEffect("no_repeat_ngram_size", 3, 0, 9, 0.0, None, 0), "forbids nothing here"),
        (FilterEffect("no_repeat_ngram_size", 3, 1, 8, 0.1, None, 0), "forbids 1 token"),
        (
            FilterEffect("no_repeat_ngram_size", 1, 4, 5, 0.1, None, 0),
            "every token of the text so far: 4",
        ),
        (FilterEffect("min_p", 0.1, 3, 6, 0.1, 0.05, 0), "that is 5.00%: 6 tokens"),
        (FilterEffect("top_p", 0.9, 8, 1, 0.02, 0.98, 0), "which by itself holds at least 90%"),
        (FilterEffect("top_p", 0.9, 0, 2, 0.0, 0.2, 0), "Top-p 0.9 removes nothing"),
    ],
)
def test_a_stage_is_told_by_what_it_did(stage, said):
    assert said in reading((stage,), Settings())


def test_greedy_draws_nothing_and_says_so():
    greedy = Settings(temperature=0)
    assert "nothing is drawn" in reading((), greedy)
    assert "Drawn" not in chosen_words(step_of(FIVE, greedy), greedy, None)


def test_the_table_of_the_chart_has_all_that_the_step_kept():
    settings = Settings(top_k=3)
    one = step_of(np.r_[0.5, np.full(99, 0.5 / 99)], settings)
    html = chart_table(one, settings)
    kept = len(one.choice.candidates.ids)
    assert html.count("<tr>") == 1 + kept + 1
    assert f"the other {100 - kept} tokens together" in html
    assert "after top-k 3" in html


def test_every_column_of_all_seven_filters_is_drawn(gpt2):
    settings = Settings(
        max_new_tokens=3,
        temperature=1.4,
        top_k=50,
        top_p=0.95,
        min_p=0.02,
        typical_p=0.9,
        repetition_penalty=1.2,
        no_repeat_ngram_size=2,
    )
    made = generate(gpt2, PROMPT, settings)
    html = chart(made.steps[2], settings)
    heads = re.findall(r'<th scope="col"><b>(.*?)</b>', html)
    assert heads == [
        "token",
        "raw",
        "repetition penalty 1.2",
        "no-repeat n-gram 2",
        "temperature 1.4",
        "top-k 50",
        "top-p 0.95",
        "min-p 0.02",
        "typical 0.9",
        "in the end",
    ]
    assert "nan" not in html
