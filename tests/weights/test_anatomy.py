"""What the examples of Inside say, counted and measured on the models that ship."""

import re
from dataclasses import replace

import numpy as np
import pytest

from figures.anatomy.sizes import in_bytes
from figures.parts.style import percent
from services.anatomy.cost import cost, reach
from services.anatomy.count import ATTENTION, FEEDFORWARD, count
from services.anatomy.invented import INVENTED
from services.anatomy.journey import BEFORE, inspect
from services.anatomy.shapes import PRESETS
from services.anatomy.tensors import signs_of
from services.attention import ablate
from tabs.anatomy import TAB
from tabs.anatomy.choices import Choices
from tabs.anatomy.count import count_of
from tabs.anatomy.journey import journey_of
from tabs.anatomy.positions import tables_of
from tabs.anatomy.scratch import own, scratch_of, whole_of
from tabs.anatomy.switches import both_of
from tabs.anatomy.tensors import state_of
from tabs.kit.examples import read_examples
from tests.weights.held import holds

SAID = {one["title"]: one for one in read_examples("anatomy")}


@pytest.fixture(scope="module")
def counted(desk):
    """`counted(title)`: the count that an example opens, and its line."""

    def open_example(title):
        return count_of(asked(desk, title)), SAID[title]["look_for"]

    return open_example


def asked(desk, title):
    settings = {name: one.start for name, one in TAB.settings.items()}
    first = {"model": "pocket-bert", "beside": ""}
    return TAB.asked(desk, Choices(**{**settings, **first, **SAID[title]["inputs"]}))


def numbers_in(line):
    return re.findall(r"\d+(?:[.,]\d+)*", line)


def of_group(made, group):
    return sum(row.count for row in made.rows if row.group == group)


@holds("anatomy", "A small BERT", 5)
def test_half_of_a_small_bert_are_its_token_embeddings(counted):
    made, line = counted("A small BERT")
    shape = made.shape
    layers = sum(row.count for row in made.rows if row.formula.startswith("L·"))
    said = [made.rows[0].count, made.total, shape.width, shape.vocabulary]
    assert numbers_in(line)[:4] == [f"{number:,}" for number in said]
    assert f"{percent(layers / made.total)}." in line
    assert made.rows[0].count > made.total / 2


@holds("anatomy", "BERT base", 4)
def test_the_feed_forward_networks_have_most(counted):
    made, line = counted("BERT base")
    most, looks = of_group(made, FEEDFORWARD), of_group(made, ATTENTION)
    assert f"{most:,} of {made.total:,}, or {percent(most / made.total)}" in line
    assert f"{percent(looks / made.total)}" in line
    assert most / looks == pytest.approx(2, abs=0.01)


@holds("anatomy", "Twice the heads", 3)
def test_heads_do_not_count(counted):
    made, line = counted("Twice the heads")
    assert made.shape.heads == 24
    assert made.total == count(PRESETS["bert-base"]).total
    assert f"{made.total:,}" in line
    assert made.shape.width == 768
    assert 768 % 5


@holds("anatomy", "An output of its own", 3)
def test_a_tied_output_saves_a_table(counted):
    made, line = counted("An output of its own")
    tied = count(PRESETS["gpt-2"]).total
    assert numbers_in(line)[:3] == [f"{n:,}" for n in (made.total - tied, made.total, tied)]


@holds("anatomy", "One layer for all", 4)
def test_shared_layers_are_counted_once(counted):
    made, line = counted("One layer for all")
    albert, bert = count(PRESETS["albert-base"]), count(PRESETS["bert-base"])
    said = (made.total, bert.total, PRESETS["albert-base"].table, albert.total)
    assert numbers_in(line) == [f"{number:,}" for number in said]
    assert albert.flops / bert.flops == pytest.approx(1, abs=0.01)


@holds("anatomy", "GPT-3", 4)
def test_gpt_3_takes_hundreds_of_gigabytes(counted):
    made, line = counted("GPT-3")
    cache = made.cache_bytes_per_token * made.shape.context
    assert f"{made.bytes['float16'] / 1e9:.0f} GB" in line
    assert f"{made.total:,}" in line
    assert in_bytes(cache) in line
    assert f"{made.shape.context:,} tokens" in line


@holds("anatomy", "The Transformer of 2017", 1)
def test_only_a_decoder_looks_at_the_encoder(counted):
    made, line = counted("The Transformer of 2017")
    crossed = [row for row in made.rows if "to encoder" in row.part]
    assert f"{sum(row.count for row in crossed):,}" in line
    assert {row.part.split(":")[0] for row in crossed} == {"Decoder"}


@holds("anatomy", "The tree of modules", 1)
def test_the_output_of_a_gpt2_is_its_table_again(desk):
    drawn = TAB.drawn(asked(desk, "The tree of modules"))
    assert "6,901,760" in drawn.headline
    assert "6,901,760" in SAID["The tree of modules"]["look_for"]
    assert drawn.picture.count("the same tensor once more") == 1
    assert "lm_head.weight" in drawn.table


# One token's way ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def followed(desk):
    """`followed(title)`: the way that an example opens, and its line."""
    return lambda title: (journey_of(asked(desk, title)), SAID[title]["look_for"])


@holds("anatomy", "Through one layer", 5)
def test_attention_and_feed_forward_are_added(followed):
    journey, line = followed("Through one layer")
    assert journey.names[journey.token] == "animal"
    added = {step.name: step.norm for step in journey.of(0)}
    inner = journey.inner[0]
    assert f"of length {added['attention']:.2f}" in line
    assert f"one of {added['feed-forward']:.2f}" in line
    assert f"{len(inner.heads)} heads" in line
    assert f"{inner.on} of its {inner.units:,} units" in line


@holds("anatomy", "One word twice", 4)
def test_one_word_begins_as_one_row(followed, desk):
    journey, line = followed("One word twice")
    other = desk.ask(inspect, desk.default("anatomy"), "Your cat is a lovely cat.", "", 6)
    one, two = ({step.name: step for step in j.of(BEFORE)} for j in (journey, other))
    assert (one["token"].vector == two["token"].vector).all()
    assert (one["segment"].vector == two["segment"].vector).all()
    assert (one["position"].vector != two["position"].vector).any()
    assert f"row {journey.tokens[2].id:,}, of length {one['token'].norm:.2f}" in line
    assert "position 2, the other position 6" in line


@holds("anatomy", "Norm before or after", 4)
def test_the_vectors_of_a_gpt2_grow(followed, desk):
    bert, line = followed("Norm before or after")
    first = asked(desk, "Norm before or after")
    second = TAB.asked(desk, replace(first.choices, model="pocket-gpt2"), first="pocket-bert")
    gpt2 = journey_of(second)
    assert gpt2.names[gpt2.token] == " hen"
    for journey, said in ((gpt2, "from {} to {}"), (bert, "{} before the first layer, {} after")):
        lengths = [f"{journey.state(layer).norm:.2f}" for layer in (BEFORE, 5)]
        assert said.format(*lengths) in line


@holds("anatomy", "A unit that says time", 1)
def test_a_unit_promotes_time(followed):
    journey, line = followed("A unit that says time")
    unit = journey.inner[4].strongest[1]
    assert unit.number == 859
    assert f"with {unit.value:.2f}" in line
    assert unit.promotes == (" time", " times", " occasions")


@holds("anatomy", "Where a logit comes from", 2)
def test_a_logit_is_a_sum_of_products(followed):
    journey, line = followed("Where a logit comes from")
    first = journey.guesses[0]
    assert first.label == " time"
    assert f"{len(first.row)} products" in line
    assert f"{percent(first.probability)} of it" in line
    assert f"the {first.logit:.2f} of" in SAID["Where a logit comes from"]["asks"]


# Tensors -----------------------------------------------------------------------------------------


@holds("anatomy", "A printed tensor", 5)
def test_a_real_tensor_has_a_row_for_each_token(desk):
    made, state = state_of(asked(desk, "A printed tensor"))
    real = signs_of(made.states[state], len(made.tokens))
    fake = signs_of(INVENTED.array, made.invented_tokens)
    assert (real.twins, real.empty, fake.twins, fake.empty) == (0, 0, 1, 1)
    said = [f"{real.rows}", f"{real.tokens}", percent(real.below)[:-1]]
    said += [f"{fake.rows}", f"{fake.tokens}"]
    assert numbers_in(SAID["A printed tensor"]["look_for"]) == said


@holds("anatomy", "One number in every row", 7)
def test_one_number_is_largest_in_all_rows(desk):
    made, state = state_of(asked(desk, "One number in every row"))
    rows = np.abs(made.states[state])
    assert set(rows.argmax(axis=1).tolist()) == {130}
    signs = signs_of(made.states[state], len(rows))
    said = ["130", f"{len(rows)}", f"{rows.max(axis=1).min():.1f}", f"{rows.max():.0f}"]
    said += [f"{one:.1f}" for one in signs.deviations]
    assert numbers_in(SAID["One number in every row"]["look_for"]) == [*said, "0"]
    assert set(np.abs(made.states[1]).argmax(axis=1).tolist()) == {130}
    assert len(set(np.abs(made.states[0]).argmax(axis=1).tolist())) > 5


# Switches ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def compared(desk):
    """`compared(title)`: both sides of an example, its line, and its heads in their order."""

    def open_example(title):
        one = asked(desk, title)
        return both_of(one), SAID[title]["look_for"], one.ask(ablate, one.choices.text, "")

    return open_example


@holds("anatomy", "Positions off", 2)
def test_two_cats_are_one_without_positions(compared):
    both, line, _ = compared("Positions off")
    twice = both.made.twice
    assert twice.label == "cat"
    assert numbers_in(line) == [f"{twice.after:g}", f"{twice.before:.3f}"]


@holds("anatomy", "Shuffled, without positions", 2)
def test_without_positions_bert_sees_a_set(compared, desk):
    both, line, _ = compared("Shuffled, without positions")
    first = asked(desk, "Shuffled, without positions")
    in_order = both_of(replace(first, choices=replace(first.choices, shuffle=0))).made
    placed = both_of(replace(first, choices=replace(first.choices, positions=True))).made
    assert numbers_in(line) == [f"{both.made.moved:.3f}", f"{placed.moved:.3f}"]
    assert f"{both.made.moved:.6f}" == f"{in_order.moved:.6f}"
    assert both.made.read != in_order.read


@holds("anatomy", "One head off", 6)
def test_one_head_is_missed_most(compared):
    both, line, ablation = compared("One head off")
    assert both.made.moved == pytest.approx(ablation.moved[5, 11])
    assert ablation.rank(5, 11) == 1
    said = ["5.11", f"{both.made.moved:.4f}", f"{ablation.effect.size}", "3.1"]
    said += [f"{ablation.moved[3, 1]:.4f}", f"{ablation.rank(3, 1)}"]
    assert numbers_in(line) == said


@holds("anatomy", "Without the residual", 3)
def test_nothing_comes_past_the_layers(compared):
    both, line, _ = compared("Without the residual")
    word = both.hidden
    assert (word.label, word.change.before[0].label) == ("animal", "man")
    assert f"{percent(word.change.before[0].probability)} to below 1%" in line
    least = word.change.after[-1].probability
    assert next((o.probability for o in word.change.after if o.label == "man"), least) < 0.01
    assert f"moves by {both.made.moved:.3f}" in line
    assert 0 < both.made.twice.after < 1e-5


@holds("anatomy", "Every head off", 3)
def test_no_token_sees_another(compared):
    both, line, ablation = compared("Every head off")
    change = both.made.next
    assert change.before[0].label.strip() == "time"
    assert change.after[0].label.strip() == "little"
    listed = [change.before[0].probability, change.after[0].probability]
    said = [*(f"{100 * one:.1f}" for one in listed), f"{ablation.effect.size}"]
    assert numbers_in(line) == said


# Positions ---------------------------------------------------------------------------------------


@holds("anatomy", "Sinusoids", 4)
def test_sinusoids_three_apart(desk):
    (table, own), line = tables_of(asked(desk, "Sinusoids")), SAID["Sinusoids"]["look_for"]
    assert table.rows.shape[1] == 512
    assert numbers_in(line)[:2] == [f"{table.products(3)[0]:.2f}", f"{table.products(0)[0]:.0f}"]
    assert own.curve()[3] < table.curve()[3]
    assert "512 dimensions as in the Transformer of 2017" in line
    assert PRESETS["transformer-base"].width == 512


@holds("anatomy", "Learned positions", 5)
def test_gpt2_has_learned_that_neighbours_are_alike(desk):
    _, own = tables_of(asked(desk, "Learned positions"))
    near = own.cosines(1)
    said = [f"{number:.2f}" for number in (near.mean(), near.min(), near.max())]
    assert numbers_in(SAID["Learned positions"]["look_for"]) == [
        *said,
        "32",
        f"{own.curve()[32]:.2f}",
    ]


@holds("anatomy", "Rotary positions", 1)
def test_turned_vectors_know_their_distance_alone(desk):
    table, _ = tables_of(asked(desk, "Rotary positions"))
    products = table.products(1)
    assert f"{len(products)} pairs" in SAID["Rotary positions"]["look_for"]
    assert products.max() - products.min() < 1e-12


# From scratch ------------------------------------------------------------------------------------


@holds("anatomy", "One head, written out", 2)
def test_a_head_is_short(desk):
    one = asked(desk, "One head, written out")
    line = SAID["One head, written out"]["look_for"]
    code = own(whole_of(one), "head")
    body = re.search(r"def head\(.*\n((?:    .*\n)+)", code)[1].splitlines()
    head = next(part for part in scratch_of(one).parts if part.name == "head")
    assert numbers_in(line) == [f"{len(body)}", f"{head.outputs}"]
    assert head.difference < 1e-6


@holds("anatomy", "A GPT in 100 lines", 2)
def test_a_gpt_fits_into_a_hundred_lines(desk):
    one = asked(desk, "A GPT in 100 lines")
    line = SAID["A GPT in 100 lines"]["look_for"]
    model = scratch_of(one).parts[-1]
    said = [f"{model.shape[1]:,}", f"{len(whole_of(one).splitlines())}"]
    assert numbers_in(line) == said
    assert model.difference < 1e-5


# Cost --------------------------------------------------------------------------------------------


@holds("anatomy", "Twice the text", 4)
def test_attention_weights_grow_with_the_square(desk):
    one, line = asked(desk, "Twice the text"), SAID["Twice the text"]["look_for"]
    made = one.ask(cost)
    said = [in_bytes(made.weights[-1])[:-3], "512", in_bytes(made.weights[-2])[:-3], "256"]
    assert numbers_in(line) == said
    assert made.weights[-1] == 4 * made.weights[-2]
    assert made.units[-1] == 2 * made.units[-2]
    assert made.weights[0] < made.units[0]
    assert made.weights[-1] > made.units[-1]


@holds("anatomy", "How far a token reaches", 3)
def test_a_gpt2_reaches_the_first_word_in_one_step(desk):
    one, line = asked(desk, "How far a token reaches"), SAID["How far a token reaches"]["look_for"]
    found = one.ask(reach, one.choices.text)
    shares = [percent(float(row[-1] / row[0]))[:-1] for row in (found.model, found.recurrent)]
    assert numbers_in(line.removeprefix("In GPT-2 ")) == [f"{len(found.model) - 1}", *shares]
