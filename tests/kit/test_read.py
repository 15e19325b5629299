"""What is read, asked of every tab and every view: signs, texts of which nothing is left, numbers.

A tab to come needs no test of its own for any of this: it is found in TABS.
"""

import html
import re
from dataclasses import replace

import pytest

from core.errors import UserError
from core.text import written
from models.tokens import signs_in
from page.links import read_fields
from tabs import TABS
from tabs.kit.examples import read_examples
from tests.kit.stages import STEMS, chosen, kept_beside, stages_of

VIEWS = {f"{tab.stem}-{view.name}": (tab, view) for tab in TABS for view in tab.views}
# Of each of these BERT's tokenizer keeps nothing; GPT-2's keeps their bytes.
NOTHING = {"accents": "\u0301\u0308", "zero width": "\u200b", "control": "\x01\x02"}
SIGNS = ("[MASK]", "[CLS]", "[SEP]", "[UNK]", "[PAD]", "<|endoftext|>", "<s>")


@pytest.fixture(scope="module")
def stages(desk):
    return stages_of(desk)


def typed_in(tab, view):
    """The settings into which a text is typed that is seen with a view."""
    named = {name for one in tab.views for name in one.names}
    return [
        name
        for name, one in tab.settings.items()
        if one.typed and (name in view.names or name not in named)
    ]


TYPED = {
    f"{key}-{name}": (tab, view, name)
    for key, (tab, view) in VIEWS.items()
    for name in typed_in(tab, view)
}
# What else must be another: a word stands in every sentence, and few lines are drawn at once.
BESIDE = {
    "similarity-words-word": "sentences",
    "similarity-words-sentences": "word",
    "attention-model-text_pair": "text",
}

# What a view must be set to before it reads what is typed.
SET = {"attention-sandbox": {"taken": "head"}}


def with_text(stages, case, text):
    """The first example in a view, with a text in one of its boxes: tab, choices, what is kept."""
    tab, view, name = TYPED[case]
    first = read_examples(tab.stem)[0]["inputs"]
    in_view = {"view": view.name} if "view" in tab.settings else {}
    in_view |= SET.get(f"{tab.stem}-{view.name}", {})
    # Of a list, which has more than one line, it is the first.
    typed = f"{text}\nThe king sat.\nThe queen stood." if tab.settings[name].lines else text
    choices, _ = chosen(stages[tab.stem], first, **in_view, **{name: typed})
    return tab, choices, kept_beside(stages[tab.stem], choices)


def read_by(desk, tab, choices, kept):
    """The models that read a text, each with its tokenizer."""
    asked = tab.asked(desk, choices, kept)
    entries = tab.view(choices).read_by(asked)
    return [(entry, desk.tokenize(lambda model: model.tokenizer, entry)) for entry in entries]


def test_every_tab_with_a_text_is_asked():
    assert {case.partition("-")[0] for case in TYPED} == set(STEMS)


# Nothing left ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", NOTHING)
@pytest.mark.parametrize("case", [case for case in TYPED if not case.endswith("-word")])
def test_a_text_of_which_nothing_is_left_is_said_to_be(stages, desk, case, kind):
    tab, choices, kept = with_text(stages, case, NOTHING[kind])
    _, first = read_by(desk, tab, choices, kept)[0]
    if first(NOTHING[kind], add_special_tokens=False)["input_ids"]:
        assert tab.stem in ("generation", "captioning", "translation")  # read bytes, and these too
        return
    try:
        said = tab.draw(desk, choices, kept).picture
    except UserError as error:
        said = str(error)
    assert ("keeps nothing of the" if tab.stem == "tokenization" else "but no token") in said


# Signs typed -------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", TYPED)
def test_a_sign_of_the_models_own_is_said_once_to_be_read_as_such(stages, desk, case):
    word = case.endswith("-word")
    tab, choices, kept = with_text(stages, case, SIGNS[0] if word else f"The {' '.join(SIGNS)}")
    if case in BESIDE:
        fit = f"a {SIGNS[0]} b\nc {SIGNS[0]}" if word else "The"
        choices = replace(choices, **{BESIDE[case]: fit})
    picture = tab.draw(desk, choices, kept).picture
    said = re.findall(r'<p class="signs" role="note">(.*?)</p>', picture)
    for entry, tokenizer in read_by(desk, tab, choices, kept):
        own = set(tokenizer.all_special_tokens) & set(SIGNS[:1] if word else SIGNS)
        mine = [html.unescape(one) for one in said if html.escape(entry.title) in one]
        assert len(mine) == (1 if own else 0), said
        for one in mine:
            assert set(re.findall(r"<code>(.*?)</code>", one)) == own
            assert one.endswith("own, not as these letters.")


@pytest.mark.parametrize("case", [case for case in TYPED if not case.endswith("-word")])
def test_of_another_text_nothing_of_the_kind_is_said(stages, desk, case):
    tab, choices, kept = with_text(stages, case, "The [mask] sat.")
    if case == "similarity-words-sentences":
        choices = replace(choices, word="the", sentences="The cat\nthe [mask]")
    assert 'class="signs"' not in tab.draw(desk, choices, kept).picture


def test_the_signs_are_those_of_the_tokenizer(desk):
    bert, gpt2 = (
        desk.tokenize(lambda model: model.tokenizer, desk.default(stem))
        for stem in ("attention", "generation")
    )
    text = "[SEP] a [MASK] [sep] <|endoftext|> ☃ [MASK]"
    assert signs_in(bert, text) == ("[SEP]", "[MASK]")  # not the [UNK] that the snowman becomes
    assert signs_in(bert, "☃ [UNK]") == ("[UNK]",)
    assert signs_in(gpt2, text) == ("<|endoftext|>",)


# Ranges in links ---------------------------------------------------------------------------------


RANGED = {
    f"{tab.stem}-{name}": (tab, name)
    for tab in TABS
    for name, one in tab.settings.items()
    if one.low is not None
}


@pytest.mark.parametrize("case", RANGED)
def test_a_link_out_of_range_is_told_the_range_of_its_own_model_in_full(stages, desk, case):
    tab, name = RANGED[case]
    stage, one = stages[tab.stem], tab.settings[name]
    for entry in desk.offered(tab.stem):
        last = one.last(entry, desk.limits)
        model = [("model", entry.name)] if "model" in tab.settings else []
        widest = stage.controls[name].maximum
        for wrong in (last + 1, widest + 1, one.low - 1) if widest is not None else ("x", ""):
            pairs = [(name, str(wrong)), *model]
            values, ignored = read_fields(stage.fields, pairs, 1000)
            assert name not in values
            told = f"from {written(one.low)} to {written(last)}{one.said_of([entry])}; got"
            assert told in ignored[0]
            assert not re.search(r"\de[+-]?\d", ignored[0])
        if one.step == 1:
            values, _ = read_fields(stage.fields, [(name, f"{last}"), *model], 1000)
            assert values[name] == last
            for text in ("1_0", "٣", "1e0"):
                assert name not in read_fields(stage.fields, [(name, text), *model], 1000)[0]
