"""Captioning: what the encoder makes of a picture, and what hiding parts of it does."""

import numpy as np
import pytest
from PIL import Image

from core.errors import UserError
from services.captioning.caption import Settings, caption
from services.captioning.hiding import block, hide
from services.captioning.patches import components, look_at
from services.captioning.reading import pixels_of
from tests.captioning.test_captioning import run
from tests.fakes.tiny_captioner import (
    HEADS,
    LAYERS,
    PATCH,
    PLACES,
    SIDE,
    tiny_captioner,
    tiny_picture,
)

SHORT = Settings(max_new_tokens=8)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("tiny-captioner")


@pytest.fixture(scope="module")
def captioner(space, folder):
    return tiny_captioner(space, folder)


@pytest.fixture(scope="module")
def picture():
    return tiny_picture(3)


# Patches -----------------------------------------------------------------------------------------


def test_the_picture_is_what_pillow_makes_of_it(captioner, picture):
    seen = look_at(captioner, picture)
    resized = picture.resize((SIDE, SIDE), Image.Resampling.BILINEAR)
    np.testing.assert_array_equal(seen.pixels, np.asarray(resized))
    assert (seen.patch, seen.grid) == (PATCH, (4, 4))


@pytest.mark.parametrize("size", [(1, 1), (3, 3), (1, 7), (3, 50), (500, 4)])
def test_a_picture_of_any_size_is_squeezed_into_the_square(captioner, size):
    colour = (250, 120, 7)
    seen = look_at(captioner, Image.new("RGB", size, colour))
    assert seen.pixels.shape == (SIDE, SIDE, 3)
    assert (seen.pixels == colour).all()
    assert caption(captioner, Image.new("RGB", size, colour), SHORT).tokens


def test_the_encoders_attention_is_its_own(captioner, picture):
    import torch

    seen = look_at(captioner, picture)
    with torch.inference_mode():
        direct = captioner.model.encoder(
            pixels_of(captioner, picture), output_attentions=True
        ).attentions
    assert seen.attention.shape == (LAYERS, HEADS, 1 + PLACES, 1 + PLACES)
    np.testing.assert_allclose(seen.attention, torch.cat(direct).numpy(), atol=1e-5)
    np.testing.assert_allclose(seen.attention.sum(axis=-1), 1, atol=1e-5)


def test_positions_are_compared_by_their_cosine_without_the_class_token(captioner, picture):
    table = captioner.model.encoder.embeddings.position_embeddings[0].detach().numpy()
    found = look_at(captioner, picture).positions
    assert found.shape == (PLACES, PLACES)
    first, last = table[1], table[-1]
    cosine = first @ last / np.linalg.norm(first) / np.linalg.norm(last)
    assert found[0, -1] == pytest.approx(cosine, abs=1e-5)
    np.testing.assert_allclose(np.diag(found), 1, atol=1e-6)


def test_patch_embeddings_are_coloured_by_their_principal_components(captioner, picture):
    from sklearn.decomposition import PCA

    seen = look_at(captioner, picture)
    convolution = captioner.model.encoder.embeddings.patch_embeddings.projection
    weights = convolution.weight.detach().numpy().reshape(convolution.out_channels, -1)
    pixels = pixels_of(captioner, picture)[0].numpy()  # (3, row, column)
    patches = [
        pixels[:, top : top + PATCH, left : left + PATCH].ravel()
        for top in range(0, SIDE, PATCH)
        for left in range(0, SIDE, PATCH)
    ]
    vectors = np.array(patches) @ weights.T + convolution.bias.detach().numpy()
    pca = PCA(3, svd_solver="full")
    found = pca.fit_transform(vectors.astype(float))
    np.testing.assert_allclose(seen.explained, pca.explained_variance_ratio_, atol=1e-5)
    for part in range(3):
        assert abs(np.corrcoef(seen.embeddings[:, part], found[:, part])[0, 1]) > 0.99999
    assert seen.embeddings.min(axis=0).tolist() == [0, 0, 0]
    assert seen.embeddings.max(axis=0).tolist() == [1, 1, 1]


def test_the_sign_of_a_component_is_that_of_its_largest_weight():
    vectors = np.array([[0.0, 0, 0, 0], [3, 1, 0, 0], [-3, 2, 0, 0.5], [1, -4, 2, 0]])
    found, shares = components(vectors, 3)
    mirrored, _ = components(-vectors, 3)
    np.testing.assert_allclose(mirrored, 1 - found, atol=1e-9)
    assert shares.sum() == pytest.approx(1)
    assert (np.diff(shares) <= 0).all()


def test_patches_that_are_the_same_have_one_colour(captioner):
    seen = look_at(captioner, Image.new("RGB", (80, 80), (200, 30, 90)))
    assert (seen.embeddings == 0.5).all()
    assert seen.explained.tolist() == [0, 0, 0]


# Hiding ------------------------------------------------------------------------------------------


def test_a_block_is_cut_at_the_edge_and_an_even_one_reaches_down_and_right():
    assert block(1, 2, 1, (4, 5)) == (1, 1, 2, 2)
    assert block(1, 2, 2, (4, 5)) == (1, 2, 2, 3)
    assert block(1, 2, 3, (4, 5)) == (0, 2, 1, 3)
    assert block(0, 4, 4, (4, 5)) == (0, 2, 3, 4)
    assert block(3, 0, 2, (4, 5)) == (3, 3, 0, 1)


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_hiding_is_the_difference_of_two_direct_passes(captioner, picture, size):
    import torch

    made = caption(captioner, picture, SHORT)
    found = hide(captioner, picture, made.ids, size=size)
    assert found.drops.shape == found.kept.shape == (len(made.ids), *made.grid)
    assert found.size == size
    pixels = pixels_of(captioner, picture)

    def logs(pixels):
        with torch.inference_mode():
            output = captioner.model(pixel_values=pixels, labels=torch.tensor([made.ids]))
        return output.logits[0].log_softmax(dim=-1).numpy()

    tokens = range(len(made.ids))
    whole = logs(pixels)[tokens, made.ids]
    for row in range(4):
        for column in range(4):
            top, bottom, left, right = found.block(row, column)
            copy = pixels.clone()
            for channel in range(3):
                copy[
                    0,
                    channel,
                    PATCH * top : PATCH * (bottom + 1),
                    PATCH * left : PATCH * (right + 1),
                ] = pixels[0, channel].mean()
            now = logs(copy)
            np.testing.assert_allclose(
                found.drops[:, row, column], whole - now[tokens, made.ids], atol=1e-5
            )
            same = now.argmax(axis=-1) == made.ids
            np.testing.assert_array_equal(found.kept[:, row, column], same)
    assert np.abs(found.drops).max() > 0.01


def test_hiding_parts_of_one_colour_changes_nothing(captioner):
    plain = Image.new("RGB", (60, 60), (90, 160, 20))
    made = caption(captioner, plain, SHORT)
    found = hide(captioner, plain, made.ids)
    np.testing.assert_allclose(found.drops, 0, atol=1e-4)
    assert found.kept.all()


def test_progress_is_told_and_can_end_the_hiding(captioner, picture, monkeypatch):
    monkeypatch.setattr("services.captioning.hiding.AT_ONCE", 7)
    made = caption(captioner, picture, SHORT)
    told = []
    few = hide(captioner, picture, made.ids, progress=lambda *done: told.append(done))
    assert told == [(7, 16), (14, 16), (16, 16)]
    monkeypatch.undo()
    np.testing.assert_allclose(few.drops, hide(captioner, picture, made.ids).drops, atol=1e-5)

    class AwayError(Exception):
        pass

    def leave(done, _):
        raise AwayError

    with pytest.raises(AwayError):
        hide(captioner, picture, made.ids, progress=leave)


@pytest.mark.parametrize("size", [0, 5, 1.5, None, float("nan"), True])
def test_a_block_of_another_size_is_refused(captioner, picture, size):
    made = caption(captioner, picture, SHORT)
    with pytest.raises(UserError, match="in patches, must be a whole number from 1 to 4; "):
        hide(captioner, picture, made.ids, size=size)


def test_the_code_of_hiding_gives_the_drops_on_screen(captioner, picture, folder, tmp_path):
    file = tmp_path / "picture.png"
    picture.save(file)
    made = caption(captioner, picture, SHORT)
    for size in (1, 2, 3):
        code = run(
            "captioning/hiding",
            folder=str(folder),
            picture=str(file),
            caption_ids=list(made.ids),
            token=1,
            size=size,
        )
        drops = hide(captioner, picture, made.ids, size=size).drops[1]
        np.testing.assert_allclose(code.drops, drops, atol=1e-5)
