"""The map: its boxes are the model's, its shapes the sentence's, and every way leads somewhere."""

import contextlib
import io
import re
from dataclasses import replace
from urllib.parse import parse_qsl

import pytest

from core.errors import UserError
from models.checkpoints import Checkpoints
from models.loaded import Loaded
from models.serving import Desk
from page.links import read_fields
from services.anatomy.count import count
from services.anatomy.measure import measure
from services.map import plan
from tabs import TABS
from tabs.kit.examples import read_examples
from tabs.kit.places import here, place_of, sentence_of, table
from tabs.map import TAB
from tests.kit.stages import chosen, stages_of
from tests.weights.held import holds

SAID = {one["title"]: one for one in read_examples("map")}
MODELS = ("pocket-bert", "pocket-gpt2", "pocket-captioner")
# What the modules of a model are called whose parameters a box has.
PARTS = {
    "table": r"word_embeddings|wte",
    "positions": r"position_embeddings|wpe",
    "segments": r"token_type_embeddings",
    "project": r"patch_embeddings",
    "whole": r"cls_token",
    "attention": r"\.attention\.(self|output\.dense|[qkvo]_proj|attention|output)|\.attn\.",
    "cross": r"crossattention",
    "feedforward": r"intermediate|\.output\.dense|\.mlp\.",
}


@pytest.fixture(scope="module")
def stages(desk):
    return stages_of(desk)


def planned(desk, title):
    """The plans that an example shows, one for each of its models."""
    inputs = SAID[title]["inputs"]
    text = inputs.get("text", SAID["Encoder: BERT"]["inputs"]["text"])
    names = [inputs.get("model", "pocket-bert"), *filter(None, [inputs.get("beside")])]
    return [desk.tokenize(plan, desk.named(name, "map"), text) for name in names]


def boxes_of(made):
    return [(stack, row, box) for stack in made.stacks for row in stack.rows for box in row.boxes]


def weights_of(made, *names):
    """The parameters of the boxes of these names, in all layers."""
    return sum(
        box.weights * (stack.layers if row.where == "layer" else 1)
        for stack, row, box in boxes_of(made)
        if box.name in names
    )


# The numbers -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MODELS)
def test_the_boxes_have_all_parameters_of_the_model(desk, checkpoints, name):
    entry = desk.named(name, "map")
    made = desk.tokenize(plan, entry, "The cat sat.")
    network = checkpoints.load(entry, entry.capabilities[1]).model
    assert made.total == sum(one.numel() for one in network.parameters())


@pytest.mark.parametrize("name", MODELS[:2])
def test_they_are_those_that_inside_counts(desk, checkpoints, name):
    entry = desk.named(name, "map")
    made = desk.tokenize(plan, entry, "The cat sat.")
    counted = count(measure(checkpoints.load(entry, "anatomy")).shape)
    assert made.total == counted.total
    for box, group in (("attention", "attention"), ("feedforward", "feed-forward")):
        of_group = sum(row.count for row in counted.rows if row.group == group)
        assert weights_of(made, box) == of_group


@pytest.mark.parametrize(
    ("architecture", "parameters"),
    [
        ("Bert", 109_482_240),
        ("Roberta", 124_645_632),
        ("DistilBert", 66_362_880),
        ("GPT2", 124_439_808),
    ],
)
def test_published_models_are_counted_whole(desk, architecture, parameters):
    import transformers

    more = {"Roberta": {"vocab_size": 50265, "max_position_embeddings": 514, "type_vocab_size": 1}}
    config = getattr(transformers, f"{architecture}Config")(**more.get(architecture, {}))
    entry = desk.default("map")
    tokenizer = desk.checkpoints.tokenizer(entry)
    model = Loaded(entry, tokenizer, None, desk.limits, config=config)
    assert plan(model, "The cat sat.").total == parameters


@pytest.mark.parametrize("name", MODELS)
def test_the_shapes_are_those_that_the_library_gives(desk, stages, name):
    text = "a red car on the left"
    choices, _ = chosen(stages["map"], text=text, model=name)
    asked = TAB.asked(desk, choices)
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(compile(TAB.snippet(asked), "snippet", "exec"), {})
    made = desk.tokenize(plan, asked.entry, text)
    lines = [re.split(r"\s{2,}", line) for line in said.getvalue().splitlines()]
    shapes = {line[0]: line[1] for line in lines if len(line) > 2}
    assert f"{made.total:,} parameters in all" in said.getvalue()
    for stack, row, box in boxes_of(made):
        if box.name not in PARTS or not box.weights or row.where == "before":
            continue
        of_stack = {
            name: shape
            for name, shape in shapes.items()
            if re.search(PARTS[box.name], f".{name}")
            and (len(made.stacks) == 1 or name.startswith(stack.name))
        }
        wide = f"{box.rows} × {box.columns}"
        assert wide in of_stack.values(), (box.name, of_stack)
        assert len(of_stack) >= stack.layers


def test_the_map_is_drawn_and_saved_before_any_weights_are_read(space):
    cold = Desk(Checkpoints(space))
    stage = stages_of(cold)["map"]
    for name in MODELS:
        choices, _ = chosen(stage, model=name, text="The cats sat.")
        assert "The" in TAB.draw(cold, choices).picture or "the" in TAB.draw(cold, choices).picture
        TAB.files(cold, choices)
    assert {one["state"] for one in cold.checkpoints.describe() if one["tier"] == "pocket"} == {
        "cold"
    }


# What is refused ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "model", "said"),
    [
        ("  ", "pocket-bert", "The text is empty"),
        ("cat " * 300, "pocket-bert", "302 tokens; at most 128"),
        ("the red car and " * 12, "pocket-captioner", "this model reads at most 44"),
    ],
)
def test_a_text_that_does_not_go_through_is_refused_with_both_numbers(
    desk, stages, text, model, said
):
    choices, _ = chosen(stages["map"], text=text, model=model)
    with pytest.raises(UserError, match=said):
        TAB.draw(desk, choices)


@pytest.mark.parametrize("box", ["kitchen", 3, None])
def test_a_box_that_is_not_there_is_refused_with_those_that_are(desk, stages, box):
    choices, _ = chosen(stages["map"])
    with pytest.raises(UserError, match=r"one of tokens, patches, .*; got "):
        TAB.asked(desk, replace(choices, box=box))


# The ways ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [None, "Her <b>unhappiness</b> & “more” surprised them."])
@pytest.mark.parametrize("name", MODELS)
def test_every_box_leads_to_a_view_with_the_sentence(desk, stages, name, text):
    changed = {"text": text} if text else {}
    choices, _ = chosen(stages["map"], model=name, **changed)
    picture = TAB.draw(desk, choices).picture
    links = re.findall(r'<a [^>]*?href="\?([^"]*)"', picture)
    assert len(links) > 12
    boxes = re.findall(r'<div class="box ', picture)
    assert len(re.findall(r'<div class="box [\w ]+"><a ', picture)) == len(boxes)
    for link in links:
        pairs = parse_qsl(link.replace("&amp;", "&"), strict_parsing=True)
        stem = dict(pairs)["tab"]
        values, ignored = read_fields(stages[stem].fields, pairs, desk.limits.context_characters)
        assert ignored == []
        sentence = sentence_of(stem)
        if sentence:
            goes = values.get(sentence, stages[stem].controls[sentence].value)
            assert goes.split("\n")[0] == choices.text


def test_what_a_tab_starts_with_is_left_out_of_its_way(desk, stages):
    picture = TAB.draw(desk, chosen(stages["map"])[0]).picture
    assert 'href="?tab=attention"' in picture  # so that no model is asked for it


@pytest.mark.parametrize("tab", TABS[1:], ids=lambda tab: tab.stem)
def test_every_tab_says_where_it_is(tab):
    line = here(tab.stem, [view.name for view in tab.views])
    box = place_of(tab.stem, tab.views[0].name).box
    assert f"?tab=map&amp;box={box}" in line
    assert tab.stem in table()["tab"]
    assert set(table()["tab"][tab.stem].get("views", {})) <= {one.name for one in tab.views}
    assert sentence_of(tab.stem) in ("", *tab.settings)


def test_a_tab_that_nobody_placed_is_about_the_whole_model():
    assert place_of("echoes", "measure").box == ""
    assert "You are here: </span><b>the whole model</b>" in here("echoes", ["measure"])


@pytest.mark.parametrize("name", MODELS)
def test_a_box_at_which_one_is_says_so(desk, stages, name):
    choices, _ = chosen(stages["map"], model=name, box="attention")
    picture = TAB.draw(desk, choices).picture
    assert "You are at <b>Self-attention</b>" in picture
    assert 'class="box attention at"' in picture
    assert "Begin here" not in picture


# The examples ------------------------------------------------------------------------------------


@holds("map", "Decoder: GPT-2", 1)
def test_the_decoder_ends_in_its_table(desk):
    (made,) = planned(desk, "Decoder: GPT-2")
    assert (
        f"into {made.stacks[0].vocabulary:,} probabilities" in SAID["Decoder: GPT-2"]["look_for"]
    )
    assert boxes_of(made)[-1][2].columns == made.stacks[0].vocabulary


@holds("map", "Encoder–decoder", 2)
def test_the_words_look_at_the_picture(desk):
    (made,) = planned(desk, "Encoder–decoder")
    said = SAID["Encoder–decoder"]["look_for"]
    assert f"each of the {made.stacks[1].layers} layers" in said
    assert f"the {made.stacks[0].length} rows" in said


@holds("map", "Where the parameters are", 5)
def test_most_parameters_are_in_the_table(desk):
    (made,) = planned(desk, "Where the parameters are")
    said = SAID["Where the parameters are"]["look_for"]
    table, inner, looks = (weights_of(made, one) for one in ("table", "feedforward", "attention"))
    assert f"{table:,} of {made.total:,}, more than half" in said
    assert table > made.total / 2
    assert f"{inner:,} and {looks:,} in {made.stacks[0].layers} layers" in said
    assert inner / looks == pytest.approx(2, abs=0.01)


@holds("map", "A longer sentence", 6)
def test_rows_grow_with_the_sentence_and_weights_with_their_square(desk):
    (long,), (short,) = planned(desk, "A longer sentence"), planned(desk, "Encoder: BERT")
    n, less, said = len(long.tokens), len(short.tokens), SAID["A longer sentence"]["look_for"]
    assert f"{n} instead of {less}" in said
    assert f"{n} × {n} = {n * n:,} for each head instead of {less * less}" in said
    assert long.total == short.total


def test_the_two_models_normalise_in_another_order(desk):
    bert, gpt2 = planned(desk, "Norm before or after")
    order = [
        [box.name for row in made.stacks[0].rows for box in row.boxes if row.where == "layer"]
        for made in (bert, gpt2)
    ]
    assert order == [
        ["attention", "attended", "feedforward", "fed"],
        ["normed", "attention", "added", "normed", "feedforward", "added"],
    ]
