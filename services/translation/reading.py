"""How a translator reads: the sentence once, then a translation token by token, or whole."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from types import SimpleNamespace
from typing import Any

import lazy_loader as lazy

from core.errors import UserError
from core.text import checked_text, nothing_left
from models.loaded import Loaded
from models.tokens import decoded
from services.translation.pieces import Span, pieces_of, word_names, words_of

torch = lazy.load("torch")  # loaded at first use, so that the page is up before it is (SPEC 1)

Tensor = Any
LONGEST = 512  # tokens of a T5, whose positions have no end: those that it was trained on


@dataclass(frozen=True)
class Sentence:
    """The tokens of one side, each with the space before it."""

    ids: tuple[int, ...]
    pieces: tuple[str, ...]
    special: tuple[bool, ...]

    @cached_property
    def words(self) -> tuple[Span, ...]:
        """Which tokens make a word together."""
        return words_of(self.pieces, self.special)

    @property
    def word_names(self) -> tuple[str, ...]:
        """The words as they are written."""
        return word_names(self.pieces, self.words)


@dataclass(frozen=True)
class Source(Sentence):
    """A sentence as the encoder reads it."""

    text: str  # as it was typed
    prefix: int  # tokens before it that tell the model what to do


def read_source(model: Loaded, text: object) -> Source:
    """The tokens of a sentence, its end token last.

    Raises UserError when it is none, or when the model cannot read so much, with both numbers.
    """
    typed = checked_text(text, name="sentence", limit=model.limits.text_characters)
    tokenizer, prefix = model.tokenizer, model.checkpoint.prefix
    if not tokenizer(typed, add_special_tokens=False, verbose=False)["input_ids"]:
        raise UserError(nothing_left("sentence", typed))
    ids = tuple(tokenizer(prefix + typed, verbose=False)["input_ids"])
    before = len(tokenizer(prefix, add_special_tokens=False, verbose=False)["input_ids"])
    most = min(longest(model), model.limits.attention_tokens)
    if len(ids) > most:
        raise UserError(
            f"The sentence has {len(ids):,} tokens; at most {most:,} are allowed here. Shorten it."
        )
    side = sentence(model, ids)
    return Source(side.ids, side.pieces, side.special, typed, before if prefix else 0)


def sentence(model: Loaded, ids: Sequence[int]) -> Sentence:
    """Tokens with their pieces."""
    specials = set(model.tokenizer.all_special_ids)
    return Sentence(
        tuple(ids), pieces_of(model.tokenizer, ids), tuple(token in specials for token in ids)
    )


def text_of(model: Loaded, ids: Sequence[int]) -> str:
    """The text of a translation, without its end token."""
    ended = bool(ids) and ids[-1] in ends_of(model)
    return decoded(model.tokenizer, ids[:-1] if ended else ids).strip()


def start_piece(model: Loaded) -> str:
    """The token that every translation begins after, by its name."""
    return pieces_of(model.tokenizer, [start_of(model)])[0]


def longest(model: Loaded) -> int:
    """How many tokens either side of a model may have."""
    return int(getattr(model.model.config, "max_position_embeddings", None) or LONGEST)


def start_of(model: Loaded) -> int:
    """The token that every translation begins after."""
    chosen = model.model.generation_config.decoder_start_token_id
    return int(model.model.config.decoder_start_token_id if chosen is None else chosen)


def ends_of(model: Loaded) -> list[int]:
    """The tokens that end a translation."""
    found = model.model.generation_config.eos_token_id
    found = model.tokenizer.eos_token_id if found is None else found
    return list(found) if isinstance(found, list) else [int(found)]


def encoded(model: Loaded, ids: Sequence[int]) -> Tensor:
    """(1, token, width): what the encoder makes of a sentence."""
    with torch.inference_mode():
        return model.model.get_encoder()(input_ids=torch.tensor([ids])).last_hidden_state


def writer(model: Loaded, states: Tensor, mask: Tensor | None = None) -> Loaded:
    """The translator as a model of text that looks at one sentence (1, token, width)."""
    return replace(model, model=Writing(model, states, mask))


def reread(
    model: Loaded, states: Tensor, ids: Sequence[int], *, attentions: bool = False, **more: Any
) -> Any:
    """One pass over a translation that is given (teacher forcing), for each of the sentences.

    `states` are (sentence, token, width). The output has the logits (sentence, token, vocabulary)
    that each of `ids` was chosen from.
    """
    given = torch.tensor([[start_of(model), *ids[:-1]]] * len(states))
    with torch.inference_mode():
        return model.model(
            encoder_outputs=_outputs(states),
            decoder_input_ids=given,
            output_attentions=attentions,
            use_cache=False,
            **more,
        )


class Writing:
    """The decoder with one sentence before it, called as a causal model of text is.

    What reads and writes with such a model (`services.generation`, its beam search) so translates.
    Every text begins with the start token, whatever it was asked to read.
    """

    def __init__(self, model: Loaded, states: Tensor, mask: Tensor | None = None) -> None:
        self._model, self._states, self._mask = model.model, states, mask
        self._start = start_of(model)
        chosen = model.model.generation_config
        self.config = SimpleNamespace(
            max_position_embeddings=longest(model),
            vocab_size=model.model.config.vocab_size,
            bos_token_id=self._start,
            model_type=model.model.config.model_type,
        )
        self.generation_config = SimpleNamespace(
            eos_token_id=ends_of(model), bad_words_ids=chosen.bad_words_ids
        )

    def __call__(
        self, input_ids: Tensor, past_key_values: Any, use_cache: bool, logits_to_keep: int
    ) -> Any:
        if past_key_values is None:
            input_ids = torch.full_like(input_ids[:, :1], self._start)
        count = len(input_ids)
        output = self._model(
            encoder_outputs=_outputs(self._states.expand(count, -1, -1)),
            attention_mask=None if self._mask is None else self._mask.expand(count, -1),
            decoder_input_ids=input_ids,
            past_key_values=past_key_values,
            use_cache=use_cache,
        )
        return SimpleNamespace(
            logits=output.logits[:, -logits_to_keep:], past_key_values=output.past_key_values
        )


def _outputs(states: Tensor) -> Any:
    from transformers.modeling_outputs import BaseModelOutput

    return BaseModelOutput(last_hidden_state=states)
