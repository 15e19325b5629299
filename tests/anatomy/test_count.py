"""Parameters counted: what transformers builds has as many, and does as much work."""

import io
import json
from contextlib import redirect_stdout

import pytest
import torch
import transformers
from torch.utils.flop_counter import FlopCounterMode

from core.errors import UserError
from figures.anatomy.count import count_figure, count_table
from figures.anatomy.sizes import in_bytes, operations, short
from figures.anatomy.slide import headline, slide_figure
from figures.anatomy.tree import tree_figure, tree_table
from figures.anatomy.treemap import WIDE, Tile, squarified, treemap
from services.anatomy.count import count, evaluated
from services.anatomy.measure import measure
from services.anatomy.shapes import PRESETS, altered
from services.anatomy.slide import LINES, WRONG, read_marks
from tabs.anatomy import TAB
from tabs.anatomy.choices import Choices
from tabs.anatomy.count import of_shape
from tabs.anatomy.endpoint import count_endpoint
from tests.fakes.tiny_gpt2 import tiny_gpt2

SMALL = {"vocabulary": "1,000", "width": "48", "heads": "4", "layers": "3", "feedforward": "100"}
SMALL |= {"context": "32"}
PUBLISHED = {  # from the papers' models, as they were released
    "transformer-base": 63_082_496,
    "bert-base": 109_482_240,
    "bert-large": 335_141_888,
    "distilbert-base": 66_362_880,
    "albert-base": 11_683_584,
    "roberta": 124_645_632,
    "gpt-2": 124_439_808,
    "gpt-3": 174_604_259_328,
    "t5-small": 60_506_624,
}


def executed(code):
    """What the code that is shown leaves behind."""
    names = {}
    with redirect_stdout(io.StringIO()) as said:
        exec(compile(code, "snippet", "exec"), names)
    return names | {"said": said.getvalue()}


@pytest.mark.parametrize("name", PRESETS)
def test_transformers_builds_every_preset_with_as_many_parameters(name):
    made = count(PRESETS[name])
    assert made.total == PUBLISHED[name]
    assert executed(of_shape(PRESETS[name]))["total"] == made.total


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("more", [("", ""), ("tied", "own"), ("own", "shared")])
def test_so_it_does_every_other_measure(name, more):
    shape = altered(PRESETS[name], SMALL, *more)
    made = count(shape)
    assert executed(of_shape(shape))["total"] == made.total
    assert made.total == sum(row.count for row in made.rows)


@pytest.mark.parametrize("name", PRESETS)
def test_the_work_is_what_torch_counts(name):
    """Over n tokens that look at n: of each token n looks, and the weights of all matrices."""
    shape = altered(PRESETS[name], SMALL, "tied" if PRESETS[name].pooler else "")
    architecture, measures = shape.library()
    made = getattr(transformers, architecture)
    model = made(made.config_class(**measures, attn_implementation="eager")).eval()
    ids = torch.full((1, shape.context - 2), 2)
    inputs = {"input_ids": ids} | ({"decoder_input_ids": ids} if shape.kind == "both" else {})
    with FlopCounterMode(display=False) as counted, torch.no_grad():
        model(**inputs)
    n = ids.shape[1]
    looks = count(shape).flops_attention * n // shape.context  # it counts a full context
    assert counted.get_total_flops() == n * (
        count(shape).flops - count(shape).flops_attention + looks
    )


def test_memory_and_cache_follow():
    made = count(PRESETS["gpt-2"])
    assert made.bytes == {
        n: s * 124_439_808 for n, s in (("float32", 4), ("float16", 2), ("int8", 1))
    }
    assert made.cache_bytes_per_token == 2 * 12 * 768 * 2
    assert count(PRESETS["bert-base"]).cache_bytes_per_token == 0


def test_the_cache_is_what_the_library_keeps(space):
    model = tiny_gpt2(space)
    measured = measure(model)
    kept = model.model(torch.tensor([[1, 2, 3]]), use_cache=True).past_key_values
    numbers = sum(layer.keys.numel() + layer.values.numel() for layer in kept.layers)
    assert 3 * count(measured.shape).cached == numbers


def test_a_formula_is_worked_out_as_it_is_written():
    measures = {"L": 3, "d": 5, "f": 7}
    assert evaluated("L·(2·d·f + f + d)", measures) == 3 * (2 * 5 * 7 + 7 + 5)
    assert evaluated("L·3·(d·d + d)", measures) == 3 * 3 * (25 + 5)
    assert evaluated("2·2·d", measures) == 20
    assert evaluated("", measures) == 0


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"heads": "0"}, "heads must be a whole number from 1 to 10,000, or empty .*; got 0"),
        ({"heads": "5"}, "divide the width, .* got 5 heads and a width of 768"),
        ({"width": "wide"}, "width must be a whole number .*; got 'wide'"),
        ({"width": "-8"}, "got -8"),
        ({"width": "1e3"}, "got '1e3'"),
        ({"layers": "10000", "width": "120000"}, "at most 999,999,999,999 are counted"),
        ({"vocabulary": "9" * 50}, "vocabulary must be"),
    ],
)
def test_what_is_no_measure_is_refused(typed, said):
    with pytest.raises(UserError, match=said):
        count(altered(PRESETS["bert-base"], typed))


# The model in memory -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["pocket-bert", "pocket-gpt2"])
def test_a_model_has_what_is_counted_of_it_and_its_tree_adds_up(desk, name):
    entry = desk.named(name, "anatomy")
    measured = desk.ask(measure, entry)
    assert count(measured.shape).total == measured.total == entry.parameters
    assert measured.tree.count == measured.total
    tensors = [w for _, one in measured.tree.walked() for w in one.weights]
    assert sum(w.again for w in tensors) == (name == "pocket-gpt2")
    assert "again" in tree_table(measured) or name == "pocket-bert"
    code = TAB.snippet(TAB.asked(desk, chosen(desk, model=name)))
    assert executed(code)["total"] == measured.total


def chosen(desk, **changed):
    settings = {name: one.start for name, one in TAB.settings.items()}
    return Choices(
        **{**settings, "model": "pocket-bert", "beside": "", "view": "count", **changed}
    )


def test_the_endpoint_knows_models_and_presets(desk):
    asked = count_endpoint(desk)
    assert asked()["total"] == 22_713_216
    given = asked("gpt-3")
    assert given["total"] == sum(row["count"] for row in given["rows"]) == PUBLISHED["gpt-3"]
    assert given["bytes"]["float16"] == 2 * given["total"]
    with pytest.raises(Exception, match=r"must be one of pocket-bert, .*; got 'gpt-9'"):
        asked("gpt-9")


@pytest.mark.parametrize("show", ["count", "tree", "slide"])
def test_what_is_saved_is_what_is_shown(desk, show):
    rows, content = TAB.files(desk, chosen(desk, show=show, marked="1,2"))
    content = json.loads(content)
    assert rows.count("\n") > 9
    if show == "count":
        assert content["total"] == 22_713_216
    if show == "slide":
        assert (content["found"], content["false"]) == (1, 1)


def test_a_changed_model_is_called_so_and_the_second_is_left_as_it_is(desk):
    one = chosen(desk, preset="gpt-2", width="1536")
    drawn = TAB.draw(desk, one)
    assert "GPT-2, changed" in drawn.picture
    assert "hold" not in drawn.picture
    asked = TAB.asked(desk, chosen(desk, model="pocket-gpt2", preset="gpt-2"), first="pocket-bert")
    assert "6,901,760" in TAB.drawn(asked).headline


# Pictures ----------------------------------------------------------------------------------------


def test_areas_are_in_proportion_and_fill_the_box():
    values = [6.0, 6.0, 4.0, 3.0, 2.0, 2.0, 1.0]  # Bruls et al. 2000
    places = squarified(values)
    areas = [place.width * place.height for place in places]
    assert areas == pytest.approx([value / 24 for value in values])
    assert all(p.left + p.width <= 1 + 1e-9 and p.top + p.height <= 1 + 1e-9 for p in places)
    sides = [p.width * WIDE / p.height for p in places]
    assert max(max(side, 1 / side) for side in sides) < 3
    assert treemap([Tile("<b>", "1", "c0", 1.0)], label="x").count("&lt;b&gt;") == 2


def test_the_figure_has_every_row_and_its_areas():
    made = count(PRESETS["t5-small"])
    picture = count_figure(made, title="<T5>")
    assert picture.count('class="tile') == sum(row.count > 0 for row in made.rows)
    assert "&lt;T5&gt;" in picture
    assert all(f"{row.count:,}" in picture for row in made.rows)
    assert count_table(made).count("<tr>") == len(made.rows) + 1


def test_numbers_are_short():
    assert [short(n) for n in (5, 1_536, 56_669_184, 174_604_259_328)] == [
        "5",
        "1.54 K",
        "56.7 M",
        "174.6 G",
    ]
    assert in_bytes(90_852_864) == "90.9 MB"
    assert operations(999) == "999 FLOPs"


def test_the_tree_is_escaped_and_open_at_the_top(tiny_bert):
    picture = tree_figure(measure(tiny_bert))
    assert picture.count("<details open") == 4  # the model, its embeddings, encoder and pooler
    assert "word_embeddings" in picture


# The slide ---------------------------------------------------------------------------------------


def test_what_the_slide_says_is_right_but_in_three_lines():
    """Worked out from its own formulas: 3 lines say something else than they should."""
    value = {"M": 1e6, "K": 1e3}
    said, wrong = [], set()
    for number, line in enumerate(LINES[:-1]):
        digits, unit = line.says.split(" ")
        said.append(float(digits) * value[unit])
        worked = eval(line.formula.replace(",", "").replace("×", "*"))
        if f"{worked / value[unit]:.1f}" != digits:
            wrong.add(number)
    assert wrong == {1}  # the formula itself is wrong in line 3
    one_head = LINES[3].formula
    assert eval(one_head.replace("×", "*")) * 12 == 21_233_664
    assert f"{sum(said) / 1e6:.1f}" == "93.4"
    assert f"{(sum(said) - 3.5e6 - 1.8e6 + 21.2e6) / 1e6:.1f}" in ("109.3", "109.4")
    assert wrong | {3, len(LINES) - 1} == WRONG


def test_marks_are_pressed_and_counted():
    found = read_marks("1, 2,99,x")
    assert (found.marked, found.hits, found.false) == ({1, 2}, 1, 1)
    assert found.toggled(2) == "1"
    assert found.toggled(0) == "0,1,2"
    hidden = slide_figure(LINES, found, title="<S>", marks="1,2", solved=False)
    assert "decimal point" not in hidden
    assert hidden.count('aria-pressed="true"') == 2
    shown = slide_figure(LINES, found, title="<S>", marks="1,2", solved=True)
    assert shown.count('class="missed"') == 2
    assert shown.count('class="hit"') == shown.count('class="false"') == 1
    assert "1 of 3" in headline(found, 3, solved=True)
