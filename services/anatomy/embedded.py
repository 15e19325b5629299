"""What the first layer reads: the rows of the tables for every token, and their sum."""

from typing import Any

import lazy_loader as lazy

from models.architectures import first_position, takes_segments
from models.loaded import Loaded
from services.anatomy.layer import NORM, SUM

torch = lazy.load("torch")  # loaded at first use, so that the page is up before it is (SPEC 1)

Tensor = Any


def embedded(model: Loaded, encoded: Any, *, positions: bool = True) -> list[tuple[str, Tensor]]:
    """By their names the rows for every token, their sum, and where there is one its norm.

    Each is (token, width). Without positions every row of that table is 0.
    """
    config, body = model.model.config, model.model.base_model
    ids = torch.tensor(encoded["input_ids"])
    first = first_position(str(config.model_type), getattr(config, "pad_token_id", None))
    places = torch.arange(len(ids)) + first
    if str(config.model_type) == "gpt2":
        rows = [("token", body.wte(ids)), ("position", body.wpe(places) * positions)]
        return [*rows, (SUM, rows[0][1] + rows[1][1])]
    tables = body.embeddings
    rows = [
        ("token", tables.word_embeddings(ids)),
        ("position", tables.position_embeddings(places) * positions),
    ]
    segments = getattr(tables, "token_type_embeddings", None)  # of RoBERTa one row for all
    if segments is not None:
        kinds = encoded["token_type_ids"] if takes_segments(config) else [0] * len(ids)
        rows.append(("segment", segments(torch.tensor(kinds))))
    total = rows[0][1]
    for _, row in reversed(rows[1:]):  # as the library adds them: floats remember the order
        total = total + row
    return [*rows, (SUM, total), (NORM, tables.LayerNorm(total))]
