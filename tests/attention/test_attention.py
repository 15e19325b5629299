"""Attention: the weights, the one matrix that is looked at, its picture, its endpoint."""

import base64
import json
import re
import urllib.error
import urllib.request

import numpy as np
import pytest
from gradio_client.exceptions import AppError

from core.errors import UserError
from figures.attention.heatmap import heads_table, heatmap, strongest_table
from figures.parts.grid import Cells, grid
from figures.parts.style import three_digits
from models.tokens import Token
from services.attention.attend import Attention, attend
from services.attention.matrix import Matrix, checked_lines, look, rollout

HOSTILE = "</script><img src=x onerror=alert(1)>${alert(1)}"


def tokens(*names, second=()):
    """Hand-made tokens; names in square brackets are special, those of `second` in segment 1."""
    ids = {name: number for number, name in enumerate(dict.fromkeys((*names, *second)))}
    return tuple(
        Token(name, ids[name], 0, 1, name.startswith("["), segment)
        for segment, part in enumerate((names, second))
        for name in part
    )


def attention_of(weights, *names, second=(), words=None):
    weights = np.array(weights, dtype=np.float32)
    while weights.ndim < 4:
        weights = weights[None]
    made = tokens(*names, second=second)
    return Attention(made, tuple(words or range(len(made))), weights)


# The weights -------------------------------------------------------------------------------------


def test_every_token_spends_its_whole_attention(tiny_bert):
    attention = attend(tiny_bert, "The cats sat")
    assert [t.text for t in attention.tokens] == ["[CLS]", "the", "cat", "##s", "sat", "[SEP]"]
    assert attention.weights.shape == (2, 2, 6, 6)
    np.testing.assert_allclose(attention.weights.sum(axis=-1), 1, atol=1e-5)


def test_pieces_know_their_word_over_both_texts(tiny_bert):
    attention = attend(tiny_bert, "cats sat", "cats")
    assert attention.words == (-1, 0, 0, 1, -1, 2, 2, -1)


@pytest.mark.parametrize("text", ["", "   ", "\n\t"])
def test_an_empty_text_is_the_visitors_error(tiny_bert, text):
    with pytest.raises(UserError, match="Type a sentence"):
        attend(tiny_bert, text)


def test_a_long_text_is_refused_with_both_numbers(tiny_bert):
    assert len(attend(tiny_bert, "cat " * 126).tokens) == 128
    with pytest.raises(UserError, match="has 129 tokens; at most 128 are allowed"):
        attend(tiny_bert, "cat " * 127)


# The matrix --------------------------------------------------------------------------------------

THREE = [[0.5, 0.25, 0.25], [0.1, 0.6, 0.3], [0.2, 0.2, 0.6]]


def test_mean_is_the_average_over_the_heads_of_the_layer():
    attention = attention_of([[THREE, np.eye(3)]], "[CLS]", "cat", "sat")
    seen = look(attention, combine="mean").weights
    np.testing.assert_allclose(seen, (np.array(THREE) + np.eye(3)) / 2, atol=1e-6)


def test_rollout_multiplies_layers_from_the_input_up():
    first, second = np.array(THREE), np.array([[0, 1, 0], [0, 0, 1], [1, 0, 0.0]])
    seen = rollout(np.array([[first], [second]]))
    half = lambda a: (a + np.eye(3)) / 2  # noqa: E731
    np.testing.assert_allclose(seen, half(second) @ half(first))
    np.testing.assert_allclose(seen.sum(axis=-1), 1)


def test_words_sum_over_pieces_looked_at_and_average_over_pieces_that_look():
    weights = [[0.1, 0.2, 0.3, 0.4], [0.4, 0.3, 0.2, 0.1], [0, 0.5, 0.5, 0], [1, 0, 0, 0]]
    attention = attention_of(weights, "[CLS]", "cat", "##s", "sat", words=(-1, 0, 0, 1))
    seen = look(attention, words=True)
    assert seen.columns == ("[CLS]", "cats", "sat")
    np.testing.assert_allclose(
        seen.weights, [[0.1, 0.5, 0.4], [0.2, 0.75, 0.05], [1, 0, 0]], atol=1e-6
    )


def test_hidden_specials_leave_and_the_rest_may_be_divided_by_what_is_left():
    attention = attention_of(THREE, "[CLS]", "cat", "sat")
    hidden = look(attention, special=False)
    assert hidden.rows == ("cat", "sat")
    np.testing.assert_allclose(hidden.weights, [[0.6, 0.3], [0.2, 0.6]], atol=1e-6)
    divided = look(attention, special=False, renormalise=True).weights
    np.testing.assert_allclose(divided, [[2 / 3, 1 / 3], [0.25, 0.75]], atol=1e-6)


def test_a_row_with_nothing_left_is_zero_and_no_error():
    attention = attention_of([[1, 0, 0], [1, 0, 0], [0, 0, 1]], "[CLS]", "cat", "sat")
    divided = look(attention, special=False, renormalise=True).weights
    assert divided.tolist() == [[0, 0], [0, 1]]


def test_a_direction_keeps_one_block_of_a_pair():
    attention = attention_of(THREE, "cat", second=("sat", "on"))
    seen = look(attention, direction="ab")
    assert (seen.rows, seen.columns) == (("cat",), ("sat", "on"))
    np.testing.assert_allclose(seen.weights, [[0.25, 0.25]])


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"direction": "ab"}, "There is only one sentence"),
        ({"direction": "up"}, "direction must be one of all, aa"),
        ({"combine": "sum"}, "combination must be one of head, mean, rollout"),
        ({"layer": 1}, "layer must be a whole number from 0 to 0; got 1"),
        ({"head": -1}, "head must be a whole number from 0 to 0; got -1"),
        ({"head": float("nan")}, "head must be a whole number"),
    ],
)
def test_a_setting_that_does_not_fit_is_named(settings, said):
    with pytest.raises(UserError, match=said):
        look(attention_of(THREE, "[CLS]", "cat", "sat"), **settings)


def test_a_text_of_specials_alone_cannot_be_hidden():
    with pytest.raises(UserError, match="Nothing is left"):
        look(attention_of([[0.5, 0.5], [0.5, 0.5]], "[CLS]", "[SEP]"), special=False)


def test_too_many_lines_are_refused_with_both_numbers_and_a_way_out():
    checked_lines(64, 12, limit=49_152)
    with pytest.raises(UserError, match=r"50,700 lines \(65 × 65 tokens × 12 heads\); at most 49"):
        checked_lines(65, 12, limit=49_152)
    with pytest.raises(UserError, match=r"× 6 layers.*Choose the heatmap, or a shorter text"):
        checked_lines(64, 12, 6, limit=49_152)


# The picture -------------------------------------------------------------------------------------


def values_in(html):
    packed = re.search(r'data-values="([^"]*)"', html).group(1)
    return np.frombuffer(base64.b64decode(packed), dtype="<f4")


def test_a_repeated_token_keeps_its_own_row():
    html = heatmap(
        Matrix(("the", "the"), ("the", "the"), np.array([[1, 0], [0.5, 0.5]])), caption=""
    )
    assert values_in(html).tolist() == [1, 0, 0.5, 0.5]


def test_what_was_typed_is_drawn_as_text():
    matrix = Matrix((HOSTILE, "b"), (HOSTILE, "b"), np.eye(2))
    for html in (heatmap(matrix, caption=HOSTILE), strongest_table(matrix)):
        assert "<img" not in html
        assert "</script" not in html
        assert "&lt;img src=x" in html


def test_cells_are_drawn_once_for_each_colour_and_cover_the_grid():
    values = np.array([[0, 0.5, 0.5, 1.0], [0, 0, 1, 0.5]])
    html = grid(values, "ab", "wxyz", label="", say="{row}{column}{value}").split("</g>")[0]
    paths = dict(re.findall(r'<path fill="(#\w+)" d="(M\d+ \d+h\d+v1h-\d+z[^"]*)"', html))
    drawn = np.zeros((2, 4))
    for d in paths.values():
        for x, y, run in re.findall(r"M(\d+) (\d+)h(\d+)v1h", d):
            drawn[int(y), int(x) : int(x) + int(run)] += 1
    common = values == 0  # or 0.5: both occur three times, and the first is the background
    assert drawn.tolist() == (~common).astype(float).tolist()


def test_the_marked_cell_is_told_as_the_page_tells_it():
    html = grid(
        np.eye(2),
        ["a", "{column}"],
        "xy",
        label="",
        say="{row} {value} {column}",
        cells=Cells(at=(1, 0)),
    )
    assert '<p class="readout" aria-live="polite">{column} 0 x</p>' in html


def test_a_layer_of_128_tokens_is_sent_in_less_than_a_megabyte():
    names = tuple(f"word{place}" for place in range(128))
    spread = np.random.default_rng(0).dirichlet(np.ones(128), size=128) ** 0.3  # every colour
    html = heatmap(Matrix(names, names, spread), caption="", scale="log")
    assert 200_000 < len(html.encode()) < 1_000_000


def test_two_texts_stand_beside_each_other():
    one = Matrix(("a",), ("a",), np.ones((1, 1)))
    two = Matrix(("b",), ("b",), np.zeros((1, 1)))
    html = heatmap(one, caption="", other=two, titles=("A cat", HOSTILE))
    assert html.count('class="grid"') == 2
    assert 'class="beside titled"' in html
    assert "<p>A cat</p>" in html
    assert "<img" not in html


def test_two_texts_have_cells_of_one_size_that_begin_at_one_place():
    short, long = (
        ("a", "b"),
        ("a", "unhappiness", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"),
    )
    one, two = Matrix(short, short, np.eye(2)), Matrix(long, long, np.eye(12))
    first, second = re.findall(r'data-box="([^"]*)"', heatmap(one, caption="", other=two))
    assert first == second


# Numbers -----------------------------------------------------------------------------------------

NUMBERS = {
    0.0: "0",
    1.0: "1.00",
    0.19: "0.190",
    0.0576: "0.0576",
    2.125: "2.13",  # a tie, rounded away from zero as browsers do
    -0.5625: "-0.563",
    21.69: "21.7",
    99.95: "100",
    0.9999: "1.00",
    0.0001: "0.000100",
    0.0000126: "1.26e-5",
    1234.0: "1,230",
    -79800.0: "-79,800",
    3e9: "3.00e9",
}


@pytest.mark.parametrize(("value", "written"), NUMBERS.items())
def test_three_digits_keep_their_last_zeros(value, written):
    assert three_digits(value) == written


def test_the_table_names_the_three_strongest_in_order():
    matrix = Matrix(("cat",), ("a", "b", "c", "d"), np.array([[0.1, 0.4, 0.2, 0.3]]))
    cells = re.findall(r"<code>(\w+)</code> <span>([\d.]+)<", strongest_table(matrix))
    assert cells == [("b", "0.400"), ("d", "0.300"), ("c", "0.200")]


def test_the_table_of_heads_passes_specials_and_the_token_itself_over():
    weights = [[0.9, 0.1, 0], [0.1, 0.8, 0.1], [0.7, 0.2, 0.1]]
    html = heads_table(attention_of(weights, "[CLS]", "cat", "sat"), [0], [0])
    assert "<td><code>sat</code></td><td>" in html
    assert "<code>cat</code> <span>0.200</span>" in html


# The endpoint ------------------------------------------------------------------------------------


def test_the_endpoint_gives_one_layer_unrounded(client, bert):
    answer = client.predict("The cat sat.", api_name="/attend", layer=2)
    attention = attend(bert, "The cat sat.")
    assert set(answer) == {"model", "tokens", "layer", "layers", "heads", "weights"}
    assert (answer["model"], answer["layer"], answer["layers"], answer["heads"]) == (
        "pocket-bert",
        2,
        6,
        12,
    )
    assert answer["tokens"][1] == {
        "text": "the",
        "id": 1996,
        "start": 0,
        "end": 3,
        "special": False,
        "segment": 0,
    }
    np.testing.assert_allclose(answer["weights"], attention.weights[2], atol=1e-6)


def test_the_endpoint_reads_a_pair(client):
    answer = client.predict("The cat sat.", "It slept.", api_name="/attend")
    assert [token["segment"] for token in answer["tokens"]] == [0] * 6 + [1] * 4


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"text": ""}, "text is empty"),
        ({"text": "  \n "}, "only spaces"),
        ({"text": 42}, "must be text; got int '42'"),
        ({"text": None}, "must be text; got nothing"),
        ({"text": ["a"]}, "must be text; got list"),
        ({"text": "a\0b"}, r"NUL character \(U\+0000\) at position 1"),
        ({"text": "a " * 50_000}, "100,000 characters; at most 20,000"),
        ({"text": "cat " * 500}, "502 tokens; at most 128"),
        ({"text": "a", "text_pair": 7}, "second text must be text"),
        ({"text": "a", "layer": -1}, "layer must be a whole number from 0 to 5; got -1"),
        ({"text": "a", "layer": 6}, "0 to 5; got 6"),
        ({"text": "a", "layer": 1.5}, "0 to 5; got 1.5"),
        ({"text": "a", "layer": "x"}, "0 to 5; got 'x'"),
        ({"text": "a", "layer": None}, "0 to 5; got nothing"),
        ({"text": "a", "layer": True}, "0 to 5; got True"),
        ({"text": "a", "layer": [0]}, "0 to 5"),
        ({"text": "a", "model": "bert-huge"}, "no model 'bert-huge' for attention; use one of"),
        ({"text": "a", "model": 3}, "no model '3' for attention"),
    ],
)
def test_bad_input_is_refused_in_a_sentence_and_the_server_goes_on(client, inputs, said):
    with pytest.raises(AppError, match=said):
        client.predict(api_name="/attend", **inputs)
    assert client.predict("a", api_name="/attend")["heads"] == 12


def posted(server, data):
    """What the endpoint says to a body that our client would not send."""
    url = f"{server.url}/gradio_api/call/attend"
    body = f'{{"data": {data}}}'.encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            event = json.loads(answer.read())["event_id"]
        with urllib.request.urlopen(f"{url}/{event}", timeout=20) as answer:
            return answer.read().decode()
    except urllib.error.HTTPError as error:
        return f"event: error {error.code}"


@pytest.mark.parametrize("layer", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_number_that_json_cannot_hold_is_no_layer(client, server, layer):
    assert posted(server, f'["a", "", "pocket-bert", {layer}]').startswith("event: error")
    assert client.predict("a", api_name="/attend")["heads"] == 12


def test_half_of_a_surrogate_pair_is_refused(client, server):
    said = posted(server, r'["a\ud800", "", "pocket-bert", 0]')
    assert said.startswith("event: error")
    assert "half of a surrogate pair (U+D800)" in said
    assert client.predict("a", api_name="/attend")["heads"] == 12
