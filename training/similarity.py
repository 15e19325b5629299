"""Calibrate cosines: what random pairs of sentences reach, `python -m training.similarity`.

All pairs of `training/samples/sentences.txt` (400 plain English sentences that we wrote, on as
many subjects) are compared for each pooling and each layer of each model that the Similarity tab
offers, and the quantiles go to `assets/calibration/<model>.json`. No sample is drawn, so there is
no seed: the same sentences and weights give the same file. Takes ten seconds on two cores.
"""

import json
from typing import Any

import numpy as np

from core.settings import close_the_hub

close_the_hub()

from core.paths import ROOT  # noqa: E402
from core.spacefile import read_spacefile  # noqa: E402
from models.checkpoints import Checkpoints  # noqa: E402
from models.loaded import Loaded  # noqa: E402
from services.similarity.calibration import CALIBRATION, PERCENTS  # noqa: E402
from services.similarity.compare import POOLINGS, cosines, hidden_states, pool  # noqa: E402

SENTENCES = ROOT / "training" / "samples" / "sentences.txt"
BATCH = 50
DIGITS = 5  # kept of a quantile; a hundred-thousandth of cosine is far below its own error


def read_sentences() -> list[str]:
    """Our sentences, one from each line."""
    return SENTENCES.read_text(encoding="utf-8").splitlines()


def sentence_vectors(bert: Loaded, sentences: list[str]) -> dict[str, np.ndarray]:
    """For each pooling (state, sentence, width)."""
    parts: dict[str, list[np.ndarray]] = {pooling: [] for pooling in POOLINGS}
    for first in range(0, len(sentences), BATCH):
        states, mask = hidden_states(bert, sentences[first : first + BATCH])
        for pooling in POOLINGS:
            parts[pooling].append(pool(states, mask, pooling))
    return {pooling: np.concatenate(vectors, axis=1) for pooling, vectors in parts.items()}


def random_cosines(vectors: np.ndarray) -> np.ndarray:
    """(state, pair): the cosine of every two different sentences, each pair once."""
    first, second = np.triu_indices(vectors.shape[1], k=1)
    return cosines(vectors, vectors)[:, first, second]


def calibrated(bert: Loaded, sentences: list[str]) -> dict[str, Any]:
    """Everything that is stored for one model."""
    poolings = {}
    for pooling, vectors in sentence_vectors(bert, sentences).items():
        poolings[pooling] = [
            {
                "mean": round(float(values.mean()), DIGITS),
                "deviation": round(float(values.std()), DIGITS),
                "quantiles": np.percentile(values, PERCENTS).round(DIGITS).tolist(),
            }
            for values in random_cosines(vectors).astype(float)
        ]
    return {
        "model": bert.checkpoint.name,
        "sha256": bert.checkpoint.hashes["model.safetensors"],
        "sentences": len(sentences),
        "pairs": len(sentences) * (len(sentences) - 1) // 2,
        "percents": PERCENTS,
        "poolings": poolings,
    }


def main() -> None:
    """Write the calibration of every pocket model that compares sentences."""
    checkpoints = Checkpoints(read_spacefile(ROOT / "Spacefile"))
    CALIBRATION.mkdir(exist_ok=True)
    for entry in checkpoints.offered("similarity"):
        if entry.tier != "pocket":
            continue
        content = calibrated(checkpoints.load(entry), read_sentences())
        path = CALIBRATION / f"{entry.name}.json"
        path.write_text(json.dumps(content, separators=(",", ":")) + "\n", encoding="utf-8")
        last = content["poolings"]["mean"][-1]
        print(
            f"wrote {path.relative_to(ROOT)}: mean {last['mean']:.3f}, "
            f"s.d. {last['deviation']:.3f}, "
            + ", ".join(f"{p}th {last['quantiles'][PERCENTS.index(p)]:.3f}" for p in (50, 95, 99))
        )


if __name__ == "__main__":
    main()
