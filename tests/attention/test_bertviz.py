"""bertviz in its frame: nothing typed runs, the data is small, and missing files are said."""

import html
import importlib.metadata
import itertools
import json
import re

import numpy as np
import pytest

from core.errors import UserError
from figures.attention import bertviz
from tabs.attention.lines import need_bertviz
from tests.attention.test_attention import HOSTILE, attention_of

BREAKS = ("}; // HACK: ", "\u2028", '"', "a&b", HOSTILE)


def page_of(figure):
    """The page inside the frame."""
    return html.unescape(re.search(r'srcdoc="([^"]*)"', figure).group(1))


def data_of(page):
    """The data inside the page's script."""
    decoder = json.JSONDecoder()
    return decoder.raw_decode(page.split("const lectern = ", 1)[1])[0]


def made(heads=12, *, names=BREAKS, second=(), layers=1):
    count = len(names) + len(second)
    weights = np.random.default_rng(0).dirichlet(np.ones(count), size=(layers, heads, count))
    return attention_of(weights, *names, second=second)


def test_hostile_tokens_stay_data():
    page = page_of(bertviz.head_view(made(), 0, list(range(12)), caption=HOSTILE))
    script = page.split("const lectern = ", 1)[1]
    assert HOSTILE not in page
    assert "<img" not in page
    assert "\u2028" not in page
    assert script.split("</script>")[0].count("<") == script.split("</script>")[0].count("< ")
    assert data_of(page)["attention"][0]["left_text"] == list(BREAKS)


def test_the_caption_is_escaped():
    assert "<img" not in bertviz.head_view(made(), 0, [0], caption=HOSTILE)


def test_the_frame_has_an_origin_of_its_own_and_a_nonce_policy():
    figure = bertviz.head_view(made(), 0, [0], caption="")
    page = page_of(figure)
    assert 'sandbox="allow-scripts"' in figure
    assert "allow-same-origin" not in figure
    nonce = re.search(r"script-src 'nonce-([\w-]{20,})'", page).group(1)
    assert "default-src 'none'" in page
    assert re.findall(r"<script(?: nonce=\"([^\"]*)\")?", page) == [nonce] * 5
    assert "http" not in "".join(re.findall(r'src="([^"]*)"', page))
    other = bertviz.head_view(made(), 0, [0], caption="")
    assert nonce not in other


def test_the_data_is_there_once_for_one_layer_rounded_to_three_decimals():
    attention = made(layers=6)
    page = page_of(bertviz.head_view(attention, 4, list(range(12)), caption=""))
    sent = np.array(data_of(page)["attention"][0]["attn"])
    assert sent.shape == (1, 12, 5, 5)
    np.testing.assert_allclose(sent[0], attention.weights[4], atol=5.001e-4)
    assert max(len(number) for number in re.findall(r"\d\.\d+", json.dumps(sent.tolist()))) == 5
    assert page.count("left_text") - page.count(".left_text") < 4  # the data, and our block()
    assert data_of(page)["include_layers"] == [4]


def test_one_head_keeps_its_number_and_its_colour():
    page = page_of(bertviz.head_view(made(), 0, [11], caption=""))
    assert f'setup = {{"colours":["{bertviz.HEAD_COLOURS[11]}"],"heads":[11]' in page
    assert np.array(data_of(page)["attention"][0]["attn"]).shape == (1, 1, 5, 5)


def test_a_pair_is_sent_once_with_the_place_where_the_second_begins():
    attention = made(names=("[CLS]", "cat", "[SEP]"), second=("sat", "[SEP]"))
    page = page_of(bertviz.head_view(attention, 0, [0], caption=""))
    assert len(data_of(page)["attention"]) == 1
    assert '"second":3}' in page
    assert "first to second" in page
    alone = page_of(bertviz.head_view(made(), 0, [0], caption=""))
    assert "first to second" not in alone


def test_the_model_view_holds_every_head():
    page = page_of(bertviz.model_view(made(layers=2), caption=""))
    data = data_of(page)
    assert np.array(data["attention"][0]["attn"]).shape == (2, 12, 5, 5)
    assert data["display_mode"] == "light"


def test_another_bertviz_is_noticed():
    with pytest.raises(ValueError, match=r"not make the page that version 1\.4\.1 made"):
        bertviz.take_apart('<div></div><script type="text/javascript">const x = {};</script>')


@pytest.mark.parametrize("text", [*BREAKS, "\u2029", "é 你 🙂"])
def test_json_inside_a_script_says_the_same(text):
    written = bertviz.in_script([text])
    assert json.loads(written) == [text]
    assert not set(written) & set("<>&\u2028\u2029")


def test_the_files_that_it_needs_are_here_and_nothing_else_is_served():
    assert bertviz.missing_libraries() == ""
    assert [path.name for path in bertviz.library_paths()] == [
        "jquery.slim.min.js",
        "d3.v5.min.js",
    ]


def test_a_missing_file_is_said_and_the_heatmap_offered(monkeypatch):
    def lost(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(bertviz.importlib.metadata, "distribution", lost)
    bertviz.missing_libraries.cache_clear()
    try:
        assert "run `pip install XStatic-jQuery`" in bertviz.missing_libraries()
        assert bertviz.library_paths() == []
        with pytest.raises(UserError, match="The heatmap shows the same weights"):
            need_bertviz()
    finally:
        monkeypatch.undo()
        bertviz.missing_libraries.cache_clear()


def test_a_file_that_differs_is_said(monkeypatch, tmp_path):
    changed = tmp_path / "jquery.slim.min.js"
    changed.write_text("alert(1)")
    monkeypatch.setattr(bertviz, "library_path", lambda name, file: changed)
    bertviz.missing_libraries.cache_clear()
    try:
        assert "this one differs" in bertviz.missing_libraries()
    finally:
        monkeypatch.undo()
        bertviz.missing_libraries.cache_clear()


# Colours -----------------------------------------------------------------------------------------

# What eyes without red, green or blue cones see (Machado et al. 2009, severity 1), linear RGB.
SIGHT = {
    "all cones": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def linear(colour):
    share = np.array([int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)])
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def lab(rgb):
    x = TO_XYZ @ np.clip(rgb, 0, 1) / np.array([0.9505, 1, 1.089])
    f = np.where(x > 0.008856, np.cbrt(x), 7.787 * x + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("sight", SIGHT)
def test_twelve_heads_are_told_apart_by_colour(sight):
    assert len(bertviz.HEAD_COLOURS) == 12
    seen = [lab(np.array(SIGHT[sight]) @ linear(colour)) for colour in bertviz.HEAD_COLOURS]
    nearest = min(np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2))
    assert nearest > 20


def test_every_colour_is_seen_on_white_and_on_black():
    lightness = [lab(linear(colour))[0] for colour in bertviz.HEAD_COLOURS]
    assert min(lightness) > 35
    assert max(lightness) < 82
