"""Sentence vectors and cosines of the published encoders at their real size."""

import numpy as np
import pytest
import torch
from torch.nn.functional import cosine_similarity

from core.errors import UserError
from services.similarity.compare import compare
from services.similarity.search import search
from services.similarity.words import follow
from tabs.kit.view import Asked
from tabs.similarity import TAB
from tabs.similarity.choices import Choices
from tests.fakes import published
from tests.parity.conftest import CLOSE, run

NAMES = ("bert-base-uncased", "bert-base-multilingual-cased", "all-MiniLM-L6-v2", "roberta-base")
# Of different lengths, so that all but one are padded.
SENTENCES = ("The bank of the river was wet.", "A bank opened.", "Der Fluss, eine bank")


@pytest.fixture(scope="module", params=NAMES)
def model(built, request):
    return built(request.param)


@pytest.fixture(scope="module")
def alone(model):
    """(state, token, width) of each sentence, read by the library by itself."""
    states = []
    for sentence in SENTENCES:
        with torch.inference_mode():
            given = model.tokenizer(sentence, return_tensors="pt")
            output = model.model(**given, output_hidden_states=True)
        states.append(torch.stack(output.hidden_states)[:, 0])
    return states


POOLED = {
    "mean": lambda state: state.mean(dim=0),
    "cls": lambda state: state[0],
    "max": lambda state: state.amax(dim=0),
}


@pytest.mark.parametrize("pooling", POOLED)
def test_vectors_and_cosines_are_the_librarys(model, alone, pooling):
    for layer in (-1, 0, 3):
        vectors = torch.stack([POOLED[pooling](states[layer]) for states in alone])
        found = compare(model, SENTENCES, pooling, layer)
        assert found.layer == (model.checkpoint.layers if layer == -1 else layer)
        np.testing.assert_allclose(found.vectors, vectors.numpy(), **CLOSE)
        expected = cosine_similarity(vectors[:, None], vectors[None], dim=-1)
        np.testing.assert_allclose(found.cosine, expected.numpy(), **CLOSE)
        # Sums of hundreds of products of size 1: digits of their own size are what float32 has.
        np.testing.assert_allclose(found.dot, (vectors @ vectors.T).numpy(), rtol=1e-5)
    if pooling != "cls":
        assert np.ptp(found.cosine) > 1e-3


def test_a_word_is_followed_as_the_library_sees_it(model, alone):
    found = follow(model, SENTENCES, "bank")
    vectors = []
    for number, sentence in enumerate(SENTENCES):
        start = sentence.index("bank")
        offsets = model.tokenizer(sentence, return_offsets_mapping=True)["offset_mapping"]
        places = [p for p, (a, b) in enumerate(offsets) if start <= a < b <= start + 4]
        vectors.append(alone[number][:, places].mean(dim=1))
        assert "".join(found.pieces[number]).replace("##", "").strip() == "bank"
    vectors = torch.stack(vectors, dim=1)  # (state, sentence, width)
    expected = cosine_similarity(vectors[:, :, None], vectors[:, None], dim=-1)
    np.testing.assert_allclose(found.cosine, expected.numpy(), **CLOSE)
    assert found.cosine.shape == (1 + model.checkpoint.layers, 3, 3)


def test_a_search_ranks_by_the_librarys_cosines(model, alone):
    found = search(model, SENTENCES[0], SENTENCES)
    vectors = torch.stack([states[-1].mean(dim=0) for states in alone])
    expected = cosine_similarity(vectors[:1], vectors, dim=-1)
    np.testing.assert_allclose(found.cosine, expected.numpy(), **CLOSE)
    assert found.order[0] == 0


def test_a_layer_beyond_the_model_is_refused(model):
    beyond = model.checkpoint.layers + 1
    with pytest.raises(UserError, match=f"to {beyond - 1}; got {beyond}"):
        compare(model, SENTENCES, "mean", beyond)


@pytest.mark.parametrize("name", ["bert-base-uncased", "roberta-base"])
def test_the_code_shown_gives_the_same_numbers(space, name, tmp_path):
    loaded = published.saved(space, name, tmp_path)
    entry = published.small(space, name).checkpoint
    start = {"sentences": "\n".join(SENTENCES), "model": name, "word": "bank", "query": "The wet"}
    start |= {"layer": -1, "pooling": "mean", "measure": "cosine", "map": "pca", "dimensions": "2"}

    def shown(view):
        choices = Choices(**start, view=view)
        code = TAB.snippet(Asked(None, entry, choices))
        return run("", entry, tmp_path, fill=lambda name, _: code)

    found = compare(loaded, SENTENCES)
    np.testing.assert_allclose(shown("matrix").cosine, found.cosine, **CLOSE)
    word = follow(loaded, SENTENCES, "bank")
    np.testing.assert_allclose(shown("words").cosine[1:].detach(), word.cosine, **CLOSE)
    ranking = search(loaded, "The wet", SENTENCES)
    np.testing.assert_allclose(shown("search").cosine, ranking.cosine, **CLOSE)
    shown("map")
