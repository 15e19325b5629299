# In a clone of the repository: pip install torch transformers
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

folder = "assets/models/pocket-gpt2"
text = "The little hen ran to the river."
text_pair = None

tokenizer = AutoTokenizer.from_pretrained(folder)
model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
inputs = tokenizer(text, text_pair, return_tensors="pt")
heads = model.config.num_attention_heads


def run():
    with torch.inference_mode():
        answer = model(**inputs, output_hidden_states=True)
    vector = answer.hidden_states[-1][0].double().mean(0)  # over all tokens
    return vector, answer.logits[0, -1].double().log_softmax(-1)  # ln p of the next token


def leave_out(head):
    def hook(module, given):
        parts = given[0].unflatten(-1, (heads, -1)).clone()  # (text, token, head, d_k)
        parts[:, :, head] = 0
        return parts.flatten(-2)

    return hook


whole, predicted = run()
moved, changed = {}, {}
for layer in range(model.config.num_hidden_layers):
    # what reads the outputs of all heads of the layer, side by side
    projection = model.transformer.h[layer].attn.c_proj
    for head in range(heads):
        hook = projection.register_forward_pre_hook(leave_out(head))
        vector, other = run()
        hook.remove()
        moved[layer, head] = 1 - torch.cosine_similarity(whole, vector, dim=0).item()
        changed[layer, head] = (predicted.exp() * (predicted - other)).sum().item()  # KL, nats
for (layer, head), effect in sorted(changed.items(), key=lambda one: -one[1]):
    print(f"{layer}.{head:<3} {effect:.5f} nats, vector {moved[layer, head]:.5f}")
