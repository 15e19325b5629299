# pip install torch transformers; run from a clone of the repository
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

folder = "assets/models/pocket-gpt2"
prompt = "Once upon a time,"
beams = 4
max_new_tokens = 40
length_penalty = 1.0
early_stopping = False
repetition_penalty = 1.0
no_repeat_ngram_size = 0

tokenizer = AutoTokenizer.from_pretrained(folder)
model = AutoModelForCausalLM.from_pretrained(
    folder, dtype=torch.float32, attn_implementation="eager"
)

end = model.generation_config.eos_token_id
ids = torch.tensor([tokenizer(prompt)["input_ids"] or [tokenizer.bos_token_id]])
found = model.generate(
    ids,
    attention_mask=torch.ones_like(ids),
    pad_token_id=end,
    do_sample=False,
    num_beams=beams,
    num_return_sequences=beams,
    max_new_tokens=max_new_tokens,
    length_penalty=length_penalty,
    early_stopping=early_stopping,
    repetition_penalty=repetition_penalty,
    no_repeat_ngram_size=no_repeat_ngram_size,
    return_dict_in_generate=True,
    output_scores=True,
)
hypotheses = []
for row, score in zip(found.sequences.tolist(), found.sequences_scores.tolist(), strict=True):
    new_ids = row[ids.shape[1] :]
    if end in new_ids:  # the rest is padding
        new_ids = new_ids[: new_ids.index(end) + 1]
    total = (
        score * len(new_ids) ** length_penalty
    )  # score = sum of log-probabilities / length^penalty
    text = tokenizer.decode([token for token in new_ids if token != end])
    hypotheses.append((score, total, text))
    print(f"score {score:.4f}, sum {total:.4f}, {len(new_ids)} tokens: {text}")
