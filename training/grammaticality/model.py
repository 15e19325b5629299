"""The grammaticality model while it learns: encoding, batches and losses.

Three lessons at once in the first stage: say which sentence of a pair is the good one (a verdict
on each, and their order), point at the wrong words, and fill in masked words of running text.
The last two need heads of their own; the one that fills in masked words ships as pocket-masked.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional
from transformers import BertForSequenceClassification, PreTrainedTokenizerBase

from training.grammaticality.data import Judged, Pair
from training.grammaticality.errors import words_of, wrong_words

IGNORED = -100
MASKED_SHARE = 0.2
LONGEST = 64  # tokens; what is longer is left out of training
REPLACED_WEIGHT = 4.0  # the replaced words' share of the loss beside the masked words'
WRONG_WEIGHT = 3.0
MOST_MARKED = 3  # a pair that differs in more words says little about where the error is


@dataclass(frozen=True)
class Example:
    """One sentence as token numbers; `marks` says for each token whether an error is there."""

    ids: list[int]
    label: int = IGNORED
    marks: list[int] | None = None


@dataclass(frozen=True)
class Batch:
    """What one step reads: pairs lie flat as good, bad, good, bad, ..."""

    pairs: list[Example]
    judged: list[Example]
    texts: list[Example]


class Learner(nn.Module):
    """The model that ships, a head that fills in words, and one that only helps it to learn."""

    def __init__(self, model: BertForSequenceClassification) -> None:
        super().__init__()
        width = model.config.hidden_size
        self.model = model
        self.detector = nn.Linear(width, 1)
        self.transform = nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.LayerNorm(width))
        self.word_bias = nn.Parameter(torch.zeros(model.config.vocab_size))

    def read(self, ids: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """(sentence, verdict) logits and (sentence, token, width) vectors."""
        output = self.model.bert(input_ids=ids, attention_mask=mask)
        return self.model.classifier(output.pooler_output), output.last_hidden_state

    def words(self, vectors: torch.Tensor) -> torch.Tensor:
        """(masked token, vocabulary) logits, through the frozen embedding table."""
        table = self.model.bert.embeddings.word_embeddings.weight
        return functional.linear(self.transform(vectors), table, self.word_bias)


def encode_pairs(pairs: Sequence[Pair], tokenizer: PreTrainedTokenizerBase) -> list[list[Example]]:
    """Each pair as two examples, good first, with the wrong words marked in the bad one."""
    good = [words_of(pair.good) for pair in pairs]
    bad = [words_of(pair.bad) for pair in pairs]
    encoded = tokenizer(good + bad, is_split_into_words=True, add_special_tokens=True)
    result = []
    for place in range(len(pairs)):
        marks = wrong_words(good[place], bad[place])
        marked = 0 < sum(marks) <= MOST_MARKED
        examples = []
        for label, row, flags in (
            (1, place, [False] * len(good[place])),
            (0, place + len(pairs), marks),
        ):
            owners = encoded.word_ids(row)
            tokens = [IGNORED if owner is None else int(flags[owner]) for owner in owners]
            examples.append(Example(encoded["input_ids"][row], label, tokens if marked else None))
        if max(len(example.ids) for example in examples) <= LONGEST:
            result.append(examples)
    return result


def encode_judged(
    sentences: Sequence[Judged], tokenizer: PreTrainedTokenizerBase
) -> list[Example]:
    """Sentences with their verdicts."""
    ids = tokenizer([sentence.text for sentence in sentences])["input_ids"]
    return [Example(row, s.label) for row, s in zip(ids, sentences, strict=True)]


def encode_texts(texts: Sequence[str], tokenizer: PreTrainedTokenizerBase) -> list[Example]:
    """Running text without verdicts."""
    rows = tokenizer(list(texts))["input_ids"]
    return [Example(row) for row in rows if len(row) <= LONGEST]


def grouped(items: list, size: int, length: object, chance: random.Random) -> list[list]:
    """Groups of about equal length in random order, so that little is spent on padding."""
    shuffled = chance.sample(items, len(items))
    groups = []
    for first in range(0, len(shuffled), size * 50):
        chunk = sorted(shuffled[first : first + size * 50], key=length)
        groups += [chunk[start : start + size] for start in range(0, len(chunk), size)]
    chance.shuffle(groups)
    return groups


def padded(examples: Sequence[Example]) -> tuple[torch.Tensor, torch.Tensor]:
    """Token numbers and attention mask, both (sentence, token)."""
    longest = max(len(example.ids) for example in examples)
    ids = torch.zeros(len(examples), longest, dtype=torch.long)  # 0 is [PAD]
    mask = torch.zeros_like(ids)
    for row, example in enumerate(examples):
        ids[row, : len(example.ids)] = torch.tensor(example.ids)
        mask[row, : len(example.ids)] = 1
    return ids, mask


@dataclass(frozen=True)
class Masked:
    """Running text with some words masked, and what the model would fill in."""

    ids: torch.Tensor  # (sentence, token), as they stood
    mask: torch.Tensor  # (sentence, token), 0 where it is padding
    drawn: torch.Tensor  # (sentence, token), true where a word was masked
    logits: torch.Tensor  # (masked token, vocabulary)

    @property
    def loss(self) -> torch.Tensor:
        """Mean cross-entropy (nats) of the masked words; 0 where chance masked none."""
        total = functional.cross_entropy(self.logits, self.ids[self.drawn], reduction="sum")
        return total / max(1, len(self.logits))


def masked_words(
    learner: Learner, texts: Sequence[Example], mask_id: int, generator: torch.Generator
) -> Masked:
    """Mask a share of the words and fill them in (Devlin et al. 2019, section 3.1)."""
    ids, mask = padded(texts)
    drawn = torch.rand(ids.shape, generator=generator) < MASKED_SHARE
    # [CLS] and [SEP] have numbers below 999, as have the unused entries of the vocabulary.
    drawn &= ids >= 999
    device = learner.word_bias.device
    ids, mask, drawn = ids.to(device), mask.to(device), drawn.to(device)
    _, vectors = learner.read(ids.masked_fill(drawn, mask_id), mask)
    return Masked(ids, mask, drawn, learner.words(vectors[drawn]).float())


def masked_word_loss(
    learner: Learner, texts: Sequence[Example], mask_id: int, seed: int
) -> torch.Tensor:
    """Mean cross-entropy (nats) of the masked words."""
    return masked_words(learner, texts, mask_id, torch.Generator().manual_seed(seed)).loss


def running_text_loss(
    learner: Learner, texts: Sequence[Example], mask_id: int, seed: int
) -> torch.Tensor:
    """Fill in masked words, then find the words that were filled in otherwise than they stood.

    The second half is Clark et al. 2020 (ELECTRA), with the model as its own generator. A loss
    over every token teaches far more per sentence.
    """
    generator = torch.Generator().manual_seed(seed)
    masked = masked_words(learner, texts, mask_id, generator)
    ids = masked.ids
    filled = ids.clone()
    chances = masked.logits.detach().softmax(-1).cpu()
    filled[masked.drawn] = torch.multinomial(chances, 1, generator=generator).squeeze(-1).to(ids)
    _, vectors = learner.read(filled, masked.mask)
    inside = masked.mask.bool() & (ids >= 999)
    replaced = (filled != ids)[inside].float()
    found = detection_loss(learner, vectors[inside], replaced)
    return masked.loss + REPLACED_WEIGHT * found


def detection_loss(learner: Learner, vectors: torch.Tensor, wrong: torch.Tensor) -> torch.Tensor:
    """Binary cross-entropy of pointing at wrong tokens; vectors (token, width), wrong (token)."""
    found = learner.detector(vectors).squeeze(-1).float()
    # Wrong words are few; their weight keeps the detector from always saying "none".
    weight = torch.tensor(WRONG_WEIGHT, device=found.device)
    return functional.binary_cross_entropy_with_logits(found, wrong, pos_weight=weight)


def verdict_losses(
    learner: Learner, examples: Sequence[Example], smoothing: float, *, paired: bool
) -> torch.Tensor:
    """Verdict on each sentence; for pairs also their order and the place of the error."""
    ids, mask = padded(examples)
    device = learner.word_bias.device
    logits, vectors = learner.read(ids.to(device), mask.to(device))
    logits = logits.float()
    labels = torch.tensor([example.label for example in examples], device=device)
    loss = functional.cross_entropy(logits, labels, label_smoothing=smoothing)
    if not paired:
        return loss
    margin = logits[:, 1] - logits[:, 0]  # (sentence,)
    loss = loss + functional.softplus(margin[1::2] - margin[0::2]).mean()
    marks = torch.full(ids.shape, IGNORED)
    for row, example in enumerate(examples):
        if example.marks is not None:
            marks[row, : len(example.marks)] = torch.tensor(example.marks)
    known = marks != IGNORED
    if known.any():
        wanted = marks[known].to(device).float()
        loss = loss + detection_loss(learner, vectors[known.to(device)], wanted)
    return loss


@torch.inference_mode()
def verdict_logits(
    model: nn.Module, texts: Sequence[str], tokenizer: PreTrainedTokenizerBase, size: int = 64
) -> torch.Tensor:
    """(sentence, verdict) logits in float32, in the order of the texts."""
    rows = tokenizer(list(texts), truncation=True, max_length=512)["input_ids"]
    order = sorted(range(len(rows)), key=lambda place: len(rows[place]))
    device = next(model.parameters()).device
    result = torch.zeros(len(rows), 2)
    for first in range(0, len(order), size):
        places = order[first : first + size]
        ids, mask = padded([Example(rows[place]) for place in places])
        output = model(input_ids=ids.to(device), attention_mask=mask.to(device))
        result[places] = output.logits.float().cpu()
    return result
