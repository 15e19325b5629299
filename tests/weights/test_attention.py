"""The pocket BERT's attention: facts that examples and explanation state, and parity."""

import csv
import io

import numpy as np
import pytest

from core.errors import UserError
from core.paths import ROOT
from core.sheets import typed
from models.files import local_folder
from services.attention.ablation import ablate
from services.attention.added import add_up
from services.attention.attend import Attention, attend, encode
from services.attention.layers import inside
from services.attention.matrix import look
from services.attention.patterns import rank
from services.attention.steps import explain, row_entropy
from services.examples import read_example
from tabs.attention import TAB
from tabs.attention.choices import Choices
from tabs.attention.heatmap import matrix_of, shown_of
from tabs.attention.steps import MATRICES, steps_of
from tabs.kit.examples import read_examples
from tests.weights.held import holds

LOOK = read_examples("attention")
DEFAULT = Choices(
    text="",
    text_pair="",
    model="pocket-bert",
    view="heatmap",
    layer=0,
    head=0,
    combine="head",
    scale="linear",
    special=True,
    renormalise=False,
    words=False,
    direction="all",
    other="",
    heads="all",
    scaling=True,
    softmax=True,
    row="",
    column="",
    beside="",
    pattern="previous",
)
TIRED = "The animal didn't cross the street because it was too tired."
SOFT = "The cat sat on the mat because it was soft."
SANG = "She sang a song while the singer was singing."
TEN = (
    SOFT,
    TIRED,
    SANG,
    "The keys to the old wooden cabinet are on the table.",
    "He went to the bank to deposit money.",
    "The flight leaves at seven in the morning.",
    "A small boat reached the shore before the storm.",
    "My brother and I are going to the beach.",
    "If it rains, we will stay at home.",
    "The children are playing in the park.",
)


def weight(bert, text, layer, head):
    """A function of two words: how much the first looks at the second in that head."""
    attention = attend(bert, text)
    names = [token.text for token in attention.tokens]
    weights = attention.weights[layer, head]
    return lambda row, column: float(weights[names.index(row), names.index(column)])


def example(title):
    """An example's inputs and what it promises."""
    found = next(one for one in LOOK if one["title"] == title)
    return Choices(**{**DEFAULT.__dict__, **found["inputs"]}), found["look_for"]


def from_the_first(model, texts, *, rows=0, heads=None):
    """(share of the weight, share of what is added) that come from the first token.

    What is added is measured by the length of the weighted value vectors after W_O, over all heads
    or those named (Kobayashi et al. 2020, equation 8); `rows` is the first row that counts.
    """
    shares = np.zeros((2, 2))  # (weight or what is added, from the first token or from all)
    entry = model.checkpoint
    for text in texts:
        attention = attend(model, text)
        for layer in range(entry.layers):
            value = inside(model, encode(model, text), layer)[2].numpy()  # (token, head, d_k)
            for head in range(entry.heads):
                if heads and (layer, head) not in heads:
                    continue
                d_k = value.shape[-1]
                out = output_of(model, layer)[head * d_k : (head + 1) * d_k]
                weights = attention.weights[layer, head][rows:]
                added = weights * np.linalg.norm(value[:, head] @ out, axis=-1)
                for kind, part in enumerate((weights, added)):
                    shares[kind] += part[:, 0].sum(), part.sum()
    return shares[:, 0] / shares[:, 1]


def output_of(model, layer):
    """W_O of a layer: (heads side by side, width)."""
    body = model.model.base_model
    if attend(model, "a b").causal:
        return body.h[layer].attn.c_proj.weight.detach().numpy()  # a Conv1D: not transposed
    return body.encoder.layer[layer].attention.output.dense.weight.detach().numpy().T


def close(value, wanted):
    """Equal to the three decimals that are printed."""
    return abs(value - wanted) < 5.01e-4


# What the examples say ---------------------------------------------------------------------------


def test_the_examples_are_those_that_are_checked_here():
    assert [one["title"] for one in LOOK] == [
        "A pronoun",
        "One weight, worked out",
        "The token before",
        "A place to rest",
        "What the sink gives",
        "Subject and verb",
        "Forms of one word",
        "A strong column",
        "Without a head",
        "Two sentences",
        "Masked: GPT-2 looks back only",  # these two: test_attention_causal.py
        "The mask, step by step",
        "An encoder beside a decoder",  # test_beside.py
        "By hand",  # these two: tests/attention/test_sandbox.py
        "A head in two dimensions",
    ]


@holds("attention", "A pronoun", 4)
def test_it_looks_at_the_animal_when_it_is_tired(bert):
    chosen, said = example("A pronoun")
    tired = weight(bert, chosen.text, chosen.layer, chosen.head)
    wide = weight(bert, chosen.text.replace("tired", "wide"), chosen.layer, chosen.head)
    assert "0.677 of the weight is on *animal*" in said
    assert close(tired("it", "animal"), 0.677)
    assert "0.050 on *street*" in said
    assert close(tired("it", "street"), 0.050)
    assert "0.281 and 0.121" in said
    assert close(wide("it", "animal"), 0.281)
    assert close(wide("it", "street"), 0.121)


@holds("attention", "Without a head", 7)
def test_the_head_that_finds_the_noun_hardly_matters(bert):
    chosen, said = example("Without a head")
    found, here = ablate(bert, chosen.text), (chosen.layer, chosen.head)
    first = found.ranked()[0]
    heads = [f"{layer}.{head}" for layer, head in (here, first)]
    told = f"moves the sentence vector by {found.moved[here]:.4f}, rank {found.rank(*here)} of "
    assert f"head {heads[0]}, in which *it* looks at *animal*, {told}{found.moved.size}" in said
    assert f"Head {heads[1]} moves it by {found.moved[first]:.3f}, rank 1." in said


@holds("attention", "One weight, worked out", 2)
def test_the_worked_weight_is_21_69_over_the_root_of_32_through_the_softmax(bert, desk):
    chosen, said = example("One weight, worked out")
    pair = int(chosen.row), int(chosen.column)
    steps = steps_of(TAB.asked(desk, chosen))
    assert [steps.tokens[place].text for place in pair] == ["it", "animal"]
    assert round(float(steps.scores[pair]), 2) == 21.69
    assert close(float(steps.scaled[pair]), 3.834)
    assert close(float(steps.weights[pair]), 0.677)
    assert "0.677" in said
    assert round(row_entropy(steps.weights[pair[0]]), 2) == 1.26
    unscaled = explain(bert, chosen.text, layer=3, head=1, scaling=False)
    assert "the weight becomes 1.000" in said
    assert close(float(unscaled.weights[pair]), 1.000)
    assert round(row_entropy(unscaled.weights[pair[0]]), 4) == 0.0003


@holds("attention", "The token before", 3)
def test_one_head_looks_one_step_back(bert):
    chosen, said = example("The token before")
    weights = attend(bert, chosen.text).weights[chosen.layer, chosen.head]
    assert f"Layer {chosen.layer}, head {chosen.head}:" in said
    assert "every token but the first spends at least 0.996" in said
    assert np.diagonal(weights, -1).min() >= 0.996
    assert weights[0, 0] > 0.99  # [CLS] has none before it


@holds("attention", "A place to rest", 4)
def test_one_head_rests_on_cls_and_adds_little_from_there(bert):
    chosen, said = example("A place to rest")
    weights = attend(bert, chosen.text).weights[chosen.layer, chosen.head]
    assert f"in layer {chosen.layer}, head {chosen.head} every row" in said
    assert "0.70 or more" in said
    assert weights[:, 0].min() >= 0.70
    _, added = from_the_first(bert, [chosen.text], heads=[(chosen.layer, chosen.head)])
    assert f"summed over the rows, only {100 * added:.0f}% come from there" in said


@holds("attention", "What the sink gives", 2)
def test_the_sink_gives_little_in_every_row(desk, bert):
    chosen, said = example("What the sink gives")
    weights = attend(bert, chosen.text).weights[chosen.layer, chosen.head]
    added = add_up(bert, chosen.text, layer=chosen.layer)
    shown = shown_of(TAB.asked(desk, chosen)).weights[chosen.layer, chosen.head]
    given = added.given[chosen.head]
    np.testing.assert_allclose(shown, given / given.sum(axis=1, keepdims=True))
    means = [part[:, 0].mean() for part in (weights, shown)]
    assert said.startswith(f"Little: {means[1]:.2f} of a row on average, for {means[0]:.2f}")
    # The same as the sums that the explanation rests on.
    both = from_the_first(bert, [chosen.text], heads=[(chosen.layer, chosen.head)])
    np.testing.assert_allclose(added.from_token(chosen.head, 0), both, atol=1e-5)


@holds("attention", "Subject and verb", 4)
def test_a_verb_finds_its_subject_and_is_fooled_once(bert):
    chosen, said = example("Subject and verb")
    right = weight(bert, chosen.text, chosen.layer, chosen.head)
    fooled = weight(bert, chosen.other, chosen.layer, chosen.head)
    assert "*keys* 0.811, and *cabinet*, which is nearer, only 0.037" in said
    assert close(right("are", "keys"), 0.811)
    assert close(right("are", "cabinet"), 0.037)
    assert "*is* gives *queens* 0.300, and its subject *picture* only 0.210" in said
    assert close(fooled("is", "queens"), 0.300)
    assert close(fooled("is", "picture"), 0.210)


@holds("attention", "Forms of one word", 5)
def test_forms_of_one_verb_look_at_each_other(bert):
    chosen, said = example("Forms of one word")
    seen = weight(bert, chosen.text, chosen.layer, chosen.head)
    assert f"In layer {chosen.layer}, head {chosen.head} *singing*" in said
    assert "*sang*, a form of the same verb, 0.721, and *sang* gives *singing* 0.629" in said
    assert close(seen("singing", "sang"), 0.721)
    assert close(seen("sang", "singing"), 0.629)
    assert "*singer*, a noun of the same root, gives *sang* only 0.105" in said
    assert close(seen("singer", "sang"), 0.105)


@holds("attention", "A strong column", 3)
def test_a_bright_column_is_no_pronoun_head(bert):
    chosen, said = example("A strong column")
    seen = weight(bert, chosen.text, chosen.layer, chosen.head)
    for row, number in (("it", "0.673"), ("was", "0.562"), ("[CLS]", "0.548")):
        assert number in said
        assert close(seen(row, "animal"), float(number))


@holds("attention", "Two sentences", 1)
def test_the_question_finds_its_words_in_the_answer(bert):
    chosen, said = example("Two sentences")
    matrix = matrix_of(attend(bert, chosen.text, chosen.text_pair), chosen)
    row, column = matrix.rows.index("river"), matrix.columns.index("river")
    assert matrix.rows == ("where", "does", "the", "river", "rise", "?")
    assert "*river* gives *river* 0.510" in said
    assert close(matrix.weights[row, column], 0.510)


def test_the_first_example_was_computed_by_this_model(bert):
    stored = read_example("attention", Attention)
    chosen, _ = example("A pronoun")
    now = attend(bert, chosen.text)
    assert (stored.tokens, stored.words) == (now.tokens, now.words)
    np.testing.assert_allclose(stored.weights, now.weights, atol=1e-5)


# What the explanation says -----------------------------------------------------------------------


def test_the_previous_token_head_holds_over_ten_sentences(bert):
    means = [np.diagonal(attend(bert, text).weights[0, 2], -1).mean() for text in TEN]
    assert np.mean(means) >= 0.997


def test_the_next_token_head_is_found(bert):
    attention = attend(bert, SOFT)
    after = np.diagonal(attention.weights[1, 8], 1)
    names = [token.text for token in attention.tokens]
    assert close(after[names.index("on")], 0.886)  # the
    assert close(after[names.index("it")], 0.701)  # was
    best = rank(attention, "next").heads[0]
    assert (best.layer, best.head) == (1, 8)


@pytest.mark.parametrize("text", TEN)
def test_the_finder_lists_the_previous_token_head_first(bert, text):
    found = rank(attend(bert, text), "previous").heads
    assert (found[0].layer, found[0].head) == (0, 2)
    assert found[0].score > 0.99
    assert found[1].score < 0.6


def test_cls_is_the_sink_here_and_sep_is_not(bert):
    attention = attend(bert, SOFT)
    assert (2, 7) in [(h.layer, h.head) for h in rank(attention, "cls").heads[:3]]
    assert rank(attention, "sep").heads[0].score < 0.2
    everywhere = np.concatenate([attend(bert, t).weights.mean((0, 1, 2))[[0, -1]] for t in TEN])
    assert round(float(everywhere[::2].mean()), 1) == 0.5  # [CLS]
    assert everywhere[1::2].mean() < 0.06  # [SEP]


def test_little_of_what_is_added_comes_from_the_sink(bert, checkpoints):
    text = (ROOT / "assets" / "attention" / "explain.md").read_text(encoding="utf-8")
    weight, added = 100 * from_the_first(bert, TEN)
    assert f"it gets {weight:.0f}% of the weight, but only {added:.0f}% of what is added" in text
    gpt2 = checkpoints.load(checkpoints.default("generation"))
    weight, added = 100 * from_the_first(gpt2, TEN, rows=4)
    said = f"gets {weight:.0f}% of the weight and gives {added:.0f}% of what is added"
    assert f"from the fifth token on, the first one {said}" in text


def test_the_same_lemma_is_not_the_same_token(bert):
    """Head 2.9 links sang and singing, which are two ids: the finder needs a token twice."""
    assert weight(bert, SANG, 2, 9)("singing", "sang") > 0.7
    with pytest.raises(UserError, match="No token occurs twice"):
        rank(attend(bert, SANG), "same")
    best = rank(attend(bert, "She sang a song while the singer sang."), "same").heads[0]
    assert (best.layer, best.head) == (2, 9)


def test_rows_sum_to_one_in_every_view(bert):
    attention = attend(bert, "Unhappiness is untie-able.")
    for combine in ("head", "mean", "rollout"):
        for words in (False, True):
            matrix = look(attention, layer=4, head=3, combine=combine, words=words)
            np.testing.assert_allclose(matrix.weights.sum(-1), 1, atol=1e-5)


# Parity ------------------------------------------------------------------------------------------


def test_every_layer_equals_a_direct_computation_with_transformers(bert):
    import torch
    from transformers import AutoModel, AutoTokenizer

    folder = local_folder(ROOT, bert.checkpoint)
    model = AutoModel.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32)
    inputs = AutoTokenizer.from_pretrained(folder)(TIRED, SANG, return_tensors="pt")
    with torch.inference_mode():
        direct = torch.cat(model(**inputs, output_attentions=True).attentions)
    ours = attend(bert, TIRED, SANG).weights
    np.testing.assert_allclose(ours, direct.numpy(), atol=1e-5)


def test_the_steps_equal_the_library_in_every_layer(bert):
    chosen = [(layer, head) for layer in range(6) for head in (layer, 11 - layer)]
    steps = [explain(bert, TIRED, layer=layer, head=head) for layer, head in chosen]
    assert max(step.weight_difference for step in steps) <= 1e-5
    assert max(step.output_difference for step in steps) <= 1e-5


def test_the_steps_hold_at_full_length(bert):
    steps = explain(bert, " ".join(["the animal crossed the street"] * 25), layer=5, head=3)
    assert len(steps.tokens) == 127
    assert steps.weight_difference <= 1e-5
    assert steps.output_difference <= 1e-5


PAIR = {"text": "Unhappiness is untie-able.", "text_pair": "Is it 'so'?"}


@pytest.mark.parametrize(
    "settings",
    [
        {"layer": 3, "head": 1},
        {"layer": 3, "combine": "mean"},
        {"layer": 4, "combine": "rollout"},
        {"layer": 3, "head": 5, "words": True},
        {"layer": 3, "head": 5, "special": False, "renormalise": True},
        {"layer": 2, "head": 9, "direction": "ba", "words": True, "special": False},
        {"layer": 2, "combine": "rollout", "words": True, "direction": "ab", "renormalise": True},
        {"layer": 1, "combine": "mean", "special": False},
    ],
)
def test_the_code_of_the_heatmap_gives_what_is_on_screen(bert, desk, settings):
    chosen = Choices(**{**DEFAULT.__dict__, **PAIR, **settings})
    names = run(TAB.snippet(TAB.asked(desk, chosen)))
    matrix = matrix_of(attend(bert, chosen.text, chosen.text_pair), chosen)
    np.testing.assert_allclose(names["weights"].numpy(), matrix.weights, atol=1e-5)


@pytest.mark.parametrize(("scaling", "softmax"), [(True, True), (False, True), (True, False)])
def test_the_code_of_the_steps_gives_what_is_on_screen(desk, scaling, softmax):
    settings = {"view": "steps", "layer": 3, "head": 7, "scaling": scaling, "softmax": softmax}
    chosen = Choices(**{**DEFAULT.__dict__, **PAIR, **settings})
    names = run(TAB.snippet(TAB.asked(desk, chosen)))
    steps = steps_of(TAB.asked(desk, chosen))
    for part in ("query", "key", "value", "scores", "scaled", "weights", "output"):
        np.testing.assert_allclose(names[part].numpy(), getattr(steps, part), atol=1e-5)


@pytest.mark.parametrize(
    "settings", [{"view": "lines", "layer": 2, "heads": "one", "head": 9}, {"view": "model"}]
)
def test_the_code_of_the_lines_makes_bertvizs_page(bert, desk, settings, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    chosen = Choices(**{**DEFAULT.__dict__, **PAIR, **settings})
    names = run(TAB.snippet(TAB.asked(desk, chosen)))
    wanted = attend(bert, chosen.text, chosen.text_pair).weights
    if chosen.view == "lines":
        wanted = wanted[2, 9][None, None]
    np.testing.assert_allclose(names["weights"].numpy(), wanted, atol=1e-5)
    assert "bertviz" in (tmp_path / "attention.html").read_text(encoding="utf-8")


# The CSV -----------------------------------------------------------------------------------------


def sheet(desk, **settings):
    """The CSV of some settings, as a script reads it."""
    chosen = Choices(**{**DEFAULT.__dict__, **PAIR, **settings})
    text, _ = TAB.files(desk, chosen)
    lines = list(csv.DictReader(io.StringIO(text)))
    assert all(None not in line and None not in line.values() for line in lines)
    return chosen, [{name: typed(value) for name, value in line.items()} for line in lines]


@pytest.mark.parametrize(
    "settings",
    [
        {"layer": 3, "head": 1},
        {"layer": 3, "combine": "rollout", "words": True},
        {"layer": 2, "combine": "mean", "direction": "ba", "other": "Owls hunt mice."},
    ],
)
def test_the_csv_of_the_heatmap_is_one_table_of_what_is_on_screen(bert, desk, settings):
    chosen, lines = sheet(desk, **settings)
    matrices = [matrix_of(attend(bert, chosen.text, chosen.text_pair), chosen)]
    if chosen.other:
        matrices.append(matrix_of(attend(bert, chosen.other), chosen, direction="all"))
    assert len(lines) == sum(matrix.weights.size for matrix in matrices)
    for line in lines:
        matrix = matrices[int(line["sentence"]) - 1]
        row, column = int(line["looking_position"]), int(line["looked_at_position"])
        assert (line["looking"], line["looked_at"]) == (matrix.rows[row], matrix.columns[column])
        assert float(line["weight"]) == matrix.weights[row, column]
        which = str(chosen.head) if chosen.combine == "head" else chosen.combine
        assert (line["layer"], line["head"]) == (str(chosen.layer), which)


@pytest.mark.parametrize(
    ("settings", "count"),
    [
        ({"view": "lines", "layer": 2, "heads": "one", "head": 9}, 1),
        ({"view": "lines", "layer": 2}, 12),
        ({"view": "model"}, 72),
    ],
)
def test_the_csv_of_the_lines_holds_every_weight(bert, desk, settings, count):
    chosen, lines = sheet(desk, **settings)
    attention = attend(bert, chosen.text, chosen.text_pair)
    tokens = [token.text for token in attention.tokens]
    assert len(lines) == count * len(tokens) ** 2
    for line in lines:
        row, column = int(line["looking_position"]), int(line["looked_at_position"])
        assert (line["looking"], line["looked_at"]) == (tokens[row], tokens[column])
        given = attention.weights[int(line["layer"]), int(line["head"]), row, column]
        assert np.float32(line["weight"]) == given


def test_the_csv_of_the_steps_holds_every_number(desk):
    chosen, lines = sheet(desk, view="steps", layer=3, head=7)
    steps = steps_of(TAB.asked(desk, chosen))
    parts = [getattr(steps, name) for name in MATRICES]
    assert len(lines) == sum(part.size for part in parts)
    for line in lines:
        row, column = int(line["position"]), int(line["column"])
        assert line["token"] == steps.tokens[row].text
        assert np.float32(line["value"]) == getattr(steps, line["matrix"])[row, column]
        square = line["matrix"] in ("scores", "scaled", "weights")
        assert line["looked_at"] == (steps.tokens[column].text if square else "")


def run(code):
    """The names that a snippet leaves behind."""
    names: dict[str, object] = {}
    exec(compile(code, "snippet", "exec"), names)
    return names
