"""The trace of one word: every candidate in order, over vocabularies that fit in the eye."""

from types import SimpleNamespace

from services.tokenization.trace import NOT_THERE, longest_match, trace


def search(word, *vocabulary):
    steps = longest_match(word, {piece: i for i, piece in enumerate(vocabulary)}.get)
    return [[candidate.text for candidate in step.tried] for step in steps]


def test_the_longest_piece_is_taken_first():
    assert search("cats", "c", "cat", "##s") == [["cats", "cat"], ["##s"]]


def test_there_is_no_look_ahead():
    # ab + ##cd would do, but abc is longer, and after it only ##d is left.
    assert search("abcd", "ab", "abc", "##cd")[-1] == ["##d"]
    assert longest_match("abcd", {"ab": 0, "abc": 1, "##cd": 2}.get)[-1].failed


def test_a_failure_ends_the_search():
    steps = longest_match("a♥b", {"a": 5, "##b": 6}.get)
    assert [step.start for step in steps] == [0, 1]
    assert [candidate.id for candidate in steps[1].tried] == [NOT_THERE, NOT_THERE]


def test_a_rejected_piece_that_may_only_start_a_word_says_so():
    tried = longest_match("unhappy", {"un": 0, "happy": 1, "##h": 2}.get)[1].tried
    assert [(c.text, c.bare) for c in tried if c.bare] == [("##happy", True)]


def test_an_empty_word_has_no_steps():
    assert longest_match("", {}.get) == ()


def test_the_preparation_is_shown_step_by_step(tiny_bert):
    found = trace(tiny_bert.tokenizer, "Ca\u0301t\x01S")
    assert [(stage.name, stage.text) for stage in found.stages] == [
        ("as typed", "Ca\u0301t\x01S"),
        ("removing control characters", "Ca\u0301tS"),
        ("putting spaces around Chinese characters", "Ca\u0301tS"),
        ("stripping accents", "CatS"),
        ("lower-casing", "cats"),
    ]
    assert found.pieces == ("cat", "##s")


def test_a_special_token_is_taken_whole(tiny_bert):
    found = trace(tiny_bert.tokenizer, "The[MASK]")
    assert [(word.word, word.why) for word in found.words] == [("the", ""), ("[MASK]", "special")]
    assert found.stages[-1].text == "the[MASK]"


def test_a_word_of_more_than_a_hundred_letters_is_unknown_without_a_search(tiny_bert):
    word = trace(tiny_bert.tokenizer, "s" * 101).words[0]
    assert (word.steps, word.pieces, word.why) == ((), ("[UNK]",), "long")


def test_a_tokenizer_of_another_kind_has_no_trace_yet():
    other = SimpleNamespace(backend_tokenizer=SimpleNamespace(model=SimpleNamespace()))
    found = trace(other, "word")
    assert (found.typed, found.words, found.pieces) == ("word", (), ())
