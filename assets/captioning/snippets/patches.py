# pip install torch transformers pillow; run from a clone of the repository
import torch
from PIL import Image, ImageOps
from transformers import AutoImageProcessor, VisionEncoderDecoderModel

folder = "assets/models/pocket-captioner"
picture = "picture.png"
patch = 0  # from 0, row by row
layer = -1  # of the encoder; -1: the mean of all layers
head = -1  # -1: the mean of all heads

processor = AutoImageProcessor.from_pretrained(folder, backend="pil")
# sdpa, the default, returns no attention weights: eager does
model = VisionEncoderDecoderModel.from_pretrained(
    folder, dtype=torch.float32, attn_implementation="eager"
)
image = ImageOps.exif_transpose(Image.open(picture)).convert("RGB")
pixels = processor(image, return_tensors="pt").pixel_values  # (1, 3, row, column)
embeddings = model.encoder.embeddings
with torch.inference_mode():
    output = model.encoder(pixel_values=pixels, output_attentions=True)
    vectors = embeddings.patch_embeddings(pixels)[0]  # (patch, width)
    positions = embeddings.position_embeddings[0, 1:]  # the first is the class token's

weights = torch.cat(output.attentions)  # (layer, head, place that looks, place looked at)
weights = weights.mean(dim=0) if layer < 0 else weights[layer]
weights = weights.mean(dim=0) if head < 0 else weights[head]
weights = weights[1 + patch]  # place 0 is the class token, which is no patch
near = torch.cosine_similarity(positions[patch], positions, dim=-1)
_, sizes, _ = torch.linalg.svd(vectors - vectors.mean(dim=0), full_matrices=False)
shares = sizes**2 / (sizes**2).sum()
rows, columns = (side // model.config.encoder.patch_size for side in pixels.shape[-2:])


def show(values):
    """One line for each row of patches."""
    for row in values.reshape(rows, columns).tolist():
        print(" ".join(f"{value:7.4f}" for value in row))


print(f"Patch {patch} looks at the class token: {weights[0]:.4f}, and at the patches:")
show(weights[1:])
print("Cosine of its position vector with those of all patches:")
show(near)
print("Shares of the first three principal components of the patch embeddings:")
print(" ".join(f"{share:.4f}" for share in shares[:3].tolist()))
