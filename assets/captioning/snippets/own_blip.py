# pip install torch transformers pillow
import torch
from PIL import Image, ImageOps
from transformers import AutoImageProcessor, AutoTokenizer, BlipForConditionalGeneration

folder = "Salesforce/blip-image-captioning-base"
picture = "picture.png"
caption = "a caption"

tokenizer = AutoTokenizer.from_pretrained(folder)
processor = AutoImageProcessor.from_pretrained(folder, backend="pil")
model = BlipForConditionalGeneration.from_pretrained(
    folder, dtype=torch.float32, attn_implementation="eager"
)
text = model.config.text_config
image = ImageOps.exif_transpose(Image.open(picture)).convert("RGB")
pixels = processor(image, return_tensors="pt").pixel_values  # (1, 3, row, column)
# Teacher forcing: whatever the model would have said, the next token is scored after the given ones.
caption_ids = [*tokenizer(caption, add_special_tokens=False).input_ids, text.sep_token_id]
ids = torch.tensor([[text.bos_token_id, *caption_ids[:-1]]])
with torch.inference_mode():
    seen = model.vision_model(pixels).last_hidden_state  # (1, 1 + patch, width)
    logits = model.text_decoder(ids, encoder_hidden_states=seen).logits[0]  # (token, vocabulary)

logs = logits.log_softmax(dim=-1)
for token, row in zip(caption_ids, logs, strict=True):
    best = tokenizer.decode([row.argmax().item()])
    print(f"{row[token].exp():.4f} {tokenizer.decode([token])!r}, most likely {best!r}")
print(f"{logs[range(len(caption_ids)), caption_ids].sum():.4f} nats")
