"""Which tokens a text begins with, ends with, and never has, as `generate()` takes them."""

from models.loaded import Loaded


def start_id(model: Loaded) -> int:
    """The token that every text begins after."""
    for found in (model.tokenizer.bos_token_id, model.model.config.bos_token_id):
        if found is not None:
            return int(found)
    return min(end_ids(model))


def never_ids(model: Loaded) -> list[int]:
    """Single tokens that `generate()` never writes, as a Marian's padding: `bad_words_ids`."""
    named = getattr(model.model.generation_config, "bad_words_ids", None) or []
    return [ids[0] for ids in named if len(ids) == 1]


def end_ids(model: Loaded) -> frozenset[int]:
    """The tokens that end a text, as `generate()` takes them."""
    found = model.model.generation_config.eos_token_id
    found = model.tokenizer.eos_token_id if found is None else found
    if found is None:
        return frozenset()
    return frozenset(found if isinstance(found, list) else [found])
