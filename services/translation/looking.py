"""Where does each word of a translation look, and what does it need?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import lazy_loader as lazy
import numpy as np

from core.errors import UserError
from core.text import checked_index
from models.loaded import Loaded
from models.turns import asker, one_core, takes_turns
from services.translation.pieces import by_words, word_names
from services.translation.reading import (
    Sentence,
    Source,
    encoded,
    read_source,
    reread,
    sentence,
    start_piece,
    text_of,
)
from services.translation.translate import Told, greedy, told

torch = lazy.load("torch")  # loaded at first use, so that the page is up before it is (SPEC 1)

NO_WORD = -1  # in place of a word's number
MOST_WORDS = 100_000  # that may be named
NUMBERS_AT_ONCE = 2**24  # logits in memory at a time: 64 MB
MEAN = -1  # in place of a layer or a head: the mean of all


@dataclass(frozen=True)
class Looks:
    """A sentence, its greedy translation, and all attention between their tokens.

    Each row sums to 1. Of the decoder, row t is that of the step that wrote token t: what is in
    its place then is the token before it, the start token first.
    """

    source: Source
    tokens: tuple[Told, ...]
    start: str
    cross: np.ndarray  # (layer, head, target, source) float32
    encoder: np.ndarray  # (layer, head, source, source) float32
    decoder: np.ndarray  # (layer, head, target, target) float32; 0 for what comes later

    @property
    def target(self) -> Sentence:
        """The tokens of the translation."""
        return Sentence(
            tuple(token.id for token in self.tokens),
            tuple(token.piece for token in self.tokens),
            tuple(token.end for token in self.tokens),
        )

    def mixed(self, side: str, layer: int, head: int) -> np.ndarray:
        """(looking, looked at): one layer and head of "cross", "encoder" or "decoder", or a mean.

        Where layer or head is MEAN it is that of all.
        """
        some = getattr(self, side)
        some = some if layer == MEAN else some[layer : layer + 1]
        some = some if head == MEAN else some[:, head : head + 1]
        found: np.ndarray = some.mean(axis=(0, 1))
        return found

    def looked(self, layer: int, head: int, *, words: bool) -> np.ndarray:
        """(target, source): the cross-attention of a layer and head, or a mean (`MEAN`).

        Of words, the pieces of a source word are added, those of a target word averaged.
        """
        found = self.mixed("cross", layer, head)
        return by_words(found, self.target.words, self.source.words) if words else found


@dataclass(frozen=True)
class Hidden:
    """What changes where nobody may look at one word of the source."""

    words: tuple[str, ...]  # of the source, those that can be hidden
    word: int  # the one that is hidden; NO_WORD
    drops: np.ndarray  # (source word, target token): nats that ln p of the token loses
    target: Sentence  # the tokens of the translation
    text: str  # the greedy translation with all words in sight
    without: str  # and with this one hidden


@takes_turns
def look(model: Loaded, text: object) -> Looks:
    """Translate greedily, then read both sentences once more for all attention.

    Raises UserError as `translate` does.
    """
    source = read_source(model, text)
    ids = _greedy(model, source)
    with asker().turn(), one_core(), torch.inference_mode():
        encoder = model.model.get_encoder()
        read = encoder(input_ids=torch.tensor([source.ids]), output_attentions=True)
        output = reread(model, read.last_hidden_state, ids, attentions=True)
        tokens = told(model, ids, output.logits[0].float())
    return Looks(
        source=source,
        tokens=tokens,
        start=start_piece(model),
        cross=torch.cat(output.cross_attentions).numpy(),
        encoder=torch.cat(read.attentions).numpy(),
        decoder=torch.cat(output.decoder_attentions).numpy(),
    )


@takes_turns
def hide(model: Loaded, text: object, word: object = None) -> Hidden:
    """Read and translate with one source word hidden: its tokens are masked on both sides.

    The translation of the whole sentence is scored again with each word hidden in turn. A word
    behind the end is the last; with None there is no new translation. Raises
    UserError as `translate` does, and where the sentence has no such word.
    """
    source = read_source(model, text)
    spans = [span for span in source.words if span[0] >= source.prefix and not _ends(source, span)]
    names = word_names(source.pieces, spans)
    if not spans:
        raise UserError("The sentence has no word that could be hidden. Type a word.")
    chosen = NO_WORD
    if word is not None:
        most = len(spans) - 1
        chosen = min(checked_index(word, 0, MOST_WORDS, name="number of the hidden word"), most)
    ids = _greedy(model, source)
    masks = torch.ones(1 + len(spans), len(source.ids), dtype=torch.long)
    for row, (first, end) in enumerate(spans, start=1):
        masks[row, first:end] = 0
    logs = _masked_logs(model, source, masks, ids)
    without = ""
    if chosen != NO_WORD:
        one = masks[1 + chosen : 2 + chosen]
        with asker().turn(), one_core():
            states = _encoded(model, source, one)
        without = greedy(model, states, one).text.strip()
    return Hidden(
        words=names,
        word=chosen,
        drops=(logs[:1] - logs[1:]).numpy(),
        target=sentence(model, ids),
        text=text_of(model, ids),
        without=without,
    )


def _greedy(model: Loaded, source: Source) -> tuple[int, ...]:
    """The tokens of the greedy translation."""
    with asker().turn(), one_core():
        states = encoded(model, source.ids)
    return greedy(model, states).ids


def _masked_logs(model: Loaded, source: Source, masks: Any, ids: Sequence[int]) -> Any:
    """(mask, token): ln p of each token of a translation, the source read under each of the masks.

    So many masks at once as NUMBERS_AT_ONCE allows: a vocabulary of 60,000 for each token of 100
    translations would take gigabytes.
    """
    size = max(1, NUMBERS_AT_ONCE // (len(ids) * model.vocabulary))
    own = torch.tensor(ids)[None, :, None]  # (1, token, 1)
    found = []
    for some in masks.split(size):
        with asker().turn(), one_core():
            states = _encoded(model, source, some)
            logits = reread(model, states, ids, attention_mask=some).logits.float()
            logs = logits.log_softmax(dim=-1)
            found.append(logs.gather(2, own.expand(len(some), -1, -1))[..., 0])
    return torch.cat(found)


def _encoded(model: Loaded, source: Source, masks: Any) -> Any:
    """(row, token, width): the source as it is read under each of the masks (row, token)."""
    ids = torch.tensor([source.ids]).expand(len(masks), -1)
    with torch.inference_mode():
        encoder = model.model.get_encoder()
        return encoder(input_ids=ids, attention_mask=masks).last_hidden_state


def _ends(source: Source, span: tuple[int, int]) -> bool:
    return source.special[span[0]]
