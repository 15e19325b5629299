"""The words of both languages: one byte-level BPE for English and French, and its fast tokenizer.

What is cut into pieces are words as both languages write them: an elided word keeps its
apostrophe (J' + ai), a contraction begins with it (don + 't), and what follows a hyphen keeps
that (as + -tu), so that a French sentence is hardly longer than the English one.
"""

from collections.abc import Iterable

from tokenizers import (
    Regex,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)
from transformers import PreTrainedTokenizerFast

END, PAD = "</s>", "<pad>"  # ids 0 and 1; the decoder starts with the padding, as Marian's do
VOWELS = "aeiouyhàâæèéêëîïôœùûAEIOUYHÀÂÆÈÉÊËÎÏÔŒÙÛ"
CUTS = (
    rf" ?\p{{L}}+'(?=[{VOWELS}])"  # J'ai, l'heure: before a vowel the apostrophe ends a word
    r"|'(?:s|t|re|ve|m|ll|d)(?!\p{L})"  # don't, we'll: before a consonant it begins one
    r"|[ -]?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+"
)


def learn_words(texts: Iterable[str], vocabulary: int) -> Tokenizer:
    """A tokenizer of that many tokens: end, padding, all 256 bytes, and merges.

    Every text begins with a space, so that a word is the same token wherever it stands, and ends
    with the end token. Curly apostrophes are made straight, runs of white space one space.
    """
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.NFC(),
            normalizers.Replace("’", "'"),
            normalizers.Replace(Regex(r"\s+"), " "),
            normalizers.Strip(),
            normalizers.Prepend(" "),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(CUTS), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.Sequence([decoders.ByteLevel(), decoders.Strip(" ", 1, 0)])
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=[END, PAD],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.post_processor = processors.Sequence(
        [
            processors.ByteLevel(trim_offsets=True),
            processors.TemplateProcessing(single=f"$A {END}", special_tokens=[(END, 0)]),
        ]
    )
    return tokenizer


def as_fast(tokenizer: Tokenizer, longest: int) -> PreTrainedTokenizerFast:
    """The same tokenizer as transformers knows it, for a model that reads so many tokens."""
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token=END,
        pad_token=PAD,
        model_max_length=longest,
        clean_up_tokenization_spaces=False,
        model_input_names=["input_ids", "attention_mask"],
    )
