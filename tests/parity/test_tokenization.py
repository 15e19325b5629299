"""Tokens, offsets and input rows of every kind of tokenizer, and what the models do with them."""

from dataclasses import replace

import pytest
import torch

from core.spacefile import Space
from figures.parts.signs import Colours
from figures.tokenization.rows import rows_figure
from models.checkpoints import Checkpoints
from models.serving import Desk
from tabs.tokenization.ribbons import cut_by, cut_by_all
from tests.fakes import published

TEXT, SECOND = "The wet bänk, 水!", "The Seine's water"
KINDS = {
    "bert-base-uncased": ("[CLS]", "[SEP]"),
    "bert-base-multilingual-cased": ("[CLS]", "[SEP]"),
    "roberta-base": ("<s>", "</s>"),
    "distilbert-base-cased-distilled-squad": ("[CLS]", "[SEP]"),
    "gpt2": ("The", "ater"),
}


@pytest.fixture(scope="module", params=KINDS)
def offered(request, space, tmp_path_factory):
    """A cache over one small model that was saved, and the same model, loaded."""
    folder = tmp_path_factory.mktemp(request.param)
    loaded = published.saved(space, request.param, folder)
    capabilities = ("tokenization",)
    if loaded.checkpoint.family == "gpt2":
        capabilities = ("generation", "tokenization")
    entry = replace(loaded.checkpoint, capabilities=capabilities)
    return Desk(Checkpoints(Space("Parity", space.limits, space.queue, (entry,)))), loaded


@pytest.mark.parametrize("second", ["", SECOND])
def test_tokens_and_offsets_are_the_librarys(offered, second):
    desk, loaded = offered
    found = cut_by(desk, loaded.checkpoint.name, TEXT, second)
    pair = loaded.tokenizer(TEXT, second or None, return_offsets_mapping=True)
    assert [token.id for token in found.tokens] == pair["input_ids"]
    assert [(t.start, t.end) for t in found.tokens] == pair["offset_mapping"]
    names = loaded.tokenizer.convert_ids_to_tokens(pair["input_ids"])
    assert [token.text for token in found.tokens] == names
    texts = [part for part in pair.sequence_ids() if part is not None]
    of_text = [token for token in found.tokens if not token.special]
    assert found.from_text == len(of_text) == len(texts)
    assert [token.segment for token in of_text] == texts
    first, last = KINDS[loaded.checkpoint.name]
    if loaded.checkpoint.family != "gpt2":
        assert (found.names[0], found.names[-1]) == (first, last)
        assert [token.special for token in found.tokens][0 :: len(names) - 1] == [True, True]


def test_the_rows_shown_are_those_that_the_model_adds(offered):
    desk, loaded = offered
    name = loaded.checkpoint.name
    rows = cut_by_all(desk, [name], TEXT, SECOND, padding=2).rows
    ids = torch.tensor([rows.ids])
    seen = {}

    def watch(what):
        def look(module, given, output):
            seen.setdefault(what, given[0].clone())

        return look

    tables = {
        part.rsplit(".", 1)[-1]: module
        for part, module in loaded.model.named_modules()
        if part.endswith(("position_embeddings", "token_type_embeddings", "wpe"))
    }
    hooks = [module.register_forward_hook(watch(name)) for name, module in tables.items()]
    typed = {"token_type_ids": torch.tensor([rows.segments])} if rows.segments else {}
    with torch.inference_mode():
        loaded.model.base_model(input_ids=ids, attention_mask=torch.tensor([rows.mask]), **typed)
    for hook in hooks:
        hook.remove()
    positions = seen.get("wpe", seen.get("position_embeddings"))
    assert positions.flatten().tolist() == list(rows.positions)
    kind = loaded.checkpoint.family
    assert bool(rows.segments) == (kind == "bert")
    if kind == "bert":
        assert seen["token_type_embeddings"][0].tolist() == list(rows.segments)
    assert rows.positions[0] == (2 if kind == "roberta" else 0)
    page = rows_figure(rows, [], Colours())
    assert ("causal mask" in page) == (kind == "gpt2")
    assert ("only separators" in page) == (kind in ("roberta", "distilbert"))
    assert ("counted from 2" in page) == (kind == "roberta")


def test_the_word_that_is_traced_ends_in_the_librarys_pieces(offered):
    desk, loaded = offered
    reading = cut_by_all(desk, [loaded.checkpoint.name], "The weather")
    typed = reading.trace.typed
    pieces = loaded.tokenizer.tokenize(typed)
    if reading.trace.merges:
        pieces = [piece.replace("Ġ", " ") for piece in pieces]
    assert list(reading.trace.pieces) == pieces
    assert len(pieces) >= 1
