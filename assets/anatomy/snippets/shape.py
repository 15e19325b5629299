# pip install torch transformers
import torch
import transformers

architecture = "BertModel"
measures = {"hidden_size": 768, "num_attention_heads": 12, "num_hidden_layers": 12}
own_output = False  # a matrix of its own instead of the token embeddings once more
shared_layers = False  # one layer, gone through again and again

made = getattr(transformers, architecture)
with torch.device("meta"):  # shapes without numbers, so that GPT-3 fits into any memory
    model = made(made.config_class(**measures))
if own_output:
    output = model.get_output_embeddings()
    output.weight = torch.nn.Parameter(torch.empty_like(output.weight))
if shared_layers:
    for stack in list(model.modules()):
        if isinstance(stack, torch.nn.ModuleList) and len({type(one) for one in stack}) == 1:
            for place in range(len(stack)):
                stack[place] = stack[0]

learned = {name: one for name, one in model.named_parameters() if one.requires_grad}
parts = {}  # by their names without the numbers of layers
for name, one in learned.items():
    plain = ".".join(part for part in name.split(".")[:-1] if not part.isdigit())
    parts[plain] = parts.get(plain, 0) + one.numel()
for name, count in parts.items():
    print(f"{count:15,}  {name}")
total = sum(parts.values())
print(f"{total:15,}  parameters")
for kind, size in {"float32": 4, "float16": 2, "int8": 1}.items():
    print(f"{total * size / 1e6:15,.1f}  MB in {kind}")
