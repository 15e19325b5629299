"""How a captioner reads: the picture once, then a caption token by token, or whole."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import lazy_loader as lazy
from PIL.Image import Image

from services.checkpoints import Loaded

torch = lazy.load("torch")  # loaded at first use, so that the page is up before it is (SPEC 1)

Tensor = Any


class Seeing:
    """The decoder with one picture before it, called as a causal model of text is.

    What reads and writes with such a model (`services.generation`, its beam search) so describes
    a picture. Every text begins with the start token of captions, whatever it was asked to read.
    """

    def __init__(self, captioner: Loaded, states: Tensor) -> None:
        self._model, self._states = captioner.model, states
        self._start = first_id(captioner)
        self.config = captioner.model.config.decoder
        self.generation_config = captioner.model.generation_config

    def __call__(
        self, input_ids: Tensor, past_key_values: Any, use_cache: bool, logits_to_keep: int
    ) -> Any:
        if past_key_values is None:
            input_ids = torch.full_like(input_ids[:, :1], self._start)
        return self._model(
            encoder_outputs=(self._states.expand(len(input_ids), -1, -1),),
            decoder_input_ids=input_ids,
            past_key_values=past_key_values,
            use_cache=use_cache,
            decoder_logits_to_keep=logits_to_keep,
        )


def pixels_of(captioner: Loaded, picture: Image) -> Tensor:
    """(1, 3, row, column) float32: the picture resized and scaled as the model expects it."""
    return captioner.processor(picture, return_tensors="pt")["pixel_values"]


def grid_of(captioner: Loaded, pixels: Tensor) -> tuple[int, int]:
    """Rows and columns of patches."""
    patch = patch_side(captioner)
    return pixels.shape[-2] // patch, pixels.shape[-1] // patch


def patch_side(captioner: Loaded) -> int:
    """Pixels along the side of a patch, which is square."""
    return int(captioner.model.config.encoder.patch_size)


def seen(captioner: Loaded, pixels: Tensor) -> Tensor:
    """(picture, 1 + patch, width): what the encoder makes of pictures; place 0: class token."""
    with torch.inference_mode():
        return captioner.model.get_encoder()(pixel_values=pixels).last_hidden_state


def writer(captioner: Loaded, states: Tensor) -> Loaded:
    """The captioner as a model of text that looks at one picture (1, 1 + patch, width)."""
    return replace(captioner, model=Seeing(captioner, states))


def reread(
    captioner: Loaded, states: Tensor, ids: Sequence[int], *, attentions: bool = False
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """One pass over a caption that is given (teacher forcing), beside each of the pictures.

    Gives (picture, token, vocabulary) float32, the logits that each token was chosen from; and,
    where asked for, the cross-attentions of each layer (picture, head, token, 1 + patch).
    """
    given = [first_id(captioner), *ids[:-1]]
    with torch.inference_mode():
        output = captioner.model(
            encoder_outputs=(states,),
            decoder_input_ids=torch.tensor([given] * len(states)),
            output_attentions=attentions,
            use_cache=False,
        )
    return output.logits.float(), output.cross_attentions if attentions else ()


def first_id(captioner: Loaded) -> int:
    """The token that every caption begins after, as `generate()` finds it."""
    model = captioner.model
    for config in (model.generation_config, model.config):
        found = getattr(config, "decoder_start_token_id", None)
        if found is not None:
            return int(found)
    return int(model.config.decoder.bos_token_id)
