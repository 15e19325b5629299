# From left to right, in a clone of the repository: each word after those before it.
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

folder = "assets/models/pocket-gpt2"
sentences = ["She go to school yesterday."]

reader = AutoTokenizer.from_pretrained(folder)
gpt2 = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
log_probabilities = []
for sentence in sentences:
    ids = torch.tensor([reader.bos_token_id, *reader(sentence)["input_ids"]])
    with torch.inference_mode():
        logs = gpt2(ids[None, :-1]).logits[0].log_softmax(dim=-1)  # (token, vocabulary)
    foreseen = logs[
        torch.arange(len(ids) - 1), ids[1:]
    ]  # (token,) nats; the first after the start
    for token, value in zip(ids[1:], foreseen, strict=True):
        print(f"{-value:8.3f} nats  {reader.decode(token)!r}")
    log_probabilities.append(foreseen.sum().item())
    bits = -log_probabilities[-1] / torch.tensor(2.0).log().item() / len(sentence)
    print(f"log-probability {log_probabilities[-1]:.3f} nats, {bits:.3f} bits per character")
