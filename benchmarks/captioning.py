"""Captions, where the model looked, what hiding does: `python -m benchmarks.captioning [rounds]`.

Otherwise one would ask the library: `generate()` with scores and attentions kept, the numbers
worked out of them; and for hiding, a loop that covers each patch and calls the model once more.
Both read the same picture with the pocket captioner and say the same, turn by turn in one run.
"""

import statistics
import sys
from functools import partial
from typing import Any

from core.settings import close_the_hub

close_the_hub()

import numpy as np  # noqa: E402
import torch  # noqa: E402
from PIL.Image import Image  # noqa: E402

from benchmarks.timing import timed  # noqa: E402
from core.paths import ROOT  # noqa: E402
from core.spacefile import read_spacefile  # noqa: E402
from models.checkpoints import Checkpoints  # noqa: E402
from models.loaded import Loaded  # noqa: E402
from scenes.scene import SIDE, draw, from_text  # noqa: E402
from services.captioning.caption import Caption, caption  # noqa: E402
from services.captioning.hiding import block, hide  # noqa: E402

SCENE = "meadow.outlined.7~car.red.27.70.30~dog.brown.73.70.28"
ROUNDS, SIZE = 7, 2  # patches along the side of what is hidden


def library(captioner: Loaded, picture: Image) -> tuple[list[int], list[dict[str, Any]], Any]:
    """The caption of `generate()` with the same numbers for each token, and its attentions."""
    pixels = captioner.processor(picture, return_tensors="pt").pixel_values
    made = captioner.model.generate(
        pixels,
        do_sample=False,
        return_dict_in_generate=True,
        output_logits=True,
        output_attentions=True,
    )
    ids = made.sequences[0, 1:].tolist()
    told = []
    for token, logits in zip(ids, made.logits, strict=True):
        logs = logits[0].log_softmax(-1)
        top = logs.topk(5)
        told.append(
            {
                "logprob": float(logs[token]),
                "rank": int((logits[0] > logits[0, token]).sum()) + 1,
                "nexts": [captioner.tokenizer.decode([one]) for one in top.indices.tolist()],
            }
        )
    steps = [torch.cat(layers) for layers in made.cross_attentions]  # (layer, head, 1, 1 + patch)
    return ids, told, torch.cat(steps, dim=2).numpy()


def one_by_one(captioner: Loaded, picture: Image, caption_ids: Caption) -> np.ndarray:
    """(token, row, column): the drops of `hide`, with one call of the model for each patch."""
    pixels = captioner.processor(picture, return_tensors="pt").pixel_values
    labels, grid = torch.tensor([caption_ids.ids]), caption_ids.grid
    patch = captioner.model.config.encoder.patch_size

    def logprobs(shown: Any) -> Any:
        with torch.inference_mode():
            logits = captioner.model(pixel_values=shown, labels=labels).logits[0]
        return logits.log_softmax(-1).gather(1, labels.T)[:, 0]

    whole, mean = logprobs(pixels), pixels.mean(dim=(2, 3), keepdim=True)
    drops = []
    for row in range(grid[0]):
        for column in range(grid[1]):
            top, bottom, left, right = block(row, column, SIZE, grid)
            covered = pixels.clone()
            rows = slice(top * patch, (bottom + 1) * patch)
            columns = slice(left * patch, (right + 1) * patch)
            covered[:, :, rows, columns] = mean
            drops.append(whole - logprobs(covered))
    return torch.stack(drops, dim=1).reshape(-1, *grid).numpy()


def main(rounds: int = ROUNDS) -> None:
    """Print milliseconds, and the ratios."""
    checkpoints = Checkpoints(read_spacefile(ROOT / "Spacefile"))
    captioner = checkpoints.load(checkpoints.default("captioning"))
    picture = draw(from_text(SCENE), SIDE)
    times: list[list[float]] = [[], [], [], []]
    for number in range(rounds + 1):
        caption_ids = timed(partial(caption, captioner, picture), times[0])
        ids, _, cross = timed(partial(library, captioner, picture), times[1])
        assert list(caption_ids.ids) == ids, "both say the same"
        assert np.abs(caption_ids.cross - cross).max() < 1e-5
        hidden = timed(partial(hide, captioner, picture, caption_ids.ids, size=SIZE), times[2])
        drops = timed(partial(one_by_one, captioner, picture, caption_ids), times[3])
        assert np.abs(hidden.drops - drops).max() < 1e-4
        if number == 0:  # the first round warms caches up
            for some in times:
                some.clear()
    ours, theirs, blocks, calls = map(statistics.median, times)
    print(f"{len(caption_ids.ids)} tokens with chances and attention, ours:       {ours:7.0f} ms")
    print(f"generate(), the same worked out:                {theirs:7.0f} ms")
    print(f"ratio: {theirs / ours:.2f}")
    print(f"{drops[0].size} blocks hidden, ours:                       {blocks:7.0f} ms")
    print(f"one call of the model for each:                 {calls:7.0f} ms")
    print(f"ratio: {calls / blocks:.2f}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
