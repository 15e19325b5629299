"""One step of training: what is chosen, what becomes of it, and what the library says it costs."""

from collections import Counter

import numpy as np
import pytest
import torch

from core.errors import UserError
from figures.masking.learning import headline, learning_figure, learning_table
from services.masking.learning import KEPT, MASKED, RANDOM, draw, learn
from tabs.kit.view import Asked
from tabs.masking import TAB
from tabs.masking.choices import START, STEM, Choices
from tests.kit.stages import HOSTILE

TEXT = START["paragraph"]


def test_the_loss_is_the_librarys(any_model):
    text = "The cat sat on the mat. The mats sat on the cat."
    learning = learn(any_model, text, 3)
    ids = any_model.tokenizer(text)["input_ids"]
    seen = any_model.tokenizer.convert_tokens_to_ids([step.seen for step in learning.steps])
    labels = [
        one if step.fate else -100 for one, step in zip(ids[1:-1], learning.steps, strict=True)
    ]
    with torch.inference_mode():
        given = any_model.model(
            torch.tensor([[ids[0], *seen, ids[-1]]]), labels=torch.tensor([[-100, *labels, -100]])
        )
    assert learning.loss == pytest.approx(given.loss.item(), abs=1e-5)


def test_of_the_tokens_15_per_cent_are_chosen_and_shared_out_80_10_10():
    counts = Counter()
    for seed in range(300):
        fates = draw(list(range(1, 101)), seed)
        assert len(fates) == 15
        assert list(fates) == sorted(set(fates))
        counts.update(fates.values())
    shares = {fate: count / 4500 for fate, count in counts.items()}
    expected = {MASKED: 0.8, RANDOM: 0.1, KEPT: 0.1}
    assert shares == pytest.approx(expected, abs=0.02)


def test_what_the_model_sees_is_what_became_of_each_token(masked):
    for seed in range(6):
        for step in learn(masked, TEXT, seed).steps:
            if step.fate == MASKED:
                assert step.seen == "[MASK]"
            elif step.fate != RANDOM:
                assert step.seen == step.token
            assert (step.loss > 0) == bool(step.fate)


def test_a_draw_is_the_same_again_and_another_is_another(masked):
    assert learn(masked, TEXT, 1) == learn(masked, TEXT, 1)
    assert learn(masked, TEXT, 1) != learn(masked, TEXT, 2)
    assert len(learn(masked, "Cat.", 0).chosen) == 1


@pytest.mark.parametrize(
    ("text", "seed", "said"),
    [("", 0, "empty"), ("cat " * 300, 0, "at most 128"), ("x" * 10**5, 0, "characters")]
    + [(TEXT, seed, "draw must be a whole number from 0 to 9,999") for seed in (-1, 10**4, 1.5)],
)
def test_what_does_not_fit_is_refused(masked, text, seed, said):
    with pytest.raises(UserError, match=said):
        learn(masked, text, seed)


def test_the_picture_has_the_three_colours_and_a_button_for_another_draw(masked):
    learning = learn(masked, TEXT, 0)
    drawn = learning_figure(learning, most=9, title="T")
    for fate in (MASKED, RANDOM, KEPT):
        assert f'class="chosen {fate}"' in drawn
    assert "{&quot;seed&quot;: 1}" in drawn
    assert "{&quot;seed&quot;: 0}" in learning_figure(learn(masked, TEXT, 9), most=9, title="T")
    assert f"{learning.loss:.2f}" in headline(learning)


def test_hostile_texts_are_escaped(masked):
    learning = learn(masked, f"{HOSTILE} cat", 0)
    for html in (learning_figure(learning, most=9, title=HOSTILE), learning_table(learning)):
        assert "<lectern" not in html
        assert "<script" not in html


def test_the_code_gives_the_same_numbers(desk):
    entry, names = desk.default(STEM), {}
    chosen = Choices(paragraph=TEXT, seed=2, view="learning", model=entry.name)
    exec(TAB.snippet(Asked(desk, entry, chosen)), names)
    found = [step.loss for step in desk.ask(learn, entry, TEXT, 2).chosen]
    np.testing.assert_allclose(names["losses"], found, rtol=0, atol=1e-5)
