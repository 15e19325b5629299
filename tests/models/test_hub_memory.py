"""Models that come and go: a budget of memory, and what is in use stays."""

import gc
import sys
import threading
import time
from dataclasses import replace

import pytest

from core.errors import NotReadyError, SpacefileError, UserError
from core.spacefile import Hub
from models import loading
from models import slots as checkpoint_slots
from models.checkpoints import Checkpoints
from models.slots import Slot

TEXT = ("tokenization", "attention", "similarity")
CAPABILITIES = {
    "google-bert/bert-base-uncased": (*TEXT, "anatomy", "map", "masking", "following"),
    "google-bert/bert-base-multilingual-cased": (*TEXT, "masking", "following"),
    "FacebookAI/roberta-base": (*TEXT, "anatomy", "map", "masking"),
    "textattack/bert-base-uncased-CoLA": ("grammaticality",),
    "openai-community/gpt2": ("generation", "attention", "tokenization", "anatomy", "map"),
    "distilbert/distilgpt2": ("generation", "attention", "anatomy", "map"),
    "distilbert/distilbert-base-cased-distilled-squad": ("answering", "anatomy", "map"),
    "google-bert/bert-large-uncased-whole-word-masking-finetuned-squad": ("answering",),
    "Salesforce/blip-image-captioning-base": ("captioning",),
    "nlpconnect/vit-gpt2-image-captioning": ("captioning", "map"),
}
BERT, MULTI, _, COLA, *_ = CAPABILITIES


def cache_of(space, entries, budget=10**9, load="first use"):
    return Checkpoints(replace(space, checkpoints=tuple(entries), hub=Hub(load, budget)))


@pytest.fixture
def three(space, published):
    """A cache over three models of 200,000 parameters in local published, with room for two."""
    entry = next(entry for entry in space.checkpoints if entry.tier == "hub")
    entries = [
        replace(entry, name=name, title=name, repo="", revision="", path=str(published[repo]))
        for name, repo in (("one", BERT), ("two", MULTI), ("three", BERT))
    ]
    entries = [replace(entry, parameters=200_000) for entry in entries]
    return cache_of(space, entries, budget=1_700_000)


def states(cache):
    return [each["state"] for each in cache.describe()]


def load(cache, name):
    return cache.load(cache.named(name, "attention"))


def test_the_least_recently_used_model_leaves_for_a_new_one(three):
    for name in ("one", "two", "one"):
        load(three, name)
    assert states(three) == ["ready", "ready", "cold"]
    load(three, "three")
    assert states(three) == ["ready", "cold", "ready"]
    load(three, "two")  # it comes again
    assert states(three) == ["cold", "ready", "ready"]


def test_a_model_in_use_never_leaves(three, monkeypatch):
    monkeypatch.setattr(checkpoint_slots, "ROOM_PATIENCE", 0.3)
    one, two = load(three, "one"), load(three, "two")
    with pytest.raises(UserError, match="three needs 800 kB of memory, and the models in"):
        load(three, "three")
    assert states(three) == ["ready", "ready", "cold"]
    del one
    load(three, "three")
    assert states(three) == ["cold", "ready", "ready"]
    assert two.model is load(three, "two").model


def test_who_waits_for_others_models_to_be_read_gives_the_turn_back_and_gets_it_later(
    three, monkeypatch
):
    begun, go_on, read = threading.Event(), threading.Event(), loading.read_parts

    def slowly(wanted, *rest):
        if wanted.entry.name == "two":
            begun.set()
            go_on.wait(20)
        return read(wanted, *rest)

    monkeypatch.setattr(loading, "read_parts", slowly)
    large = threading.Thread(target=load, args=(three, "two"))
    large.start()
    assert begun.wait(20)
    began = time.monotonic()
    with pytest.raises(NotReadyError, match=r"one is on its way \(another model"):
        three.load(three.named("one", "attention"), patience=0.2)
    assert time.monotonic() - began < 5
    assert states(three)[:2] == ["loading", "loading"]
    go_on.set()
    large.join()
    deadline = time.monotonic() + 20
    while states(three)[0] != "ready":
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_whoever_waits_for_room_gets_it_when_a_model_is_let_go(three):
    held = [load(three, "one"), load(three, "two")]
    threading.Timer(0.5, held.clear).start()
    load(three, "three")
    assert states(three)[2] == "ready"


def test_a_model_that_a_cycle_holds_is_let_go_at_once(three, monkeypatch):
    monkeypatch.setattr(checkpoint_slots, "ROOM_PATIENCE", 0.0)
    gc.disable()
    try:
        for name in ("one", "two"):
            cycle = [load(three, name)]  # as an exception holds the frame that holds it
            cycle.append(cycle)
        del cycle
        load(three, "three")
    finally:
        gc.enable()
    assert states(three) == ["cold", "ready", "ready"]


def test_memory_is_given_back(three):
    import weakref

    model = weakref.ref(load(three, "one").model)
    load(three, "two")
    load(three, "three")
    gc.collect()
    assert model() is None


def test_a_download_that_ends_at_once_is_still_told_to_who_began_it():
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for _ in range(500):
            slot = Slot("quick")
            assert slot.start(lambda meter: None).done.wait(10)
            assert slot.state == "cold"
    finally:
        sys.setswitchinterval(interval)


def test_a_download_that_failed_is_not_begun_again_by_who_came_late():
    slot = Slot("late")
    slot.fail("the Hub has a fault")
    with pytest.raises(UserError, match="late is not available: the Hub has a fault"):
        slot.start(lambda meter: None)


def test_the_pocket_models_never_leave(space, three):
    pocket = space.checkpoints[0]
    cache = cache_of(space, [pocket, *three.offered("attention")], budget=900_000)
    model = cache.load(pocket).model
    for name in ("one", "two", "three"):
        load(cache, name)
    assert states(cache) == ["ready", "cold", "cold", "ready"]
    assert cache.load(pocket).model is model


def test_at_the_start_as_many_are_loaded_as_fit(space, three):
    cache = cache_of(space, three.offered("attention"), budget=1_700_000, load="start")
    cache.warm()
    deadline = time.monotonic() + 30
    while states(cache)[:2] != ["ready", "ready"]:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    time.sleep(0.3)
    assert states(cache) == ["ready", "ready", "cold"]


def test_the_first_use_loads_nothing_at_the_start(space, three):
    cache = cache_of(space, three.offered("attention"))
    cache.warm()
    time.sleep(0.3)
    assert states(cache) == ["cold", "cold", "cold"]


@pytest.mark.parametrize("repo", CAPABILITIES)
def test_every_published_architecture_is_read_as_its_tab_needs_it(space, published, repo):
    entry = next(entry for entry in space.checkpoints if entry.repo == repo and not entry.package)
    assert entry.capabilities == CAPABILITIES[repo]
    entry = replace(entry, path=str(published[repo]))
    cache = cache_of(space, [entry], budget=10**10)
    cache.check()
    loaded = cache.load(entry)
    assert str(loaded.model.dtype) == "torch.float32"
    assert not loaded.model.training
    assert (loaded.processor is None) == ("captioning" not in entry.capabilities)
    parts = [loaded.model, *(getattr(loaded.model, part, None) for part in ("encoder", "decoder"))]
    for part in filter(lambda part: hasattr(part, "config"), parts):
        assert part.config._attn_implementation == "eager"


def test_the_names_of_2018_are_read_and_not_made_up(space, published):
    """bert-base-uncased says LayerNorm.gamma where transformers says weight."""
    from safetensors.torch import load_file

    entry = next(entry for entry in space.checkpoints if entry.repo == BERT)
    entry = replace(entry, path=str(published[BERT]))
    model = cache_of(space, [entry]).load(entry).model
    weights = load_file(published[BERT] / "model.safetensors")
    for ours, theirs in (
        ("embeddings.LayerNorm.weight", "bert.embeddings.LayerNorm.gamma"),
        ("encoder.layer.1.output.dense.weight", "bert.encoder.layer.1.output.dense.weight"),
        ("pooler.dense.weight", "bert.pooler.dense.weight"),
    ):
        assert model.get_parameter(ours).equal(weights[theirs])


def test_a_captioner_is_what_its_configuration_says(space, published):
    names = []
    for repo in list(CAPABILITIES)[-2:]:
        entry = next(entry for entry in space.checkpoints if entry.repo == repo)
        entry = replace(entry, path=str(published[repo]))
        cache = cache_of(space, [entry], budget=10**10)
        names.append(type(cache.load(entry).model).__name__)
    assert names == ["BlipForConditionalGeneration", "VisionEncoderDecoderModel"]


@pytest.mark.parametrize(
    ("repo", "capability", "expected"),
    [
        (BERT, "generation", "LMHeadModel or ForCausalLM, but its config.json says BertForMasked"),
        (COLA, "answering", "ForQuestionAnswering, but its config.json says BertForSequenceClass"),
        (
            "nlpconnect/vit-gpt2-image-captioning",
            "attention",
            "a model that reads text, but its config.json says VisionEncoderDecoderModel; remove",
        ),
    ],
)
def test_a_wrong_architecture_on_disk_stops_the_start(
    space, published, repo, capability, expected
):
    entry = next(entry for entry in space.checkpoints if entry.repo == repo)
    entry = replace(entry, name="mine", path=str(published[repo]), capabilities=(capability,))
    cache = cache_of(space, [entry], budget=10**10)
    with pytest.raises(SpacefileError) as error:
        cache.check()
    assert str(error.value).startswith(f"Spacefile: mine.capabilities names {capability}, which ")
    assert expected in str(error.value)


def test_what_ships_serves_what_it_is_offered_for(checkpoints):
    checkpoints.check()


def test_a_damaged_file_is_said_and_stops_nothing_else(space, published, tmp_path):
    for file in published[BERT].iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes()[:3000])
    entry = next(entry for entry in space.checkpoints if entry.repo == BERT)
    entry = replace(entry, path=str(tmp_path))
    cache = cache_of(space, [entry])
    cache.check()
    with pytest.raises(UserError, match="BERT base is not available: "):
        cache.load(entry)
    assert states(cache) == ["unavailable"]
