# pip install torch transformers; run from a clone of the repository
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

folder = "assets/models/pocket-gpt2"
text = "Once upon a time, there was a little hen."
token = 2
layer = 0

tokenizer = AutoTokenizer.from_pretrained(folder)
model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
inputs = tokenizer(text, return_tensors="pt")
heads = model.config.n_head
kept = {}


def keep(name):
    def hook(module, given, made):
        kept[name] = (given[0] if name == "side by side" else made)[0, token]

    return hook


block = model.transformer.h[layer]
block.ln_1.register_forward_hook(keep("norm of x"))
block.attn.c_proj.register_forward_hook(keep("side by side"))  # what all heads hand to W_O
block.attn.c_proj.register_forward_hook(keep("attention"))
block.ln_2.register_forward_hook(keep("norm of the sum"))
block.mlp.act.register_forward_hook(keep("units"))
block.mlp.register_forward_hook(keep("feed-forward"))
with torch.no_grad():
    answer = model(**inputs, output_hidden_states=True)

before = answer.hidden_states[layer][0, token]
between = before + kept["attention"]
steps = {"x": before, "norm of x": kept["norm of x"], "attention": kept["attention"]}
steps |= {"sum": between, "norm of the sum": kept["norm of the sum"]}
steps |= {"feed-forward": kept["feed-forward"], "new x": between + kept["feed-forward"]}
for name, vector in steps.items():
    length, mean = vector.norm().item(), vector.mean().item()
    deviation = vector.std(correction=0).item()
    print(f"{name:16} length {length:8.3f}  mean {mean:+.3f}  deviation {deviation:.3f}")

split = kept["side by side"].view(heads, -1)  # (head, d_k)
matrix = block.attn.c_proj.weight.detach().reshape(heads, split.shape[1], -1)  # (head, d_k, width)
added = torch.einsum("hk,hkw->hw", split, matrix).norm(dim=-1)
print("each head adds", [round(length, 3) for length in added.tolist()])

output = model.get_output_embeddings().weight.detach()  # (token, width), the embeddings once more
units = kept["units"]
print((units > 0).sum().item(), "of", len(units), "units on")
values, strongest = units.topk(5)
for value, unit in zip(values.tolist(), strongest.tolist(), strict=True):
    promoted = (output @ block.mlp.c_proj.weight.detach()[unit]).topk(3).indices
    print(f"unit {unit}: {value:.2f}, promotes {[tokenizer.decode([one]) for one in promoted]}")

# A logit is the last state, normalised, times one row of the output.
last = answer.hidden_states[-1][0, token]
logits = output @ last
chances = logits.softmax(dim=-1)
for one in logits.topk(8).indices.tolist():
    print(f"{tokenizer.decode([one])!r}: logit {logits[one]:.2f}, probability {chances[one]:.4f}")
