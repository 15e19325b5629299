"""The head that fills in masked words: its scores, its files and its card (pocket-masked).

It was trained beside the verdicts, on the same encoder, and ships apart: the encoder is in memory
once. `BertForMaskedLM` finds its names in the files.
"""

import random
from collections.abc import Sequence
from pathlib import Path

import torch
from transformers import PreTrainedTokenizerBase

from training.engine.backbone import save_tensors
from training.engine.card import megabytes, percent, table, write_record
from training.grammaticality.data import Pair
from training.grammaticality.model import LONGEST, Example, Learner, padded

EXAMINED_PAIRS = 600
CHUNK = 256  # masked copies in one pass

CARD = """---
license: other
language: en
base_model: sentence-transformers/all-MiniLM-L6-v2
pipeline_tag: fill-mask
---

# pocket-masked

Says which words fit in the place of [MASK]. These files hold only the head (a dense layer, its
normalisation and one bias for each word); the encoder is that of pocket-grammar and the table of
words that of all-MiniLM-L6-v2, both shared in memory. Data, licences, recipe and limits are those
of `../pocket-grammar/README.md`. Written by `python -m training.grammaticality`.

Weights: {size:.1f} MB of float16.

It learned beside the verdicts, for minutes on two cores, and the encoder below it was tuned on
sentences good and bad: it ranks the two sentences of a minimal pair better than it guesses words.

## Scores

Held-out minimal pairs, {pairs} drawn at random; each word masked in turn.

{scores}
"""


@torch.inference_mode()
def surprisals(
    learner: Learner, rows: Sequence[list[int]], mask_id: int
) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    """Nats of surprise at each word of each row, masked alone, and whether it was the first guess.

    The negative sum over a row is its pseudo-log-likelihood (Salazar et al. 2020, equation 1).
    """
    copies = [(row, place) for row in range(len(rows)) for place in range(1, len(rows[row]) - 1)]
    copies.sort(key=lambda copy: len(rows[copy[0]]))
    device = learner.word_bias.device
    nats = [torch.zeros(len(row) - 2) for row in rows]
    first = [torch.zeros(len(row) - 2, dtype=torch.bool) for row in rows]
    for begin in range(0, len(copies), CHUNK):
        chunk = copies[begin : begin + CHUNK]
        ids, mask = padded([Example(rows[row]) for row, _ in chunk])
        places = torch.tensor([place for _, place in chunk])
        wanted = ids[torch.arange(len(chunk)), places]
        ids[torch.arange(len(chunk)), places] = mask_id
        _, vectors = learner.read(ids.to(device), mask.to(device))
        logits = learner.words(vectors[torch.arange(len(chunk)), places]).float().cpu()
        losses = torch.nn.functional.cross_entropy(logits, wanted, reduction="none")
        for (row, place), loss, right in zip(
            chunk, losses, logits.argmax(-1) == wanted, strict=True
        ):
            nats[row][place - 1], first[row][place - 1] = loss, right
    return nats, first


def examine_masked(
    learner: Learner, held_out: Sequence[Pair], tokenizer: PreTrainedTokenizerBase
) -> dict:
    """How often a masked word is guessed first, and the better sentence of a pair likelier."""
    learner.eval()
    pairs = random.Random(0).sample(list(held_out), min(EXAMINED_PAIRS, len(held_out)))
    texts = [pair.good for pair in pairs] + [pair.bad for pair in pairs]
    rows = [row[:LONGEST] for row in tokenizer(texts)["input_ids"]]
    nats, first = surprisals(learner, rows, tokenizer.mask_token_id)
    good, bad = nats[: len(pairs)], nats[len(pairs) :]
    right = [g.sum() < b.sum() for g, b in zip(good, bad, strict=True)]
    words = torch.cat(good)
    return {
        "pairs": len(pairs),
        "pairs_right": round(sum(map(float, right)) / len(pairs), 4),
        "words": len(words),
        "first_guess": round(float(torch.cat(first[: len(pairs)]).float().mean()), 4),
        "nats": round(float(words.mean()), 4),
    }


def write_masked(learner: Learner, record: dict, folder: Path) -> None:
    """Write the head, its record and its card into the folder."""
    dense, _, norm = learner.transform
    prefix = "cls.predictions."
    tensors = {
        f"{prefix}transform.dense.weight": dense.weight,
        f"{prefix}transform.dense.bias": dense.bias,
        f"{prefix}transform.LayerNorm.weight": norm.weight,
        f"{prefix}transform.LayerNorm.bias": norm.bias,
        f"{prefix}bias": learner.word_bias,
    }
    save_tensors(tensors, learner.model.config, "BertForMaskedLM", folder)
    write_record({"task": "masked words"} | record, folder)
    scores = table(
        ["Measure", "Score"],
        [
            ["pairs whose better sentence is likelier", percent(record["pairs_right"])],
            ["masked words guessed first", percent(record["first_guess"])],
            ["mean surprise at a masked word", f"{record['nats']:.2f} nats"],
        ],
    )
    card = CARD.format(size=megabytes(folder), pairs=record["pairs"], scores=scores)
    (folder / "README.md").write_text(card, encoding="utf-8")
