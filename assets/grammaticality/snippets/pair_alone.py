# pip install torch transformers

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

folder = "textattack/bert-base-uncased-CoLA"
sentences = ["The keys are on the table.", "The keys is on the table."]

tokenizer = AutoTokenizer.from_pretrained(folder)
model = AutoModelForSequenceClassification.from_pretrained(folder, dtype=torch.float32)
model.eval()

log_odds = []
for sentence in sentences:
    with torch.inference_mode():
        unacceptable, acceptable = model(**tokenizer(sentence, return_tensors="pt")).logits[0]
    log_odds.append((acceptable - unacceptable).item())
    print(f"log-odds {log_odds[-1]:+.3f}  {sentence}")
print(f"first minus second: {log_odds[0] - log_odds[1]:+.3f} in log-odds of acceptable")
