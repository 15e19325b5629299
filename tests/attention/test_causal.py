"""Attention of a model that looks back only: masked, drawn as masked, equal to the library."""

import html
import json
import re

import numpy as np
import pytest

from core.errors import UserError
from figures.attention import bertviz
from figures.attention.heatmap import heads_table, heatmap, strongest_table
from figures.attention.steps import comparison, row_table, steps_figure
from figures.parts.grid import Cells, grid
from figures.parts.hatching import hatching
from services.attention.attend import Attention, attend
from services.attention.matrix import Matrix, look
from services.attention.patterns import PATTERNS, rank
from services.attention.steps import explain, strongest_pair
from tests.attention.test_attention import attention_of, values_in
from tests.fakes.tiny_gpt2 import CONTEXT, LAYERS, tiny_gpt2

TEXT = "The little hen said that the little hen was naïve 😀."
NOT_CAUSAL = [name for name, pattern in PATTERNS.items() if pattern.not_causal]
HEADS = [(layer, head) for layer in range(LAYERS) for head in (0, 1)]


@pytest.fixture(scope="module")
def gpt2(space):
    return tiny_gpt2(space)


@pytest.fixture(scope="module")
def attention(gpt2):
    return attend(gpt2, TEXT)


def causal(weights, *names):
    """Hand-made weights of one head that looks back only."""
    made = attention_of(weights, *names)
    return Attention(made.tokens, made.words, made.weights, causal=True, pieces=names)


# The weights -------------------------------------------------------------------------------------


def test_the_weights_are_those_of_transformers_and_exactly_0_on_later_tokens(gpt2, attention):
    import torch

    inputs = gpt2.tokenizer(TEXT, return_tensors="pt")
    with torch.inference_mode():
        direct = gpt2.model.transformer(**inputs, output_attentions=True).attentions
    np.testing.assert_allclose(attention.weights, torch.cat(direct).numpy(), atol=1e-5)
    assert np.triu(attention.weights, 1).max() == 0
    np.testing.assert_allclose(attention.weights.sum(axis=-1), 1, atol=1e-5)


def test_no_token_is_added_and_offsets_give_the_source_with_its_space(attention):
    assert not any(token.special for token in attention.tokens)
    assert {token.segment for token in attention.tokens} == {0}
    sources = [TEXT[token.start : token.end] for token in attention.tokens]
    assert sources[:3] == ["The", " little", " hen"]
    assert attention.names[:3] == ("The", " little", " hen")
    assert [token.text for token in attention.tokens][1] == "Ġlittle"


def test_the_bytes_of_one_character_are_tokens_with_one_source(attention):
    sources = [TEXT[token.start : token.end] for token in attention.tokens]
    parts = [name for name, source in zip(attention.names, sources, strict=True) if source == "😀"]
    assert parts == ["0xF0", "0x9F", "0x98", "0x80"]


def test_what_is_written_later_changes_no_earlier_row(gpt2):
    short, long = attend(gpt2, "The little hen said"), attend(gpt2, "The little hen said that 😀")
    count = len(short.tokens)
    np.testing.assert_allclose(short.weights, long.weights[:, :, :count, :count], atol=1e-6)


def test_a_second_text_is_refused_and_the_refusal_says_why(gpt2):
    with pytest.raises(UserError, match=r"reads one text from left to right.*no segments"):
        attend(gpt2, "The hen.", "It slept.")
    with pytest.raises(UserError, match="second text must be text"):
        attend(gpt2, "The hen.", 7)
    assert attend(gpt2, "The hen.", "  ").causal


def test_more_tokens_than_the_model_reads_are_refused_with_both_numbers(gpt2):
    assert len(attend(gpt2, " hen" * CONTEXT).tokens) == CONTEXT
    with pytest.raises(UserError, match=f"has 65 tokens; Tiny GPT-2 reads at most {CONTEXT}"):
        attend(gpt2, " hen" * (CONTEXT + 1))


def test_a_typed_end_token_is_special(gpt2):
    tokens = attend(gpt2, "<|endoftext|>The hen").tokens
    assert [token.special for token in tokens][:2] == [True, False]


# One matrix --------------------------------------------------------------------------------------


@pytest.mark.parametrize("combine", ["head", "mean", "rollout"])
@pytest.mark.parametrize("words", [False, True])
def test_every_matrix_is_masked_above_the_diagonal_where_it_is_0(attention, combine, words):
    matrix = look(attention, layer=1, combine=combine, words=words)
    np.testing.assert_array_equal(matrix.masked, np.triu(np.ones_like(matrix.weights), 1))
    assert matrix.weights[matrix.masked].max() == 0
    np.testing.assert_allclose(matrix.weights.sum(axis=-1), 1, atol=1e-5)


def test_merged_words_are_named_by_the_text(attention):
    names = look(attention, words=True).rows
    assert names[:3] == ("The", " little", " hen")
    assert " naïve" in names
    assert "".join(names) == TEXT


def test_hidden_specials_take_their_part_of_the_mask_along(gpt2):
    matrix = look(attend(gpt2, "The<|endoftext|> hen"), special=False)
    assert matrix.rows == ("The", " hen")
    assert matrix.masked.tolist() == [[False, True], [False, False]]


# Step by step ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("layer", "head"), HEADS)
def test_the_steps_end_where_the_library_ends(gpt2, attention, layer, head):
    steps = explain(gpt2, TEXT, layer=layer, head=head)
    np.testing.assert_allclose(steps.library_weights, attention.weights[layer, head], atol=1e-7)
    assert steps.weight_difference <= 1e-5
    assert steps.output_difference <= 1e-5
    assert "The same as what transformers returned" in comparison(steps)


@pytest.mark.parametrize(("layer", "head"), HEADS)
def test_the_librarys_output_is_what_its_projection_reads(gpt2, layer, head):
    import torch

    heard = {}
    projection = gpt2.model.transformer.h[layer].attn.c_proj
    hook = projection.register_forward_pre_hook(lambda _, given: heard.update(all=given[0]))
    with torch.inference_mode():
        gpt2.model(**gpt2.tokenizer(TEXT, return_tensors="pt"))
    hook.remove()
    steps = explain(gpt2, TEXT, layer=layer, head=head)
    part = slice(head * steps.width, (head + 1) * steps.width)
    np.testing.assert_allclose(steps.library_output, heard["all"][0, :, part].numpy(), atol=1e-5)


def test_explaining_leaves_the_shared_model_as_it_was(gpt2):
    before = [(name, id(module)) for name, module in gpt2.model.named_modules()]
    explain(gpt2, TEXT, layer=1)
    assert [(name, id(module)) for name, module in gpt2.model.named_modules()] == before


def test_without_softmax_what_is_masked_is_left_out(gpt2):
    steps = explain(gpt2, TEXT, softmax=False)
    np.testing.assert_allclose(steps.output, np.tril(steps.scaled) @ steps.value, atol=1e-4)
    assert "What is masked is left out (0)." in steps_figure(
        steps, (2, 1), entropy=1.0, caption=""
    )


def test_the_pair_worked_out_is_no_later_token_and_not_the_first(gpt2):
    row, column = strongest_pair(explain(gpt2, TEXT))
    assert 0 < column < row


def test_the_mask_is_a_step_of_its_own_and_a_masked_pair_is_worked_out(gpt2):
    steps = explain(gpt2, TEXT)
    seen = steps_figure(steps, (2, 1), entropy=1.0, caption="")
    assert [int(n) for n in re.findall(r"<h3>(\d)\. ", seen)] == [1, 2, 3, 4, 5, 6, 7]
    assert "<h3>5. Causal mask</h3>" in seen
    assert "GPT-2 has its LayerNorm before the attention" in seen
    assert seen.count('class="hatching"') == 2  # after the mask, and after the softmax
    assert "over the 3 that are not masked it would be ln 3 = 1.10" in seen
    hidden = steps_figure(steps, (1, 2), entropy=1.0, caption="")
    assert "<code>2 ·hen</code> comes after <code>1 ·little</code>" in hidden
    assert "the weight of a masked token is <b>exactly 0</b>" in hidden


def test_the_row_as_a_table_has_the_mask(gpt2):
    table = row_table(explain(gpt2, TEXT), 1)
    assert "+ mask" in table
    assert table.count("−∞") == len(explain(gpt2, TEXT).tokens) - 2


# Find a head -------------------------------------------------------------------------------------


@pytest.mark.parametrize("pattern", NOT_CAUSAL)
def test_a_pattern_that_the_mask_or_the_input_forbids_is_refused(attention, pattern):
    with pytest.raises(UserError, match="Choose “"):
        rank(attention, pattern)


@pytest.mark.parametrize("pattern", [name for name in PATTERNS if name not in NOT_CAUSAL])
def test_every_other_pattern_ranks_the_heads_from_0_to_1(attention, pattern):
    ranking = rank(attention, pattern)
    scores = [found.score for found in ranking.heads]
    assert len(scores) == LAYERS * 2
    assert sorted(scores, reverse=True) == scores
    assert min(scores) >= 0
    assert max(scores) <= 1
    assert 0 < ranking.even <= 1


def test_the_first_token_has_no_choice_and_does_not_count_as_looking_at_itself():
    ahead = causal([[1, 0, 0], [1, 0, 0], [0, 0, 1]], "a", "b", "c")
    assert rank(ahead, "itself").heads[0].score == 0.5
    assert rank(ahead, "first").heads[0].score == 0.5


def test_an_even_head_is_as_broad_as_the_mask_allows():
    even = causal([[1, 0, 0], [1 / 2, 1 / 2, 0], [1 / 3, 1 / 3, 1 / 3]], "a", "b", "c")
    assert rank(even, "broad").heads[0].score == pytest.approx(1)
    assert rank(even, "broad").even == pytest.approx(1)
    assert rank(even, "previous").even == pytest.approx((1 / 2 + 1 / 3) / 2)


def test_induction_looks_at_what_followed_last_time():
    weights = np.zeros((5, 5))
    weights[[0, 1, 2, 3, 4], [0, 0, 0, 1, 2]] = 1  # the second "the" looks at the first "hen"
    found = causal(weights, "the", "hen", "saw", "the", "hen")
    assert rank(found, "induction").heads[0].score == 1
    assert rank(found, "same").heads[0].score == 0
    with pytest.raises(UserError, match="No token of this text occurs again"):
        rank(causal(np.eye(2), "the", "hen"), "induction")
    with pytest.raises(
        UserError, match="No token of this text occurs again"
    ):  # its follower is itself
        rank(causal(np.eye(2), "the", "the"), "induction")


# The pictures ------------------------------------------------------------------------------------


def test_masked_cells_are_hatched_and_not_coloured():
    weights, names = np.array([[1, 0], [0.5, 0.5]]), ("a", " b")
    matrix = Matrix(names, names, weights, np.triu([[1, 1]] * 2, 1) > 0, in_bytes=True)
    seen = heatmap(matrix, caption="")
    assert "data-causal" in seen
    assert "masked: later tokens" in seen
    assert ">·b<" in seen
    drawn = np.zeros((2, 2))
    for x, y, run in re.findall(r"M(\d+) (\d+)h(\d+)v1h", seen.split("</g>")[0]):
        drawn[int(y), int(x) : int(x) + int(run)] += 1
    assert drawn.tolist() == [[1, 0], [1, 1]]  # each cell once, but the masked one not at all
    assert values_in(seen).tolist() == [1, 0, 0.5, 0.5]
    plain = heatmap(Matrix(("a", "b"), ("a", "b"), matrix.weights), caption="")
    assert "masked" not in plain
    assert "hatching" not in plain


def test_the_hatching_covers_the_masked_cells_alone():
    class Box:
        left, top, cell, high = 10.0, 20.0, 2.0, 3.0

    lines = re.findall(
        r"M([\d.]+) ([\d.]+)l([\d.]+) -([\d.]+)", hatching(np.triu(np.ones((4, 4)), 1) > 0, Box())
    )
    covered = set()
    for x, y, wide, _ in lines:
        column, row = (float(x) - 10) / 2, (float(y) - 20) / 3 - 1
        covered |= {(row - step, column + step) for step in range(round(float(wide) / 2))}
    assert covered == {(row, column) for row in range(4) for column in range(row + 1, 4)}


def test_a_masked_cell_is_told_as_masked():
    seen = grid(
        np.eye(2),
        "ab",
        "ab",
        label="",
        say="{row} {value}",
        cells=Cells(
            at=(0, 1),
            masked=np.triu([[1, 1]] * 2, 1) > 0,
            masked_say="{row} cannot see {column}",
        ),
    )
    assert '<p class="readout" aria-live="polite">a cannot see b</p>' in seen
    assert 'data-masked-say="{row} cannot see {column}"' in seen


def test_the_tables_name_no_masked_token():
    weights = np.array([[1, 0, 0], [0, 1, 0], [0.2, 0.5, 0.3]])
    names = ("a", " b", "c")
    first, second, _ = re.findall(
        r"<tr><th scope=\"row\">(.*?)</tr>",
        strongest_table(
            Matrix(names, names, weights, np.triu(np.ones((3, 3)), 1) > 0, in_bytes=True)
        ),
    )
    assert first.count('class="target"') == 1
    assert second.count('class="target"') == 2
    assert "<code>·b</code>" in second
    told = heads_table(causal(weights, "a", " b", "c"), [0], [0])
    assert "<td><code>c</code></td>" in told
    assert "<code>·b</code> <span>0.500</span>" in told


def test_bertviz_gets_the_names_with_their_spaces_and_no_line_to_a_later_token(attention):
    seen = bertviz.head_view(attention, 1, [0, 1], caption="")
    assert "data-causal" in seen
    page = html.unescape(re.search(r'srcdoc="([^"]*)"', seen).group(1))
    data = json.JSONDecoder().raw_decode(page.split("const lectern = ", 1)[1])[0]
    assert data["attention"][0]["left_text"][:3] == ["The", "·little", "·hen"]
    assert np.triu(np.array(data["attention"][0]["attn"]), 1).max() == 0
