# pip install torch transformers
import re

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

folder = "textattack/bert-base-uncased-CoLA"
sentence = "She go to school yesterday."

tokenizer = AutoTokenizer.from_pretrained(folder)
model = AutoModelForSequenceClassification.from_pretrained(folder, dtype=torch.float32)
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

words = re.compile(r"\d+(?:[.,]\d+)+|[\w\u0300-\u036f]+(?:['’-][\w\u0300-\u036f]+)*|[^\w\s]")
leave_one_out, integrated = [], []
for match in words.finditer(sentence):
    start, end = match.span()
    tokens = [t for t, (a, b) in enumerate(offsets) if start <= a < end and b > a]
    if not tokens:
        continue
    end = max(end, offsets[tokens[-1]][1])
    leave_one_out.append(log_odds(f"{sentence[:start]} {sentence[end:]}") - whole)
    integrated.append(shares[tokens].sum().item())
    numbers = leave_one_out[-1], integrated[-1]
    print(*(f"{value:+9.4f}" for value in numbers), sentence[start:end])
