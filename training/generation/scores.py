"""What the pocket GPT-2 scores: bits per character, and text that nobody picked."""

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch.nn import functional
from transformers import GPT2LMHeadModel, PreTrainedTokenizerBase

WINDOWS_AT_ONCE = 16
TEMPERATURE = 0.8
LENGTH = 60  # tokens of each sample
ONCE = "Once upon a time,"
PROMPTS = (
    "The little girl opened the door and",
    "It was a dark and stormy night.",
    "The king had three sons.",
    '"Where are you going?" asked the fox.',
    "Tom looked at his mother and said,",
    "In the morning the children went to",
    "The old man lived alone in",
    "She was so hungry that",
    "When the sun went down,",
    "The dog ran after",
    "My grandmother always told me that",
    "Far away, on an island in the sea,",
    "They had walked for three days when",
    "He took the letter out of his pocket and",
    "The teacher asked the class",
)
BEYOND = (  # what it was not made for: facts, sums, our own time, code
    "The capital of France is",
    "Two and two make",
    "She sent him an email about the computer",
    "Question: What is the colour of the sky? Answer:",
    "def add(a, b):",
)


def windows(ids: Sequence[int], context: int) -> list[tuple[Sequence[int], list[int]]]:
    """Inputs and targets so that every id but the first is scored once, with context before it.

    Windows begin half a context apart. The first one scores all its targets, each later one only
    those that its forerunner did not reach; the others are -100.
    """
    found: list[tuple[Sequence[int], list[int]]] = []
    scored = 0  # the last id with a score
    for begin in range(0, len(ids), max(1, context // 2)):
        inputs, targets = ids[begin : begin + context], ids[begin + 1 : begin + context + 1]
        known = max(0, scored - begin)
        found.append((inputs[: len(targets)], [-100] * known + list(targets[known:])))
        scored = begin + len(targets)
        if scored >= len(ids) - 1:
            break
    return found


@torch.inference_mode()
def document_nats(
    model: GPT2LMHeadModel, documents: Sequence[Sequence[int]], *, autocast: bool = False
) -> np.ndarray:
    """Total nats of each document's ids after its first, which is the start token; float64.

    In float32, or faster and rougher under bfloat16 autocast.
    """
    model.eval()
    device = model.device.type
    cut = [
        (owner, window)
        for owner, ids in enumerate(documents)
        for window in windows(ids, model.config.n_positions)
    ]
    nats = np.zeros(len(documents))
    for first in range(0, len(cut), WINDOWS_AT_ONCE):
        part = cut[first : first + WINDOWS_AT_ONCE]
        length = max(len(inputs) for _, (inputs, _) in part)
        # What is added on the right is never looked at from the left, and has no target.
        ids = torch.tensor([[*i, *[0] * (length - len(i))] for _, (i, _) in part])
        targets = torch.tensor([[*t, *[-100] * (length - len(t))] for _, (_, t) in part])
        with torch.autocast(device, dtype=torch.bfloat16, enabled=autocast):
            logits = model(ids.to(device), use_cache=False).logits.float()
        lost = functional.cross_entropy(
            logits.flatten(0, 1), targets.to(device).flatten(), reduction="none"
        )
        sums = lost.view(len(part), -1).double().sum(dim=1).cpu().numpy()
        np.add.at(nats, [owner for owner, _ in part], sums)
    return nats


def document_bits(
    model: GPT2LMHeadModel,
    tokenizer: PreTrainedTokenizerBase,
    documents: Sequence[str],
    *,
    autocast: bool = False,
) -> np.ndarray:
    """Total bits of the text of each document, float64; the end token is not part of it."""
    start = tokenizer.bos_token_id
    ids = [
        [start, *tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]]
        for text in documents
    ]
    return document_nats(model, ids, autocast=autocast) / math.log(2)


def bits_per_character(
    model: GPT2LMHeadModel,
    tokenizer: PreTrainedTokenizerBase,
    documents: Sequence[str],
    *,
    autocast: bool = False,
) -> float:
    """Total nats / ln 2 / Unicode code points, over all the documents together."""
    bits = document_bits(model, tokenizer, documents, autocast=autocast).sum()
    return float(bits / sum(map(len, documents)))


@torch.inference_mode()
def continuation(
    model: GPT2LMHeadModel,
    tokenizer: PreTrainedTokenizerBase,
    prompt: str,
    *,
    seed: int | None,
    length: int = LENGTH,
) -> str:
    """What follows the prompt at temperature 0.8, up to the end token; greedy without a seed.

    Nothing is cut from the distribution (no top-k, no top-p). The prompt stands after the start
    token, as documents did in training.
    """
    model.eval()
    ids = [
        tokenizer.bos_token_id,
        *tokenizer(prompt, add_special_tokens=False)["input_ids"],
    ]
    generator = None if seed is None else torch.Generator().manual_seed(seed)
    new_ids: list[int] = []
    past, read = None, torch.tensor([ids], device=model.device)
    for _ in range(min(length, model.config.n_positions - len(ids))):
        output = model(read, past_key_values=past, use_cache=True)
        past, logits = output.past_key_values, output.logits[0, -1].float().cpu()
        if generator is None:
            chosen = int(logits.argmax())
        else:
            probabilities = torch.softmax(logits / TEMPERATURE, dim=-1)
            chosen = int(torch.multinomial(probabilities, 1, generator=generator))
        if chosen == tokenizer.eos_token_id:
            break
        new_ids.append(chosen)
        read = torch.tensor([[chosen]], device=model.device)
    return tokenizer.decode(new_ids)


def repeated(text: str) -> float:
    """Share of runs of four words that were there before in the same text."""
    words = text.split()
    runs = [tuple(words[place : place + 4]) for place in range(len(words) - 3)]
    return 1 - len(set(runs)) / len(runs) if runs else 0.0


def samples(model: GPT2LMHeadModel, tokenizer: PreTrainedTokenizerBase) -> list[dict]:
    """Twenty continuations that nobody picked: five of one prompt, one of each other."""
    asked = [(ONCE, seed) for seed in range(5)] + [
        (prompt, seed) for seed, prompt in enumerate(PROMPTS, start=5)
    ]
    return [
        {"prompt": prompt, "seed": seed, "text": continuation(model, tokenizer, prompt, seed=seed)}
        for prompt, seed in asked
    ]


def spread(documents: Sequence[str], count: int) -> list[str]:
    """So many of the documents, at even distances."""
    step = max(1, len(documents) // max(1, count))
    return list(documents[::step][:count])


def examine(
    model: GPT2LMHeadModel,
    tokenizer: PreTrainedTokenizerBase,
    report: Sequence[str],
    held_back: Sequence[str],
) -> dict:
    """Everything that the card says of a finished model, in float32."""
    bits = document_bits(model, tokenizer, report)
    characters = np.array([len(text) for text in report])
    counts = [len(tokenizer(text, verbose=False)["input_ids"]) for text in report]
    worst = np.argsort(bits / characters)[::-1][:3]
    taken = samples(model, tokenizer)
    greedy = {
        prompt: continuation(model, tokenizer, prompt, seed=None) for prompt in (ONCE, *BEYOND)
    }
    return {
        "validation": {
            "bits_per_character": round(float(bits.sum() / characters.sum()), 4),
            "held_back_bits_per_character": round(
                bits_per_character(model, tokenizer, held_back), 4
            ),
            "perplexity_per_token": round(float(2 ** (bits.sum() / sum(counts))), 2),
            "documents": len(report),
            "characters": int(characters.sum()),
            "tokens": sum(counts),
        },
        "samples": taken,
        "repeated": round(float(np.mean([repeated(row["text"]) for row in taken])), 4),
        "greedy": [{"prompt": prompt, "text": text} for prompt, text in greedy.items()],
        "greedy_repeated": round(float(np.mean([repeated(text) for text in greedy.values()])), 4),
        "worst": [
            {
                "bits_per_character": round(float(bits[i] / characters[i]), 3),
                "text": report[i][:160],
            }
            for i in worst
        ],
    }
