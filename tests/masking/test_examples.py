"""Every number that an example of the tab names is what the model says today."""

import re
from collections import Counter

import numpy as np

from core.paths import ASSETS
from core.text import lines_of
from figures.parts.prose import words
from figures.parts.style import percent, signed, three_digits
from services.masking.bias import checked_probe, lean, lean_causal
from services.masking.blanks import numbers_in
from services.masking.compare import compare
from services.masking.fill import fill
from services.masking.layers import read_layers
from services.masking.learning import CHOSEN, SHARES, learn
from tabs.kit.examples import read_examples
from tests.masking.conftest import direct
from tests.weights.held import holds

STEM = "masking"
START = read_examples(STEM)[0]["inputs"]
EXAMPLES = {example["title"]: example for example in read_examples(STEM)}


def filled(masked, title, **changed):
    inputs = EXAMPLES[title]["inputs"] | changed
    hidden, candidate = numbers_in(inputs["hidden"]), inputs.get("candidate", "")
    return fill(masked, inputs["text"], hidden, candidate)


def shown(title, word, value):
    """Whether the example's line gives a word this per cent, to three digits."""
    return gives(EXAMPLES[title]["look_for"], word, value)


def gives(said, word, value):
    """Whether a line names the word and the per cent, which is no part of another number."""
    forms = {f"{100 * value:.3g}", f"{100 * value:.2f}", f"{100 * value:.1f}"}
    numbers = set(re.findall(r"(?<![\d.,])\d[\d.,]*(?=%)", said))
    return f"*{word}*" in said and bool(forms & numbers)


def test_a_number_that_ends_as_another_is_not_that_one():
    assert gives("*tea* has 7.5%, *milk* 17.5%", "tea", 0.075)
    assert not gives("*tea* has 17.5%", "tea", 0.075)
    assert not gives("*tea* has 0.7.5% and 1,7.5%", "tea", 0.075)
    assert not gives("*coffee* has 7.5%", "tea", 0.075)


def guess(blank, word):
    return next(one.probability for one in blank.guesses if one.label.strip() == word)


@holds("masking", "The keys to the cabinet", 2)
def test_the_verb_agrees_with_the_keys(masked):
    title = "The keys to the cabinet"
    blank = filled(masked, title).blanks[0]
    assert blank.guesses[0].label == "are"
    assert shown(title, "are", guess(blank, "are"))
    assert shown(title, "is", guess(blank, "is"))


@holds("masking", "A cup of …", 3)
def test_a_cup(masked):
    blank = filled(masked, "A cup of …").blanks[0]
    assert [one.label for one in blank.guesses[:3]] == ["coffee", "tea", "milk"]
    assert all(shown("A cup of …", one.label, one.probability) for one in blank.guesses[:3])


@holds("masking", "The capital of France", 1)
def test_it_knows_no_capital(masked):
    blank = filled(masked, "The capital of France").blanks[0]
    assert shown("The capital of France", blank.guesses[0].label, blank.guesses[0].probability)
    assert [one.label for one in blank.guesses[1:3]] == ["tokyo", "japan"]
    assert blank.own.rank > 10


@holds("masking", "Two masked words", 2)
def test_two_guesses_do_not_go_together(masked):
    title = "Two masked words"
    one, other = (blank.guesses[0] for blank in filled(masked, title).blanks)
    assert (one.label, other.label) == ("i", "is")
    assert shown(title, "i", one.probability)
    assert shown(title, "is", other.probability)
    put = filled(masked, title, text="I [MASK] very tired.")
    assert put.blanks[0].guesses[0].label == "am"


@holds("masking", "A word of four pieces", 3)
def test_a_word_of_four_pieces(masked):
    title = "A word of four pieces"
    blank = filled(masked, title).blanks[0]
    assert len(blank.was.pieces) == 4
    assert f"{blank.was.probability:.2e}" in EXAMPLES[title]["look_for"]
    assert shown(title, blank.guesses[0].label, blank.guesses[0].probability)


@holds("masking", "A robin is not …", 3)
def test_not_is_overlooked(masked):
    title = "A robin is not …"
    for text in ("A robin is not a [MASK].", "A robin is a [MASK]."):
        first = filled(masked, title, text=text).blanks[0].guesses[0]
        assert shown(title, first.label, first.probability)


def compared(masked, title):
    inputs = START | EXAMPLES[title]["inputs"]
    return compare(masked, inputs["first"], inputs["second"], inputs["find"])


@holds("masking", "In Texas, in New York", 3)
def test_texas(masked):
    said, found = (
        EXAMPLES["In Texas, in New York"]["look_for"],
        compared(masked, "In Texas, in New York"),
    )
    horse = found.found[0]
    assert (
        f"{percent(horse.first)}, more than twice as much as in New York ({percent(horse.second)})"
        in said
    )
    assert horse.first > 2 * horse.second
    assert found.towards_second[0].label == "anything"
    assert f"{percent(found.moved)} of the probability" in said


@holds("masking", "The boy, the girl", 4)
def test_the_boy_and_the_girl(masked):
    said, found = EXAMPLES["The boy, the girl"]["look_for"], compared(masked, "The boy, the girl")
    he, she = found.found
    assert f"from {percent(he.first)} to {percent(he.second)}" in said
    assert f"from {percent(she.first)} to {percent(she.second)}" in said
    assert {"lady", "sister", "mother"} <= {one.label for one in found.towards_second}


@holds("masking", "One step of training", 8)
def test_one_step(masked):
    said = EXAMPLES["One step of training"]["look_for"]
    learning = learn(masked, START["paragraph"], 0)
    fates = Counter(step.fate for step in learning.chosen)
    counts = (len(learning.chosen), len(learning.steps))
    assert f"{counts[0]} of {counts[1]} tokens" in said
    shares = (fates["masked"], fates["random"], fates["kept"])
    assert "{} are masked, {} replaced, {} kept".format(*shares) in said
    losses = {step.token: three_digits(step.loss) for step in learning.chosen}
    assert f"{losses['in']} on *in* and {losses['dinner']} on *dinner*" in said
    assert f"the mean is {learning.loss:.2f}" in said


@holds("masking", "Layer by layer", 2)
def test_layer_by_layer(masked):
    said = EXAMPLES["Layer by layer"]["look_for"]
    layers = read_layers(masked, START["text"], numbers_in(START["hidden"]))
    assert [guesses[0].label for guesses in layers.guesses[-2:]] == ["came", "are"]
    last, before = (percent(float(layers.final[state])) for state in (-1, -2))
    assert f"*are* has {last} after the last layer, and {before} one layer before" in said


@holds("masking", "Jobs, he and she", 5)
def test_jobs(masked, checkpoints):
    said = EXAMPLES["Jobs, he and she"]["look_for"]
    values = (START["words"], START["group"], START["other"])
    probe = checked_probe(lines_of(START["templates"]), *values, 20_000)
    gpt2 = checkpoints.load(checkpoints.default("generation"))
    fills, writes = lean(masked, probe), lean_causal(gpt2, probe)
    order = writes.order
    assert [writes.words[place] for place in (order[0], order[-1])] == ["nurse", "soldier"]
    for leaning in (writes, fills):
        for place in (leaning.order[0], leaning.order[-1]):
            named = f"*{leaning.words[place]}*"
            assert named in said
            assert f"({signed(float(leaning.means[place]))})" in said
    prior = priors(masked, probe).mean()
    assert f"*he* leads ({signed(float(prior))}" in said
    assert fills.means.max() > prior > fills.means.min()


def priors(masked, probe):
    """(template,): the log-odds with the word masked, too (Kurita et al. 2019)."""
    mask = masked.tokenizer.mask_token
    found = []
    for template in probe.templates:
        ids = masked.tokenizer(template.replace("*", mask).replace("_", mask))["input_ids"]
        places = [at for at, one in enumerate(ids) if one == masked.tokenizer.mask_token_id]
        row = direct(masked, ids)[places[template.index("_") > template.index("*")]]
        he, she = masked.tokenizer.convert_tokens_to_ids(["he", "she"])
        found.append(np.log(row[she] / row[he]))
    return np.array(found)


def test_what_the_explanation_says_of_the_pocket_models_guesses_is_on_its_card():
    card = (ASSETS / "models" / "pocket-masked" / "README.md").read_text(encoding="utf-8")
    said = (ASSETS / STEM / "explain.md").read_text(encoding="utf-8")
    share = re.search(r"masked words guessed first \| ([\d.]+) %", card)[1]
    assert f"its first guess is right for {share}% of masked words" in said


def test_the_shares_that_are_told_are_those_that_are_drawn():
    told = words(STEM)["chosen"]
    for share in (CHOSEN, *SHARES.values()):
        assert f"{share:.0%}" in told
