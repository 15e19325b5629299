# pip install torch transformers; run from a clone of the repository
import torch
from transformers import AutoTokenizer, VisionEncoderDecoderModel

text = "a red car on the left and a brown dog on the right"
folder = "assets/models/pocket-captioner"
tokenizer = AutoTokenizer.from_pretrained(folder)
model = VisionEncoderDecoderModel.from_pretrained(folder, dtype=torch.float32)


def say(name):  # what comes out of a part, each time that picture or sentence go through it
    def hook(part, inputs, output):
        count = sum(weights.numel() for weights in part.parameters())
        shape = " × ".join(map(str, output.shape[1:]))
        print(f"{name:52} {shape:14} {count:12,} parameters")

    return hook


for name, part in model.named_modules():
    if not list(part.children()) and list(part.parameters()):
        part.register_forward_hook(say(name))
seen = model.config.encoder
picture = torch.zeros(1, seen.num_channels, seen.image_size, seen.image_size)
ids = [model.config.decoder_start_token_id, *tokenizer(text)["input_ids"]]
with torch.no_grad():
    model(pixel_values=picture, decoder_input_ids=torch.tensor([ids]))
print(f"{sum(weights.numel() for weights in model.parameters()):,} parameters in all")
