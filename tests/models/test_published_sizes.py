"""What the Spacefile says of each model of the Hub is what transformers builds from its config.

The published configurations are those of `parity/published.py`, with the real vocabularies; on the
meta device a model has shapes and no numbers, so that 334 million parameters take no memory.
"""

import pytest

from core.capabilities import NAMES
from core.paths import ROOT
from core.spacefile import read_spacefile
from models.architectures import as_loaded
from models.reading import head_of
from tests.fakes.published import BLIP_TEXT, BLIP_VISION, GPT2, TEXT, VIT
from tests.fakes.translators import MARIAN, T5_SMALL

HUB = [entry for entry in read_spacefile(ROOT / "Spacefile").checkpoints if entry.tier == "hub"]
# Rows of the embedding table, as each repository's config.json says.
VOCABULARY = {
    "bert-base-uncased": 30522,
    "roberta-base": 50265,
    "bert-base-multilingual-cased": 119547,
    "bert-base-uncased-CoLA": 30522,
    "gpt2": 50257,
    "distilgpt2": 50257,
    "distilbert-base-cased-distilled-squad": 28996,
    "bert-large-uncased-whole-word-masking-finetuned-squad": 30522,
    "blip-image-captioning-base": 30524,
    "vit-gpt2-image-captioning": 50257,
    "opus-mt-en-fr": 59514,
    "t5-small": 32128,
}
CONFIGS = {
    "bert": "BertConfig",
    "roberta": "RobertaConfig",
    "distilbert": "DistilBertConfig",
    "gpt2": "GPT2Config",
}


def on_meta(entry):
    """The model that the cache would load, without its numbers."""
    import torch
    import transformers as t

    rows = {"vocab_size": VOCABULARY[entry.name]}
    with torch.device("meta"):
        if entry.name == "blip-image-captioning-base":
            config = t.BlipConfig(text_config=BLIP_TEXT | rows, vision_config=BLIP_VISION)
            return t.BlipForConditionalGeneration(config)
        if entry.name == "vit-gpt2-image-captioning":
            decoder = t.GPT2Config(**GPT2, **rows, add_cross_attention=True, is_decoder=True)
            config = t.VisionEncoderDecoderConfig.from_encoder_decoder_configs(
                t.ViTConfig(**VIT), decoder
            )
            return t.VisionEncoderDecoderModel(config)
        if entry.name == "opus-mt-en-fr":
            decoder = {"decoder_vocab_size": rows["vocab_size"]}
            return t.MarianMTModel(t.MarianConfig(**MARIAN, **rows, **decoder))
        if entry.name == "t5-small":
            return t.T5ForConditionalGeneration(t.T5Config(**T5_SMALL, **rows))
        kind, _, sizes, *_ = TEXT[entry.name]
        config = getattr(t, CONFIGS[kind])(**sizes, **rows)
        return getattr(t, head_of(entry, ROOT)).from_config(config)


@pytest.mark.parametrize("entry", HUB, ids=lambda entry: entry.name)
def test_parameters_layers_heads_and_architecture_are_the_models_own(entry):
    model = on_meta(entry)
    seen = as_loaded(entry, model)
    assert entry.family == seen.architecture
    assert (entry.layers, entry.heads) == (seen.layers, seen.heads)
    assert entry.encoder_layers == seen.encoder_layers
    # A table that is used twice, as in a GPT-2, is held once, and counted once.
    assert entry.parameters == sum(part.numel() for part in model.parameters())


def test_only_a_model_that_was_tuned_on_questions_without_answer_says_that_it_abstains():
    """The published ones were tuned on SQuAD 1.1, where every question has one."""
    answering = [entry for entry in HUB if "answering" in entry.capabilities]
    assert len(answering) == 2
    assert not any(entry.abstains for entry in HUB)


def test_the_budget_holds_the_first_model_of_the_hub_of_every_tab():
    """Under 6 GB resident with the page and the pocket models (README): what the budget is for."""
    first = {}
    for entry in HUB:
        for capability in entry.capabilities:
            first.setdefault(capability, entry)
    needed = 4 * sum({entry.name: entry.parameters for entry in first.values()}.values())
    space = read_spacefile(ROOT / "Spacefile")
    assert needed <= space.hub.memory_bytes
    assert set(first) == set(NAMES)
