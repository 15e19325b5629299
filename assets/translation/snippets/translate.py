# pip install torch transformers; run from a clone of the repository
import torch
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

folder = "assets/models/pocket-translator"
text = "Your cat is a lovely cat."
beams = 4
candidates = 3

tokenizer = AutoTokenizer.from_pretrained(folder)
model = AutoModelForSeq2SeqLM.from_pretrained(folder, dtype=torch.float32)
inputs = tokenizer(text, return_tensors="pt")
longest = min(200, getattr(model.config, "max_position_embeddings", 512) - 1)
ways = [max(beams, candidates)] if beams > 1 else sorted({1, candidates})  # greedily, then beams
found = []
for count in ways:
    settings = {"num_beams": count, "num_return_sequences": min(count, candidates)}
    with torch.inference_mode():
        found += model.generate(**inputs, **settings, do_sample=False, max_new_tokens=longest)
start, pad = found[0][0], tokenizer.pad_token_id
for row in found:
    ids = row[1:][row[1:] != pad]
    given = torch.cat((start[None], ids[:-1]))[None]
    with torch.inference_mode():
        logs = model(**inputs, decoder_input_ids=given).logits[0].log_softmax(dim=-1)
    logprobs = logs[range(len(ids)), ids].tolist()
    score = sum(logprobs) / len(ids)
    print(f"{score:.4f}", tokenizer.decode(ids, skip_special_tokens=True))
    for name, logprob in zip(tokenizer.convert_ids_to_tokens(ids), logprobs, strict=True):
        print(f"  {logprob:8.4f}  {name}")
