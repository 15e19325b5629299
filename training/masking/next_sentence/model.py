"""The model of the next sentence while it learns: its layers, encoding, batches and loss.

Of the pocket BERT only the last layers, the pooler and the head learn and ship; the embeddings
and the layers below stay as they are, and are in memory once.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch.nn import functional
from transformers import BertForNextSentencePrediction, PreTrainedTokenizerBase

from training.engine.backbone import fresh_model
from training.grammaticality.model import grouped
from training.masking.next_sentence.data import Case

LONGEST = 128  # tokens of both sentences
FOLLOWS, DOES_NOT = 0, 1  # as BertForNextSentencePrediction counts them


@dataclass(frozen=True)
class Item:
    """Two sentences in tokens, and whether the second follows."""

    ids: list[int]
    second: int  # the first token of the second sentence
    label: int


def new_model(layers: int) -> BertForNextSentencePrediction:
    """The pocket BERT under a new head, of which so many layers at the top learn."""
    model = fresh_model(BertForNextSentencePrediction)
    below = model.config.num_hidden_layers - layers
    for layer in model.bert.encoder.layer[:below]:
        layer.requires_grad_(False)
    return model


def learned(model: BertForNextSentencePrediction) -> dict[str, torch.Tensor]:
    """What has learned, by its name: what ships."""
    return {name: part for name, part in model.named_parameters() if part.requires_grad}


def encode(
    pairs: Sequence[tuple[str, str]], labels: Sequence[int], tokenizer: PreTrainedTokenizerBase
) -> list[Item]:
    """[CLS] first [SEP] second [SEP], cut at LONGEST tokens."""
    firsts, seconds = zip(*pairs, strict=True)
    encoded = tokenizer(list(firsts), list(seconds), truncation=True, max_length=LONGEST)
    return [
        Item(ids, kinds.index(1), label)
        for ids, kinds, label in zip(
            encoded["input_ids"], encoded["token_type_ids"], labels, strict=True
        )
    ]


def encode_cases(
    cases: Sequence[Case], tokenizer: PreTrainedTokenizerBase, same_book: float, seed: int
) -> list[tuple[Item, Item]]:
    """Each case as the sentence that follows and one that does not: of the same book, or not."""
    chance = random.Random(seed)
    others = [case.same_book if chance.random() < same_book else case.random for case in cases]
    pairs = [(case.first, case.next) for case in cases]
    pairs += [(case.first, other) for case, other in zip(cases, others, strict=True)]
    labels = [FOLLOWS] * len(cases) + [DOES_NOT] * len(cases)
    items = encode(pairs, labels, tokenizer)
    return list(zip(items[: len(cases)], items[len(cases) :], strict=True))


def planned(
    items: Sequence[tuple[Item, Item]], size: int, chance: random.Random
) -> list[list[Item]]:
    """Batches of so many cases, of about equal length."""
    groups = grouped(list(items), size, lambda pair: max(len(one.ids) for one in pair), chance)
    return [[one for pair in group for one in pair] for group in groups]


def padded(items: Sequence[Item], device: str) -> dict[str, torch.Tensor]:
    """What the model takes: (pair, token) ids, segments and mask."""
    longest = max(len(item.ids) for item in items)
    ids = torch.zeros(len(items), longest, dtype=torch.long)  # 0 is [PAD]
    kinds, mask = torch.zeros_like(ids), torch.zeros_like(ids)
    for row, item in enumerate(items):
        length = len(item.ids)
        ids[row, :length] = torch.tensor(item.ids)
        kinds[row, item.second : length] = 1
        mask[row, :length] = 1
    parts = {"input_ids": ids, "token_type_ids": kinds, "attention_mask": mask}
    return {name: part.to(device) for name, part in parts.items()}


def pair_loss(
    model: BertForNextSentencePrediction, items: Sequence[Item], device: str
) -> torch.Tensor:
    """Cross-entropy of following or not (Devlin et al. 2019, section 3.1, task 2)."""
    labels = torch.tensor([item.label for item in items], device=device)
    return functional.cross_entropy(model(**padded(items, device)).logits.float(), labels)


@torch.inference_mode()
def log_odds(
    model: BertForNextSentencePrediction,
    pairs: Sequence[tuple[str, str]],
    tokenizer: PreTrainedTokenizerBase,
    device: str,
    size: int = 64,
) -> torch.Tensor:
    """(pair,): ln p(follows) − ln p(does not), in float32, in the order of the pairs."""
    items = encode(pairs, [FOLLOWS] * len(pairs), tokenizer)
    order = sorted(range(len(items)), key=lambda place: len(items[place].ids))
    result = torch.zeros(len(items))
    for first in range(0, len(order), size):
        places = order[first : first + size]
        logits = model(**padded([items[place] for place in places], device)).logits.float().cpu()
        result[places] = logits[:, FOLLOWS] - logits[:, DOES_NOT]
    return result
