"""Arrows in the plane: the slide's numbers, what is refused, the picture and its code."""

import contextlib
import io
import json
import math
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from playwright._impl._driver import compute_driver_executable

from core.errors import UserError
from core.paths import ASSETS
from core.vectors import read_vectors
from figures.parts.plane import Arrow, plane, reach, written
from figures.similarity.arrows import arrows_figure, arrows_table, headline
from services.similarity.arrows import MOST, measure
from tabs.kit.examples import read_examples
from tabs.similarity import TAB
from tests.weights.held import holds
from tests.weights.test_similarity import choices

SLIDE = "3, 4\n4, 3\n1, 4\n-4, 3\n-2, -3"
EXAMPLES = {example["title"]: example["look_for"] for example in read_examples("similarity")}


@holds("similarity", "The slide's arrows", 14)
def test_the_slides_arrows_have_the_slides_dot_products(desk):
    arrows = measure(choices("The slide's arrows").vectors)
    assert arrows.first.tolist() == [3, 4]
    assert arrows.dots.tolist() == [24, 19, 0, -18]
    assert arrows.others[2].tolist() == [-4, 3]
    assert (arrows.first * arrows.others[2]).tolist() == [-12, 12]
    assert arrows.others[3].tolist() == [-2, -3]
    np.testing.assert_allclose(arrows.cosines, [0.96, 0.9216, 0, -0.9985], atol=5e-5)
    assert arrows.lengths.tolist() == [5, 5, math.sqrt(17), 5, math.sqrt(13)]
    assert arrows.angles[2] == 90
    said = EXAMPLES["The slide's arrows"]
    assert "*b* = [4, 3] has 24 and *c* = [1, 4] has 19" in said
    assert TAB.draw(desk, choices("The slide's arrows")).headline.endswith(">24</b>")


@holds("similarity", "Ten times as long", 3)
def test_a_longer_arrow_has_a_larger_product_and_the_same_cosine():
    arrows = measure(choices("Ten times as long").vectors)
    assert arrows.others.tolist() == [[4, 3], [40, 30], [30, 40]]
    assert arrows.dots.tolist() == [24, 240, 250]
    assert arrows.cosines.tolist() == pytest.approx([0.96, 0.96, 1])
    assert "240 instead of 24" in EXAMPLES["Ten times as long"]


def test_the_angle_is_exact_at_both_ends():
    arrows = measure("0.1 0.3\n0.2 0.6\n-0.3 -0.9")
    assert arrows.angles.tolist() == pytest.approx([0, 180], abs=1e-9)
    assert np.abs(arrows.cosines).max() <= 1


@pytest.mark.parametrize("line", ["-4, 3", "[−4, 3]", "(-4 3)", " -4;3 ", "-4.0\t3"])
def test_two_numbers_may_be_written_in_many_ways(line):
    assert read_vectors(f"\n{line}\n", fewest=1, most=1).tolist() == [[-4, 3]]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("3, 4\na, b", r"Line 2 of the vectors must be two numbers, such as 3, 4; got 'a, b'\."),
        ("3, 4\n1, 2, 3", r"Line 2 .* got '1, 2, 3'"),
        ("3\n4", r"Line 1 .* got '3'"),
        ("1e3, 4\n4, 3", r"Line 1 .* got '1e3, 4'"),
        ("nan, 4\n4, 3", r"Line 1 .* got 'nan, 4'"),
        ("3, 4\n1001, 2", r"from −1,000 to 1,000; got 1,001\."),
        ("3, 4\n0, -0.0", r"Vector 2 is 0, 0: it has length 0"),
        ("3, 4", r"There must be 2 to 8 vectors, one on each line; got 1\."),
        ("", r"got 0\."),
        ("1, 1\n" * 10_000, r"got more than 8\."),
        (None, r"must be text, one on each line; got nothing\."),
    ],
)
def test_what_is_no_vector_is_refused_in_one_sentence(text, said):
    with pytest.raises(UserError, match=said):
        measure(text)


def test_every_arrow_has_a_row_a_colour_and_a_tip():
    arrows = measure("\n".join(f"{n}, 1" for n in range(MOST)))
    picture = arrows_figure(arrows)
    assert len(re.findall(r'data-tip="\d"', picture)) == MOST
    assert len(set(re.findall(r'stroke="(#\w+)" stroke-width="3.5"', picture))) == MOST
    assert arrows_table(arrows).count("<tr") == MOST + 1
    for place in range(MOST - 1):
        for part in ("vector", "sum", "dot", "length", "angle", "cosine"):
            assert f'data-shows="{part} {place}"' in picture


def test_a_second_finger_neither_takes_nor_lets_go_what_the_first_one_holds():
    node, _ = compute_driver_executable()  # the one that the browser tests have
    scripts = Path(__file__).with_name("two_fingers.js"), ASSETS / "parts" / "plane.js"
    run = subprocess.run([node, *scripts], capture_output=True, text=True, check=True)
    assert json.loads(run.stdout) == ["2,0 2,2", "rest"]


def test_the_plane_has_room_for_the_longest_arrow():
    assert [reach([value]) for value in (0.1, 5, -5.1, 40, 60, 1000)] == [5, 5, 10, 50, 100, 1000]
    picture = plane([Arrow("a", (30, -40), "#000000")], "vectors", label="Arrows")
    told = json.loads(re.search(r'data-plane="([^"]+)"', picture)[1].replace("&quot;", '"'))
    assert told == {"limit": 50, "sets": "vectors", "tips": [[30, -40]], "own": {}}
    assert "M0 0L120.0 160.0" in picture


def test_numbers_are_short_with_a_minus_sign():
    said = [written(value) for value in (24, -18, 4.1231, -0.001, 2e6, 100)]
    assert said == ["24", "−18", "4.12", "0", "2,000,000", "100"]


def test_no_model_is_read_for_arrows(desk, monkeypatch):
    monkeypatch.setattr(type(desk), "read", lambda *_: pytest.fail("a model was read"))
    monkeypatch.setattr(type(desk), "ask", lambda *_, **__: pytest.fail("a model was asked"))
    chosen = replace(choices("The slide's arrows"), beside="bert-base-uncased")
    assert len(TAB.shown(desk, chosen)) == 1
    assert headline(measure(SLIDE)) == TAB.draw(desk, chosen).headline


def test_the_code_prints_what_the_page_shows(desk):
    chosen = choices("The slide's arrows")
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(TAB.snippet(TAB.asked(desk, chosen)), {})
    numbers = [float(n) for n in re.findall(r"dot (-?[\d.]+)", out.getvalue())]
    assert numbers == [24, 19, 0, -18]
    assert "-0.998" in out.getvalue()
