# pip install torch transformers; run from a clone of the repository
import re

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

folder = "assets/models/pocket-gpt2"
prompt = "Once upon a time,"
# Ids of the tokens written since the prompt; the last is the one that is looked at.
new_ids = [0]

tokenizer = AutoTokenizer.from_pretrained(folder)
model = AutoModelForCausalLM.from_pretrained(
    folder, dtype=torch.float32, attn_implementation="eager"
)
*before, chosen = new_ids


def logits_after(text, **more):
    """The model's output where the chosen token is next."""
    ids = (tokenizer(text)["input_ids"] or [tokenizer.bos_token_id]) + before
    with torch.inference_mode():
        return model(torch.tensor([ids]), **more)


def logprob(text):
    return logits_after(text).logits[0, -1].log_softmax(dim=-1)[chosen].item()


# Occlusion: the prompt without each of its words.
whole = logprob(prompt)
print(f"{whole:.4f} ln p of {tokenizer.decode([chosen])!r} with the whole prompt")
changes = []
for match in re.finditer(r"\s*(\S+)", prompt):
    start, end = match.span(1)
    left, right = prompt[:start].rstrip(), prompt[end:]
    without = logprob(left + right if left else right.lstrip())
    changes.append(whole - without)
    print(f"{changes[-1]:+8.4f} {match[1]}")

# Logit lens: final LayerNorm and unembedding applied to the state after every layer.
states = logits_after(prompt, output_hidden_states=True).hidden_states
chances, ranks = [], []
for layer, state in enumerate(states):  # the embedding first
    last = state[0, -1]
    with torch.inference_mode():
        if layer < len(states) - 1:  # the last state is through the LayerNorm already
            last = model.transformer.ln_f(last)
        logits = model.lm_head(last)
    chance = logits.softmax(dim=-1)
    chances.append(chance[chosen].item())
    ranks.append(int((logits > logits[chosen]).sum()) + 1)
    top = chance.topk(5)
    guesses = ", ".join(
        f"{tokenizer.decode([token])!r} {share:.4f}"
        for share, token in zip(top.values.tolist(), top.indices.tolist(), strict=True)
    )
    name = f"layer {layer - 1}" if layer else "embedding"
    print(f"{name:9} {chances[-1]:.4f} rank {ranks[-1]}; guesses: {guesses}")
