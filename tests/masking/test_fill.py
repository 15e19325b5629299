"""Fill in: the guesses are the library's, what is typed is understood or refused, the picture."""

import json
import re

import numpy as np
import pytest

from core.errors import UserError
from figures.masking.fill import fill_figure, fill_table, headline
from services.examples import read_example
from services.masking.blanks import MOST, blanked, numbers_in, put_in, toggled
from services.masking.fill import MOST_PIECES, Filled, fill, fill_all
from tabs.kit.view import Asked
from tabs.masking import TAB
from tabs.masking.choices import START, STEM, Choices
from tests.kit.stages import HOSTILE
from tests.masking.conftest import direct

CLOSE = {"rtol": 0, "atol": 1e-5}
TEXT = "The cat sat on the mat."


def drawn(found):
    return fill_figure(
        found,
        lambda number: toggled(found.blanked, number),
        lambda number, guess: put_in(found.blanked, number, guess),
        title="T",
    )


def picks(html):
    """What each button of a picture picks."""
    found = re.findall(r'data-pick="([^"]*)"', html)
    return [json.loads(one.replace("&quot;", '"').replace("&#x27;", "'")) for one in found]


# The numbers -------------------------------------------------------------------------------------


def test_the_guesses_are_the_librarys(any_model):
    model = any_model
    mask = model.tokenizer.mask_token
    ids = model.tokenizer(f"The {mask} sat on the {mask}.")["input_ids"]
    chances = direct(model, ids)
    places = [place for place, one in enumerate(ids) if one == model.tokenizer.mask_token_id]
    found = fill(model, TEXT, (1, 5), top=7)
    assert list(found.blanked.ids) == ids
    for blank, place in zip(found.blanks, places, strict=True):
        row = chances[place][: len(model.tokenizer)]
        assert [one.id for one in blank.guesses] == np.argsort(-row, kind="stable")[:7].tolist()
        for one in blank.guesses:
            assert one.probability == pytest.approx(row[one.id], abs=1e-5)


def test_a_hidden_word_has_its_rank_and_so_has_a_candidate(masked):
    found = fill(masked, "The cats sleep.", (2,), "run")
    row = direct(masked, found.blanked.ids)[found.blanked.places[0]]
    for one, word in ((found.blanks[0].was, "sleep"), (found.blanks[0].own, "run")):
        token = masked.tokenizer.convert_tokens_to_ids(word)
        assert one.probability == pytest.approx(row[token], abs=1e-5)
        assert one.rank == int((row > row[token]).sum()) + 1


def test_a_candidate_of_several_pieces_is_filled_in_from_left_to_right(any_model):
    model = any_model
    word = "unhappily" if len(model.tokenizer) > 1000 else "cats"
    found = fill(model, "They [MASK] sat.", candidate=word)
    pieces = model.tokenizer(f" {word}", add_special_tokens=False)["input_ids"]
    assert len(found.blanks[0].own.pieces) == len(pieces) > 1
    ids, place = list(found.blanked.ids), found.blanked.places[0]
    whole = 1.0
    for step, piece in enumerate(pieces):
        middle = [*pieces[:step], *[model.tokenizer.mask_token_id] * (len(pieces) - step)]
        row = direct(model, [*ids[:place], *middle, *ids[place + 1 :]])[place + step]
        assert found.blanks[0].own.chances[step] == pytest.approx(row[piece], abs=1e-5)
        whole *= row[piece]
    assert found.blanks[0].own.probability == pytest.approx(whole, rel=1e-3)
    assert found.blanks[0].own.rank is None
    shown = drawn(found)
    assert "filled from left to right" in shown
    assert "likelier" not in shown  # no rank among single tokens, which share another sum


# What may be typed -------------------------------------------------------------------------------


@pytest.mark.parametrize("sign", ["[MASK]", "<mask>", "_", "___", "[mask]"])
def test_every_way_to_write_a_mask_is_a_mask_of_the_model(any_model, sign):
    own = any_model.tokenizer.mask_token
    found = blanked(any_model, f"The {sign} sat.")
    assert len(found.places) == 1
    assert found.ids == blanked(any_model, f"The {own} sat.").ids
    filled = fill(any_model, f"The {sign} sat.")
    assert (f"is read as <code>{own.replace('<', '&lt;')[:5]}" in drawn(filled)) == (sign != own)


def test_an_underscore_inside_a_word_is_none(masked):
    assert blanked(masked, "my_name is").places == ()


def test_a_text_without_a_mask_can_be_drawn_and_pressed_but_scripts_are_refused(masked):
    found = fill(masked, TEXT)
    assert headline(found) == "Nothing is masked"
    assert picks(drawn(found))[1] == {"hidden": "1"}
    with pytest.raises(UserError, match=r"The text has no \[MASK\]"):
        fill_all(masked, TEXT)


def test_forty_masks_are_refused_and_sixteen_are_not(masked):
    assert len(fill(masked, "[MASK] " * MOST).blanks) == MOST
    with pytest.raises(UserError, match=r"40 words of the text are masked; at most 16"):
        fill(masked, "[MASK] " * 40)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("x" * 100_000, r"100,000 characters; at most"),
        ("cat [MASK] " + "cat " * 200, r"tokens; at most 128"),
        (None, "must be text"),
    ],
)
def test_a_text_that_does_not_fit_is_refused(masked, text, said):
    with pytest.raises(UserError, match=said):
        fill(masked, text)


def test_what_the_vocabulary_cannot_spell_is_told(masked):
    found = fill(masked, "ሰላም [MASK] ዓለም")
    assert found.blanked.unknown == 2
    assert "2 of 3 tokens are [UNK]" in drawn(found)


@pytest.mark.parametrize("word", ["a" * 250, "qx" * 40])
def test_a_candidate_that_is_too_long_is_refused(masked, word):
    with pytest.raises(UserError, match=rf"at most ({MOST_PIECES}|200)"):
        fill(masked, "The [MASK].", candidate=word)


def test_a_word_that_cannot_be_spelled_is_not_scored(masked):
    assert fill(masked, "ሰላም cat.", (0,)).blanks[0].was is None
    assert fill(masked, f"{'qx' * 40} cat.", (0,)).blanks[0].was is None  # 40 pieces or more
    with pytest.raises(UserError, match=r"cannot spell 'ሰላም': it would be \[UNK\]"):
        fill(masked, "The [MASK].", candidate="ሰላም")


def test_what_has_no_width_is_hidden_with_the_word_that_it_stands_in(masked):
    text = "The ca\u200bt and the cafe\u0301 \u200b."
    found = fill(masked, text, (1, 4), candidate="dog")
    assert [part.text for part in found.blanked.parts if part.hidden] == [
        "ca\u200bt",
        "cafe\u0301",
    ]
    assert [blank.was.pieces for blank in found.blanks] == [("cat",), ("cafe",)]
    assert found.blanked.parts[-1].text == "."
    with pytest.raises(UserError, match="The candidate has 1 character but no token"):
        fill(masked, "The [MASK].", candidate="\u200b")


def test_sixteen_hidden_words_are_read_in_one_pass(masked):
    calls = []
    hook = masked.model.base_model.register_forward_hook(lambda *_: calls.append(1))
    try:
        fill(masked, "[MASK] " * MOST)
    finally:
        hook.remove()
    assert len(calls) == 1


def test_a_blank_behind_a_quotation_mark_has_no_space_before_it(any_model):
    found = blanked(any_model, "“_ sat,” the _ said.")
    assert found.spaced == (False, True)
    own = fill(any_model, "“_ sat.”", candidate="cat").blanks[0].own
    bare = any_model.tokenizer("cat", add_special_tokens=False)["input_ids"]
    assert list(own.pieces) == any_model.tokenizer.convert_ids_to_tokens(bare)


@pytest.mark.parametrize("hidden", ["x", "1.2", "1.0", "-1", "1,,2", "9" * 9, None, 1, 1.0])
def test_hidden_words_are_numbers(hidden):
    with pytest.raises(UserError, match="numbers from 0"):
        numbers_in(hidden)


def test_words_that_are_not_there_hide_nothing(masked):
    assert fill(masked, "The cat.", (9,)).blanks == ()


@pytest.mark.parametrize("top", [0, 101, 2.5, "x", None])
def test_the_number_of_guesses_has_a_range(masked, top):
    with pytest.raises(UserError, match="number of guesses must be a whole number from 1 to 100"):
        fill(masked, "The [MASK].", top=top)


# What a press does -------------------------------------------------------------------------------


def test_a_press_hides_a_word_and_shows_it_again(masked):
    found = blanked(masked, TEXT, (1, 5))
    assert (toggled(found, 2), toggled(found, 5)) == ("1,2,5", "1")


def test_a_guess_that_is_put_in_leaves_the_other_words_hidden(masked):
    found = blanked(masked, "The big cat sat on the mat.", (1, 2, 6))
    assert put_in(found, 2, "old dog") == ("The big old dog sat on the mat.", "1,7")
    assert put_in(found, 1, "##ir") == ("Their cat sat on the mat.", "1,5")
    typed = blanked(masked, "A [MASK] and a _ sat.", (5,))
    assert put_in(typed, 1, " cat") == ("A cat and a _ sat.", "5")


def test_the_buttons_of_the_picture_say_so(masked):
    found = fill(masked, TEXT, (1,), top=1)
    made = picks(drawn(found))
    assert {
        "text": f"The {found.blanks[0].guesses[0].label} sat on the mat.",
        "hidden": "",
    } in made
    assert {"hidden": ""} in made


def test_hostile_texts_are_escaped(masked):
    found = fill(masked, f"{HOSTILE} [MASK]", (0, 1), HOSTILE[:6])
    for html in (drawn(found), fill_table(found), headline(found)):
        assert "<script" not in html
        assert "<lectern" not in html


# The rest of the tab -----------------------------------------------------------------------------


def test_the_code_gives_the_same_numbers(desk):
    entry = desk.default(STEM)
    chosen = Choices(text=TEXT, hidden="1,5", candidate="unhappily", top=3, model=entry.name)
    asked = Asked(desk, entry, chosen)
    names = {}
    exec(TAB.snippet(asked), names)
    found = desk.ask(fill, entry, TEXT, (1, 5), "unhappily", 3)
    assert names["ids"][0].tolist() == list(found.blanked.ids)
    chances = names["chances"](names["ids"], found.blanked.places[1])
    for one in found.blanks[1].guesses:
        assert chances[one.id].item() == pytest.approx(one.probability, abs=1e-5)
    assert names["whole"] == pytest.approx(found.blanks[1].own.probability, rel=1e-3)


@pytest.mark.parametrize("text", ["The “[MASK]” sat.", "The [MASK] sat."])
def test_the_code_puts_a_space_before_a_candidate_where_one_is(desk, published, text):
    """The code of RoBERTa, whose words have the space before them in their token."""
    entry = next(one for one in desk.offered(STEM) if "roberta" in one.repo)
    chosen = Choices(text=text, hidden="", candidate="cat", top=3, model=entry.name)
    code = TAB.snippet(Asked(desk, entry, chosen)).replace(entry.repo, str(published[entry.repo]))
    names = {}
    exec(re.sub(r", revision=\S+?(?=[,)])", "", code), names)
    space = " " if "“" not in text else ""
    assert names["own"] == names["tokenizer"](f"{space}cat", add_special_tokens=False)["input_ids"]


def test_the_page_opens_with_what_the_model_says(masked):
    stored = read_example(STEM, Filled)
    now = fill(masked, START["text"], numbers_in(START["hidden"]))
    assert stored.blanked == now.blanked
    assert stored.blanks[0].was.rank == now.blanks[0].was.rank
    for one, other in zip(stored.blanks[0].guesses, now.blanks[0].guesses, strict=True):
        assert one.id == other.id
        assert one.probability == pytest.approx(other.probability, abs=1e-5)


def test_the_endpoint_gives_the_numbers_of_the_page(desk):
    given = TAB.endpoints["fill"](desk)("The [MASK] sat on the mat.", candidate="cat", top=2)
    chosen = Choices(
        text=given["text"], hidden="", candidate="cat", top=2, model=given["model"], view="fill"
    )
    lines, content = TAB.numbers(TAB.asked(desk, chosen))
    assert {name: content[name] for name in given} == given
    assert len(list(lines)) == 4
    assert given["text"][given["masks"][0]["start"] : given["masks"][0]["end"]] == "[MASK]"
