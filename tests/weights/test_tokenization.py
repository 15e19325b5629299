"""The pocket BERT's tokenizer: facts that examples and explanation state, and parity."""

import random
import re
import subprocess
import sys

import pytest

from core.paths import ROOT
from services.examples import read_example
from services.tokenization.overview import Reading, input_rows
from services.tokenization.trace import trace
from tabs.kit.examples import read_examples
from tabs.kit.snippets import filled
from tabs.tokenization.ribbons import cut_by, cut_by_all
from tests.tokenization.test_tokenization import FAMILY, SCRIPTS
from tests.weights.held import holds

LOOK = read_examples("tokenization")


@pytest.fixture(scope="module")
def library(desk):
    """The tokenizer alone."""
    return desk.checkpoints.tokenizer(desk.default("tokenization"))


def shown(desk, number):
    """What an example of the tab gives, and what it promises."""
    inputs = LOOK[number]["inputs"]
    names = {"text", "text_pair", "word", "padding"} & set(inputs)
    reading = cut_by_all(desk, inputs["tokenizer"], **{name: inputs[name] for name in names})
    return {t.tokenizer: t for t in reading.tokenizations}, reading, LOOK[number]["look_for"]


def pieces(tokenization):
    return [token.text for token in tokenization.tokens if not token.special]


def marked(found):
    """Tokens as a line of an example marks them."""
    return " ".join(f"`{piece}`" for piece in found)


@holds("tokenization", "A rare word in pieces", 1)
def test_happiness_is_known_but_not_as_the_end_of_a_word(desk):
    cuts, reading, said = shown(desk, 0)
    found = pieces(cuts["pocket-bert"])[1:5]
    assert found == ["un", "##ha", "##pp", "##iness"]
    assert f"{marked(found)}, {len(found)} tokens" in said
    assert [c.text for s in reading.trace.words[0].steps for c in s.tried if c.bare] == [
        "##happiness"
    ]


@holds("tokenization", "An ordinary paragraph", 4)
def test_an_ordinary_word_is_little_more_than_a_token(desk):
    place = next(n for n, one in enumerate(LOOK) if one["name"] == "paragraph")
    cuts, _, said = shown(desk, place)
    bert, gpt2 = cuts["pocket-bert"], cuts["pocket-gpt2"]
    assert f"{bert.from_text} tokens of text for {bert.words} words in BERT" in said
    assert f"{gpt2.from_text} in GPT-2 (pocket), whose vocabulary is smaller" in said
    assert gpt2.vocabulary < bert.vocabulary
    assert "1 token to ¾ of a word" in said  # a rule of thumb of others: nothing to compute


@holds("tokenization", "Frequent words stay whole", 2)
def test_frequent_words_stay_whole(desk, library):
    cuts, _, said = shown(desk, 1)
    assert "1 token each, *tokenization* is 2: `token` `##ization`" in said
    assert pieces(cuts["pocket-bert"]) == ["playing", "sleeping", "token", "##ization"]
    assert "`##ing` is a piece too" in said
    assert "##ing" in library.get_vocab()


def test_greedy_search_does_not_look_ahead(desk):
    cuts, reading, said = shown(desk, 2)
    assert marked(["una", "##ffa", "##ble"]) in said
    assert marked(["un", "##tie"]) in said
    assert pieces(cuts["pocket-bert"]) == ["una", "##ffa", "##ble", "undo", "un", "##tie"]
    assert "un" not in [c.text for c in reading.trace.words[0].steps[0].tried]


@holds("tokenization", "What preparation erases", 3)
def test_preparation_erases_accents_and_capitals(desk):
    cuts, _, said = shown(desk, 3)
    assert [t.id for t in cuts["pocket-bert"].tokens[1:-1]] == [13746, 13746, 2149, 2149]
    assert "(13746)" in said
    assert "(2149)" in said
    assert "*é* is 2 of them" in said
    assert sum(cuts["bytes"].source(t) == "é" for t in cuts["bytes"].tokens) == 2 * 2


@holds("tokenization", "Unknown characters", 4)
def test_unknown_characters_are_lost_but_not_as_bytes(desk):
    cuts, reading, said = shown(desk, 4)
    assert cuts["pocket-bert"].unknown == int(re.match(r"(\d) tokens are", said)[1]) == 4
    assert [u.source for u in reading.unknowns] == ["🙂", "你", "好", "界"]
    assert len(cuts["bytes"].tokens) == int(re.search(r"is (\d+) bytes", said)[1]) == 27
    assert bytes(t.id for t in cuts["bytes"].tokens).decode() == LOOK[4]["inputs"]["text"]


@holds("tokenization", "Numbers", 7)
def test_numbers_are_cut_without_place_value(desk):
    cuts, _, said = shown(desk, 5)
    assert pieces(cuts["pocket-bert"]) == ["202", "##4", "1000", "##00", "##0"]
    assert f"*1000000* becomes {marked(['1000', '##00', '##0'])}" in said
    assert f"*2024* becomes {marked(['202', '##4'])}" in said


@holds("tokenization", "Two sentences", 5)
def test_two_sentences_have_two_segments_and_running_positions(desk):
    cuts, reading, said = shown(desk, 6)
    segments = [token.segment for token in cuts["pocket-bert"].tokens]
    assert f"{segments.count(0)} tokens are A and {segments.count(1)} are B" in said
    assert f"0 to {len(segments) - 1};" in said
    assert reading.rows.mask == (*[1] * len(segments), 0, 0)


def test_a_space_is_a_byte_of_its_word_in_gpt2(desk):
    cuts, reading, said = shown(desk, 7)
    assert "the `hen` that begins the text and the `·hen` inside it are two tokens" in said
    names = [(token.text, token.id) for token in cuts["pocket-gpt2"].tokens]
    first, inside = (next(one for one in names if one[0] == name) for name in ("hen", "Ġhen"))
    assert first[1] != inside[1]
    ranks = [step.rank for word in reading.trace.words for step in word.steps]
    assert ranks == sorted(ranks)


@holds("tokenization", "Nothing is unknown", 2)
def test_nothing_is_unknown_to_bytes_of_gpt2(desk):
    cuts, _, said = shown(desk, 8)
    counts = cuts["pocket-bert"].unknown, cuts["pocket-gpt2"].unknown
    assert f"BERT has {counts[0]} `[UNK]`" in said
    assert f"in bytes, so {counts[1]} tokens are unknown" in said
    found = cuts["pocket-gpt2"]
    assert {found.source(token).strip() for token in found.tokens} >= {"♥", "🙂", "你"}


def test_the_first_picture_is_what_the_services_compute(desk):
    inputs = LOOK[0]["inputs"]
    assert read_example("tokenization", Reading) == cut_by_all(
        desk, inputs["tokenizer"], inputs["text"]
    )


# Parity with the library -------------------------------------------------------------------------


def test_the_trace_gives_what_the_library_gives_for_thousands_of_words(library):
    chance = random.Random(0)
    vocabulary = sorted(library.get_vocab())
    whole = [word for word in vocabulary if not word.startswith("##")]
    made = ["".join(chance.sample(whole, 2)).title() for _ in range(2000)]
    strange = [
        "Zürich",
        "x♥y",
        "🙂",
        "don't",
        "你好",
        "İstanbul",
        "한국어",
        "[MASK]",
        "a" * 101,
        "a" * 100,
    ]
    for word in [*vocabulary[::10], *made, *strange]:
        assert list(trace(library, word).pieces) == library.tokenize(word), word


def test_the_stages_together_are_the_librarys_normalisation(library):
    for text in (*SCRIPTS, "Ünïcödé \x01 世x", "ǅ İ ß"):
        expected = library.backend_tokenizer.normalizer.normalize_str(text)
        assert trace(library, text).stages[-1].text == expected


@pytest.mark.parametrize("text", ["The cats sat.", "你好世界", "שלום", "Zürich 2024", "[MASK] x"])
def test_ids_segments_and_offsets_are_the_librarys(desk, library, text):
    found = cut_by(desk, "pocket-bert", text, "and 世 more")
    encoded = library(text, "and 世 more", return_offsets_mapping=True)
    assert [t.id for t in found.tokens] == encoded["input_ids"]
    assert [t.segment for t in found.tokens] == encoded["token_type_ids"]
    assert [(t.start, t.end) for t in found.tokens] == encoded["offset_mapping"]


@pytest.mark.parametrize(
    ("text", "sources"),
    [
        ("re\u0301sume\u0301 x", ["re\u0301sume\u0301", "x"]),
        ("नमस्ते", ["न", "म", "स्", "ते"]),
        ("❤\ufe0f", ["❤\ufe0f"]),
        (f"{FAMILY} ok", [FAMILY, "ok"]),
        ("한국", ["한", "한", "한", "국", "국", "국"]),
        ("が か\u3099", ["が", "か\u3099"]),
        ("שלום", list("שלום")),
    ],
)
def test_offsets_take_whole_characters_of_every_script(desk, text, sources):
    found = cut_by(desk, "pocket-bert", text)
    assert [found.source(t) for t in found.tokens if t.start < t.end] == sources


def test_the_rows_are_what_the_library_gives_the_model(desk, library):
    found = cut_by(desk, "pocket-bert", "Where does it rise?", "In the mountains.")
    rows = input_rows(library, found, 3)
    length = len(found.tokens) + 3
    encoded = library(found.text, found.text_pair, padding="max_length", max_length=length)
    assert list(rows.ids) == encoded["input_ids"]
    assert list(rows.segments) == encoded["token_type_ids"]
    assert list(rows.mask) == encoded["attention_mask"]
    assert rows.most == 512


def test_the_code_points_of_the_emoji_in_the_explanation_are_five(desk):
    explained = (ROOT / "assets/tokenization/explain.md").read_text(encoding="utf-8")
    emoji = re.search(r"the emoji (\S+) is five", explained)[1]
    assert len(cut_by(desk, "characters", emoji).tokens) == 5


def test_the_sum_of_the_rows_is_what_enters_the_first_layer(bert):
    import torch

    encoded = bert.encode("where does it rise", "in the mountains")
    tensors = bert.tensors(encoded)
    table = bert.model.embeddings
    with torch.inference_mode():
        total = (
            table.word_embeddings(tensors["input_ids"])
            + table.token_type_embeddings(tensors["token_type_ids"])
            + table.position_embeddings(torch.arange(len(encoded["input_ids"])))
        )
        entered = bert.model(**tensors, output_hidden_states=True).hidden_states[0]
        assert (table.LayerNorm(total) - entered).abs().max() <= 1e-5
    sizes = [t.weight.numel() for t in (table.word_embeddings, table.token_type_embeddings)]
    assert [*sizes, table.position_embeddings.weight.numel()] == [11720448, 768, 196608]
    explained = (ROOT / "assets/tokenization/explain.md").read_text(encoding="utf-8")
    assert "11,720,448 + 768 + 196,608 learned numbers, and 768 in the LayerNorm" in explained


def test_the_snippet_gives_the_tokens_on_screen(desk):
    text, pair = "Her «unhappiness» 🙂\nsurprised", 'them "all"'
    entry = desk.default("tokenization")
    code = filled(
        "tokenization/tokenization", entry, text=text, text_pair=pair, word="unhappiness"
    )
    code += (
        "\nimport json; print(json.dumps([encoded['input_ids'], encoded['offset_mapping'], data]))"
    )
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", code], capture_output=True, text=True, check=True
    )
    import json

    ids, offsets, data = json.loads(done.stdout.splitlines()[-1])
    found = cut_by(desk, "pocket-bert", text, pair)
    assert ids == [token.id for token in found.tokens]
    assert offsets == [[token.start, token.end] for token in found.tokens]
    assert data == [token.id for token in cut_by(desk, "bytes", text).tokens]
    assert "unhappiness -> ['un', '##ha', '##pp', '##iness']" in done.stdout


def test_the_spacefile_says_truly_which_models_tell_capitals_from_small_letters(checkpoints):
    said = [one for one in checkpoints.space.checkpoints if one.tier == "pocket"]
    for entry in said:
        if entry.cased is not None:
            ids = (checkpoints.tokenizer(entry)(text)["input_ids"] for text in ("A Cat", "a cat"))
            assert (len(set(map(tuple, ids))) == 2) == entry.cased, entry.name
