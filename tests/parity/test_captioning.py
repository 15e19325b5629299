"""BLIP and vit-gpt2 at their real size: captions and all that is told of them."""

from dataclasses import asdict, replace

import numpy as np
import pytest
import torch

from core.errors import UserError
from services.captioning import hiding as captioning_hiding
from services.captioning.caption import caption
from services.captioning.families import family_of
from services.captioning.hiding import hide
from services.captioning.own import force
from services.captioning.patches import look_at
from services.captioning.reading import pixels_of
from services.captioning.settings import Settings
from tests.fakes import published
from tests.parity.conftest import CLOSE, run

BLIP, VIT_GPT2 = NAMES = ("blip-image-captioning-base", "vit-gpt2-image-captioning")
GRIDS = {BLIP: (24, 24), VIT_GPT2: (14, 14)}
SHORT = Settings(max_new_tokens=5)


@pytest.fixture(scope="module", params=NAMES)
def captioner(built, request):
    return built(request.param)


@pytest.fixture(scope="module")
def pixels(captioner, picture):
    return pixels_of(captioner, picture)


@pytest.fixture(scope="module")
def states(captioner, pixels):
    """What the library's encoder makes of the picture: it takes most of the time here."""
    return encoded(captioner, pixels)


@pytest.fixture(scope="module")
def made(captioner, picture, pixels):
    """A caption, and the library's own greedy caption of the same pixels, start token first."""
    length = SHORT.max_new_tokens
    expected = captioner.model.generate(pixels, do_sample=False, max_new_tokens=length)
    return caption(captioner, picture, SHORT), expected[0].tolist()


def encoded(captioner, pixels):
    model = captioner.model
    vision = model.vision_model if captioner.checkpoint.name == BLIP else model.encoder
    with torch.inference_mode():
        return vision(pixel_values=pixels).last_hidden_state


def teacher_forced(captioner, states, ids):
    """(logits, cross-attentions) of the library for a caption, start token first."""
    model, given = captioner.model, torch.tensor([ids[:-1]])
    with torch.inference_mode():
        if captioner.checkpoint.name == BLIP:
            # The whole model tells no cross-attentions; its decoder does.
            output = model.text_decoder(
                input_ids=given, encoder_hidden_states=states, output_attentions=True
            )
        else:
            output = model(
                encoder_outputs=(states,), decoder_input_ids=given, output_attentions=True
            )
    return output.logits[0], output.cross_attentions


def test_the_pixels_are_scaled_as_published(captioner, picture, pixels):
    pixels = pixels[0].permute(1, 2, 0).numpy()
    side = {BLIP: 384, VIT_GPT2: 224}[captioner.checkpoint.name]
    resample = {BLIP: 3, VIT_GPT2: 2}[captioner.checkpoint.name]
    mean, std = {
        BLIP: ([0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]),
        VIT_GPT2: ([0.5] * 3, [0.5] * 3),
    }[captioner.checkpoint.name]
    resized = np.asarray(picture.resize((side, side), resample)) / 255
    np.testing.assert_allclose(pixels, (resized - mean) / std, **CLOSE)


def test_a_caption_has_the_tokens_of_the_librarys_own_generate(captioner, made):
    found, (start, *expected) = made
    assert list(found.ids) == expected
    assert start == family_of(captioner).start
    text = captioner.tokenizer.decode(expected, skip_special_tokens=True)
    assert found.text == text.strip()


def test_log_probabilities_and_ranks_are_the_librarys(captioner, made, pixels):
    found, ids = made
    given = {"input_ids" if captioner.checkpoint.name == BLIP else "decoder_input_ids": [ids]}
    given = {name: torch.tensor(value) for name, value in given.items()}
    with torch.inference_mode():
        logits = captioner.model(pixel_values=pixels, **given).logits[0, :-1]
    logs = logits.log_softmax(dim=-1).numpy()
    for place, token in enumerate(found.tokens):
        assert token.logprob == pytest.approx(logs[place, token.id], abs=1e-5)
        assert token.rank == 1 + int((logs[place] > logs[place, token.id]).sum())
        best = np.sort(logs[place])[::-1][: len(token.nexts)]
        np.testing.assert_allclose([one.probability for one in token.nexts], np.exp(best), **CLOSE)
    assert found.logprob == pytest.approx(sum(t.logprob for t in found.tokens), abs=1e-5)


def test_a_given_caption_is_read_as_the_library_reads_it(captioner, picture):
    others = [picture.rotate(90), picture.rotate(180)]
    found = force(captioner, picture, "  a red\ncar ", others)
    family = family_of(captioner)
    said = captioner.tokenizer("a red car", add_special_tokens=False).input_ids
    ids = [*said, family.ends[0]]
    assert [token.id for token in found.tokens] == ids
    assert "".join(token.text for token in found.tokens).strip() == found.text == "a red car"
    name = "input_ids" if captioner.checkpoint.name == BLIP else "decoder_input_ids"
    given = {name: torch.tensor([[family.start, *ids]])}
    chances = []
    for one in (picture, *others):
        with torch.inference_mode():
            pixels = pixels_of(captioner, one)
            logits = captioner.model(pixel_values=pixels, **given).logits[0, :-1]
        chances.append(logits.softmax(dim=-1)[range(len(ids)), ids].numpy())
    np.testing.assert_allclose(found.here, chances[0], **CLOSE)
    np.testing.assert_allclose(found.elsewhere, np.mean(chances[1:], axis=0), **CLOSE)
    assert found.logprob == pytest.approx(np.log(found.here).sum(), abs=1e-5)


@pytest.mark.parametrize(("text", "sentence"), [("", "empty"), ("a " * 5000, "at most")])
def test_a_caption_that_is_none_or_too_long_is_refused(captioner, picture, text, sentence):
    with pytest.raises(UserError, match=sentence):
        force(captioner, picture, text)


def test_cross_attention_is_that_of_the_step_that_wrote_the_token(captioner, made, states):
    found, ids = made
    _, crossed = teacher_forced(captioner, states, ids)
    rows, columns = GRIDS[captioner.checkpoint.name]
    assert found.grid == (rows, columns)
    assert found.cross.shape == (12, 12, len(found.ids), 1 + rows * columns)
    np.testing.assert_allclose(found.cross, torch.cat(crossed).numpy(), **CLOSE)
    np.testing.assert_allclose(found.cross.sum(axis=-1), 1, atol=1e-5)
    assert np.ptp(found.cross) > 1e-3


def test_candidates_are_the_librarys_beams(captioner, picture, pixels, states):
    beams = {"num_beams": 3, "num_return_sequences": 3, "max_new_tokens": 4}
    expected = captioner.model.generate(pixels, do_sample=False, **beams)
    settings = Settings(method="beam", beams=3, candidates=3, max_new_tokens=4)
    found = caption(captioner, picture, settings)
    assert [list(one.ids) for one in found.candidates] == expected[:, 1:].tolist()
    for one, row in zip(found.candidates, expected.tolist(), strict=True):
        logits, _ = teacher_forced(captioner, states, row)
        logs = logits.log_softmax(dim=-1).gather(1, torch.tensor(row[1:])[:, None])
        assert one.logprob == pytest.approx(float(logs.sum()), abs=1e-5)
        assert one.score == pytest.approx(float(logs.mean()), abs=1e-5)


def test_hiding_is_the_same_caption_read_again(
    captioner, picture, made, pixels, states, monkeypatch
):
    found, ids = made
    rows, columns = GRIDS[captioner.checkpoint.name]
    monkeypatch.setattr(captioning_hiding, "MOST_BLOCKS", 4)
    hidden = hide(captioner, picture, found.ids, size=1)
    assert (hidden.step, hidden.size) == (rows // 2, rows // 2)
    whole, _ = teacher_forced(captioner, states, ids)
    said, steps = ids[1:], range(len(found.ids))
    half = pixels.shape[-1] // 2
    row, column = 0, columns - 1
    top, bottom, left, right = hidden.block(row, column)
    assert (16 * top, 16 * bottom + 16, 16 * left, 16 * right + 16) == (0, half, half, 2 * half)
    copy = pixels.clone()
    copy[0, :, :half, half:] = pixels[0].mean(dim=(1, 2))[:, None, None]
    logits, _ = teacher_forced(captioner, encoded(captioner, copy), ids)
    change = whole.log_softmax(dim=-1)[steps, said] - logits.log_softmax(dim=-1)[steps, said]
    np.testing.assert_allclose(hidden.drops[:, row, column], change.numpy(), **CLOSE)
    kept = logits.argmax(dim=-1).numpy() == said
    np.testing.assert_array_equal(hidden.kept[:, row, column], kept)
    assert float(change.abs().max()) > 1e-3
    assert np.ptp(hidden.drops[0]) > 1e-3


def test_the_encoder_is_shown_as_the_library_runs_it(captioner, picture, pixels):
    seen = look_at(captioner, picture)
    model = captioner.model
    patches = np.prod(GRIDS[captioner.checkpoint.name])
    vision = model.vision_model if captioner.checkpoint.name == BLIP else model.encoder
    with torch.inference_mode():
        expected = vision(pixel_values=pixels, output_attentions=True).attentions
    assert seen.attention.shape == (12, 12, 1 + patches, 1 + patches)
    np.testing.assert_allclose(seen.attention, torch.cat(expected).numpy(), **CLOSE)
    named = dict(vision.named_parameters())
    table = next(p for n, p in named.items() if "position_embedding" in n)[0, 1:].detach().double()
    unit = table / table.norm(dim=-1, keepdim=True)
    np.testing.assert_allclose(seen.positions, (unit @ unit.T).numpy(), **CLOSE)
    side, resample = {BLIP: (384, 3), VIT_GPT2: (224, 2)}[captioner.checkpoint.name]
    resized = np.asarray(picture.resize((side, side), resample))
    np.testing.assert_array_equal(seen.pixels, resized)


def test_patch_embeddings_come_before_any_position(captioner, pixels):
    family, model = family_of(captioner), captioner.model
    vision = model.vision_model if captioner.checkpoint.name == BLIP else model.encoder
    with torch.inference_mode():
        vectors, places = family.patch_vectors(pixels), family.place_vectors()
        whole = vision.embeddings(pixels)  # with the class token and the positions
    expected = (vectors[0] + places[1:]).detach().numpy()
    np.testing.assert_allclose(whole[0, 1:].numpy(), expected, **CLOSE)


# What a fine grid and a long context ask for -----------------------------------------------------


def test_a_fine_grid_is_hidden_in_blocks_that_leave_no_patch_out():
    assert captioning_hiding.step_of((12, 12)) == captioning_hiding.step_of((14, 14)) == 1
    assert captioning_hiding.step_of((24, 24)) == 2
    for grid, size in (((24, 24), 2), ((24, 24), 3), ((31, 44), 4)):
        step = captioning_hiding.step_of(grid)
        hidden = captioning_hiding.Hiding(
            np.zeros((1, *grid)), np.ones((1, *grid)), max(size, step), step
        )
        for row in range(grid[0]):
            top, bottom, left, right = hidden.block(row, row)
            assert top <= row <= bottom
            assert left <= row <= right


def test_the_default_length_fits_a_decoder_with_a_thousand_places(space, picture):
    small = published.small(space, VIT_GPT2)
    assert small.model.config.decoder.n_positions == 1024
    brief = replace(small, limits=replace(space.limits, new_tokens=7))
    assert len(caption(brief, picture).ids) <= 7


def test_a_pair_of_other_parts_is_refused_in_one_sentence(space, picture):
    small = published.small(space, VIT_GPT2)
    small.model.config.encoder.model_type = "swin"
    with pytest.raises(UserError, match=r"pairs swin with gpt2; .* Choose another model"):
        caption(small, picture, SHORT)


# From files, and in the code shown ---------------------------------------------------------------


@pytest.fixture(scope="module", params=NAMES)
def filed(space, request, tmp_path_factory):
    """A small one's folder, and what the cache loads from it."""
    folder = tmp_path_factory.mktemp(request.param)
    return folder, published.saved(space, request.param, folder), request.param


def test_the_cache_knows_what_it_loaded(filed):
    _, loaded, name = filed
    entry = loaded.checkpoint
    assert entry.family == {BLIP: "blip", VIT_GPT2: "vision-encoder-decoder"}[name]
    assert (entry.layers, entry.heads, entry.encoder_layers) == (3, 2, 3)
    assert (
        type(loaded.model).__name__
        == {
            BLIP: "BlipForConditionalGeneration",
            VIT_GPT2: "VisionEncoderDecoderModel",
        }[name]
    )


@pytest.fixture(scope="module")
def file(picture, tmp_path_factory):
    place = tmp_path_factory.mktemp("picture") / "picture.png"
    picture.save(place)
    return str(place)


def shown_code(name, entry):
    return f"{name}_blip" if entry.name == BLIP else name


@pytest.mark.parametrize(
    "settings",
    [
        Settings(max_new_tokens=6),
        Settings(method="beam", beams=3, candidates=2, max_new_tokens=6),
        Settings(method="sample", candidates=2, temperature=0.8, top_p=0.9, max_new_tokens=6),
    ],
)
def test_the_code_of_a_caption_gives_the_same(space, filed, picture, file, settings):
    folder, loaded, name = filed
    entry = published.small(space, name).checkpoint
    code = shown_code("captioning/captioning", entry)
    made = run(code, entry, folder, picture=file, **asdict(settings))
    found = caption(loaded, picture, settings)
    assert [tuple(said) for said in made.captions] == [one.ids for one in found.candidates]
    np.testing.assert_allclose(made.logprobs, [one.logprob for one in found.tokens], **CLOSE)


def test_the_code_of_words_and_patches_gives_the_same(space, filed, picture, file):
    folder, loaded, name = filed
    entry = published.small(space, name).checkpoint
    found = caption(loaded, picture, SHORT)
    words = run(
        shown_code("captioning/words", entry),
        entry,
        folder,
        picture=file,
        caption_ids=list(found.ids),
        token=1,
        layer=2,
        head=1,
    )
    np.testing.assert_allclose(words.weights, found.cross[2, 1, 1], **CLOSE)
    own = run(
        shown_code("captioning/own", entry), entry, folder, picture=file, caption="a red car"
    )
    forced = force(loaded, picture, "a red car")
    np.testing.assert_allclose(
        own.logs[range(len(own.caption_ids)), own.caption_ids],
        [token.logprob for token in forced.tokens],
        **CLOSE,
    )
    seen = look_at(loaded, picture)
    which = {"patch": 5, "layer": 1, "head": 0}
    code = run(shown_code("captioning/patches", entry), entry, folder, picture=file, **which)
    np.testing.assert_allclose(code.weights, seen.attention[1, 0, 6], **CLOSE)
    np.testing.assert_allclose(code.near.detach(), seen.positions[5], **CLOSE)
    np.testing.assert_allclose(code.shares[:3], seen.explained, **CLOSE)
