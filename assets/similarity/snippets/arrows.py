# pip install torch
import torch
from torch.nn.functional import cosine_similarity

vectors = [[3.0, 4.0], [4.0, 3.0], [1.0, 4.0], [-4.0, 3.0], [-2.0, -3.0]]

first, *others = torch.tensor(vectors, dtype=torch.float64)
print(f"a = {first.tolist()}, length {first.norm():g}")
for other in others:
    dot = first @ other  # the products of the coordinates, added
    cosine = cosine_similarity(first, other, dim=0)  # the same over both lengths
    angle = cosine.clamp(-1, 1).acos().rad2deg()
    print(f"{other.tolist()}: dot {dot:g}, length {other.norm():g}, {angle:.1f}°, {cosine:.3f}")
