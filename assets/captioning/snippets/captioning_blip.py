# pip install torch transformers pillow
import torch
from PIL import Image, ImageOps
from transformers import (
    AutoImageProcessor,
    AutoTokenizer,
    BlipForConditionalGeneration,
    LogitsProcessorList,
    TemperatureLogitsWarper,
    TopPLogitsWarper,
)

folder = "Salesforce/blip-image-captioning-base"
picture = "picture.png"
method = "greedy"  # or "beam" or "sample"
candidates = 1
beams = 4
length_penalty = 1.0
temperature = 1.0
top_p = 1.0
seed = 1
max_new_tokens = 0  # 0: 200, or as many as the model can write

tokenizer = AutoTokenizer.from_pretrained(folder)
processor = AutoImageProcessor.from_pretrained(folder, backend="pil")
model = BlipForConditionalGeneration.from_pretrained(
    folder, dtype=torch.float32, attn_implementation="eager"
)
text = model.config.text_config
# One place of the decoder is the start token's.
longest = min(max_new_tokens or 200, text.max_position_embeddings - 1)
start, end = text.bos_token_id, text.sep_token_id  # [DEC], which the tokenizer lacks, and [SEP]
image = ImageOps.exif_transpose(Image.open(picture)).convert("RGB")
pixels = processor(image, return_tensors="pt").pixel_values  # (1, 3, row, column)
with torch.inference_mode():
    seen = model.vision_model(pixels).last_hidden_state  # (1, 1 + patch, width)


def logits_of(caption_ids):
    """The logits of the token after each of these: (token, vocabulary)."""
    ids = torch.tensor([[start, *caption_ids]])
    with torch.inference_mode():
        return model.text_decoder(ids, encoder_hidden_states=seen).logits[0]


def draw(seed):
    """A caption drawn token by token, with a generator of its own."""
    filters = LogitsProcessorList()
    if temperature != 1:
        filters.append(TemperatureLogitsWarper(float(temperature)))
    if top_p < 1:
        filters.append(TopPLogitsWarper(top_p))
    generator = torch.Generator().manual_seed(seed)
    caption_ids = []
    while len(caption_ids) < longest and end not in caption_ids:
        scores = filters(torch.tensor([[start, *caption_ids]]), logits_of(caption_ids)[-1:])
        caption_ids.append(torch.multinomial(scores.softmax(-1), 1, generator=generator).item())
    return caption_ids


def generated(**settings):
    """Captions of the library's own generate(), without start token and padding."""
    rows = model.generate(pixels, do_sample=False, max_new_tokens=longest, **settings)[
        :, 1:
    ].tolist()
    return [row[: row.index(end) + 1] if end in row else row for row in rows]


def logprobs_of(caption_ids):
    """ln p of each token, under the model's own distribution."""
    logs = logits_of(caption_ids[:-1]).log_softmax(dim=-1)
    return logs[range(len(caption_ids)), caption_ids]


def mean(caption_ids):
    return logprobs_of(caption_ids).mean().item()


captions = []
if method == "sample" and temperature > 0:
    for number in range(candidates):  # the seed and those after it; what is said twice counts once
        caption_ids = draw(seed + number)
        captions += [caption_ids] if caption_ids not in captions else []
    captions.sort(key=mean, reverse=True)
else:
    if method != "beam":
        captions = generated()
    if method == "beam" or candidates > 1:
        width = max(beams, candidates)
        best = generated(
            num_beams=width, num_return_sequences=width, length_penalty=length_penalty
        )
        captions += [caption_ids for caption_ids in best if caption_ids not in captions]
captions = captions[:candidates]

caption = captions[0]
logprobs = logprobs_of(caption)
for token, logprob in zip(caption, logprobs.tolist(), strict=True):
    print(f"{logprob:8.4f} {tokenizer.decode([token])!r}")
for caption_ids in captions:
    text = tokenizer.decode([token for token in caption_ids if token != end]).strip()
    total = logprobs_of(caption_ids).sum().item()
    print(f"{total:8.4f} sum, {total / len(caption_ids):8.4f} mean: {text}")
