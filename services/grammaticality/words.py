"""Which word of a sentence makes it less acceptable? Two answers, word by word."""

import re
from dataclasses import dataclass

import lazy_loader as lazy
import numpy as np

from core.numbers import softmax
from core.progress import Progress
from models.batching import TOKENS_AT_ONCE
from models.loaded import Loaded
from services.grammaticality.judge import Judgement, encode, judge, logits_of

torch = lazy.load("torch")  # loaded at first use, so that the page is up before it is (SPEC 1)

STEPS = 32  # of integrated gradients

# Numbers with their points; letters with apostrophes and hyphens between them; any other sign.
WORD = re.compile(r"\d+(?:[.,]\d+)+|[\w\u0300-\u036f]+(?:['’-][\w\u0300-\u036f]+)*|[^\w\s]")


@dataclass(frozen=True)
class Word:
    """One word or sign of a sentence, and the tokens it is made of."""

    text: str
    start: int  # in code points; sentence[start:end] is the word
    end: int
    tokens: tuple[int, ...]  # positions in the encoding, of which [CLS] is 0

    @property
    def spelled(self) -> bool:
        """Whether it is a word and not a mark of punctuation."""
        return self.text[0].isalnum()


@dataclass(frozen=True)
class Reading:
    """A verdict, and how much each word has to do with it: positive numbers hurt."""

    judgement: Judgement
    words: tuple[Word, ...]
    without: np.ndarray  # (word,): probability of acceptable when the word is left out
    leave_one_out: np.ndarray  # (word,): log-odds of acceptable without it minus those with it
    integrated: np.ndarray  # (word,): its part of `hidden` minus the log-odds of the sentence
    hidden: float  # log-odds of acceptable with [MASK] in place of every token


def read(model: Loaded, sentence: str, progress: Progress | None = None) -> Reading:
    """Judge a sentence, and the sentence without each of its words.

    Both attributions are changes of the log-odds of acceptable in nats. `leave_one_out` deletes
    one word (Li et al. 2016, "Understanding neural networks through representation erasure",
    equation 1); `integrated` hides all words at once and shares the change among them
    (integrated gradients, Sundararajan et al. 2017, section 3). Raises UserError as `judge` does.
    """
    judgement = judge(model, [sentence])[0]
    encoded = encode(model, sentence)
    words = words_of(sentence, encoded["offset_mapping"])
    shorter = [without(sentence, words, index) for index in range(len(words))]
    rows = [model.tokenizer(text, verbose=False)["input_ids"] for text in shorter]
    logits = logits_of(model, rows, progress)
    shares, hidden = integrated_gradients(model, encoded["input_ids"])
    return Reading(
        judgement=judgement,
        words=words,
        without=softmax(logits.astype(float))[:, 1].astype(np.float32),
        leave_one_out=logits[:, 1] - logits[:, 0] - np.float32(judgement.log_odds),
        integrated=np.array([shares[list(word.tokens)].sum() for word in words], dtype=np.float32),
        hidden=hidden,
    )


def words_of(sentence: str, offsets: list[tuple[int, int]]) -> tuple[Word, ...]:
    """The words and signs of a sentence; `offsets` are those of its tokens.

    A token that reaches over the end of a word (one unknown token for letters and an emoji)
    takes the rest into the word; what is in no token is in no word.
    """
    words: list[Word] = []
    for match in WORD.finditer(sentence):
        start, end = match.span()
        tokens = [index for index, (a, b) in enumerate(offsets) if start <= a < end and b > a]
        if tokens:
            end = max(end, offsets[tokens[-1]][1])
            words.append(Word(sentence[start:end], start, end, tuple(tokens)))
    return tuple(words)


def gaps_of(sentence: str, words: tuple[Word, ...]) -> list[str]:
    """What stands before each word, and after the last."""
    ends = [0, *(word.end for word in words)]
    starts = [*(word.start for word in words), len(sentence)]
    return [sentence[end:start] for end, start in zip(ends, starts, strict=True)]


def without(sentence: str, words: tuple[Word, ...], index: int) -> str:
    """The sentence less one word, and less the space that went with it."""
    gaps, texts = gaps_of(sentence, words), [word.text for word in words]
    return joined(*dropped(gaps, texts, index))


def dropped(gaps: list[str], texts: list[str], index: int) -> tuple[list[str], list[str]]:
    """Gaps and words less one word; where two words meet, one space stays between them."""
    before, after = gaps[index], gaps[index + 1]
    gap = min(before, after, key=len)
    if index == 0:
        gap = before
    elif index == len(texts) - 1:
        gap = after
    elif texts[index - 1][-1].isalnum() and texts[index + 1][0].isalnum():
        gap = " "
    return [*gaps[:index], gap, *gaps[index + 2 :]], [*texts[:index], *texts[index + 1 :]]


def joined(gaps: list[str], texts: list[str]) -> str:
    """Words with what stands between them."""
    parts = [part for pair in zip(gaps, texts, strict=False) for part in pair]
    return "".join([*parts, gaps[-1]])


def integrated_gradients(model: Loaded, ids: list[int]) -> tuple[np.ndarray, float]:
    """(token,) shares of the change when all tokens are hidden, and the log-odds then.

    The way leads from the vectors of [MASK] straight to those of the tokens; [CLS] and [SEP]
    stay. The gradient where the sentence stands would not do: after the embeddings comes a
    layer normalisation, which takes their length away, so that gradient times input is near 0
    whatever the word does.
    """
    table = model.model.get_input_embeddings()
    kept = (model.tokenizer.cls_token_id, model.tokenizer.sep_token_id)
    masks = [one if one in kept else model.tokenizer.mask_token_id for one in ids]
    with torch.no_grad():
        here, there = table(torch.tensor(ids)), table(torch.tensor(masks))  # (token, width)
        logits = model.model(inputs_embeds=there[None]).logits[0]
    total = torch.zeros_like(here)
    # The middles of equal parts of the way (midpoint rule); each is one row of a batch.
    middles = (torch.arange(STEPS) + 0.5) / STEPS
    for part in middles.split(max(1, TOKENS_AT_ONCE // len(ids))):
        points = there + part[:, None, None] * (here - there)  # (point, token, width)
        with torch.enable_grad():
            points.requires_grad_()
            found = model.model(inputs_embeds=points).logits
            # Not backward(): that would write into the weights, which all visitors share.
            total += torch.autograd.grad((found[:, 1] - found[:, 0]).sum(), points)[0].sum(dim=0)
    shares = (total / STEPS * (there - here)).sum(dim=-1)
    return shares.numpy(), float(logits[1] - logits[0])
