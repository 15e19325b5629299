"""Tokens with everything that the page shows of them: `python -m benchmarks.generation [rounds]`.

Ours makes every step's record (distribution, what each filter removed, ranks, entropy) while it
writes. Otherwise one would ask the library for the same: `generate()` with all its logits and
scores kept, and the same numbers worked out of them at the end. A plain `generate()` tells the
text alone. All write the same text with the pocket GPT-2, turn by turn in one run; then many ask
at once, of the service and over HTTP, beside what reading the weights from memory takes.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from core.settings import close_the_hub

close_the_hub()

import httpx  # noqa: E402
import torch  # noqa: E402

from benchmarks.timing import timed  # noqa: E402
from core.paths import ROOT  # noqa: E402
from core.spacefile import read_spacefile  # noqa: E402
from models.checkpoints import Checkpoints  # noqa: E402
from models.loaded import Loaded  # noqa: E402
from services.generation.generate import generate  # noqa: E402
from services.generation.settings import Settings  # noqa: E402
from services.generation.steps import SHOWN  # noqa: E402

PROMPT, TOKENS, ROUNDS = "Once upon a time,", 100, 7
SHORT = 40  # tokens of each where many ask
CROWDS = (1, 8, 32, 64)
PORT = 7897
URL = f"http://127.0.0.1:{PORT}"
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
    said = made.sequences[0, ids.shape[1] :]
    if not told:
        return said, []
    steps = []
    for token, logits, scores in zip(said, made.logits, made.scores, strict=True):
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
    return said, steps


def at_once(count: int, work: Callable[[int], int]) -> float:
    """Tokens per second of all together; `work` gives how many a visitor got."""
    began = time.perf_counter()
    with ThreadPoolExecutor(count) as pool:
        made = sum(pool.map(work, range(count)))
    return made / (time.perf_counter() - began)


def over_http() -> list[tuple[int, float]]:
    """(visitors, tokens per second of all) at `/generate`, each visitor a session of its own."""
    environ = os.environ | {"GRADIO_SERVER_PORT": str(PORT), "GRADIO_ANALYTICS_ENABLED": "False"}
    command = [sys.executable, "app.py"]
    with subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.DEVNULL) as server:
        try:
            while not ready():
                time.sleep(0.2)
            asked(0)
            return [(count, at_once(count, asked)) for count in CROWDS]
        finally:
            server.terminate()


def ready() -> bool:
    """Whether the page answers and its models are in memory."""
    try:
        return httpx.get(f"{URL}/readyz", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


def asked(seed: int) -> int:
    """How many tokens a visitor got who asked for `SHORT`."""
    settings = [PROMPT, "pocket-gpt2", SHORT, False, 1.0, 0, 1.0, 0.0, 1.0, 0, seed, 1.0]
    address = f"{URL}/gradio_api/call/generate"
    with httpx.Client(timeout=120) as web:
        answer = web.post(address, json={"data": settings}).raise_for_status()
        answer = web.get(f"{address}/{answer.json()['event_id']}")
    return len(json.loads(answer.text.split("data: ")[-1].splitlines()[0])[0]["tokens"])


def bandwidth() -> float:
    """Bytes per second that one core reads from memory."""
    numbers = torch.zeros(2**26)  # 256 MB: no cache holds it
    times: list[float] = []
    for _ in range(3):
        timed(numbers.sum, times)
    return 1000 * numbers.nbytes / min(times)


def main(rounds: int = ROUNDS) -> None:
    """Print milliseconds per token alone, and tokens per second of many."""
    checkpoints = Checkpoints(read_spacefile(ROOT / "Spacefile"))
    gpt2 = checkpoints.load(checkpoints.default("generation"))
    ways: dict[str, Callable[[], Any]] = {
        "ours, every step told": lambda: generate(gpt2, PROMPT, SETTINGS).ids,
        "ours, the text alone": lambda: generate(gpt2, PROMPT, SETTINGS, shown=0).ids,
        "generate(), the same worked out": lambda: library(gpt2, told=True)[0],
        "generate(), the text alone": lambda: library(gpt2, told=False)[0],
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds + 1):
        texts = [tuple(map(int, timed(way, times[name]))) for name, way in ways.items()]
        assert len(set(texts)) == 1, "all write the same text"
        if number == 0:  # the first round warms caches up
            for each in times.values():
                each.clear()
    middle = {name: statistics.median(each) / TOKENS for name, each in times.items()}
    for name, each in middle.items():
        print(f"{name + ':':34}{each:6.2f} ms per token")
    told, lean, worked, plain = middle.values()
    print(f"ratio: {worked / told:.2f} told, {plain / lean:.2f} the text alone")
    weights = sum(part.nbytes for part in gpt2.model.parameters())
    limit = weights / bandwidth()
    print(f"to read the weights once from memory: {1000 * limit:.2f} ms")
    for count in CROWDS:
        for shown in (0, SHOWN):

            def visit(seed: int, shown: int = shown) -> int:
                settings = Settings(max_new_tokens=SHORT, seed=seed)
                return len(generate(gpt2, PROMPT, settings, shown=shown).ids)

            kind = "told" if shown else "text alone"
            print(f"{count:3} at once, {kind}: {at_once(count, visit):7,.0f} tokens per second")
    for count, speed in over_http():
        print(f"{count:3} at once over HTTP: {speed:7,.0f} tokens per second")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
