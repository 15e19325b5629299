"""How likely is a translation that somebody else wrote, and what follows a wrong word?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import lazy_loader as lazy
import numpy as np

from core.errors import UserError
from core.text import checked_index, checked_text, nothing_left
from models.loaded import Loaded
from models.turns import asker, one_core, takes_turns
from services.translation.reading import (
    Sentence,
    Source,
    encoded,
    ends_of,
    longest,
    read_source,
    reread,
    sentence,
)
from services.translation.translate import Told, greedy, settings_of, told

torch = lazy.load("torch")  # loaded at first use, so that the page is up before it is (SPEC 1)

NO_PLACE = -1  # in place of a token: no wrong word is put in
MOST_PLACES = 100_000  # that may be named


@dataclass(frozen=True)
class Forced:
    """A given translation, token by token, and what the model writes when it is left free."""

    source: Source
    text: str
    tokens: tuple[Told, ...]  # each after the right ones before it; the end token last
    loss: float  # nats a token, the mean: what training makes small
    free: tuple[Told, ...]  # the greedy translation
    wrong: str  # the word that is put in; "" for none
    place: int  # the token in whose place it stands; NO_PLACE
    after: np.ndarray  # (token,): nats of each token of `text`, the wrong word before it
    follows: Sentence  # what the model writes after the wrong word, the beginning included
    kept: int  # tokens of `follows` that were given: the beginning and the wrong word

    @property
    def right(self) -> np.ndarray:
        """(token,): nats of each token after the right ones before it."""
        return np.array([token.logprob for token in self.tokens])


@takes_turns
def force(
    model: Loaded, text: object, given: object, wrong: object = "", place: object = NO_PLACE
) -> Forced:
    """Read a translation that is given, whatever the model would have said (teacher forcing).

    With a wrong word in place of one of its tokens, its later tokens are read once more after it,
    and the model goes on from there by itself. A place behind the end is the last before it.
    Raises UserError as `translate` does, and for a translation that is none, or too long.
    """
    source = read_source(model, text)
    typed = " ".join(_checked(model, given, "translation").split())
    end = ends_of(model)[0]
    ids = (*_target_ids(model, typed), end)
    _short_enough(model, ids, "translation")
    with asker().turn(), one_core():
        states = encoded(model, source.ids)
        tokens = told(model, ids, reread(model, states, ids).logits[0].float())
    free_ids = greedy(model, states).ids
    with asker().turn(), one_core():
        free = told(model, free_ids, reread(model, states, free_ids).logits[0].float())
    at, word, kept = NO_PLACE, "", 0
    follows: tuple[int, ...] = ()
    after = np.array([token.logprob for token in tokens])
    if wrong != "" and place != NO_PLACE:
        word = " ".join(_checked(model, wrong, "wrong word").split())
        at = checked_index(place, 0, MOST_PLACES, name="place of the wrong word")
        at = min(at, len(ids) - 2)
        changed = (*ids[:at], *_target_ids(model, word))
        _short_enough(model, (*changed, *ids[at + 1 :]), "translation with the wrong word")
        kept = len(changed)
        # The model goes on from there: one token at least.
        most = settings_of(model, 1).max_new_tokens - 1
        _at_most(most, kept, "beginning with the wrong word")
        after, follows = _after(model, states, ids, at, changed)
    return Forced(
        source=source,
        text=typed,
        tokens=tokens,
        loss=-sum(token.logprob for token in tokens) / len(tokens),
        free=free,
        wrong=word,
        place=at,
        after=after,
        follows=sentence(model, follows),
        kept=kept,
    )


def _after(
    model: Loaded, states: Any, ids: Sequence[int], at: int, changed: Sequence[int]
) -> tuple[np.ndarray, tuple[int, ...]]:
    """The right tokens' nats behind the wrong word, and the text that the model makes of it."""
    rest = ids[at + 1 :]
    whole = (*changed, *rest)
    with asker().turn(), one_core():
        logs = reread(model, states, whole).logits[0].float().log_softmax(dim=-1)
    own = logs[range(len(whole)), list(whole)].numpy()
    right = logs[at, ids[at]].item()
    after = np.concatenate([own[:at], [right], own[len(changed) :]])
    return after, greedy(model, states, forced=changed).ids


def _target_ids(model: Loaded, text: str) -> list[int]:
    """The tokens of a text of the other language, without special ones."""
    ids: list[int] = model.tokenizer(text_target=text, add_special_tokens=False, verbose=False)[
        "input_ids"
    ]
    if not ids:
        raise UserError(nothing_left("translation", text))
    return ids


def _checked(model: Loaded, text: object, name: str) -> str:
    return checked_text(text, name=name, limit=model.limits.text_characters)


def _short_enough(model: Loaded, ids: Sequence[int], name: str) -> None:
    """Raises UserError for a translation, its end token included, that cannot be read."""
    _at_most(min(longest(model), model.limits.attention_tokens) - 2, len(ids) - 1, name)


def _at_most(most: int, count: int, name: str) -> None:
    if count > most:
        raise UserError(
            f"The {name} has {count:,} tokens; at most {most:,} are allowed here. Shorten it."
        )
