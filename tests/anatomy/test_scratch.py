"""From scratch: the file that is shown is run, and each part gives what the library does."""

import io
import re
from contextlib import redirect_stdout
from dataclasses import replace

import pytest
import torch

from figures.anatomy.scratch import NAMES, headline, scratch_figure, scratch_table
from models.architectures import as_loaded
from services.anatomy.scratch import PARTS, Part, Scratch, code_of, functions, scratch
from tabs.anatomy import TAB
from tabs.anatomy.endpoint import inspect_endpoint
from tabs.anatomy.scratch import own, until, whole_of
from tests.anatomy.test_journey import TEXT, chosen
from tests.fakes import published
from tests.fakes.tiny_gpt2 import tiny_gpt2

LONGEST = 120  # lines of a file


@pytest.fixture(scope="module", params=["bert", "roberta", "gpt2"])
def model(request, tiny_bert, space):
    if request.param == "bert":
        return tiny_bert
    if request.param == "gpt2":
        made = tiny_gpt2(space)
        made.model.lm_head.weight = made.model.transformer.wte.weight  # tied, as published ones
        return made
    made = published.small(space, "roberta-base")
    return replace(made, checkpoint=as_loaded(made.checkpoint, made.model))


def test_every_part_gives_what_the_library_gives(model):
    made = scratch(model, TEXT)
    assert tuple(part.name for part in made.parts) == PARTS == tuple(NAMES)
    for part in made.parts:
        assert part.difference < 1e-5
    counts = {part.name: part.outputs for part in made.parts}
    layers, heads = model.checkpoint.layers, model.checkpoint.heads
    assert counts["head"] == layers * heads
    assert counts["block"] == counts["heads"] == layers


def test_a_part_that_is_wrong_is_found(model, monkeypatch):
    """What is compared is the library's: a file that computes something else differs."""
    right = functions(code_of(model.model.config.model_type))

    def wrong(path):
        return right | {"head": lambda w, x, layer, number: right["head"](w, x, layer, 0)}

    monkeypatch.setattr("services.anatomy.scratch.functions", wrong)
    far = {part.name: part.difference for part in scratch(model, TEXT).parts}
    assert far["head"] > 0.01
    assert far["embed"] < 1e-5


def test_nobody_elses_pass_is_touched(model):
    """transformers sets hooks where states are asked for: a copy's would stay on our model."""
    taken = model.tensors(model.encode(TEXT))
    for _ in range(2):
        scratch(model, TEXT)
        with torch.inference_mode():
            told = model.model.base_model(**taken, output_hidden_states=True).hidden_states
        assert len(told) == model.checkpoint.layers + 1


@pytest.mark.parametrize("kind", ["bert", "gpt2"])
def test_the_file_is_short_and_has_no_ready_transformer(kind):
    code = code_of(kind).read_text()
    assert len(code.splitlines()) <= LONGEST
    assert "nn." not in code.replace("torch.nn.functional.gelu", "")
    assert "F." not in code


def asked(desk, **more):
    return TAB.asked(desk, chosen(view="scratch", text="The cat sat.", **more))


@pytest.mark.parametrize("name", ["pocket-bert", "pocket-gpt2"])
@pytest.mark.parametrize("part", PARTS)
def test_the_file_up_to_each_part_runs(desk, name, part):
    one = asked(desk, model=name, part=part)
    with redirect_stdout(io.StringIO()) as said:
        exec(compile(TAB.snippet(one), "snippet", "exec"), {})
    printed = said.getvalue().splitlines()
    assert [line.split()[0] for line in printed] == list(PARTS[: PARTS.index(part) + 1])
    assert all(float(line.split()[-1]) < 1e-5 for line in printed)


def test_a_part_alone_is_the_end_of_the_file_up_to_it(desk):
    code = whole_of(asked(desk))
    for part in PARTS:
        assert until(code, part).endswith(own(code, part))
        assert re.match(rf"# \d\. {part}: ", own(code, part))
        compile(until(code, part), part, "exec")
    assert until(code, "model") == code.rstrip() + "\n"


def test_the_endpoint_gives_every_difference(desk):
    given = inspect_endpoint(desk)("The cat sat.", view="scratch")
    assert [part["part"] for part in given["parts"]] == list(PARTS)
    assert max(part["difference"] for part in given["parts"]) < 1e-5


def test_another_architecture_is_told_so(desk):
    entry = replace(desk.default("anatomy"), architecture="distilbert")
    why = TAB.view(chosen(view="scratch")).fits(entry)
    assert "is a distilbert, and the code is written for bert, roberta, gpt2" in why


def test_the_picture_has_every_part_and_tells_what_is_too_far():
    parts = tuple(Part(name, (3, 4), 1, 1e-6) for name in PARTS[:-1])
    made = Scratch((*parts, Part("model", (3, 4), 1, 2e-5)))
    picture = scratch_figure(
        made, "head", "a < b", "whole <", [1, 2, 3, 4, 5], title="<T>", causal=True
    )
    assert "&lt;T&gt;" in picture
    assert "a &lt; b" in picture
    assert picture.count("✓") == 4 + 1  # and in the caption
    assert picture.count("✗") == 1
    assert picture.count("data-pick") == 5
    assert "<b>0.0000010</b>" in headline(made, "head") or "1.0e-6" in headline(made, "head")
    assert scratch_table(made).count("<tr>") == 6
