"""Tokens with everything that the page shows of them: `python -m benchmarks.generation [rounds]`.

Ours makes every step's record (distribution, what each filter removed, ranks, entropy) while it
writes. Otherwise one would ask the library for the same: `generate()` with all its logits and
scores kept, and the same numbers worked out of them at the end. Both write the same text with the
pocket GPT-2, turn by turn in one run. A plain `generate()`, which tells the text alone, is the
floor.
"""

import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from core.settings import close_the_hub

close_the_hub()

import torch  # noqa: E402

from benchmarks.timing import timed  # noqa: E402
from core.paths import ROOT  # noqa: E402
from core.spacefile import read_spacefile  # noqa: E402
from models.checkpoints import Checkpoints  # noqa: E402
from models.loaded import Loaded  # noqa: E402
from services.generation.generate import generate  # noqa: E402
from services.generation.settings import Settings  # noqa: E402

PROMPT, TOKENS, ROUNDS = "Once upon a time,", 100, 7
VISITORS = 8  # at once, as many as the page writes to
SETTINGS = Settings(max_new_tokens=TOKENS, temperature=0.8, top_k=50, top_p=0.9, seed=1)


def library(gpt2: Loaded, *, told: bool) -> Any:
    """The library's way; `told` asks for what the page shows of every step."""
    ids = torch.tensor([gpt2.tokenizer(PROMPT)["input_ids"]])
    torch.manual_seed(SETTINGS.seed)
    made = gpt2.model.generate(
        ids,
        attention_mask=torch.ones_like(ids),
        do_sample=True,
        max_new_tokens=TOKENS,
        temperature=SETTINGS.temperature,
        top_k=SETTINGS.top_k,
        top_p=SETTINGS.top_p,
        return_dict_in_generate=True,
        output_logits=told,
        output_scores=told,
    )
    new_ids = made.sequences[0, ids.shape[1] :]
    if not told:
        return new_ids, []
    steps = []
    for token, logits, scores in zip(new_ids, made.logits, made.scores, strict=True):
        logs = logits[0].log_softmax(-1)
        after = scores[0].softmax(-1)
        top = logs.topk(30)
        steps.append(
            {
                "logprob": float(logs[token]),
                "rank": int((logits[0] > logits[0, token]).sum()) + 1,
                "entropy": -float((logs * logs.exp()).sum()),
                "chance": float(after[token]),
                "removed": int(torch.isneginf(scores[0]).sum()),
                "candidates": [gpt2.tokenizer.decode([one]) for one in top.indices.tolist()],
                "raw": top.values.exp().tolist(),
                "after": after[top.indices].tolist(),
            }
        )
    return new_ids, steps


def crowd(work: Callable[[], Any]) -> float:
    """Milliseconds per token of all, while so many visitors are written to at once."""
    began = time.perf_counter()
    with ThreadPoolExecutor(VISITORS) as pool:
        for done in [pool.submit(work) for _ in range(VISITORS)]:
            done.result()
    return 1000 * (time.perf_counter() - began) / TOKENS / VISITORS


def main(rounds: int = ROUNDS) -> None:
    """Print milliseconds per token, and the ratio."""
    checkpoints = Checkpoints(read_spacefile(ROOT / "Spacefile"))
    gpt2 = checkpoints.load(checkpoints.default("generation"))
    ours: list[float] = []
    theirs: list[float] = []
    plain: list[float] = []
    for number in range(rounds + 1):
        text = timed(lambda: generate(gpt2, PROMPT, SETTINGS), ours)
        new_ids, _ = timed(lambda: library(gpt2, told=True), theirs)
        timed(lambda: library(gpt2, told=False), plain)
        assert list(text.ids) == new_ids.tolist(), "both write the same text"
        if number == 0:  # the first round warms caches up
            for times in (ours, theirs, plain):
                times.clear()
    crowds = [
        crowd(lambda: generate(gpt2, PROMPT, SETTINGS)),
        crowd(lambda: library(gpt2, told=False)),
    ]
    middle = [statistics.median(times) / TOKENS for times in (ours, theirs, plain)]
    print(f"ours, every step told:            {middle[0]:6.2f} ms per token")
    print(f"generate(), the same worked out:  {middle[1]:6.2f} ms per token")
    print(f"generate(), the text alone:       {middle[2]:6.2f} ms per token")
    print(f"ratio: {middle[1] / middle[0]:.2f}, against the floor {middle[2] / middle[0]:.2f}")
    print(f"{VISITORS} visitors at once, ours:          {crowds[0]:6.2f} ms per token")
    print(f"{VISITORS} visitors at once, generate():    {crowds[1]:6.2f} ms per token")
    print(f"ratio: {crowds[1] / crowds[0]:.2f}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
