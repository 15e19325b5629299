"""Models that fill in words: the pocket one, and tiny ones with the published architectures."""

from dataclasses import replace

import pytest

from models.checkpoints import Checkpoints

REPOS = ("google-bert/bert-base-uncased", "FacebookAI/roberta-base")


@pytest.fixture(scope="session")
def masked(checkpoints):
    return checkpoints.load(checkpoints.default("masking"))


@pytest.fixture(scope="session", params=["pocket", *REPOS])
def any_model(request, space, published, checkpoints):
    """The pocket model, and a tiny one of each architecture that the Hub's have."""
    if request.param == "pocket":
        return checkpoints.load(checkpoints.default("masking"))
    entry = next(one for one in space.checkpoints if one.repo == request.param)
    folder = str(published[request.param])
    entry = replace(entry, repo="", revision="", path=folder, tier="pocket", parameters=200_000)
    return Checkpoints(replace(space, checkpoints=(entry,))).load(entry, "masking")


def direct(model, ids):
    """(token, vocabulary): what transformers itself says of a row, as probabilities."""
    import torch

    with torch.inference_mode():
        return model.model(torch.tensor([list(ids)])).logits[0].double().softmax(dim=-1).numpy()
