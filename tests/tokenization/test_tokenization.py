"""Tokenization: offsets for every script, the built-in tokenizers, the choices, the endpoint."""

import pytest
from gradio_client.exceptions import AppError

from core.errors import UserError
from models.serving import Desk
from models.tokens import Token, whole
from services.tokenization.overview import checked_tokenizers, most_pieces
from services.tokenization.plain import count_words, cut, word_spans
from tabs.tokenization.choices import offered
from tabs.tokenization.ribbons import cut_by, cut_by_all

FAMILY = "\U0001f469\u200d\U0001f469\u200d\U0001f467"
NFD = "re\u0301sume\u0301"
SCRIPTS = [
    "The cats sat.",
    NFD,
    f"{FAMILY} ok",
    "שלום עולם",
    "مرحبا بالعالم",
    "你好世界",
    "नमस्ते",
    "한국어",
    "a\tb\nc\u00a0d",
    "1\ufe0f\u20e3 ❤\ufe0f \U0001f1e9\U0001f1ea",
]


@pytest.fixture(scope="module")
def tiny(tiny_bert, space):
    """A cache whose only model is the tiny BERT; its model is not loaded to cut text."""
    from core.spacefile import Space
    from models.checkpoints import Checkpoints

    return Desk(Checkpoints(Space("Tiny", space.limits, space.queue, (tiny_bert.checkpoint,))))


def sources(tokenization):
    return [tokenization.source(token) for token in tokenization.tokens]


def test_a_word_is_cut_into_known_pieces_between_special_tokens(tiny):
    found = cut_by(tiny, "tiny-bert", "The cats sat")
    assert [t.text for t in found.tokens] == ["[CLS]", "the", "cat", "##s", "sat", "[SEP]"]
    assert sources(found) == ["", "The", "cat", "s", "sat", ""]
    assert (found.words, found.characters, found.unknown, found.added) == (3, 12, 0, 2)
    assert tiny.checkpoints.describe()[0]["state"] == "cold"  # the tokenizer alone was loaded


def test_the_second_sentence_is_segment_one_with_offsets_of_its_own(tiny):
    found = cut_by(tiny, "tiny-bert", "the cat", "sat on")
    assert [t.segment for t in found.tokens] == [0, 0, 0, 0, 1, 1, 1]
    assert sources(found) == ["", "the", "cat", "", "sat", "on", ""]
    assert found.words == 4


def test_an_unknown_token_counts_as_unknown_and_not_as_special(tiny):
    found = cut_by(tiny, "tiny-bert", "the dog [MASK]")
    assert [(t.text, t.special) for t in found.tokens[2:4]] == [("[UNK]", False), ("[MASK]", True)]
    assert found.unknown == 1


@pytest.mark.parametrize("text", SCRIPTS)
def test_characters_are_code_points(tiny, text):
    found = cut_by(tiny, "characters", text)
    assert sources(found) == list(text) == [t.text for t in found.tokens]
    assert [t.id for t in found.tokens] == [ord(character) for character in text]


@pytest.mark.parametrize("text", SCRIPTS)
def test_all_bytes_of_a_character_point_at_it(tiny, text):
    found = cut_by(tiny, "bytes", text)
    assert bytes(t.id for t in found.tokens) == text.encode()
    assert sources(found) == [c for c in text for _ in c.encode()]


@pytest.mark.parametrize("text", SCRIPTS)
def test_words_leave_out_nothing_but_spaces(tiny, text):
    found = cut_by(tiny, "words", text)
    assert "".join(sources(found)) == "".join(text.split())
    assert [t.text for t in found.tokens] == sources(found)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("I don't know.", ["I", "don't", "know", "."]),
        (f"{NFD} {FAMILY}!", [NFD, FAMILY, "!"]),
        ("नमस्ते दुनिया", ["नमस्ते", "दुनिया"]),
        (
            "\U0001f1e9\U0001f1ea\U0001f1eb\U0001f1f7",
            ["\U0001f1e9\U0001f1ea", "\U0001f1eb\U0001f1f7"],
        ),
        ("\U0001f44d\U0001f3fd\U0001f44d", ["\U0001f44d\U0001f3fd", "\U0001f44d"]),
        ("3.14 a_b 'x'", ["3", ".", "14", "a_b", "'", "x", "'"]),
        ("你好，世界", ["你好", "，", "世界"]),
    ],
)
def test_a_word_is_a_run_of_letters_and_a_sign_stands_alone(text, words):
    assert [text[start:end] for start, end, _ in word_spans(text)] == words
    assert count_words(text) == sum(word[0].isalnum() for word in words)


def test_the_id_of_a_word_is_its_place_among_the_words_of_both_texts():
    assert [p.id for p in cut("words", "a b a", "b c")] == [0, 1, 0, 1, 2]
    assert [p.segment for p in cut("words", "a b a", "b c")] == [0, 0, 0, 1, 1]


def test_a_token_takes_in_the_accents_that_belong_to_its_letter():
    def token(start, end):
        return Token("x", 0, start, end, False, 0)

    assert [t.end for t in whole([token(0, 2)], ["re\u0301x"])] == [3]
    # An accent that is a token itself stays one; so does a space, and the text's other letters.
    assert [t.end for t in whole([token(0, 1), token(1, 2)], ["e\u0301"])] == [1, 2]
    assert [t.end for t in whole([token(0, 1)], ["e \u0301"])] == [1]
    assert [t.end for t in whole([token(0, 0)], ["\u0301"])] == [0]


# What is refused ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["characters", "words", "bytes", "tiny-bert"])
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "The text is empty"),
        (" \n\t ", "only spaces were typed"),
        ("x" * 20_001, "20,001 characters; at most 20,000"),
        ("a\0b", "NUL character"),
        ("a\ud800", "half of a surrogate pair"),
        (7, "must be text; got int '7'"),
        (None, "must be text; got nothing"),
    ],
)
def test_what_is_no_text_is_refused_by_every_tokenizer(tiny, name, text, said):
    with pytest.raises(UserError, match=said):
        cut_by(tiny, name, text)


@pytest.mark.parametrize("name", ["nope", "", 3, None, ["bytes"]])
def test_an_unknown_tokenizer_is_refused_with_the_names_there_are(tiny, name):
    with pytest.raises(UserError, match="use one of tiny-bert, characters, words, bytes"):
        cut_by(tiny, name, "x")


def test_more_tokenizers_than_fit_side_by_side_are_refused_with_both_numbers(tiny):
    with pytest.raises(UserError, match="5 tokenizers are chosen; at most 4"):
        checked_tokenizers(
            ["bytes", "words", "characters", "tiny-bert", "bytes"], offered(tiny), 4
        )
    with pytest.raises(UserError, match="Choose 1 to 4 of tiny-bert, characters"):
        checked_tokenizers([], offered(tiny), 4)
    with pytest.raises(UserError, match="There is no tokenizer 'gpt'"):
        checked_tokenizers(["bytes", "gpt"], offered(tiny), 4)
    assert checked_tokenizers(["words", "bytes", "words"], offered(tiny), 4) == ["words", "bytes"]


def test_a_word_too_long_to_trace_is_refused_with_both_numbers(tiny):
    with pytest.raises(UserError, match="word to trace has 201 characters; at most 200"):
        cut_by_all(tiny, ["bytes"], "the cat", word="x" * 201)


@pytest.mark.parametrize("padding", [-1, 9, 1.5, "2"])
def test_padding_out_of_range_is_refused(tiny, padding):
    with pytest.raises(UserError, match="padding must be a whole number from 0 to 8"):
        cut_by_all(tiny, ["bytes"], "the cat", padding=padding)


# What is looked at more closely ------------------------------------------------------------------


def test_the_word_with_the_most_pieces_is_traced_where_none_is_named(tiny):
    reading = cut_by_all(tiny, ["characters"], "the cats sat", "the mat")
    assert reading.trace.typed == "cats"
    assert cut_by_all(tiny, ["bytes"], "the cats", word=" mat ").trace.typed == "mat"
    assert most_pieces(cut_by(tiny, "tiny-bert", "♥ ♥"), 200) == ""
    assert most_pieces(cut_by(tiny, "tiny-bert", "the cats"), 3) == "the"


def test_the_rows_are_those_of_the_model_even_where_only_bytes_are_shown(tiny):
    rows = cut_by_all(tiny, ["bytes"], "the cat", "sat", padding=2).rows
    assert rows.tokens == ("[CLS]", "the", "cat", "[SEP]", "sat", "[SEP]", "[PAD]", "[PAD]")
    assert rows.segments == (0, 0, 0, 0, 1, 1, 0, 0)
    assert rows.positions == tuple(range(8))
    assert rows.mask == (1, 1, 1, 1, 1, 1, 0, 0)


def test_offered_names_begin_with_the_models(tiny):
    assert list(offered(tiny)) == ["tiny-bert", "characters", "words", "bytes"]


# The endpoint ------------------------------------------------------------------------------------


def test_the_endpoint_answers_as_the_contract_says(client):
    answer = client.predict("Her unhappiness", api_name="/tokenize")
    assert set(answer) == {"tokenizer", "tokens", "words", "characters", "unknown"}
    assert (answer["tokenizer"], answer["words"], answer["characters"]) == ("pocket-bert", 2, 15)
    assert answer["tokens"][2] == {
        "text": "un",
        "id": 4895,
        "start": 4,
        "end": 6,
        "special": False,
        "segment": 0,
    }


def test_the_endpoint_takes_a_pair_and_a_built_in_tokenizer(client):
    answer = client.predict("é", "bytes", "🙂", api_name="/tokenize")
    assert [(t["id"], t["start"], t["end"], t["segment"]) for t in answer["tokens"]] == [
        *((0xC3, 0, 1, 0), (0xA9, 0, 1, 0)),
        *((byte, 0, 1, 1) for byte in (0xF0, 0x9F, 0x99, 0x82)),
    ]


@pytest.mark.parametrize(
    ("text", "tokenizer", "said"),
    [
        ("", "bytes", "The text is empty"),
        ("   ", "pocket-bert", "only spaces were typed"),
        ("x" * 100_000, "bytes", "100,000 characters; at most 20,000"),
        ("a\0b", "words", "NUL character"),
        (12, "bytes", "must be text"),
        (
            "x",
            "bert-base",
            "use one of pocket-bert, pocket-gpt2, .*gpt2, characters, words, bytes",
        ),
        ("x", ["bytes", "words"], "There is no tokenizer"),
    ],
)
def test_the_endpoint_refuses_in_one_sentence(client, text, tokenizer, said):
    with pytest.raises(AppError, match=said):
        client.predict(text, tokenizer, api_name="/tokenize")


def test_hostile_text_comes_back_as_it_went(client):
    text = "</script><img src=x onerror=alert(1)> ${alert(1)} {{x}}"
    answer = client.predict(text, "characters", api_name="/tokenize")
    assert "".join(token["text"] for token in answer["tokens"]) == text
