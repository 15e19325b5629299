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
greedy = False
temperature = 1.0
top_k = 0
top_p = 1.0
min_p = 0.0
typical_p = 1.0
repetition_penalty = 1.0
no_repeat_ngram_size = 0
seed = 0
draws = 200

tokenizer = AutoTokenizer.from_pretrained(folder)
model = AutoModelForCausalLM.from_pretrained(
    folder, dtype=torch.float32, attn_implementation="eager"
)

# The library's own filters in its own order; what is off is left out.
drawing = not greedy and temperature > 0
filters = LogitsProcessorList()
if repetition_penalty != 1:
    filters.append(RepetitionPenaltyLogitsProcessor(float(repetition_penalty)))
if no_repeat_ngram_size:
    filters.append(NoRepeatNGramLogitsProcessor(no_repeat_ngram_size))
if drawing and temperature != 1:
    filters.append(TemperatureLogitsWarper(float(temperature)))
if drawing and top_k:
    filters.append(TopKLogitsWarper(top_k))
if drawing and top_p < 1:
    filters.append(TopPLogitsWarper(top_p))
if drawing and min_p:
    filters.append(MinPLogitsWarper(min_p))
if drawing and typical_p < 1:
    filters.append(TypicalLogitsWarper(typical_p))

ids = torch.tensor([tokenizer(prompt)["input_ids"] or [tokenizer.bos_token_id]])
with torch.inference_mode():
    scores = filters(ids, model(ids).logits[:, -1])[0]
chances = scores.softmax(dim=-1)
if not drawing:  # greedy: the likeliest, each time
    chances = torch.zeros_like(chances).index_fill(0, scores.argmax(), 1.0)

generator = torch.Generator().manual_seed(seed)
drawn = torch.multinomial(chances, draws, replacement=True, generator=generator)
counts = torch.bincount(drawn, minlength=len(chances))
for token in chances.topk(12).indices.tolist():
    share = counts[token].item() / draws
    print(f"{chances[token]:.4f} {share:.4f} {tokenizer.decode([token])!r}")
