# In a clone of the repository: pip install torch transformers
import torch
from transformers import AutoModel, AutoTokenizer

folder = "assets/models/pocket-gpt2"
text = "The little hen ran to the river."
text_pair = None
layer = 3
head = 1
scaling = True
softmax = True

tokenizer = AutoTokenizer.from_pretrained(folder)
# sdpa, the default, returns no attention weights: eager does
model = AutoModel.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32)
inputs = tokenizer(text, text_pair, return_tensors="pt")
block = model.h[layer]
with torch.inference_mode():
    answer = model(**inputs, output_attentions=True, output_hidden_states=True)
    given = block.ln_1(answer.hidden_states[layer][0])  # (token, width): normalised first
    # one matrix gives the queries, keys and values of all heads side by side
    parts = block.attn.c_attn(given).chunk(3, dim=-1)
    query, key, value = (part.chunk(model.config.n_head, dim=-1)[head] for part in parts)
scores = query @ key.T  # (looking, looked_at)
scaled = scores / query.shape[1] ** 0.5 if scaling else scores
later = torch.ones_like(scores, dtype=torch.bool).triu(1)  # causal mask: no token sees a later one
weights = scaled.masked_fill(later, -torch.inf).softmax(-1)
if not softmax:
    weights = scaled.masked_fill(later, 0)
output = weights @ value  # (looking, d_k)
print(
    "largest difference to the library:", (weights - answer.attentions[layer][0, head]).abs().max()
)
own = slice(head * value.shape[1], (head + 1) * value.shape[1])
w_o = block.attn.c_proj.weight.detach()[own]  # this head's rows of W_O
added = output @ w_o  # (looking, width): what this head adds
given = weights * (value @ w_o).norm(dim=-1)  # (looking, looked_at): ‖α·v·W_O‖
print("length of what this head adds to each token:", added.norm(dim=-1))
