# pip install torch
import torch

queries = [[1.0, 0.5], [3.0, 1.5], [-1.0, 1.0]]
keys = [[2.0, 0.0], [0.0, 2.0], [-1.5, -1.0]]
values = [[4.0, 0.0], [0.0, 4.0], [-3.0, -3.0]]
masked = [[False, False, False], [False, False, False], [False, False, False]]
scaling = True

query, key, value = (torch.tensor(rows, dtype=torch.float64) for rows in (queries, keys, values))
scores = query @ key.T  # (looking, looked_at)
scaled = scores / key.shape[1] ** 0.5 if scaling else scores
weights = scaled.masked_fill(torch.tensor(masked), -torch.inf).softmax(dim=-1)
output = weights @ value
print(weights)
print(output)
