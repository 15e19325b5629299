"""Captioning with the model that ships: the endpoint, examples, code; and direct transformers."""

import csv
import io
import json
import re
import subprocess
import sys

import numpy as np
import pytest
from gradio_client import handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from core.errors import UserError
from core.paths import ROOT
from core.spacefile import Space
from figures.records.captioning import caption_training
from models.checkpoints import Checkpoints
from models.serving import Desk
from scenes.captions import score
from scenes.scene import SIDE, draw, from_text
from services.captioning.caption import Caption, caption
from services.captioning.hiding import hide
from services.captioning.own import force
from services.captioning.patches import look_at
from services.captioning.settings import Settings
from services.examples import read_example
from services.pictures.reading import Picture
from services.records.record import CAPTION_MEASURES, read_record
from tabs.captioning import TAB, own, words
from tabs.captioning.choices import Choices
from tabs.kit.examples import read_examples
from tests.fakes.tiny_captioner import tiny_captioner
from tests.weights.held import holds

LINES = {example["title"]: example["look_for"] for example in read_examples("captioning")}
EXAMPLES = {
    example["title"]: example["inputs"]["scene"] for example in read_examples("captioning")
}
# What a line tells to try: (example, what is replaced in its scene, what by).
CHANGED = [
    ("Half hidden", "~bush.green.53.71.38", ""),
    ("Whose colour?", "cup.red.30.62.26~hat.blue", "cup.blue.30.62.26~hat.red"),
    (
        "Unusual colours",
        "elephant.blue.36.62.46~banana.green",
        "elephant.grey.36.62.46~banana.yellow",
    ),
    ("Four ways to draw it", "beach.sketch", "beach.flat"),
    ("Four ways to draw it", "beach.sketch", "beach.outlined"),
    ("Four ways to draw it", "beach.sketch", "beach.crayon"),
    ("Above and below", "plane.yellow.50.22", "plane.yellow.88.74"),
    ("Tilted and mirrored", "38.f.25~horse.brown.72.70.34.f.-25", "38~horse.brown.72.70.34"),
]
START = next(iter(EXAMPLES.values()))
VIEWS = ("caption", "words", "own", "encoder", "sees", "training")


@pytest.fixture(scope="module")
def captioner(checkpoints):
    return checkpoints.load(checkpoints.default("captioning"))


def picture_of(scene):
    return draw(from_text(scene), SIDE)


def choices(**changed):
    plain = {
        "source": "scene",
        "scene": START,
        "model": "pocket-captioner",
        "view": "caption",
        "method": "greedy",
        "candidates": 3,
        "beams": 4,
        "length_penalty": 1.0,
        "temperature": 1.0,
        "top_p": 1.0,
        "seed": 1,
        "token": 1,
        "layer": -1,
        "head": -1,
        "block": 3,
        "patch": 90,
        "encoder_layer": -1,
        "encoder_head": -1,
    }
    return Choices(**(plain | changed))


# The reference -----------------------------------------------------------------------------------


@pytest.mark.parametrize("title", EXAMPLES)
def test_the_caption_of_every_example_is_that_of_the_library(captioner, title):
    import torch

    picture = picture_of(EXAMPLES[title])
    ours = caption(captioner, picture)
    pixels = captioner.processor(picture, return_tensors="pt").pixel_values
    made = captioner.model.generate(pixels, do_sample=False, max_new_tokens=len(ours.ids))
    assert list(ours.ids) == made[0, 1:].tolist()
    with torch.inference_mode():
        labels = torch.tensor([ours.ids])
        direct = captioner.model(pixel_values=pixels, labels=labels, output_attentions=True)
    logs = direct.logits[0].log_softmax(-1)
    for token, row in zip(ours.tokens, logs, strict=True):
        assert token.logprob == pytest.approx(float(row[token.id]), abs=1e-5)
    cross = torch.cat(direct.cross_attentions).numpy()
    np.testing.assert_allclose(ours.cross, cross, atol=1e-5)


# What the examples state -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def captions(captioner):
    """The captions of every example: of its scene, then of those that its line tells to try."""
    scenes = {title: [scene] for title, scene in EXAMPLES.items()}
    for title, old, new in CHANGED:
        assert old in EXAMPLES[title]
        scenes[title].append(EXAMPLES[title].replace(old, new))
    return {t: [caption(captioner, picture_of(one)) for one in s] for t, s in scenes.items()}


@pytest.mark.parametrize("title", EXAMPLES)
def test_what_a_line_quotes_is_what_the_model_says(captions, title):
    typed = {one["title"]: one["inputs"].get("said", "") for one in read_examples("captioning")}
    said = [one.text for one in captions[title]]
    quoted = re.findall(r"\*([^*]+)\*", LINES[title])
    for part in quoted:
        assert any(part in text for text in (*said, typed[title])), part
    unsaid = [text for text in said if not any(part in text for part in quoted)]
    assert not unsaid or title == "A crowd" or typed[title]


@holds("captioning", "Two apples", 1)
@holds("captioning", "Three apples", 1)
@holds("captioning", "Half hidden", 1)
@holds("captioning", "Cut off by the edge", 1)
@pytest.mark.parametrize(
    ("title", "word"),
    [
        ("Two apples", "two"),
        ("Three apples", "three"),
        ("Half hidden", "rabbit"),
        ("Cut off by the edge", "train"),
    ],
)
def test_how_sure_it_is_of_a_word_is_what_the_line_says(captions, title, word):
    told = next(one for one in captions[title][0].tokens if one.text.strip() == word)
    assert f"{np.exp(told.logprob):.1%}" in LINES[title]


def test_what_the_crowd_leaves_out_is_what_the_line_says(captions):
    (said,) = captions["A crowd"]
    kinds = [thing.kind for thing in from_text(EXAMPLES["A crowd"]).things]
    missing = [kind for kind in kinds if kind not in said.text]
    assert sorted(missing) == ["cloud", "flower", "rabbit"]
    assert len(kinds) - len(missing) == 5


def test_of_a_blank_picture_it_says_what_the_explanation_says(captioner):
    text = (ROOT / "assets" / "captioning" / "explain.md").read_text(encoding="utf-8")
    for colour, grey in (("White", 255), ("Grey", 128)):
        said = caption(captioner, Image.new("RGB", (SIDE, SIDE), (grey,) * 3)).text
        assert f"{colour}: “{said}”" in text
    coloured = {"black": (0, 0, 0), "green": (0, 128, 0), "yellow": (255, 255, 0)}
    for colour, fill in coloured.items():  # "mostly": red and blue are not said of every shade
        assert colour in caption(captioner, Image.new("RGB", (SIDE, SIDE), fill)).text


def test_the_record_counts_the_colours_of_empty_pictures(captioner):
    record = read_record(captioner.checkpoint)
    said = sum(one.true in one.said.split() for one in record.empty)
    drawn = caption_training(record, title="T", path="p")
    assert f"In {said} of these {len(record.empty)} captions the colour is that" in drawn
    assert said == 2
    assert "outside what the model was trained on" in drawn


# Headlines ---------------------------------------------------------------------------------------


def headline(desk, **changed):
    return TAB.draw(desk, choices(**changed), Picture(picture_of(START))).headline


def test_the_headline_is_the_caption(desk, captioner):
    assert headline(desk) == f"<b>{caption(captioner, picture_of(START)).text}</b>"


def test_the_headline_of_a_word_is_where_it_looks_most(desk, captioner):
    said = caption(captioner, picture_of(START))
    weights = said.cross.mean(axis=(0, 1))[2, 1:]
    row, column = divmod(int(weights.argmax()), said.grid[1])
    told = f"<i>car</i> looks at row {row}, column {column}: <b>{weights.max():.1%}</b>"
    assert headline(desk, view="words", token=2) == told


def test_a_wrong_word_is_a_surprise_and_what_follows_is_none(desk, captioner):
    example = next(one for one in read_examples("captioning") if one["name"] == "wrong-word")
    asked = TAB.asked(desk, choices(**example["inputs"]), Picture(picture_of(START)))
    forced = own.forced_of(asked)
    by_word = {token.text.strip(): place for place, token in enumerate(forced.tokens)}
    here = forced.here
    assert here[by_word["blue"]] == here.min() < 0.01
    assert here[by_word["car"]] > 0.9
    last = by_word["right"]
    assert [token.text.strip() for token in forced.tokens[last - 2 : last]] == ["on", "the"]
    assert min(here[last - 2 : last + 1].min(), forced.elsewhere[last - 2 : last + 1].min()) > 0.8
    told = f"<b>{here.min():.4%}</b> for <i>blue</i>, the least expected word"
    assert own.draw(asked).headline == told
    # The model's own captions are read as they were written.
    said = caption(captioner, picture_of(START))
    ids = [token.id for token in force(captioner, picture_of(START), said.text).tokens]
    assert tuple(ids) == said.ids


def test_the_headline_of_a_patch_is_the_one_it_looks_at_most(desk, captioner):
    weights = look_at(captioner, picture_of(START)).attention.mean(axis=(0, 1))[1 + 90, 1:]
    most = int(weights.argmax())
    name = "itself" if most == 90 else f"patch {most}"
    told = f"Patch 90 → {name} <b>{weights.max():.1%}</b>"
    assert headline(desk, view="encoder", patch=90) == told


def test_the_headline_of_what_it_sees_counts_the_patches(desk):
    assert headline(desk, view="sees") == "12 × 12 = <b>144</b> patches"


# The endpoint ------------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "scene.png"
    picture_of(START).save(path)
    return path


def test_caption_over_http_gives_what_the_service_gives(client, captioner, file):
    said = client.predict(handle_file(file), candidates=3, api_name="/caption")
    direct = caption(captioner, picture_of(START), Settings(candidates=3))
    assert set(said) == {"model", "caption", "candidates", "tokens"}
    assert said["model"] == "pocket-captioner"
    assert said["caption"] == direct.text == said["candidates"][0]["text"]
    assert [token["id"] for token in said["tokens"]] == list(direct.ids)
    for token, one in zip(said["tokens"], direct.tokens, strict=True):
        assert token["logprob"] == pytest.approx(one.logprob, abs=1e-5)
    for told, one in zip(said["candidates"], direct.candidates, strict=True):
        assert told["text"] == one.text
        assert told["logprob"] == pytest.approx(one.logprob, abs=1e-5)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"candidates": 0}, "candidates must be a whole number from 1 to 8; got 0"),
        ({"candidates": 1.5}, "candidates must be a whole number"),
        ({"model": "blip-9"}, "There is no model 'blip-9'"),
        ({"image": None}, "must be a file that was sent to this page"),
    ],
    ids=str,
)
def test_what_does_not_fit_is_refused_over_http(client, file, given, sentence):
    with pytest.raises((AppError, ValueError), match=sentence):
        client.predict(**({"image": handle_file(file)} | given), api_name="/caption")
    assert client.predict(handle_file(file), api_name="/caption")["caption"]


# The page ----------------------------------------------------------------------------------------


def test_the_page_opens_on_what_the_service_gives(captioner):
    stored = read_example("captioning", Caption)
    again = caption(captioner, picture_of(START), Settings(candidates=3))
    assert stored.ids == again.ids
    assert stored.text == again.text
    assert [one.text for one in stored.candidates] == [one.text for one in again.candidates]
    for one, other in zip(stored.tokens, again.tokens, strict=True):
        assert one.logprob == pytest.approx(other.logprob, abs=1e-4)


@pytest.mark.parametrize(
    ("view", "given", "sentence"),
    [
        ("words", {"layer": 3}, "layer of the decoder must be .* from -1 to 2 .* got 3"),
        ("words", {"head": 4}, "head must be .* from -1 to 3 .* got 4"),
        ("encoder", {"encoder_layer": 6}, "layer of the encoder .* from -1 to 5 .* got 6"),
        ("encoder", {"encoder_head": -2}, "head must be .* from -1 to 3 .* got -2"),
        ("words", {"block": 5}, "must be 1 or 3 patches along a side; got 5"),
    ],
    ids=str,
)
def test_a_layer_or_head_that_is_not_there_is_refused(desk, view, given, sentence):
    with pytest.raises(UserError, match=sentence):
        TAB.draw(desk, choices(view=view, **given), Picture(picture_of(START)))
    with pytest.raises(UserError, match=sentence):
        TAB.files(desk, choices(view=view, **given), Picture(picture_of(START)))


def test_a_click_on_another_word_hides_and_writes_nothing_again(desk):
    picture = Picture(picture_of(START))
    first, other = (
        TAB.asked(desk, choices(view="words", token=token), picture) for token in (1, 2)
    )
    caption = words.caption_of(first)
    assert words.caption_of(other) is caption
    assert words.hiding_of(other, caption) is words.hiding_of(first, caption)


# A second model ----------------------------------------------------------------------------------


def test_a_patch_of_the_second_model_is_at_the_same_place(checkpoints, space, tmp_path):
    picture = Picture(picture_of(START))
    entry = checkpoints.default("captioning")
    coarse = tiny_captioner(space, tmp_path).checkpoint  # 4 x 4 patches instead of 12 x 12
    entries = (entry, coarse)
    desk = Desk(Checkpoints(Space(space.title, space.limits, space.queue, entries, space.hub)))
    for patch, wanted in ((0, 0), (11, 3), (12 * 11, 12), (12 * 7 + 4, 4 * 2 + 1), (143, 15)):
        for view in ("encoder", "sees"):
            asked = choices(view=view, patch=patch, model=coarse.name)
            assert TAB.asked(desk, asked, picture, first=entry.name).choices.patch == wanted
        asked = choices(view="words", patch=patch, model=coarse.name)
        assert TAB.asked(desk, asked, picture, first=entry.name).choices.patch == patch


# Code and exports --------------------------------------------------------------------------------


def printed(code, folder):
    """What a snippet prints, run by itself where the repository's folders are to be found."""
    for name in ("assets", "core", "scenes"):
        (folder / name).symlink_to(ROOT / name)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_the_code_draws_the_scene_and_says_what_is_on_screen(desk, captioner, tmp_path):
    chosen = choices()
    said = caption(captioner, picture_of(START), chosen.settings)
    asked = TAB.asked(desk, chosen, Picture(picture_of(START)))
    lines = printed(TAB.snippet(asked), tmp_path).splitlines()
    spoken = [line.split(": ", 1)[1] for line in lines if " mean: " in line]
    assert spoken == [one.text for one in said.candidates]
    for line, token in zip(lines, said.tokens, strict=False):
        assert float(line.split()[0]) == pytest.approx(token.logprob, abs=1e-4)


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_leaves_as_csv_and_json(desk, view):
    sheet, text = TAB.files(desk, choices(view=view), Picture(picture_of(START)))
    content = json.loads(text)
    assert content["model"] == "pocket-captioner"
    assert content["settings"]["view"] == view
    assert len(sheet.splitlines()) >= 2


def test_the_exported_maps_are_those_of_the_services(desk, captioner):
    picture = picture_of(START)
    said = caption(captioner, picture, choices().settings)
    sheet, text = TAB.files(desk, choices(view="words", layer=1), Picture(picture))
    rows = [row for row in csv.DictReader(io.StringIO(sheet)) if row["row"]]
    cross = said.cross[1].mean(axis=0)[1, 1:]  # layer 1, all heads, the second word
    np.testing.assert_allclose([float(row["cross_attention"]) for row in rows], cross, atol=1e-7)
    drops = hide(captioner, picture, said.ids, size=3).drops[1].ravel()
    np.testing.assert_allclose([float(row["drop"]) for row in rows], drops, atol=1e-5)
    np.testing.assert_allclose(json.loads(text)["cross"], said.cross, atol=1e-7)
    sheet, _ = TAB.files(desk, choices(view="encoder", encoder_head=2), Picture(picture))
    rows = [row for row in csv.DictReader(io.StringIO(sheet)) if row["row"]]
    attention = look_at(captioner, picture).attention[:, 2].mean(axis=0)[1 + 90, 1:]
    np.testing.assert_allclose([float(row["attention"]) for row in rows], attention, atol=1e-6)


# What shipped ------------------------------------------------------------------------------------


def test_the_record_is_that_of_the_weights(captioner):
    record = read_record(captioner.checkpoint)
    checkpoint, model = captioner.checkpoint, captioner.model
    assert record.parameters == model.num_parameters() == checkpoint.parameters
    decoder, encoder = model.config.decoder, model.config.encoder
    assert (decoder.n_layer, decoder.n_head) == (checkpoint.layers, checkpoint.heads)
    assert encoder.num_hidden_layers == checkpoint.encoder_layers
    card = (ROOT / checkpoint.path / "README.md").read_text(encoding="utf-8")
    for world in record.worlds:
        for told in (*world.samples, *world.failures):
            assert told.said in card


def test_the_captions_of_the_card_are_those_of_the_weights(captioner):
    """The same held-apart scenes drawn again, read by the service and not by the training."""
    from training.captioning.data import REPORTED, World, sample

    drawn = read_record(captioner.checkpoint).worlds[0]
    scenes = [sample(World(), REPORTED, number, 0.0) for number in range(len(drawn.samples))]
    assert [one.caption for one in scenes] == [told.true for told in drawn.samples]
    said = [caption(captioner, draw(one.scene, 240)).text for one in scenes]
    assert said == [told.said for told in drawn.samples]


def test_what_it_says_of_new_scenes_is_as_right_as_the_card_says(captioner):
    from training.captioning.data import REPORTED, World, sample

    scores = {one.name: one.value for one in read_record(captioner.checkpoint).worlds[0].scores}
    scenes = [sample(World(), REPORTED, number, 0.0).scene for number in range(1000, 1060)]
    counts = [score(caption(captioner, draw(one, 240)).text, one) for one in scenes]
    right = sum(one.objects_right for one in counts)
    for name, count in (
        (CAPTION_MEASURES["precision"], sum(one.objects_said for one in counts)),
        (CAPTION_MEASURES["recall"], sum(one.objects_true for one in counts)),
    ):
        assert count > 100
        spread = 4 * (scores[name] * (1 - scores[name]) / count) ** 0.5
        assert right / count == pytest.approx(scores[name], abs=max(spread, 0.05))
