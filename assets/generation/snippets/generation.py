# pip install torch transformers; run from a clone of the repository
import torch
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    LogitsProcessorList,
    MinPLogitsWarper,
    NoRepeatNGramLogitsProcessor,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
    TypicalLogitsWarper,
)

folder = "assets/models/pocket-gpt2"
prompt = "Once upon a time,"
max_new_tokens = 40
greedy = False
temperature = 1.0
top_k = 0
top_p = 1.0
min_p = 0.0
typical_p = 1.0
repetition_penalty = 1.0
no_repeat_ngram_size = 0
seed = 0
# Ids of tokens that are said first, whatever is drawn: how one leaves a text at a chosen token.
forced = []

tokenizer = AutoTokenizer.from_pretrained(folder)
model = AutoModelForCausalLM.from_pretrained(
    folder, dtype=torch.float32, attn_implementation="eager"
)

# The library's own filters in its own order; what is off is left out.
draws = not greedy and temperature > 0
filters = LogitsProcessorList()
if repetition_penalty != 1:
    filters.append(RepetitionPenaltyLogitsProcessor(float(repetition_penalty)))
if no_repeat_ngram_size:
    filters.append(NoRepeatNGramLogitsProcessor(no_repeat_ngram_size))
if draws and temperature != 1:
    filters.append(TemperatureLogitsWarper(float(temperature)))
if draws and top_k:
    filters.append(TopKLogitsWarper(top_k))
if draws and top_p < 1:
    filters.append(TopPLogitsWarper(top_p))
if draws and min_p:
    filters.append(MinPLogitsWarper(min_p))
if draws and typical_p < 1:
    filters.append(TypicalLogitsWarper(typical_p))

generator = torch.Generator().manual_seed(seed)
ids = torch.tensor([tokenizer(prompt)["input_ids"] or [tokenizer.bos_token_id]])
new_ids, cache, new = [], None, ids
while len(new_ids) < max_new_tokens:
    with torch.inference_mode():  # what was read before is in the cache
        output = model(new, past_key_values=cache, use_cache=True, logits_to_keep=1)
    cache, logits = output.past_key_values, output.logits[:, -1]
    scores = filters(ids, logits)
    if draws:
        token = torch.multinomial(scores.softmax(dim=-1), 1, generator=generator)
    else:
        token = scores.argmax(dim=-1, keepdim=True)
    if len(new_ids) < len(forced):
        token = torch.tensor([[forced[len(new_ids)]]])
    chosen = token.item()
    new_ids.append(chosen)
    logprob = logits.log_softmax(dim=-1)[0, chosen].item()  # the model's own, before the filters
    rank = int((logits > logits[0, chosen]).sum()) + 1
    print(f"{logprob:8.4f} {rank:5} {tokenizer.decode([chosen])!r}")
    if chosen == model.generation_config.eos_token_id:
        break
    ids, new = torch.cat((ids, token), dim=1), token

ended = new_ids[-1] == model.generation_config.eos_token_id
text = tokenizer.decode(new_ids[:-1] if ended else new_ids, clean_up_tokenization_spaces=False)
print(prompt + text)
