# pip install torch transformers; run from a clone of the repository
import torch
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

folder = "assets/models/pocket-translator"
text = "Your cat is a lovely cat."
step = 0

tokenizer = AutoTokenizer.from_pretrained(folder)
model = AutoModelForSeq2SeqLM.from_pretrained(
    folder, dtype=torch.float32, attn_implementation="eager"
)
inputs = tokenizer(text, return_tensors="pt")
with torch.inference_mode():
    read = model.get_encoder()(**inputs)  # once: (1, token, width)
    print("encoder:", tuple(read.last_hidden_state.shape))
    written = torch.tensor([[model.config.decoder_start_token_id]])
    while True:
        made = model(
            encoder_outputs=read,
            decoder_input_ids=written,
            output_attentions=True,
            output_hidden_states=True,
        )
        logits = made.logits[0, -1]
        never = [ids[0] for ids in model.generation_config.bad_words_ids or []]
        likeliest = int(logits.index_fill(0, torch.tensor(never, dtype=torch.long), -1e9).argmax())
        if written.shape[1] > step or likeliest == model.config.eos_token_id:
            break
        written = torch.cat((written, torch.tensor([[likeliest]])), dim=1)
print("reads:", tokenizer.convert_ids_to_tokens(written[0]))
print("state:", float(made.decoder_hidden_states[-1][0, -1].norm()))
for layer, weights in enumerate(made.cross_attentions):
    looks = weights[0, :, -1].mean(dim=0)  # (source,): the mean over heads
    print(f"layer {layer}:", [round(weight, 4) for weight in looks.tolist()])
chances = logits.softmax(dim=-1)
for token in chances.topk(6).indices.tolist():
    name = tokenizer.convert_ids_to_tokens(token)
    print(f"{float(chances[token]):.4f} {float(logits[token]):9.4f}  {name}")
