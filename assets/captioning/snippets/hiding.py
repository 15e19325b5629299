# pip install torch transformers pillow; run from a clone of the repository
import torch
from PIL import Image, ImageOps
from transformers import AutoImageProcessor, AutoTokenizer, VisionEncoderDecoderModel

folder = "assets/models/pocket-captioner"
picture = "picture.png"
# Ids of the caption's tokens, the end token included; the token looked at counts from 0.
caption_ids = [0]
token = 0
size = 2  # patches along the side of what is hidden

tokenizer = AutoTokenizer.from_pretrained(folder)
processor = AutoImageProcessor.from_pretrained(folder, backend="pil")
model = VisionEncoderDecoderModel.from_pretrained(
    folder, dtype=torch.float32, attn_implementation="eager"
)
image = ImageOps.exif_transpose(Image.open(picture)).convert("RGB")
pixels = processor(image, return_tensors="pt").pixel_values  # (1, 3, row, column)
ids = torch.tensor([[model.config.decoder_start_token_id, *caption_ids[:-1]]])


def logprob(pixels):
    """ln p of the token where the caption before it is given."""
    with torch.inference_mode():
        logits = model(pixel_values=pixels, decoder_input_ids=ids).logits
    return logits[0, token].log_softmax(dim=-1)[caption_ids[token]].item()


patch = model.config.encoder.patch_size
rows, columns = (side // patch for side in pixels.shape[-2:])
mean = pixels.mean(dim=(2, 3), keepdim=True)  # the picture's mean colour
step = 1  # a fine grid is tried in longer steps, and with blocks that leave no gap
while -(-rows // step) * -(-columns // step) > 200:
    step += 1
size = max(size, step)
whole = logprob(pixels)
print(
    f"{whole:.4f} ln p of {tokenizer.decode([caption_ids[token]])!r} with the whole picture; it falls by"
)
drops = []
for first in range(0, rows, step):
    row = first + (step - 1) // 2  # the patch around which the block is hidden
    top, bottom = max(0, row - (size - 1) // 2), row + size // 2 + 1
    drops.append([])
    for start in range(0, columns, step):
        column = start + (step - 1) // 2
        left, right = max(0, column - (size - 1) // 2), column + size // 2 + 1
        hidden = pixels.clone()
        hidden[:, :, top * patch : bottom * patch, left * patch : right * patch] = mean
        drops[-1].append(whole - logprob(hidden))
    print(" ".join(f"{drop:+.4f}" for drop in drops[-1]))
