"""A byte-level BPE as GPT-2 has it (Radford et al. 2019), trained on our text."""

import json
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import GPT2Tokenizer

END = "<|endoftext|>"  # stands before and after every document
DOCUMENTS_AT_ONCE = 512  # the library keeps offsets and spellings of all that it encodes at once


def train_bpe(documents: Iterable[str], vocabulary: int) -> Tokenizer:
    """A tokenizer of that many tokens: the end token (id 0), all 256 bytes, and merges."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=[END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(documents, trainer)
    return tokenizer


def encoded(tokenizer: Tokenizer, documents: Sequence[str]) -> Iterator[np.ndarray]:
    """The ids of each document, uint16, with the end token after it."""
    end = tokenizer.token_to_id(END)
    for first in range(0, len(documents), DOCUMENTS_AT_ONCE):
        part = documents[first : first + DOCUMENTS_AT_ONCE]
        for encoding in tokenizer.encode_batch_fast(part, add_special_tokens=False):
            yield np.array([*encoding.ids, end], dtype=np.uint16)


def as_gpt2(tokenizer: Tokenizer, longest: int) -> GPT2Tokenizer:
    """The same tokenizer as transformers knows it, for a model that reads so many tokens."""
    model = json.loads(tokenizer.to_str())["model"]
    merges = [tuple(merge) for merge in model["merges"]]
    return GPT2Tokenizer(
        vocab=model["vocab"],
        merges=merges,
        model_max_length=longest,
        clean_up_tokenization_spaces=False,
    )
