"""One token's way through the published architectures at their real size, and its code."""

import numpy as np
import pytest
import torch

from services.anatomy.count import count
from services.anatomy.journey import AFTER, BEFORE, inspect
from services.anatomy.measure import measure
from services.anatomy.off import Switches
from services.anatomy.scratch import HEARD, scratch
from services.anatomy.switches import switched
from tests.fakes import published
from tests.parity.conftest import CLOSE, run

NAMES = ("bert-base-uncased", "roberta-base", "distilbert-base-cased-distilled-squad", "gpt2")
TEXT, TOKEN = "The river's bank was wet.", 3


@pytest.mark.parametrize("name", NAMES)
def test_states_and_count_are_the_librarys(built, name):
    model = built(name)
    journey = inspect(model, TEXT, "", TOKEN)
    encoded = model.tokenizer(TEXT, return_tensors="pt")
    with torch.inference_mode():
        body = model.model.base_model
        told = body(**{n: encoded[n] for n in model.inputs}, output_hidden_states=True)
    assert journey.off <= CLOSE["atol"]
    places = [BEFORE, *range(journey.layers)]
    if journey.causal:
        places[-1] = AFTER
    for place, theirs in zip(places, told.hidden_states, strict=True):
        np.testing.assert_allclose(journey.state(place).vector, theirs[0, TOKEN], **CLOSE)
    assert switched(model, TEXT, "", Switches()).off <= CLOSE["atol"]
    if model.checkpoint.family in HEARD:
        assert max(part.difference for part in scratch(model, TEXT).parts) <= CLOSE["atol"]
    measured = measure(model)
    named = model.model.named_parameters()
    outside = sum(p.numel() for n, p in named if n.split(".")[0] in ("qa_outputs", "classifier"))
    assert count(measured.shape).total == measured.total - outside


@pytest.mark.parametrize("name", NAMES)
def test_the_code_shown_gives_the_same_steps(space, name, tmp_path):
    model = published.saved(space, name, tmp_path)
    entry = published.small(space, name).checkpoint
    family = model.checkpoint.family
    own = f"_{family}" if family in ("gpt2", "distilbert") else ""
    journey = inspect(model, TEXT, "", TOKEN)
    found = run(f"anatomy/journey{own}", entry, tmp_path, text=TEXT, token=TOKEN, layer=1)
    steps = {step.name: step.vector for step in journey.of(1) if step.name != "norm"}
    for part in ("attention", "feed-forward"):
        np.testing.assert_allclose(found.steps[part], steps[part], **CLOSE)
    np.testing.assert_allclose(found.steps["new x"], journey.state(1).vector, **CLOSE)
    np.testing.assert_allclose(found.added, journey.inner[1].heads, **CLOSE)
    assert int((found.kept["units"] > 0).sum()) == journey.inner[1].on
