# pip install torch transformers; run from a clone of the repository
import torch
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

folder = "assets/models/pocket-translator"
text = "I am happy."
given = "Je suis heureuse."

tokenizer = AutoTokenizer.from_pretrained(folder)
model = AutoModelForSeq2SeqLM.from_pretrained(folder, dtype=torch.float32)
inputs = tokenizer(text, return_tensors="pt")
right = " ".join(given.split())
ids = tokenizer(text_target=right, add_special_tokens=False, return_tensors="pt").input_ids[0]
ids = torch.cat((ids, torch.tensor([model.config.eos_token_id])))
with torch.inference_mode():  # `labels` are moved one place on and forced
    logits = model(**inputs, labels=ids[None]).logits[0]
losses = torch.nn.functional.cross_entropy(logits, ids, reduction="none")
for name, loss in zip(tokenizer.convert_ids_to_tokens(ids), losses.tolist(), strict=True):
    print(f"{loss:8.4f}  {name}")
print(f"{float(losses.mean()):8.4f}  the mean: what training makes small")
