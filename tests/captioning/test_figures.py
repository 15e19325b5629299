"""The caption, its maps and its patches as pictures; asserted by their data."""

import base64
import io
import json
import math
import re
from html import unescape

import numpy as np
import pytest
from PIL import Image

from figures.captioning.boards import Scale, ground, pixels_ground, shares, thumb, tint
from figures.captioning.candidates import differing
from figures.captioning.caption import caption_figure, caption_table, shown, word
from figures.captioning.encoder import encoder_figure, encoder_table, mean_distance
from figures.captioning.heads import heads_words
from figures.captioning.hiding import agreement
from figures.captioning.places import place_words, readout, squeezed
from figures.captioning.sees import sees_figure, sees_table
from figures.captioning.words import words_figure, words_table
from figures.parts.style import MAGNITUDE, SIGNED, percent, ramp
from services.captioning.candidates import Candidate
from services.captioning.caption import Caption, Next, Told
from services.captioning.heads import mixed, with_means
from services.captioning.hiding import Hiding, rank_correlation
from services.captioning.patches import Patches

HOSTILE = "</script><img src=x onerror=alert(1)>"
LAYERS, HEADS = 2, 3
ROWS, COLUMNS = 3, 4
PLACES = ROWS * COLUMNS
END = 0


def told(text, probability, number, *, end=False, rank=1):
    nexts = (Next(text or "<|endoftext|>", number, probability), Next(" cat", 99, 0.01))
    if rank > 2:
        nexts = (Next(" cat", 99, 0.5), Next(" cow", 98, 0.2))
    return Told(text, number, math.log(probability), rank, nexts, end)


def caption(*, dog=" dog", cross=None, rivals=()):
    """“a dog”, and its end; the dog is looked at on patch 5, row 1 and column 1."""
    tokens = (told("a", 0.9, 7), told(dog, 0.5, 8, rank=3), told("", 0.8, END, end=True))
    if cross is None:
        rng = np.random.default_rng(0)
        cross = rng.random((LAYERS, HEADS, 3, 1 + PLACES)).astype(np.float32)
        cross[:, :, 1, 1 + 5] += 9
        cross /= cross.sum(axis=-1, keepdims=True)
    logprob = sum(token.logprob for token in tokens)
    first = Candidate(f"a{dog}", (7, 8, END), logprob, logprob / 3, True)
    return Caption(f"a{dog}", tokens, logprob, (first, *rivals), cross, (ROWS, COLUMNS))


def hiding(at=5, size=1, drop=2.0):
    drops = np.full((3, ROWS, COLUMNS), -0.01)
    drops[1].flat[at] = drop
    return Hiding(drops, drops < 1, size)


def patches(side=5):
    count = 1 + PLACES
    rng = np.random.default_rng(1)
    attention = rng.random((LAYERS, HEADS, count, count)).astype(np.float32)
    attention /= attention.sum(axis=-1, keepdims=True)
    pixels = rng.integers(0, 256, (ROWS * side, COLUMNS * side, 3), dtype=np.uint8)
    positions = np.linspace(-1, 1, PLACES * PLACES).reshape(PLACES, PLACES)
    embeddings = rng.random((PLACES, 3))
    shares = np.array([0.5, 0.25, 0.125])
    return Patches(pixels, side, (ROWS, COLUMNS), attention, positions, embeddings, shares)


def picture(width=80, height=60):
    return Image.linear_gradient("L").resize((width, height)).convert("RGB")


def words(of=None, hid=None, *, token=1, layer=-1, head=-1, image=None):
    image = image or picture()
    return words_figure(
        of or caption(), hid, image, token=token, layer=layer, head=head, title="Tiny"
    )


def text_of(figure):
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", figure)))


def boards(figure):
    """What assets/page/grid.js reads of each large map."""
    found = re.findall(r'<div class="grid board" (.*?)><svg', figure)
    return [dict(re.findall(r'data-([a-z]+)="(.*?)"', unescape_once(one))) for one in found]


def unescape_once(text):
    return text.replace("&quot;", "'")


def numbers(packed):
    return np.frombuffer(base64.b64decode(packed), "<f4")


def picks(figure):
    return [json.loads(unescape(one)) for one in re.findall(r'data-pick="(.*?)"', figure)]


# The caption -------------------------------------------------------------------------------------


def test_each_word_is_a_button_that_looks_at_it_in_the_colour_of_its_probability():
    figure = caption_figure(caption(), picture(), token=1, title="Tiny")
    assert [pick for pick in picks(figure) if len(pick) == 1] == [{"token": n} for n in range(3)]
    papers = re.findall(r'<b style="background:(#\w+);', figure)
    assert papers == [ramp(MAGNITUDE)[round(p * 255)] for p in (0.9, 0.5, 0.8)]
    chips = re.findall(r"<b style=[^>]*>(.*?)</b><span>(.*?)</span>", figure)
    assert chips == [("a", "90.0%"), ("dog", "50.0%"), ("end", "80.0%")]
    assert re.findall(r'aria-pressed="(\w+)"', figure) == ["false", "true", "false"]


def test_the_word_that_was_written_is_among_the_bars_even_where_it_was_unlikely():
    text = text_of(caption_figure(caption(), picture(), token=1, title="Tiny"))
    assert "What could come after a cat 50.0% cow 20.0% dog (rank 3) written 50.0%" in text
    assert "What could come at the start" in text_of(
        caption_figure(caption(), picture(), token=0, title="Tiny")
    )


def test_the_end_token_is_called_end_wherever_it_could_have_come():
    figure = caption_figure(caption(), picture(), token=2, title="Tiny")
    assert "endoftext" not in figure
    assert "end written 80.0%" in text_of(figure)


def test_a_word_beyond_a_shorter_caption_is_its_last():
    figure = caption_figure(caption(), picture(), token=40, title="Tiny")
    assert re.findall(r'aria-pressed="(\w+)"', figure) == ["false", "false", "true"]


def test_a_part_of_a_word_stands_against_the_one_before():
    figure = caption_figure(caption(dog="gy"), picture(), token=0, title="Tiny")
    assert re.findall(r'class="caption-chip( .*?)?"', figure) == ["", " joined", " end"]


def test_what_was_done_to_the_picture_is_said_below_it():
    figure = caption_figure(
        caption(), picture(), token=0, title="Tiny", remarks=("The first of 7 <frames>.",)
    )
    assert "<p>The first of 7 &lt;frames&gt;.</p>" in figure


def test_candidates_show_their_scores_and_which_words_differ():
    rival = Candidate("a small cat", (7, 3, 4), -4.0, -1.0, False)
    figure = caption_figure(caption(rivals=(rival,)), picture(), token=0, title="Tiny")
    assert "a <mark>small cat</mark> <em>(cut off at the limit)</em>" in figure
    assert "ln p −4.00 (1.83%), score −1.00, 3 tokens" in figure
    assert "candidates" not in caption_figure(caption(), picture(), token=0, title="Tiny")


@pytest.mark.parametrize(
    ("one", "other", "seen"),
    [
        ("a dog", "a dog", "a dog"),
        ("a big dog", "a dog", "a <del>big</del> dog"),
        ("a dog", "a red dog", "a <mark>red</mark> dog"),
        ("a dog", "", "<del>a dog</del>"),
        ("", "", "<i>nothing</i>"),
        ("a", "<b>", "<mark>&lt;b&gt;</mark>"),
    ],
)
def test_words_that_differ_are_marked_and_words_left_out_are_struck(one, other, seen):
    assert differing(one.split(), other.split()) == seen


def test_a_caption_without_a_word_says_so():
    end = told("", 0.8, END, end=True)
    empty = Candidate("", (END,), end.logprob, end.logprob, True)
    cross = np.full((1, 1, 1, 1 + PLACES), 1 / (1 + PLACES))
    nothing = Caption("", (end,), end.logprob, (empty,), cross, (ROWS, COLUMNS))
    figure = caption_figure(nothing, picture(), token=0, title="Tiny")
    assert "The model wrote nothing" in figure
    assert "Where it looks for <i>end</i>" in words(nothing, token=0)


# Words to patches --------------------------------------------------------------------------------


def test_the_large_map_holds_the_weights_of_the_word_and_of_the_chosen_head():
    made = caption()
    board, _ = boards(words(made, hiding(), layer=1, head=2))
    np.testing.assert_allclose(numbers(board["values"]), 100 * made.cross[1, 2, 1, 1:], rtol=1e-6)
    np.testing.assert_allclose(numbers(board["beside"]), hiding().drops[1].ravel(), rtol=1e-6)
    assert board["at"] == "[1, 1]"


def test_the_mean_of_all_is_the_mean_over_layers_and_heads():
    made = caption()
    np.testing.assert_allclose(mixed(made.cross, -1, -1), made.cross.mean(axis=(0, 1)), rtol=1e-6)
    np.testing.assert_allclose(mixed(made.cross, 1, -1), made.cross[1].mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(mixed(made.cross, -1, 2), made.cross[:, 2].mean(axis=0), rtol=1e-6)
    every = with_means(made.cross)
    for layer, head in ((0, 1), (1, -1), (-1, 2), (-1, -1)):
        np.testing.assert_array_equal(every[layer, head], mixed(made.cross, layer, head))
    assert heads_words(1, 2) == "layer 1, head 2"
    assert heads_words(-1, -1) == "mean of all layers and heads"


def test_what_is_on_the_class_token_is_said_because_it_is_no_place():
    made = caption()
    share = percent(float(made.cross[0, 0, 1, 0]))
    assert f"{share} is on the class token, which is not a place" in words(made, layer=0, head=0)


def test_there_is_a_button_for_each_word_and_for_each_layer_and_head_and_their_means():
    figure = words(layer=1, head=2)
    found = picks(figure)
    assert [pick for pick in found if "token" in pick] == [{"token": n} for n in range(3)]
    heads = [(pick["layer"], pick["head"]) for pick in found if "layer" in pick]
    assert heads == [
        *((layer, head) for layer in range(LAYERS) for head in (*range(HEADS), -1)),
        (-1, -1),
    ]
    # the matrix is one stop of the Tab key: the head that is chosen
    stops = re.findall(r'data-pick="[^"]*layer[^"]*"[^>]*?aria-pressed="(\w+)"([^>]*)>', figure)
    assert [pressed for pressed, rest in stops if "tabindex=-1" not in rest] == ["true"]
    assert len(stops) == LAYERS * (HEADS + 1) + 1


def test_the_hidden_patch_that_costs_most_is_named_with_what_it_does():
    text = text_of(words(hid=hiding(at=5)))
    assert "Most at row 1, column 1 (left): +2.00 nats, from 50.0% to 6.77%" in text
    assert "no longer the first choice" in text
    assert "Attention alone is not an explanation" in text


@pytest.mark.parametrize(
    ("hid", "said"),
    [
        (hiding(at=5), "The maps agree on the place: attention peaks at row 1, column 1"),
        (hiding(at=0, size=2), "The maps agree"),  # the block of patch 0 holds patch 5
        (hiding(at=6, size=2), "The maps peak at different places"),  # it begins at itself
        (hiding(at=11), "hiding at row 2, column 3 (lower right). With the place hidden where "),
        (hiding(drop=0.01), "The maps cannot agree"),
    ],
)
def test_it_is_said_whether_attention_and_hiding_agree(hid, said):
    weights = caption().cross.mean(axis=(0, 1))[1, 1:].reshape(ROWS, COLUMNS)
    assert said in agreement(hid, weights, token=1)


def test_the_rank_correlation_is_spearmans_with_ties():
    from scipy.stats import spearmanr

    rng = np.random.default_rng(3)
    one, other = rng.integers(0, 4, (2, 5, 5))
    assert rank_correlation(one, other) == pytest.approx(
        spearmanr(one.ravel(), other.ravel()).statistic
    )
    assert rank_correlation(one, np.ones((5, 5))) is None


def test_a_map_that_is_not_computed_says_how_to_get_it():
    figure = words(hid=None)
    assert "Not computed yet" in figure
    assert len(boards(figure)) == 1
    assert "nats lost" not in words_table(caption(), None, token=1, layer=-1, head=-1)


# The encoder, and what the model sees ------------------------------------------------------------


def test_the_encoder_map_is_the_row_of_the_chosen_patch():
    made = patches()
    figure = encoder_figure(made, picture(), patch=6, layer=1, head=0, title="Tiny")
    (board,) = boards(figure)
    expected = 100 * made.attention[1, 0, 1 + 6, 1:]
    np.testing.assert_allclose(numbers(board["values"]), expected, rtol=1e-6)
    assert (board["picks"], board["at"]) == ("patch", "[1, 2]")
    assert f"{percent(float(made.attention[1, 0, 7, 7]))} on itself" in text_of(figure)
    heads = [(pick["encoder_layer"], pick["encoder_head"]) for pick in picks(figure)]
    assert heads[-2:] == [(1, -1), (-1, -1)]
    assert "on the class token, which is not a place" in figure


def test_the_mean_distance_is_weighted_by_attention():
    weights = np.zeros(PLACES)
    weights[[0, 3]] = 0.2, 0.6  # on itself, and three columns away; the rest on the class token
    assert mean_distance(weights, 0, (ROWS, COLUMNS)) == pytest.approx(3 * 0.75)
    assert mean_distance(np.zeros(PLACES), 0, (ROWS, COLUMNS)) == 0


def test_the_picture_as_seen_keeps_every_pixel():
    made = patches()
    figure = sees_figure(made, picture(), patch=6, title="Tiny")
    data = re.search(r'href="data:image/png;base64,(.*?)"', figure)[1]
    np.testing.assert_array_equal(
        np.asarray(Image.open(io.BytesIO(base64.b64decode(data)))), made.pixels
    )


def test_each_patch_is_numbered_and_the_chosen_one_is_worked_out():
    figure = sees_figure(patches(), picture(), patch=6, title="Tiny")
    inner = re.search(r'<g class="all".*?</g>', figure)[0]
    assert re.findall(r">(\d+)</text>", inner) == [str(place) for place in range(PLACES)]
    assert "Patch 6: 5 x 5 pixels x 3 colours = 75 numbers" in figure
    said = "red (50.0% of the variance), green (25.0%) and blue (12.5%)"
    assert said in text_of(figure)


def test_patches_too_small_for_numbers_are_numbered_at_the_edge():
    side, count = 2, 24
    whole = np.zeros((count * side, count * side, 3), np.uint8)
    places = count * count
    attention = np.full((1, 1, 1 + places, 1 + places), 1 / (1 + places), np.float32)
    made = Patches(
        whole,
        side,
        (count, count),
        attention,
        np.eye(places),
        np.full((places, 3), 0.5),
        np.array([1.0, 0, 0]),
    )
    figure = sees_figure(made, picture(), patch=0, title="Tiny")
    seen = [int(number) for number in re.findall(r">(\d+)</text>", figure)]
    assert seen == [*range(0, 24, 2), *range(48, places, 48)]


def test_maps_of_position_and_embedding_are_those_of_the_patches():
    made = patches()
    _, embedded, positions = boards(sees_figure(made, picture(), patch=6, title="Tiny"))
    np.testing.assert_allclose(numbers(positions["values"]), made.positions[6], rtol=1e-6)
    np.testing.assert_allclose(numbers(embedded["values"]), made.embeddings[:, 0], rtol=1e-6)
    np.testing.assert_allclose(numbers(embedded["beside"]), made.embeddings[:, 1], rtol=1e-6)


# What they are made of ---------------------------------------------------------------------------


def test_a_picture_is_embedded_once_and_every_small_map_refers_to_it():
    figure = words(hid=hiding())
    (name,) = re.findall(r'<image id="(.*?)"', figure)
    assert figure.count("data:image/jpeg") + figure.count("data:image/png") == 1 + figure.count(
        'opacity="0.68"/></svg>'
    )
    assert figure.count(f'<use href="#{name}"/>') == 1 + 3 + LAYERS * (HEADS + 1) + 1


def test_a_map_follows_the_proportions_of_the_picture():
    under = ground(picture(80, 60), (ROWS, COLUMNS))
    assert (under.width, under.height, under.cell, under.high) == (480, 360, 120, 120)
    assert "squeezed to a square" in squeezed(picture(80, 60))
    assert squeezed(picture(60, 60)) == ""
    assert ground(picture(1, 1), (ROWS, COLUMNS)).height == 480
    assert ground(picture(1000, 1), (ROWS, COLUMNS)).height == 48


def test_a_map_goes_from_nothing_to_its_largest_weight():
    values = np.array([[0.0, 0.1], [0.2, 0.4]])
    assert shares(values.max()).levels(values).tolist() == [[0, 64], [128, 255]]
    assert Scale(SIGNED, 2).levels(np.array([-2.0, 0, 2, 9])).tolist() == [0, 128, 255, 255]
    assert shares(0).levels(np.zeros((1, 2))).tolist() == [[0, 0]]
    under = ground(picture(), (2, 2))
    drawn = tint(under, values, shares(values.max()))
    assert f'<path fill="{ramp(MAGNITUDE)[255]}" d="M1 1h1v1h-1z"/>' in drawn


def test_a_small_map_is_a_pixel_for_each_patch():
    values = np.array([[0.0, 0.1], [0.2, 0.4]])
    drawn = thumb(ground(picture(), (2, 2)), values, shares(values.max()), long=48)
    data = re.search(r'href="data:image/png;base64,(.*?)"', drawn)[1]
    small = Image.open(io.BytesIO(base64.b64decode(data)))
    assert small.size == (2, 2)
    assert np.asarray(small).tolist() == [[0, 4], [8, 15]]
    assert 'width="48" height="36"' in drawn


def test_places_are_told_by_row_and_column_and_in_words():
    assert place_words(0, (12, 12)) == "row 0, column 0 (upper left)"
    assert place_words(78, (12, 12)) == "row 6, column 6 (centre)"
    assert place_words(143, (12, 12)) == "row 11, column 11 (lower right)"
    say = "Row {row}, column {column}: {value}, {beside}"
    assert readout(say, 14, 12, 0.5, -2.0) == "Row 1, column 2: 0.500, -2.00"


def test_pixels_are_shown_as_squares():
    assert 'image-rendering="pixelated"' in pixels_ground(patches().pixels, (3, 4)).embedded


def test_tables_hold_every_word_and_every_patch():
    table = caption_table(caption())
    assert "dog 8 50.0% −0.693 3" in text_of(table)
    assert words_table(caption(), hiding(), token=1, layer=-1, head=-1).count("<tr>") == 14
    assert encoder_table(patches(), patch=6, layer=0, head=1).count("<tr>") == 14
    assert sees_table(patches(), patch=6).count("<tr>") == 13


def test_words_of_a_model_are_text_everywhere():
    made = caption(dog=f" {HOSTILE}", rivals=(Candidate(HOSTILE, (1,), -1.0, -1.0, True),))
    drawn = [
        caption_figure(made, picture(), token=1, title=HOSTILE, remarks=(HOSTILE,)),
        caption_table(made),
        words(made, hiding()),
        words(made, None),
        words_table(made, hiding(), token=1, layer=-1, head=-1),
        encoder_figure(patches(), picture(), patch=0, layer=0, head=0, title=HOSTILE),
        sees_figure(patches(), picture(), patch=0, title=HOSTILE),
    ]
    assert all("<img" not in figure and "<script" not in figure for figure in drawn)
    assert word(made.tokens[1]) == HOSTILE
    assert "<img" not in shown(made.tokens[1])


@pytest.mark.parametrize(
    ("layers", "heads", "side", "most"),
    [(3, 4, 12, 100_000), (12, 12, 14, 200_000)],  # the pocket captioner, and vit-gpt2
)
def test_a_view_is_light_enough_for_a_hall(layers, heads, side, most):
    rng = np.random.default_rng(5)
    shape = (layers, heads, 12)
    cross = rng.dirichlet(np.full(1 + side * side, 0.3), shape).astype(np.float32)
    made = caption()
    tokens = made.tokens[:1] * 11 + made.tokens[-1:]
    made = Caption(made.text, tokens, made.logprob, made.candidates, cross, (side, side))
    drops = rng.normal(size=(12, side, side))
    clouds = Image.fromarray(rng.integers(0, 256, (60, 80, 3), dtype=np.uint8)).resize((800, 600))
    assert len(words(made, Hiding(drops, drops < 1, 2), image=clouds)) < most
