"""Training of the captioner: scenes, hints, counts of right and wrong, and one whole small run."""

import json
import random
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image
from transformers import AutoImageProcessor, AutoTokenizer, VisionEncoderDecoderModel

from scenes.scene import COLOURS, Scene, Thing, draw
from training.captioning import __main__ as captioning
from training.captioning import data as scene_batches
from training.captioning.data import (
    HELD_BACK,
    MOST_WORDS,
    REPORTED,
    TRAINING,
    UNSAID,
    Batches,
    Drawer,
    Sample,
    World,
    learn_words,
    owners,
    patch_hints,
    sample,
    worn,
)
from training.captioning.model import PARTS, PLACES, Trainee, fresh_model, places, smoke_recipe
from training.captioning.scores import Examiner, shares, summed, tally
from training.engine.loop import Stage, make_optimizer

WORLD = World()
SCENE = Scene((Thing("ball", "red", 25, 25, 40), Thing("house", "blue", 75, 75, 44)))


@pytest.fixture(scope="module")
def words():
    return learn_words(WORLD, 1200, captions=6000)


@pytest.fixture
def drawer(words):
    return Drawer(WORLD, words, side=40, patch=10, longest=44, size=3, emoji_share=0.0)


def test_a_patch_shows_the_thing_that_covers_most_of_it():
    _, owner = owners(SCENE, 40, None)
    hints = patch_hints(owner, 10, 2).reshape(4, 4)
    assert set(hints[:2, :2].ravel()) <= {0, 1}
    assert 1 in hints[:2, :2]
    assert 2 in hints[2:, 2:]
    assert not hints[:2, 2:].any()
    assert not hints[2:, :2].any()


def test_a_thing_in_front_owns_the_pixels_that_it_hides():
    front = Scene((Thing("house", "blue", 50, 50, 60), Thing("ball", "red", 50, 50, 30)))
    picture, owner = owners(front, 60, None)
    assert owner[30, 30] == 2
    assert picture.tobytes() == draw(front, 60).tobytes()


def test_what_covers_little_of_a_patch_is_not_its_hint():
    owner = np.zeros((20, 20), dtype=int)
    owner[:10, :2] = 1  # a fifth of the first patch
    owner[10:, :3] = 2  # three tenths of the third
    assert patch_hints(owner, 10, 2).tolist() == [0, 0, 2, 0]


def test_a_number_always_gives_the_same_scene_and_parts_never_share_one():
    assert sample(WORLD, REPORTED, 7, 0.0) == sample(WORLD, REPORTED, 7, 0.0)
    scenes = [
        {sample(WORLD, whose, number, 0.0).scene for number in range(200)}
        for whose in (TRAINING, HELD_BACK, REPORTED)
    ]
    assert not scenes[0] & scenes[1]
    assert not scenes[0] & scenes[2]
    assert not scenes[1] & scenes[2]


def test_captions_fit_the_model_whole(drawer, words):
    for number in range(300):
        caption = sample(WORLD, TRAINING, number, 0.0).caption
        assert len(caption.split()) <= MOST_WORDS
        ids = drawer.ids(caption)
        spoken = ids[ids != UNSAID].tolist()
        assert spoken[0] == spoken[-1] == words.end
        assert words.tokenizer.decode(spoken, skip_special_tokens=True) == caption


def test_a_batch_says_what_each_patch_shows(drawer, words):
    batch = drawer.batch(0)
    assert batch.pixels.shape == (3, 40, 40, 3)
    assert batch.ids.shape == (3, 45)
    assert batch.kinds.shape == batch.colours.shape == batch.counts.shape == (3, 16)
    for place in range(3):
        things = sample(WORLD, TRAINING, place, 0.0).scene.things
        seen = {words.kinds[kind - 1] for kind in batch.kinds[place] if kind}
        assert seen
        assert seen <= {thing.kind for thing in things}
        coloured = {words.colours[colour - 1] for colour in batch.colours[place] if colour}
        assert coloured <= {thing.colour for thing in things} <= {*COLOURS, ""}
        alike = Counter((thing.kind, thing.colour) for thing in things)
        for kind, count in zip(batch.kinds[place], batch.counts[place], strict=True):
            named = words.kinds[kind - 1] if kind else ""
            assert count in ({alike[key] for key in alike if key[0] == named} or {0})
    again = drawer.batch(0)
    assert all(np.array_equal(one, other) for one, other in zip(batch, again, strict=True))


def test_batches_drawn_ahead_are_those_drawn_here(drawer):
    ahead = Batches(drawer, 1)
    try:
        for step in (0, 1, 5):
            here = drawer.batch(step)
            there = ahead.take(step)
            assert all(np.array_equal(a, b) for a, b in zip(here, there, strict=True))
    finally:
        ahead.close()


def test_wear_keeps_the_picture_recognisable():
    picture = draw(SCENE, 60)
    for seed in range(40):
        changed = worn(picture, random.Random(seed))
        assert changed.size == picture.size
        assert changed.mode == "RGB"
        gap = np.abs(np.asarray(changed, dtype=int) - np.asarray(picture, dtype=int)).mean()
        assert gap < 60


def test_the_shares_count_what_is_said_and_what_is_there(words):
    examiner = Examiner(None, words, WORLD, smoke_recipe(), "cpu")
    one = Sample(SCENE, False, "a red ball and a blue house")
    said = ["a red ball and a cat", "a blue ball"]
    total = examiner.score(said, [one, one])
    found = shares(total)
    assert found["precision"] == pytest.approx(2 / 3, abs=1e-4)
    assert found["recall"] == 0.5
    assert found["colour"] == 0.5
    counts = tally(examiner, said, [one, one])
    assert counts == {"ball": [2, 2, 2], "cat": [0, 1, 0], "house": [2, 0, 0]}
    assert summed([total, total]).objects_said == 2 * total.objects_said


def test_the_loss_is_that_of_the_library(drawer, words):
    recipe = replace(smoke_recipe(), vocabulary=words.tokenizer.get_vocab_size())
    trainee = Trainee(recipe, words, Batches(drawer, 0), "cpu").eval()
    batch = drawer.batch(1)
    with torch.inference_mode():
        trainee.loss_on(batch)
        labels = torch.from_numpy(batch.ids[:, 1:]).long()
        pixels = torch.from_numpy(batch.pixels).permute(0, 3, 1, 2).float() / 127.5 - 1
        given = torch.from_numpy(batch.ids[:, :-1]).long().clamp(min=0)
        logits = trainee.model(pixel_values=pixels, decoder_input_ids=given).logits
        right = torch.nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten())
    assert trainee.told[0].item() == pytest.approx(right.item(), abs=1e-5)


def test_the_hints_are_the_cross_entropy_of_what_each_patch_shows_and_where_it_is(drawer, words):
    recipe = replace(smoke_recipe(), vocabulary=words.tokenizer.get_vocab_size())
    trainee = Trainee(recipe, words, Batches(drawer, 0), "cpu").eval()
    batch = drawer.batch(1)
    with torch.inference_mode():
        loss = trainee.loss_on(batch)
        pixels = torch.from_numpy(batch.pixels).permute(0, 3, 1, 2).float() / 127.5 - 1
        seen = trainee.model.encoder(pixel_values=pixels).last_hidden_state[:, 1:]
        rows, columns = np.divmod(np.tile(np.arange(16), (3, 1)), 4)
        told = dict(zip(PARTS, trainee.told.tolist(), strict=True))
        shown = batch._asdict() | {"rows": rows, "columns": columns}
        for name in PARTS[1:]:
            chances = getattr(trainee, name)(seen).log_softmax(-1)
            true = torch.from_numpy(shown[name]).long()[..., None]
            assert told[name] == pytest.approx(-chances.gather(-1, true).mean().item(), abs=1e-5)
    hints = sum(told[name] for name in PARTS[1:])
    assert loss.item() == pytest.approx(told["captions"] + recipe.hints * hints, abs=1e-5)


def test_places_tell_columns_apart_from_rows():
    vectors = places(6, 64).reshape(6, 6, 64)  # (row, column, width)
    assert torch.equal(vectors[0, :, :32], vectors[5, :, :32])
    assert torch.equal(vectors[:, 0, 32:], vectors[:, 5, 32:])
    assert len(vectors.reshape(36, 64).unique(dim=0)) == 36
    near = torch.nn.functional.cosine_similarity(vectors[2, 2], vectors, dim=-1)
    assert near[2, 2] > near[2, 3] > near[2, 4] > near[2, 5]
    assert torch.allclose(near, near.T, atol=1e-6)


def test_position_vectors_and_biases_do_not_decay_but_matrices_do(words):
    model = fresh_model(smoke_recipe(), words.end)
    groups = make_optimizer(model, Stage("captioning", 1e-3, weight_decay=0.1)).param_groups
    decay = {id(one): group["weight_decay"] for group in groups for one in group["params"]}
    named = dict(model.named_parameters())
    assert decay[id(named["encoder.embeddings.position_embeddings"])] == 0
    assert decay[id(named["encoder.embeddings.patch_embeddings.projection.bias"])] == 0
    assert decay[id(named["encoder.embeddings.patch_embeddings.projection.weight"])] == 0.1


def test_a_run_begins_with_an_earlier_model_and_other_scenes(tmp_path, words):
    earlier, recipe = tmp_path / "earlier", replace(smoke_recipe(), vocabulary=1200)
    model = fresh_model(recipe, words.end)
    weights = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    begun = fresh_model(replace(recipe, seed=2), words.end, weights).state_dict()
    table = "encoder.embeddings.position_embeddings"
    assert all(torch.equal(begun[name], weights[name]) for name in weights if name != table)
    waves = PLACES * places(4, recipe.width)
    assert torch.allclose(begun[table][0, 1:], weights[table][0, 1:] + waves)
    assert torch.equal(begun[table][0, 0], weights[table][0, 0])

    record = {"recipe": {"earlier_minutes": 3.0}, "scenes_seen": 96}
    earlier.mkdir()
    record["stages"] = {"captioning": {"seconds": 120.0}}
    (earlier / "training.json").write_text(json.dumps(record))
    going = captioning.going_on(recipe, earlier)
    assert (going.earlier_minutes, going.earlier_scenes, going.waves) == (5.0, 96, True)
    record["recipe"]["waves"] = True  # they are in its position vectors, and are not added again
    (earlier / "training.json").write_text(json.dumps(record))
    again = captioning.going_on(recipe, earlier)
    assert not again.waves
    assert torch.equal(fresh_model(again, words.end, weights).state_dict()[table], weights[table])
    later = Drawer(WORLD, words, 40, 10, 44, size=3, emoji_share=0.0, first=96)
    plain = replace(later, first=0)
    assert np.array_equal(later.batch(0).pixels, plain.batch(32).pixels)


def test_a_small_run_writes_a_model_that_the_library_reads(tmp_path, monkeypatch):
    learn = scene_batches.learn_words
    monkeypatch.setattr(
        captioning, "learn_words", lambda world, size: learn(world, size, captions=500)
    )
    out, folder = tmp_path / "model", tmp_path / "checkpoints"
    record = captioning.run(None, out, folder, smoke_recipe())
    assert record["scenes_seen"] == 16
    model, info = VisionEncoderDecoderModel.from_pretrained(
        out, dtype=torch.float32, output_loading_info=True
    )
    assert not info["missing_keys"]
    tokenizer = AutoTokenizer.from_pretrained(out)
    pixels = AutoImageProcessor.from_pretrained(out, use_fast=False)(
        Image.new("RGB", (50, 30)), return_tensors="pt"
    ).pixel_values
    assert pixels.shape == (1, 3, 40, 40)
    rows = model.generate(pixels, max_length=8, do_sample=False)
    assert isinstance(tokenizer.decode(rows[0]), str)
    card = (out / "README.md").read_text()
    assert json.loads((out / "training.json").read_text())["scores"]["drawn"].keys() <= {
        line.split("|")[1].strip() for line in card.splitlines() if line.startswith("| ")
    }
    exported = captioning.run(None, tmp_path / "again", folder, smoke_recipe(), only_export=True)
    assert exported["scores"] == record["scores"]


def test_the_words_are_one_token_each(words):
    split = [
        word
        for kind in WORLD.plurals
        for word in kind.split()
        if len(words.tokenizer.encode(f" {word}").ids) > 1
    ]
    assert split == []
