# pip install torch transformers; run from a clone of the repository
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

folder = "assets/models/pocket-gpt2"
text = "Once upon a time, there was a little hen."
text_pair = None

# The library reads the sentence: what it gives is what our own parts are held against.
tokenizer = AutoTokenizer.from_pretrained(folder)
library = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
inputs, config = tokenizer(text, text_pair, return_tensors="pt"), library.config
mixed, added, blocks = [], [], []  # of each layer: all heads, that times W_O, what it hands on
for layer in library.transformer.h:
    projection = layer.attn.c_proj
    projection.register_forward_hook(lambda _, given, made: mixed.append(given[0][0]))
    projection.register_forward_hook(lambda _, given, made: added.append(made[0]))
    layer.register_forward_hook(lambda _, given, made: blocks.append(made[0]))
with torch.no_grad():
    answer = library(**inputs, output_hidden_states=True)
states = [state[0] for state in answer.hidden_states]

w = dict(library.transformer.state_dict())  # its weights by their names, and three numbers
w |= {"heads": config.n_head, "layers": config.n_layer, "eps": config.layer_norm_epsilon}
ids = inputs["input_ids"][0]


def apart(ours, theirs):  # of numbers above 1 as a share of them
    return ((ours - theirs).abs() / theirs.abs().clamp(min=1)).max().item()


def check(part, ours, theirs):
    differences = [apart(a, b) for a, b in zip(ours, theirs, strict=True)]
    print(f"{part:6} {tuple(ours[0].shape)!s:12} largest difference {max(differences):.1e}")


# 1. embed: a row for each token and one for its place, added.
def embed(w, ids):
    return w["wte.weight"][ids] + w["wpe.weight"][torch.arange(len(ids))]


check("embed", [embed(w, ids)], states[:1])


# 2. head: who looks at whom, never ahead, and the mixture of values that comes of it.
def linear(w, name, x, columns=slice(None)):
    return x @ w[f"{name}.weight"][:, columns] + w[f"{name}.bias"][columns]


def norm(w, name, x):
    centred = x - x.mean(-1, keepdim=True)
    spread = (centred.square().mean(-1, keepdim=True) + w["eps"]).sqrt()
    return centred / spread * w[f"{name}.weight"] + w[f"{name}.bias"]


def head(w, x, layer, number):
    width, size = x.shape[-1], x.shape[-1] // w["heads"]
    x = norm(w, f"h.{layer}.ln_1", x)
    starts = range(number * size, 3 * width, width)  # of this head's queries, keys and values
    own = [slice(start, start + size) for start in starts]
    q, k, v = (linear(w, f"h.{layer}.attn.c_attn", x, columns) for columns in own)
    later = torch.ones(len(x), len(x), dtype=torch.bool).triu(1)
    scores = (q @ k.T / size**0.5).masked_fill(later, -torch.inf)
    return scores.softmax(-1) @ v


numbers = [(layer, number) for layer in range(w["layers"]) for number in range(w["heads"])]
theirs = [one for layer in mixed for one in layer.chunk(w["heads"], dim=-1)]
check("head", [head(w, states[layer], layer, number) for layer, number in numbers], theirs)


# 3. heads: all of them side by side, times W_O.
def heads(w, x, layer):
    beside = torch.cat([head(w, x, layer, number) for number in range(w["heads"])], dim=-1)
    return linear(w, f"h.{layer}.attn.c_proj", beside)


check("heads", [heads(w, states[layer], layer) for layer in range(w["layers"])], added)


# 4. block: heads and a feed-forward network, each added to what stays as it was.
def block(w, x, layer):
    x = x + heads(w, x, layer)
    units = linear(w, f"h.{layer}.mlp.c_fc", norm(w, f"h.{layer}.ln_2", x))
    units = torch.nn.functional.gelu(units, approximate="tanh")
    return x + linear(w, f"h.{layer}.mlp.c_proj", units)


check("block", [block(w, states[layer], layer) for layer in range(w["layers"])], blocks)


# 5. model: embeddings, block after block, a norm, and a row of the table for each token.
def model(w, ids):
    x = embed(w, ids)
    for layer in range(w["layers"]):
        x = block(w, x, layer)
    return norm(w, "ln_f", x) @ w["wte.weight"].T


check("model", [model(w, ids)], [answer.logits[0]])
