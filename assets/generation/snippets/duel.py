# pip install torch transformers; run from a clone of the repository
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

folder = "assets/models/pocket-gpt2"
prompt = "Once upon a time,"
# Each name with what it sets; what is not named is off.
entries = {"greedy": {"greedy": True}, "beam": {"beams": 4}, "top-p": {"top_p": 0.9}}
max_new_tokens = 40
seed = 0

tokenizer = AutoTokenizer.from_pretrained(folder)
model = AutoModelForCausalLM.from_pretrained(
    folder, dtype=torch.float32, attn_implementation="eager"
)
end = model.generation_config.eos_token_id
ids = torch.tensor([tokenizer(prompt)["input_ids"] or [tokenizer.bos_token_id]])


def distinct(new_ids, size):
    """The share of n-grams that are different ones."""
    grams = [tuple(new_ids[place : place + size]) for place in range(len(new_ids) - size + 1)]
    return len(set(grams)) / len(grams) if grams else 1.0


results = {}
for name, entry in entries.items():
    one = {"max_new_tokens": max_new_tokens, "seed": seed} | entry
    beams, temperature = one.get("beams", 1), one.get("temperature", 1.0)
    draws = not one.get("greedy") and temperature > 0 and beams == 1
    drawn = dict(
        temperature=float(temperature),
        top_k=one.get("top_k", 0),  # not given, it would be 50
        top_p=one.get("top_p", 1.0),
        min_p=one.get("min_p") or None,
        typical_p=one.get("typical_p", 1.0),
    )
    searched = dict(
        length_penalty=one.get("length_penalty", 1.0),
        early_stopping=one.get("early_stopping", False),
    )
    torch.manual_seed(one["seed"])
    made = model.generate(
        ids,
        attention_mask=torch.ones_like(ids),
        pad_token_id=end,
        max_new_tokens=one["max_new_tokens"],
        do_sample=draws,
        num_beams=beams,
        repetition_penalty=float(one.get("repetition_penalty", 1.0)),
        no_repeat_ngram_size=one.get("no_repeat_ngram_size", 0),
        **(drawn if draws else {}),
        **(searched if beams > 1 else {}),
    )
    new_ids = [token for token in made[0, ids.shape[1] :].tolist() if token != end]
    with torch.inference_mode():  # all are scored in the same way: without any filter
        row = torch.cat((ids, torch.tensor([new_ids], dtype=torch.long)), dim=1)
        logs = model(row).logits[0, ids.shape[1] - 1 : -1].log_softmax(dim=-1)
    own = logs.gather(1, torch.tensor(new_ids, dtype=torch.long)[:, None])
    mean = own.mean().item() if new_ids else 0.0
    repetition = 1 - distinct(new_ids, 4)
    results[name] = (mean, repetition, *(distinct(new_ids, size) for size in (1, 2, 3)))
    print(f"{name}: {mean:.4f} nats per token, {repetition:.1%} of 4-grams repeated;", end=" ")
    print("distinct-1, -2, -3:", *(f"{share:.1%}" for share in results[name][2:]))
    print(tokenizer.decode(new_ids), end="\n\n")
