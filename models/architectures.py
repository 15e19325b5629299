"""What is known of each architecture: what it is, what it reads, how far it counts.

Which capabilities it can serve stands in `core.capabilities`.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from core.capabilities import CAPTIONERS, TRANSLATORS, rows
from core.errors import UnfitError
from core.spacefile import Checkpoint

# RoBERTa counts its positions on from the padding's id, and gives that one to padding itself.
COUNTED_FROM_PADDING = ("roberta",)
# They have no rows that tell the texts of a pair apart.
UNTYPED = ("distilbert", "roberta", "gpt2")

VERDICT = re.compile("accept|grammatical|correct", re.IGNORECASE)
DENIED = re.compile("(un|not|in)[ _-]?(accept|grammatical|correct)", re.IGNORECASE)


def as_loaded(checkpoint: Checkpoint, network: Any) -> Checkpoint:
    """The entry with architecture, layers and heads as the model itself has them.

    Raises UnfitError, in words for the badge, where the model cannot serve a capability.
    """
    config = network.config
    kind = str(config.model_type)
    check_kind(checkpoint, kind)
    if "grammaticality" in checkpoint.capabilities:
        _check_verdicts([str(config.id2label[index]) for index in range(config.num_labels)])
    decoder, encoder = config, None
    if kind in CAPTIONERS:
        blip = kind == "blip"
        decoder = config.text_config if blip else config.decoder
        encoder = config.vision_config if blip else config.encoder
    if kind in TRANSLATORS:
        return replace(
            checkpoint,
            architecture=kind,
            layers=int(getattr(config, "decoder_layers", 0) or config.num_decoder_layers),
            heads=int(getattr(config, "decoder_attention_heads", 0) or config.num_heads),
            encoder_layers=int(getattr(config, "encoder_layers", 0) or config.num_layers),
        )
    return replace(
        checkpoint,
        architecture=kind,
        layers=int(decoder.num_hidden_layers),
        heads=int(decoder.num_attention_heads),
        encoder_layers=int(encoder.num_hidden_layers) if encoder else 0,
    )


def check_kind(checkpoint: Checkpoint, kind: str) -> None:
    """Whether a `model_type` is one that each capability can show. Raises UnfitError."""
    for row in rows(checkpoint.capabilities):
        if row.architectures and kind not in row.architectures:
            raise UnfitError(
                f"{checkpoint.name} is of the architecture {kind}, and {row.name} takes "
                f"{' or '.join(row.architectures)}; take {row.name} out of its entry in the "
                "Spacefile, or name another model"
            )


def _check_verdicts(labels: Sequence[str]) -> None:
    """Whether a classifier has two labels, the second for what is acceptable, as CoLA has them.

    Labels without names (LABEL_0, LABEL_1) are taken to be CoLA's own 0 and 1. Raises UnfitError.
    """
    denied = [DENIED.search(label) is not None for label in labels]
    approved = [VERDICT.search(label) is not None for label in labels]
    if len(labels) != 2 or denied[1] or (approved[0] and not denied[0]):
        raise UnfitError(
            f"its labels are {', '.join(labels)}, and grammaticality takes two, that of "
            "acceptable sentences second, as in CoLA; name another model"
        )


def takes_segments(config: Any) -> bool:
    """Whether a model tells the two texts of a pair apart by token types.

    Not every tokenizer knows: DistilBERT's is a BERT's, and gives types that it has no rows for.
    """
    return int(getattr(config, "type_vocab_size", 0)) > 1


def first_position(kind: str, padding: int | None) -> int:
    """The row of the position table that the first token of a text takes."""
    return 1 + (padding or 0) if kind in COUNTED_FROM_PADDING else 0


def context_length(config: Any) -> int:
    """How many tokens a model can read at once; of RoBERTa's 514 rows 2 are never a token's."""
    rows = int(config.max_position_embeddings)  # `n_positions` of a GPT-2
    padding = getattr(config, "pad_token_id", None)
    return rows - first_position(str(config.model_type), padding)


def filling_head(network: Any) -> Callable[[Any], Any]:
    """What turns states into logits over the vocabulary, of a model that fills in words."""
    if network.config.model_type == "distilbert":  # it has no module of its own for it
        return lambda states: network.vocab_projector(
            network.vocab_layer_norm(network.activation(network.vocab_transform(states)))
        )
    head: Callable[[Any], Any] = getattr(network, "cls", None) or network.lm_head
    return head
