# pip install torch transformers; run from a clone of the repository
import torch
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

folder = "assets/models/pocket-translator"
text = "Your cat is a lovely cat."
layer = -1
head = -1

tokenizer = AutoTokenizer.from_pretrained(folder)
model = AutoModelForSeq2SeqLM.from_pretrained(
    folder, dtype=torch.float32, attn_implementation="eager"
)
inputs = tokenizer(text, return_tensors="pt")
longest = min(200, getattr(model.config, "max_position_embeddings", 512) - 1)
with torch.inference_mode():
    ids = model.generate(**inputs, num_beams=1, do_sample=False, max_new_tokens=longest)
    read = model(**inputs, decoder_input_ids=ids[:, :-1], output_attentions=True)
cross = torch.cat(read.cross_attentions)  # (layer, head, target, source)
cross = cross.mean(dim=0) if layer < 0 else cross[layer]
cross = cross.mean(dim=0) if head < 0 else cross[head]  # -1: the mean of all
columns = tokenizer.convert_ids_to_tokens(inputs.input_ids[0])
print("\t".join(["", *columns]))
for name, row in zip(tokenizer.convert_ids_to_tokens(ids[0, 1:]), cross.tolist(), strict=True):
    print("\t".join([name, *(f"{weight:.4f}" for weight in row)]))
