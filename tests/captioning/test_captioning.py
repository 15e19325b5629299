"""Captioning: captions, scores and cross-attentions against the library's own."""

import math
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from types import SimpleNamespace

import numpy as np
import pytest

from core.errors import UserError
from core.paths import ROOT
from services.captioning.caption import Settings, caption
from services.captioning.reading import pixels_of
from tabs.kit.snippets import filled
from tests.fakes.tiny_captioner import (
    DECODER_LAYERS,
    END,
    HEADS,
    LONGEST,
    PLACES,
    load_tiny,
    tiny_captioner,
    tiny_picture,
    tiny_recipe,
    tiny_words,
)

SHORT = Settings(max_new_tokens=12)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("tiny-captioner")


@pytest.fixture(scope="module")
def captioner(space, folder):
    return tiny_captioner(space, folder)


@pytest.fixture(scope="module")
def pictures():
    return [tiny_picture(seed) for seed in range(6)]


def library(captioner, picture, **options):
    """(ids, score) of what the library's generate() returns, start token and padding cut off."""
    made = captioner.model.generate(
        pixels_of(captioner, picture),
        output_scores=True,
        return_dict_in_generate=True,
        **options,
    )
    rows = [row[1:] for row in made.sequences.tolist()]
    rows = [tuple(row[: row.index(END) + 1] if END in row else row) for row in rows]
    scores = made.get("sequences_scores", [math.nan] * len(rows))
    return list(zip(rows, map(float, scores), strict=True))


def directly(captioner, picture, ids):
    """The model's own output where the caption is given as labels."""
    import torch

    with torch.inference_mode():
        return captioner.model(
            pixel_values=pixels_of(captioner, picture),
            labels=torch.tensor([ids]),
            output_attentions=True,
        )


# Captions ----------------------------------------------------------------------------------------


def test_the_greedy_caption_is_that_of_the_library(captioner, pictures):
    captions = [caption(captioner, picture) for picture in pictures]
    for made, picture in zip(captions, pictures, strict=True):
        ((ids, _),) = library(captioner, picture, do_sample=False, max_new_tokens=47)
        assert made.ids == ids
        assert made.text == captioner.tokenizer.decode(ids, skip_special_tokens=True).strip()
    assert len({made.text for made in captions}) > 2
    assert len({len(made.ids) for made in captions}) > 2


def test_captions_begin_after_the_start_token_of_the_decoder(captioner, pictures, monkeypatch):
    before = caption(captioner, pictures[0], SHORT).ids
    for config in (captioner.model.generation_config, captioner.model.config):
        monkeypatch.setattr(config, "decoder_start_token_id", 320)
    for beams in (1, 3):
        found = caption(captioner, pictures[0], replace(SHORT, method="beam", beams=beams))
        made = library(captioner, pictures[0], do_sample=False, max_new_tokens=12, num_beams=beams)
        assert found.ids == made[0][0] != before
        direct = directly(captioner, pictures[0], found.ids).logits[0].log_softmax(dim=-1)
        assert found.tokens[0].logprob == pytest.approx(float(direct[0, found.ids[0]]), abs=1e-5)


@pytest.mark.parametrize("penalty", [-0.5, 0.0, 1.0, 2.0])
@pytest.mark.parametrize("beams", [2, 4])
def test_beam_search_is_that_of_the_library(captioner, pictures, beams, penalty):
    settings = replace(SHORT, method="beam", beams=beams, candidates=beams, length_penalty=penalty)
    for picture in pictures[:3]:
        found = caption(captioner, picture, settings)
        made = library(
            captioner,
            picture,
            do_sample=False,
            max_new_tokens=12,
            num_beams=beams,
            num_return_sequences=beams,
            length_penalty=penalty,
        )
        assert [one.ids for one in found.candidates] == [ids for ids, _ in made]
        np.testing.assert_allclose(
            [one.score for one in found.candidates],
            [score for _, score in made],
            rtol=1e-6,
            atol=1e-5,
        )
        for one in found.candidates:
            assert one.score == pytest.approx(one.logprob / len(one.ids) ** penalty, abs=1e-5)
        assert found.ids == found.candidates[0].ids


def test_a_draw_is_that_of_the_library_with_the_same_seed(captioner, pictures):
    import torch

    for seed, temperature, top_p in ((1, 1.0, 1.0), (7, 0.7, 0.9), (3, 1.8, 0.5)):
        settings = replace(SHORT, method="sample", temperature=temperature, top_p=top_p, seed=seed)
        found = caption(captioner, pictures[0], settings)
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            ((ids, _),) = library(
                captioner,
                pictures[0],
                do_sample=True,
                max_new_tokens=12,
                temperature=temperature,
                top_p=top_p,
                top_k=0,
            )
        assert found.ids == ids


def test_draws_have_the_seeds_that_follow_and_stand_by_their_mean(captioner, pictures):
    settings = replace(SHORT, method="sample", candidates=4, seed=5)
    found = caption(captioner, pictures[1], settings).candidates
    alone = [
        caption(captioner, pictures[1], replace(settings, candidates=1, seed=5 + number))
        for number in range(4)
    ]
    assert {one.ids for one in found} == {one.ids for one in alone}
    assert len(found) > 1
    scores = [one.score for one in found]
    assert scores == sorted(scores, reverse=True)
    for one in found:
        assert one.score == pytest.approx(one.logprob / len(one.ids))


def test_draws_that_say_the_same_are_one_candidate(captioner, pictures):
    settings = replace(SHORT, method="sample", candidates=5, top_p=1e-9)
    found = caption(captioner, pictures[0], settings)
    assert [one.ids for one in found.candidates] == [caption(captioner, pictures[0], SHORT).ids]


def test_a_draw_is_the_same_alone_and_among_others_and_leaves_no_trace(captioner, pictures):
    import torch

    settings = [
        replace(SHORT, method=method, seed=seed, candidates=2)
        for seed in range(3)
        for method in ("sample", "beam", "greedy")
    ]
    torch.manual_seed(0)
    before = torch.get_rng_state()
    alone = [caption(captioner, pictures[0], one) for one in settings]
    with ThreadPoolExecutor(4) as pool:
        among = list(pool.map(lambda one: caption(captioner, pictures[0], one), settings))
    assert torch.equal(torch.get_rng_state(), before)
    for one, other in zip(alone, among, strict=True):
        assert one.candidates == other.candidates
        np.testing.assert_array_equal(one.cross, other.cross)


def test_more_candidates_stand_behind_the_greedy_caption(captioner, pictures):
    settings = replace(SHORT, candidates=5, beams=2, length_penalty=0.7)
    one = caption(captioner, pictures[2], SHORT)
    found = caption(captioner, pictures[2], settings)
    assert found.ids == one.ids == found.candidates[0].ids
    assert len({candidate.ids for candidate in found.candidates}) == 5
    beams = caption(captioner, pictures[2], replace(settings, method="beam")).candidates
    others = [candidate for candidate in beams if candidate.ids != one.ids]
    assert found.candidates[1:] == tuple(others[:4])
    first = found.candidates[0]
    assert first.score == pytest.approx(first.logprob / len(first.ids) ** 0.7)


def test_one_beam_and_temperature_0_are_greedy(captioner, pictures):
    greedy = caption(captioner, pictures[0], SHORT)
    for settings in (
        replace(SHORT, method="beam", beams=1),
        replace(SHORT, method="sample", temperature=0),
    ):
        assert caption(captioner, pictures[0], settings).candidates == greedy.candidates


# Scores ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["greedy", "beam", "sample"])
def test_each_token_is_scored_as_in_one_direct_pass(captioner, pictures, method):
    for picture in pictures[:3]:
        found = caption(captioner, picture, replace(SHORT, method=method))
        logits = directly(captioner, picture, found.ids).logits[0]
        logs = logits.log_softmax(dim=-1).numpy()
        for place, token in enumerate(found.tokens):
            row = logs[place]
            assert token.logprob == pytest.approx(row[token.id], abs=1e-5)
            assert token.rank == 1 + int((logits[place] > logits[place, token.id]).sum())
            best = np.argsort(-row)[:5]
            assert [one.id for one in token.nexts] == best.tolist()
            np.testing.assert_allclose(
                [one.probability for one in token.nexts], np.exp(row[best]), atol=1e-5
            )
        total = sum(token.logprob for token in found.tokens)
        assert found.logprob == pytest.approx(total)
        assert found.candidates[0].logprob == pytest.approx(total, abs=1e-4)
        if method == "greedy":
            assert {token.rank for token in found.tokens} == {1}


def test_the_tokens_are_the_text_and_the_end_token_is_none_of_it(captioner, pictures):
    ended = caption(captioner, pictures[0])
    assert "".join(token.text for token in ended.tokens).strip() == ended.text
    assert [token.end for token in ended.tokens] == [False] * (len(ended.ids) - 1) + [True]
    assert ended.tokens[-1].id == END
    assert ended.tokens[-1].text == ""
    cut = caption(captioner, pictures[0], Settings(max_new_tokens=2))
    assert len(cut.tokens) == 2
    assert not any(token.end for token in cut.tokens)
    assert not cut.candidates[0].ended


def test_a_caption_of_nothing_but_the_end_token_is_an_empty_text(space, tmp_path, pictures):
    silent = tiny_captioner(space, tmp_path, end_bias=20.0)
    found = caption(silent, pictures[0])
    assert (found.text, found.ids) == ("", (END,))
    assert found.tokens[0].end
    assert found.cross.shape[2] == 1


# Where it looks ----------------------------------------------------------------------------------


def test_cross_attention_is_that_of_the_step_that_wrote_the_token(captioner, pictures):
    import torch

    found = caption(captioner, pictures[1], SHORT)
    assert found.grid == (4, 4)
    assert found.cross.shape == (DECODER_LAYERS, HEADS, len(found.ids), 1 + PLACES)
    assert found.cross.dtype == np.float32
    direct = torch.cat(directly(captioner, pictures[1], found.ids).cross_attentions)
    np.testing.assert_allclose(found.cross, direct.numpy(), atol=1e-5)
    np.testing.assert_allclose(found.cross.sum(axis=-1), 1, atol=1e-5)
    # The library's own steps: each holds the attention of the one token that it reads.
    steps = captioner.model.generate(
        pixels_of(captioner, pictures[1]),
        do_sample=False,
        max_new_tokens=12,
        output_attentions=True,
        return_dict_in_generate=True,
    ).cross_attentions
    by_step = torch.cat([torch.cat(step) for step in steps], dim=2)  # (layer, head, token, place)
    np.testing.assert_allclose(found.cross, by_step.numpy(), atol=1e-5)
    assert np.ptp(found.cross, axis=2).max() > 0.01


def test_a_decoder_of_another_width_than_the_encoder_is_read_too(space, tmp_path, pictures):
    import torch
    from transformers import VisionEncoderDecoderModel

    from training.captioning.model import fresh_model, save_model

    state = torch.get_rng_state()
    narrow = fresh_model(replace(tiny_recipe(), width=16, head_width=8), END)
    wide = fresh_model(tiny_recipe(2), END)
    model = VisionEncoderDecoderModel(encoder=narrow.encoder, decoder=wide.decoder)
    torch.set_rng_state(state)
    assert hasattr(model, "enc_to_dec_proj")
    model.config.decoder_start_token_id = model.config.pad_token_id = END
    save_model(model, tiny_words(), tiny_recipe(), tmp_path)
    captioner = load_tiny(space, tmp_path)
    for method in ("greedy", "beam"):
        found = caption(captioner, pictures[0], replace(SHORT, method=method))
        beams = 4 if method == "beam" else 1
        made = library(captioner, pictures[0], do_sample=False, max_new_tokens=12, num_beams=beams)
        assert found.ids == made[0][0]
        direct = torch.cat(directly(captioner, pictures[0], found.ids).cross_attentions)
        np.testing.assert_allclose(found.cross, direct.numpy(), atol=1e-5)


# Loading -----------------------------------------------------------------------------------------


def test_the_cache_loads_a_captioner_with_pillows_processor_and_eager_attention(captioner):
    from transformers import VisionEncoderDecoderModel, ViTImageProcessorPil

    model = captioner.model
    assert type(model) is VisionEncoderDecoderModel
    assert type(captioner.processor) is ViTImageProcessorPil
    assert model.config.encoder._attn_implementation == "eager"
    assert model.config.decoder._attn_implementation == "eager"
    assert str(model.dtype) == "torch.float32"
    assert not model.training
    assert model.decoder.lm_head.weight is model.decoder.transformer.wte.weight
    assert captioner.tokenizer.decode([END]) == "<|endoftext|>"


def test_a_captioner_is_loaded_without_a_word_on_the_terminal(captioner, folder):
    code = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from pathlib import Path
from core.spacefile import read_spacefile
from tests.fakes.tiny_captioner import load_tiny, tiny_picture
from services.captioning.caption import caption
found = load_tiny(read_spacefile(Path({str(ROOT)!r}) / "Spacefile"), {str(folder)!r})
assert caption(found, tiny_picture()).text
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_models_of_text_have_no_image_processor(bert):
    assert bert.processor is None


# Settings that do not fit ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"method": "magic"}, "greedy, beam, sample; got 'magic'"),
        ({"method": ["beam"]}, r"greedy, beam, sample; got \['beam'\]"),
        ({"candidates": 9}, "candidates must be a whole number from 1 to 8; got 9"),
        ({"candidates": 0}, "candidates must be a whole number from 1 to 8; got 0"),
        ({"candidates": 2.5}, "candidates must be a whole number from 1 to 8; got 2.5"),
        ({"candidates": True}, "candidates must be a whole number from 1 to 8; got True"),
        ({"beams": 9}, "beams must be a whole number from 1 to 8; got 9"),
        ({"temperature": -1.0}, "temperature must be a number from 0.01 to 100, or 0 for greedy"),
        ({"temperature": math.nan}, "temperature must be a number .*; got nan"),
        ({"top_p": 0.0}, "top-p must be a number above 0 and at most 1 .*; got 0.0"),
        ({"top_p": math.inf}, "top-p must be a number .*; got inf"),
        ({"length_penalty": "long"}, "length penalty must be a number .*; got 'long'"),
        ({"seed": -1}, "seed must be a whole number from 0 to 4,294,967,295; got -1"),
        ({"seed": None}, "seed must be a whole number .*; got nothing"),
        ({"max_new_tokens": LONGEST}, "new tokens must be a whole number from 1 to 47; got 48"),
        ({"max_new_tokens": -1}, "new tokens must be a whole number from 1 to 47; got -1"),
    ],
)
def test_a_setting_out_of_its_range_is_refused_with_what_is_allowed(
    captioner, pictures, change, said
):
    with pytest.raises(UserError, match=said):
        caption(captioner, pictures[0], replace(SHORT, **change))


# Code --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def file(pictures, tmp_path_factory):
    place = tmp_path_factory.mktemp("picture") / "it's a picture.png"
    pictures[0].save(place)
    return str(place)


def run(name, **values):
    names = {}
    exec(compile(filled(name, **values), name, "exec"), names)
    return SimpleNamespace(**names)


@pytest.mark.parametrize(
    "settings",
    [
        Settings(),
        Settings(candidates=3, beams=2, max_new_tokens=12),
        Settings(method="beam", candidates=2, length_penalty=0.5, max_new_tokens=12),
        Settings(method="sample", candidates=3, temperature=0.8, top_p=0.9, max_new_tokens=12),
        Settings(method="sample", temperature=0, max_new_tokens=12),
    ],
)
def test_the_code_of_a_caption_says_what_is_on_screen(
    captioner, pictures, folder, file, capsys, settings
):
    made = run("captioning/captioning", folder=str(folder), picture=file, **asdict(settings))
    found = caption(captioner, pictures[0], settings)
    assert [tuple(said) for said in made.captions] == [one.ids for one in found.candidates]
    np.testing.assert_allclose(made.logprobs, [token.logprob for token in found.tokens], atol=1e-5)
    assert found.text in capsys.readouterr().out


@pytest.mark.parametrize(("layer", "head"), [(-1, -1), (2, 1), (-1, 0), (0, -1)])
def test_the_code_of_a_word_shows_where_the_model_looks(
    captioner, pictures, folder, file, layer, head
):
    found = caption(captioner, pictures[0], SHORT)
    made = run(
        "captioning/words",
        folder=str(folder),
        picture=file,
        caption_ids=list(found.ids),
        token=1,
        layer=layer,
        head=head,
    )
    layers = found.cross if layer < 0 else found.cross[[layer]]
    heads = layers if head < 0 else layers[:, [head]]
    mean = heads.mean(axis=(0, 1))[1]
    np.testing.assert_allclose(made.weights, mean, atol=1e-5)
    np.testing.assert_allclose(made.patches, mean[1:].reshape(found.grid), atol=1e-5)
