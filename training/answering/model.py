"""The answering model while it learns and is examined: encoding, batches, loss, answers."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.nn import functional
from transformers import PreTrainedTokenizerBase

from services.answering.spans import Span, best_spans, windows
from training.answering.data import Question

WINDOW, STRIDE = 384, 128  # tokens, as in the baseline of SQuAD
LONGEST_QUESTION = 64  # tokens
NEVER = -1e4  # a score that no softmax notices, and that bfloat16 holds


@dataclass(frozen=True)
class Passage:
    """A passage as token numbers, with the characters that each token covers."""

    ids: list[int]
    offsets: list[tuple[int, int]]


@dataclass(frozen=True)
class Item:
    """A question against a passage, in tokens; first and last are -1 where there is no answer."""

    question: list[int]
    passage: Passage
    first: int
    last: int


@dataclass(frozen=True)
class Reply:
    """What the model says: the best span as text, and how much likelier "no answer" is."""

    text: str
    margin: float


def token_span(
    offsets: Sequence[tuple[int, int]], start: int, length: int
) -> tuple[int, int] | None:
    """First and last token that cover the characters from `start` on; None where none do."""
    inside = [
        place
        for place, (begin, end) in enumerate(offsets)
        if begin < start + length and end > start
    ]
    return (inside[0], inside[-1]) if inside else None


def encode(questions: Sequence[Question], tokenizer: PreTrainedTokenizerBase) -> list[Item]:
    """Questions in tokens; a passage that several questions share is encoded once."""
    texts = list(dict.fromkeys(question.passage for question in questions))
    settings = {"add_special_tokens": False, "return_offsets_mapping": True}
    encoded = tokenizer(texts, **settings)
    passages = {
        text: Passage(ids, offsets)
        for text, ids, offsets in zip(
            texts, encoded["input_ids"], encoded["offset_mapping"], strict=True
        )
    }
    asked = tokenizer([q.question for q in questions], add_special_tokens=False)["input_ids"]
    items = []
    for question, ids in zip(questions, asked, strict=True):
        passage = passages[question.passage]
        span = None
        if question.answerable:
            span = token_span(passage.offsets, question.start, len(question.answers[0]))
        items.append(Item(ids[:LONGEST_QUESTION], passage, *(span or (-1, -1))))
    return items


def room_for(item: Item, longest: int) -> int:
    """Tokens of the passage that fit beside the question, [CLS] and two [SEP]."""
    return longest - len(item.question) - 3


def cut(item: Item, longest: int, chance: random.Random) -> tuple[int, int]:
    """(from, to) a piece of the passage that fits and holds the answer at a random place in it."""
    tokens, room = len(item.passage.ids), room_for(item, longest)
    if tokens <= room:
        return 0, tokens
    if item.first < 0:
        first = chance.randint(0, tokens - room)
    else:
        earliest = max(0, item.last + 1 - room)
        first = chance.randint(min(earliest, item.first), min(item.first, tokens - room))
    return first, first + room


def assembled(
    rows: Sequence[tuple[list[int], list[int]]],
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Token numbers, attention mask, token types and allowed places, all (row, token).

    Each row is a question and a piece of its passage. Allowed is
    the passage and [CLS], which stands for "no answer".
    """
    longest = max(len(question) + len(piece) + 3 for question, piece in rows)
    ids = torch.zeros(len(rows), longest, dtype=torch.long)  # 0 is [PAD]
    mask, types = torch.zeros_like(ids), torch.zeros_like(ids)
    allowed = torch.zeros(ids.shape, dtype=torch.bool)
    for row, (question, piece) in enumerate(rows):
        begin, end = len(question) + 2, len(question) + 2 + len(piece)
        ids[row, : end + 1] = torch.tensor([101, *question, 102, *piece, 102])  # [CLS], [SEP]
        mask[row, : end + 1] = 1
        types[row, begin : end + 1] = 1
        allowed[row, begin:end] = True
        allowed[row, 0] = True
    return ids, mask, types, allowed


def span_loss(
    model: nn.Module, items: Sequence[Item], longest: int, seed: int, device: str
) -> torch.Tensor:
    """Mean cross-entropy of the first and the last token, [CLS] for both where unanswerable."""
    chance = random.Random(seed)
    rows, targets = [], []
    for item in items:
        begin, end = cut(item, longest, chance)
        rows.append((item.question, item.passage.ids[begin:end]))
        shift = len(item.question) + 2 - begin
        inside = begin <= item.first and item.last < end
        targets.append((item.first + shift, item.last + shift) if inside else (0, 0))
    ids, mask, types, allowed = (tensor.to(device) for tensor in assembled(rows))
    output = model(input_ids=ids, attention_mask=mask, token_type_ids=types)
    wanted = torch.tensor(targets, device=device)  # (row, 2)
    losses = [
        functional.cross_entropy(scores.float().masked_fill(~allowed, NEVER), wanted[:, side])
        for side, scores in enumerate((output.start_logits, output.end_logits))
    ]
    return (losses[0] + losses[1]) / 2


def planned(
    items: Sequence[Item], size: int, longest: int, chance: random.Random
) -> list[list[Item]]:
    """Every item once, in batches of about equal length and random order."""

    def tokens(item: Item) -> int:
        return min(longest, len(item.question) + len(item.passage.ids) + 3)

    shuffled = chance.sample(list(items), len(items))
    batches = []
    for first in range(0, len(shuffled), size * 50):
        chunk = sorted(shuffled[first : first + size * 50], key=tokens)
        batches += [chunk[start : start + size] for start in range(0, len(chunk), size)]
    chance.shuffle(batches)
    return batches


@torch.inference_mode()
def _scores(
    model: nn.Module, rows: list[tuple[list[int], list[int]]], device: str
) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Start and end scores and allowed places of each row, without padding."""
    ids, mask, types, allowed = assembled(rows)
    with torch.autocast(device, dtype=torch.bfloat16, enabled=device != "cpu"):
        output = model(
            input_ids=ids.to(device),
            attention_mask=mask.to(device),
            token_type_ids=types.to(device),
        )
    start = output.start_logits.float().cpu().numpy()
    end = output.end_logits.float().cpu().numpy()
    lengths = mask.sum(1).tolist()
    return [
        (start[row, :length], end[row, :length], allowed[row, :length].numpy())
        for row, length in enumerate(lengths)
    ]


def replies(
    model: nn.Module,
    questions: Sequence[Question],
    tokenizer: PreTrainedTokenizerBase,
    *,
    device: str = "cpu",
    size: int = 16,
) -> list[Reply]:
    """The model's best answer to every question, over windows where the passage is long.

    The margin is that of the window least sure of "no answer", as in the baseline of SQuAD 2.0.
    """
    items = encode(questions, tokenizer)
    work = [
        (place, begin, end)
        for place, item in enumerate(items)
        for begin, end in windows(len(item.passage.ids), room_for(item, WINDOW), STRIDE)
    ]
    work.sort(key=lambda piece: len(items[piece[0]].question) + piece[2] - piece[1])
    best: dict[int, tuple[Span, int]] = {}
    null: dict[int, float] = {}
    for first in range(0, len(work), size):
        pieces = work[first : first + size]
        rows = [
            (items[place].question, items[place].passage.ids[begin:end])
            for place, begin, end in pieces
        ]
        for (place, begin, _), (start, end, allowed) in zip(
            pieces, _scores(model, rows, device), strict=True
        ):
            allowed[0] = False  # [CLS] is no answer's first or last word
            null[place] = min(null.get(place, np.inf), float(start[0] + end[0]))
            spans = best_spans(start, end, allowed)
            shift = begin - len(items[place].question) - 2
            if spans and (place not in best or spans[0].score > best[place][0].score):
                best[place] = spans[0], shift
    return [
        _reply(question, items[place], best.get(place), null[place])
        for place, question in enumerate(questions)
    ]


def _reply(question: Question, item: Item, found: tuple[Span, int] | None, null: float) -> Reply:
    if found is None:
        return Reply("", float("inf"))
    span, shift = found
    first = item.passage.offsets[span.first + shift][0]
    last = item.passage.offsets[span.last + shift][1]
    return Reply(question.passage[first:last], null - span.score)
