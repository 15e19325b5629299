# pip install torch transformers; run from a clone of the repository
import math

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

folder = "assets/models/pocket-gpt2"
text = "The dog chased the cat."

tokenizer = AutoTokenizer.from_pretrained(folder)
model = AutoModelForCausalLM.from_pretrained(
    folder, dtype=torch.float32, attn_implementation="eager"
)

ids = tokenizer(text, add_special_tokens=False)["input_ids"]
row = torch.tensor([[tokenizer.bos_token_id, *ids]])  # the first token is scored after the start
with torch.inference_mode():
    logs = model(row[:, :-1]).logits[0].log_softmax(dim=-1)  # (token, vocabulary)
own = logs.gather(1, row[0, 1:, None])  # (token, 1)
logprobs = own[:, 0].tolist()
ranks = ((logs > own).sum(dim=-1) + 1).tolist()
entropies = (-(logs.exp() * logs).sum(dim=-1)).tolist()

print("  ln p   rank  entropy")
for token, logprob, rank, entropy in zip(ids, logprobs, ranks, entropies, strict=True):
    print(f"{logprob:8.4f} {rank:5} {entropy:7.4f} {tokenizer.decode([token])!r}")
bits_per_character = -sum(logprobs) / math.log(2) / len(text)
perplexity = math.exp(-sum(logprobs) / len(logprobs))
print(f"{bits_per_character:.4f} bits per character, perplexity {perplexity:.4f}")
