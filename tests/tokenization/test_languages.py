"""What the lines of a text cost: the library's counts, and what the picture and the files say."""

import re

import pytest

from core.errors import UserError
from figures.tokenization.languages import headline, languages_figure, languages_table
from services.tokenization.languages import MOST_LINES, Cost, Costs, languages
from tabs.kit.examples import read_examples
from tabs.tokenization import TAB
from tabs.tokenization.choices import Choices
from tabs.tokenization.ribbons import models_of
from tests.weights.held import holds

EXAMPLES = {
    one["name"]: one
    for one in read_examples("tokenization")
    if one["inputs"].get("view") == "languages"
}
HOSTILE = "</script><img src=x onerror=alert(1)>"


def costs_of(desk, tokenizers, text):
    return desk.tokenize(languages, models_of(desk, tokenizers), tokenizers, text)


def plain(html):
    return re.sub(r"<[^>]*>", "", html)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_counts_are_the_librarys(desk, name):
    inputs = EXAMPLES[name]["inputs"]
    found = costs_of(desk, inputs["tokenizer"], inputs["text"])
    assert found.lines == tuple(inputs["text"].split("\n"))
    for cost in found.costs:
        library = desk.checkpoints.tokenizer(desk.named(cost.tokenizer, "tokenization"))
        ids = [library(line, add_special_tokens=False)["input_ids"] for line in found.lines]
        assert list(cost.tokens) == list(map(len, ids))
        if library.unk_token != library.eos_token:  # GPT-2 has none
            assert list(cost.unknown) == [one.count(library.unk_token_id) for one in ids]
        assert cost.times == pytest.approx([len(one) / len(ids[0]) for one in ids], abs=1e-9)


def counted(desk, name):
    inputs = EXAMPLES[name]["inputs"]
    found = costs_of(desk, inputs["tokenizer"], inputs["text"])
    return {cost.tokenizer: cost for cost in found.costs}, EXAMPLES[name]["look_for"]


@holds("tokenization", "One sentence, seven languages", 6)
def test_hindi_costs_most_and_what_bert_cannot_spell_looks_cheap(desk):
    by_name, said = counted(desk, "languages")
    gpt2, bert = by_name["pocket-gpt2"], by_name["pocket-bert"]
    dearest = max(gpt2.tokens)
    assert gpt2.tokens[5] == dearest
    english, greek = gpt2.tokens[0], gpt2.tokens[3]
    told = (
        f"{dearest} tokens, {gpt2.times[5]:.2f} times the English {english}; Greek takes {greek}"
    )
    assert told in said
    assert bert.tokens[6] == min(bert.tokens)
    assert f"cheapest with {bert.tokens[6]}, but {bert.unknown[6]} of them" in said


@holds("tokenization", "One word, four ways", 4)
def test_a_space_and_capitals_cost_gpt2_and_not_bert(desk):
    by_name, said = counted(desk, "four-ways")
    after_space, without, capital, capitals, _ = by_name["pocket-gpt2"].tokens
    assert without == capital
    assert f"{after_space} tokens after a space, {without} without one, and {capitals} in" in said
    (one,) = set(by_name["pocket-bert"].tokens[:4])
    assert f"has {one} for all four" in said


def test_built_in_tokenizers_count_as_their_rule_says(desk):
    found = costs_of(desk, ["characters", "words", "bytes"], "a cup\n\n茶é\n")
    assert found.lines == ("a cup", "茶é")
    assert found.characters == (5, 2)
    assert [cost.tokens for cost in found.costs] == [(5, 2), (2, 1), (5, 5)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        (" \n ", "empty"),
        ("\n".join(["a"] * (MOST_LINES + 1)), "The text has 13 lines; at most 12 fit"),
        ("a\0", "NUL"),
    ],
)
def test_what_does_not_fit_is_refused(desk, text, said):
    with pytest.raises(UserError, match=said):
        costs_of(desk, ["pocket-bert"], text)


MADE = Costs(
    ("one", HOSTILE, "three"),
    (3, len(HOSTILE), 5),
    (Cost("t", "T", (4, 10, 2), (0, 0, 1)), Cost("u", "U", (0, 1, 2), (0, 0, 0))),
)


def test_the_picture_says_the_numbers_and_escapes_the_lines():
    drawn = languages_figure(MADE)
    assert "<img" not in drawn + languages_table(MADE)
    assert "10× 2.50" in plain(drawn)
    assert "2× 0.501 unknown" in plain(drawn)
    assert "1× –" in plain(drawn)  # the first line has no token: nothing to compare with
    assert drawn.count('style="width:100.0%"') == 1  # one scale for both tokenizers
    assert plain(headline(MADE)) == "line 2: × 2.50 the tokens of line 1"
    alone = Costs(("one",), (3,), (Cost("t", "T", (4,), (0,)),))
    assert plain(headline(alone)) == "4 tokens"


def test_the_files_hold_what_is_drawn_and_the_code_gives_it(desk, capsys):
    inputs = EXAMPLES["languages"]["inputs"]
    choices = Choices(**(inputs | {"tokenizer": ["pocket-bert", "bytes"]}))
    asked = TAB.asked(desk, choices)
    view = TAB.view(choices)
    lines, content = view.numbers(asked)
    assert len(lines) == 1 + 2 * 7
    found = costs_of(desk, ["pocket-bert", "bytes"], inputs["text"])
    assert content["times"] == {cost.tokenizer: list(cost.times) for cost in found.costs}
    assert [line[4] for line in lines[1:8]] == list(found.costs[0].tokens)
    exec(compile(view.snippet(asked), "snippet", "exec"), {})
    printed = [int(line.split()[0]) for line in capsys.readouterr().out.splitlines()]
    assert printed == list(found.costs[0].tokens)
