# pip install torch transformers pillow; run from a clone of the repository
import torch
from PIL import Image, ImageOps
from transformers import AutoImageProcessor, AutoTokenizer, VisionEncoderDecoderModel

folder = "assets/models/pocket-captioner"
picture = "picture.png"
caption = "a caption"

tokenizer = AutoTokenizer.from_pretrained(folder)
processor = AutoImageProcessor.from_pretrained(folder, backend="pil")
model = VisionEncoderDecoderModel.from_pretrained(
    folder, dtype=torch.float32, attn_implementation="eager"
)
image = ImageOps.exif_transpose(Image.open(picture)).convert("RGB")
pixels = processor(image, return_tensors="pt").pixel_values  # (1, 3, row, column)
# Teacher forcing: whatever the model would have said, the next token is scored after the given ones.
caption_ids = tokenizer(caption, add_special_tokens=False).input_ids
caption_ids += [model.generation_config.eos_token_id]
ids = torch.tensor([[model.config.decoder_start_token_id, *caption_ids[:-1]]])
with torch.inference_mode():
    logits = model(pixel_values=pixels, decoder_input_ids=ids).logits[0]  # (token, vocabulary)

logs = logits.log_softmax(dim=-1)
for token, row in zip(caption_ids, logs, strict=True):
    best = tokenizer.decode([row.argmax().item()])
    print(f"{row[token].exp():.4f} {tokenizer.decode([token])!r}, most likely {best!r}")
print(f"{logs[range(len(caption_ids)), caption_ids].sum():.4f} nats")
