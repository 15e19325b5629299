# pip install torch transformers pillow; run from a clone of the repository
import torch
from PIL import Image, ImageOps
from transformers import AutoImageProcessor, AutoTokenizer, VisionEncoderDecoderModel

folder = "assets/models/pocket-captioner"
picture = "picture.png"
# Ids of the caption's tokens, the end token included; token, layer and head count from 0.
caption_ids = [0]
token = 0
layer = -1  # -1: the mean of all layers
head = -1  # -1: the mean of all heads

tokenizer = AutoTokenizer.from_pretrained(folder)
processor = AutoImageProcessor.from_pretrained(folder, backend="pil")
# sdpa, the default, returns no attention weights: eager does
model = VisionEncoderDecoderModel.from_pretrained(
    folder, dtype=torch.float32, attn_implementation="eager"
)
image = ImageOps.exif_transpose(Image.open(picture)).convert("RGB")
pixels = processor(image, return_tensors="pt").pixel_values  # (1, 3, row, column)
# Each token is written by the step that reads the one before it.
ids = torch.tensor([[model.config.decoder_start_token_id, *caption_ids[:-1]]])
with torch.inference_mode():
    output = model(pixel_values=pixels, decoder_input_ids=ids, output_attentions=True)

cross = torch.cat(output.cross_attentions)  # (layer, head, token, 1 + patch); rows sum to 1
cross = cross.mean(dim=0) if layer < 0 else cross[layer]
cross = cross.mean(dim=0) if head < 0 else cross[head]
weights = cross[token]
rows, columns = (side // model.config.encoder.patch_size for side in pixels.shape[-2:])
patches = weights[1:].reshape(rows, columns)  # place 0 is the class token, which is no patch
print(f"{tokenizer.decode([caption_ids[token]])!r}: {weights[0]:.4f} to the class token, then")
for row in patches.tolist():
    print(" ".join(f"{weight:.4f}" for weight in row))
