"""One table says what a capability needs; a new capability is one row."""

import pytest

from core import capabilities as module
from core.capabilities import (
    AS_CONFIGURED,
    CAPABILITIES,
    PLAIN,
    Capability,
    head_for,
    usual_kind,
)

MASKED, QUESTIONS = "AutoModelForMaskedLM", "AutoModelForQuestionAnswering"
BERT = ("tokenization", "attention", "similarity", "masking")
GPT2 = ("generation", "attention", "tokenization")


@pytest.mark.parametrize(
    ("offered", "capability", "head"),
    [
        (BERT, "attention", PLAIN),
        (BERT, "tokenization", PLAIN),
        (BERT, "masking", MASKED),
        (("answering",), "answering", QUESTIONS),
        (GPT2, "attention", "AutoModelForCausalLM"),
        (GPT2, "generation", "AutoModelForCausalLM"),
        (("tokenization", "captioning"), "tokenization", AS_CONFIGURED),
    ],
)
def test_a_capability_is_read_with_its_own_head_or_with_none(offered, capability, head):
    assert head_for(offered, capability) == head


def test_a_model_whose_entry_says_nothing_is_a_bert_or_what_its_capability_usually_is():
    assert usual_kind(("attention", "generation")) == "gpt2"
    assert usual_kind(("captioning",)) == "vision-encoder-decoder"
    assert usual_kind(BERT) == "bert"


def test_every_head_is_a_class_of_transformers():
    import transformers

    for row in CAPABILITIES:
        if row.head not in ("", AS_CONFIGURED):
            assert hasattr(transformers, row.head)


def test_a_new_capability_is_one_row(monkeypatch, space, tmp_path):
    from dataclasses import replace

    from core.errors import UnfitError
    from models.files import check_architecture
    from models.reading import head_of

    row = Capability(
        "next_sentence",
        head="AutoModelForNextSentencePrediction",
        architectures=("bert",),
        endings=("ForPreTraining",),
    )
    monkeypatch.setattr(module, "CAPABILITIES", (*CAPABILITIES, row))
    entry = replace(space.checkpoints[0], capabilities=("attention", "next_sentence"))
    assert head_of(entry, tmp_path, "next_sentence") == row.head
    assert head_of(entry, tmp_path) == PLAIN
    (tmp_path / "config.json").write_text('{"architectures": ["BertForMaskedLM"]}')
    with pytest.raises(UnfitError, match="names next_sentence, which takes ForPreTraining"):
        check_architecture(entry, tmp_path)
