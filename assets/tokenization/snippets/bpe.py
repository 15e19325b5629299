# In a clone of the repository: pip install transformers
import json
from itertools import pairwise

from transformers import AutoTokenizer

folder = "assets/models/pocket-gpt2"
text = "Her unhappiness surprised them."
text_pair = None
word = " unhappiness"

tokenizer = AutoTokenizer.from_pretrained(folder)
# GPT-2's adds no special tokens, and a second text would follow the first directly; RoBERTa's does
encoded = tokenizer(text, text_pair, return_offsets_mapping=True)
tokens = tokenizer.convert_ids_to_tokens(encoded["input_ids"])
for token, id, (start, end), part in zip(
    tokens,
    encoded["input_ids"],
    encoded["offset_mapping"],
    encoded.sequence_ids(),
    strict=True,
):
    # Ġ is the vocabulary's sign for the byte 0x20, a space
    print(f"{token:>12} {id:6} {(text_pair if part else text)[start:end]!r}")

# one word, merge by merge: of all neighbours the pair of the lowest rank is joined
model = json.loads(tokenizer.backend_tokenizer.to_str())["model"]
ranks = {tuple(pair): rank for rank, pair in enumerate(model["merges"])}
pieces = []
for signs, _ in tokenizer.backend_tokenizer.pre_tokenizer.pre_tokenize_str(word):
    parts = list(signs)  # one sign for each byte
    while True:
        found = [(ranks[pair], at) for at, pair in enumerate(pairwise(parts)) if pair in ranks]
        if not found:
            break
        rank, at = min(found)
        parts[at : at + 2] = [parts[at] + parts[at + 1]]
        print(f"rank {rank:5}:", *parts)
    pieces += parts
print(repr(word), "->", pieces, "; the tokenizer says", tokenizer.tokenize(word))

# tokenizers that need no model
characters = [(character, ord(character)) for character in text]
data = list(text.encode("utf-8"))
print(len(tokens), "tokens,", len(characters), "characters,", len(data), "bytes")
