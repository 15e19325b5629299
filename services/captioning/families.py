"""The two families of captioners: where each keeps its encoder, its decoder and its numbers.

Both read a picture with a vision transformer and write with a decoder that looks at the patches.
All that differs between them is here; what is computed with them knows one `Family`.
"""

from types import SimpleNamespace
from typing import Any, Protocol

import lazy_loader as lazy

from core.errors import UserError
from models.loaded import Loaded

torch = lazy.load("torch")  # loaded at first use, so that the page is up before it is (SPEC 1)

Tensor = Any


class Family(Protocol):
    """What a captioner can be asked, whichever it is."""

    encoder: Any  # called with `pixel_values`, it gives states and attentions
    decoder_config: Any  # of the part that writes
    patch: int  # pixels along the side of a patch, which is square
    start: int  # the token that every caption begins after
    ends: list[int]  # the tokens that end one

    def write(self, states: Tensor, ids: Tensor, *, keep: int = 0, **named: Any) -> Any:
        """Logits of the last `keep` places (0: of all), cache and cross-attentions.

        `states` are (row, 1 + patch, width), `ids` (row, token).
        """

    def patch_vectors(self, pixels: Tensor) -> Tensor:
        """(picture, patch, width): each patch through the first layer, before any position."""

    def place_vectors(self) -> Tensor:
        """(1 + patch, width): the position embeddings; place 0 is the class token's."""


class EncoderDecoder:
    """A ViT and a GPT-2 in one `VisionEncoderDecoderModel` (the pocket captioner, vit-gpt2)."""

    def __init__(self, captioner: Loaded) -> None:
        self._model = model = captioner.model
        parts = model.config.encoder.model_type, model.config.decoder.model_type
        if parts != ("vit", "gpt2"):
            raise UserError(
                f"{captioner.checkpoint.title} pairs {parts[0]} with {parts[1]}; captions are "
                "taken apart here for vit with gpt2, and for BLIP. Choose another model."
            )
        self.encoder = model.get_encoder()
        self.decoder_config = model.config.decoder
        self.patch = int(model.config.encoder.patch_size)
        chosen = model.generation_config
        self.start = int(
            _first(
                chosen.decoder_start_token_id,
                getattr(model.config, "decoder_start_token_id", None),
                model.config.decoder.bos_token_id,
            )
        )
        self.ends = _several(_first(chosen.eos_token_id, captioner.tokenizer.eos_token_id))

    def write(self, states: Tensor, ids: Tensor, *, keep: int = 0, **named: Any) -> Any:
        """As `Family.write`."""
        return self._model(
            encoder_outputs=(states,),
            decoder_input_ids=ids,
            decoder_logits_to_keep=keep,
            **named,
        )

    def patch_vectors(self, pixels: Tensor) -> Tensor:
        """As `Family.patch_vectors`."""
        return self.encoder.embeddings.patch_embeddings(pixels)

    def place_vectors(self) -> Tensor:
        """As `Family.place_vectors`."""
        return self.encoder.embeddings.position_embeddings[0]


class Blip:
    """A ViT and a BERT that writes (Li et al. 2022), a `BlipForConditionalGeneration`."""

    def __init__(self, captioner: Loaded) -> None:
        model = captioner.model
        self.encoder = model.vision_model
        self._decoder = model.text_decoder
        self.decoder_config = model.config.text_config
        self.patch = int(model.config.vision_config.patch_size)
        # A caption without a prompt begins after a token of its own, [DEC], which the tokenizer
        # does not know, and ends with [SEP]: so does BLIP's own generate(), whatever its files say
        # of an end token.
        self.start = int(self.decoder_config.bos_token_id)
        self.ends = _several(self.decoder_config.sep_token_id)

    def write(self, states: Tensor, ids: Tensor, *, keep: int = 0, **named: Any) -> Any:
        """As `Family.write`."""
        return self._decoder(
            input_ids=ids, encoder_hidden_states=states, logits_to_keep=keep, **named
        )

    def patch_vectors(self, pixels: Tensor) -> Tensor:
        """As `Family.patch_vectors`."""
        found = self.encoder.embeddings.patch_embedding(pixels)  # (picture, width, row, column)
        return found.flatten(2).transpose(1, 2)

    def place_vectors(self) -> Tensor:
        """As `Family.place_vectors`."""
        return self.encoder.embeddings.position_embedding[0]


# As `core.capabilities.CAPTIONERS` has them.
FAMILIES: dict[str, Any] = {"vision-encoder-decoder": EncoderDecoder, "blip": Blip}


def family_of(model: Loaded) -> Family:
    """The parts of a captioner. Raises UserError for one that is of neither family."""
    kind = model.model.config.model_type
    if kind not in FAMILIES:
        raise UserError(
            f"{model.checkpoint.title} is a {kind}; captions are taken apart here for "
            f"{' and '.join(FAMILIES)}. Choose another model."
        )
    found: Family = FAMILIES[kind](model)
    return found


class Seeing:
    """The decoder with one picture before it, called as a causal model of text is.

    What reads and writes with such a model (`services.generation`, its beam search) so describes a
    picture. Every text begins with the start token of captions, whatever it was asked to read.
    """

    def __init__(self, family: Family, states: Tensor) -> None:
        self._family, self._states = family, states
        self.config = family.decoder_config
        self.generation_config = SimpleNamespace(eos_token_id=family.ends)

    def __call__(
        self, input_ids: Tensor, past_key_values: Any, use_cache: bool, logits_to_keep: int
    ) -> Any:
        if past_key_values is None:
            input_ids = torch.full_like(input_ids[:, :1], self._family.start)
        return self._family.write(
            self._states.expand(len(input_ids), -1, -1),
            input_ids,
            keep=logits_to_keep,
            past_key_values=past_key_values,
            use_cache=use_cache,
        )


def _first(*found: Any) -> Any:
    return next((one for one in found if one is not None), None)


def _several(ids: Any) -> list[int]:
    return list(ids) if isinstance(ids, list) else [int(ids)]
