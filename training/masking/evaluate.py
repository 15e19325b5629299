"""Measure the pocket models on two published bias probes, and write the numbers into their cards.

    python -m training.masking.evaluate --data ../shared/data

Winogender (Rudinger et al. 2018): does the model expect *he* or *she* for an occupation, and does
that follow the share of women in it? CrowS-Pairs (Nangia et al. 2020): of two sentences that
differ in a group, is the stereotyping one likelier? The sentences offend by design: they are read
from the data's folder, and neither shipped nor shown. To be run again after a training script,
which writes its card anew.
"""

import argparse
import csv
import json
import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from pathlib import Path

import numpy as np

from core.paths import ROOT
from core.spacefile import read_spacefile
from models.checkpoints import Checkpoints
from models.loaded import Loaded
from models.masked import picked_logs
from services.masking.bias import sentence_logs
from training.engine.card import percent, table, write_record

MODELS = {"pocket-masked": "masking", "pocket-gpt2": "generation"}
DRAWS = 2000  # of the bootstrap
SECTION = "## Bias probes"

Interval = dict[str, float]


def interval(values: np.ndarray, of: object = None) -> Interval:
    """A statistic of the rows and its 95 % percentile bootstrap interval; the mean unless told."""
    statistic = of if callable(of) else lambda rows: float(rows.mean())
    chance = np.random.default_rng(0)
    drawn = [
        statistic(values[chance.integers(len(values), size=len(values))]) for _ in range(DRAWS)
    ]
    low, high = np.percentile(drawn, [2.5, 97.5])
    parts = {"score": statistic(values), "low": low, "high": high}
    return {name: round(float(value), 4) for name, value in parts.items()}


# Scores of sentences ---------------------------------------------------------------------------


def shared_places(one: Sequence[int], other: Sequence[int]) -> tuple[list[int], list[int]]:
    """Where two rows of tokens have the same ones, in order; first and last token left out."""
    blocks = SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks()
    pairs = [(a + step, b + step) for a, b, size in blocks for step in range(size)]
    inner = [(a, b) for a, b in pairs if 0 < a < len(one) - 1 and 0 < b < len(other) - 1]
    return [a for a, _ in inner], [b for _, b in inner]


def pseudo_logs(model: Loaded, rows: Sequence[Sequence[int]], places: Sequence[list[int]]) -> list:
    """Of each row the sum of ln p of its tokens at these places, each masked alone."""
    mask, sums = model.tokenizer.mask_token_id, [0.0] * len(rows)
    copies = [(row, index) for row in range(len(rows)) for index in places[row]]
    masked = [[*rows[row][:index], mask, *rows[row][index + 1 :]] for row, index in copies]
    own = [[rows[row][index]] for row, index in copies]
    logs = picked_logs(model, masked, [index for _, index in copies], own)
    for (log,), (row, _) in zip(logs, copies, strict=True):
        sums[row] += log
    return sums


def preferences(model: Loaded, pairs: Sequence[tuple[str, str]]) -> np.ndarray:
    """(pair,): how much likelier the first sentence is, in nats.

    By a model that fills in: over the tokens that both share, each masked alone, as CrowS-Pairs
    has it. By one that reads from left to right: over the whole sentence.
    """
    if model.tokenizer.mask_token_id is None:
        logs = sentence_logs(model, [text for pair in pairs for text in pair])
    else:
        rows = [model.tokenizer(text)["input_ids"] for pair in pairs for text in pair]
        places = [
            side
            for one, other in zip(rows[::2], rows[1::2], strict=True)
            for side in shared_places(one, other)
        ]
        logs = pseudo_logs(model, rows, places)
    return np.array(logs[::2]) - np.array(logs[1::2])


def pronoun_odds(model: Loaded, pairs: Sequence[tuple[str, str]]) -> np.ndarray:
    """(pair,): ln p(her) − ln p(his) of sentences (female, male) that differ in the pronoun."""
    if model.tokenizer.mask_token_id is None:
        return preferences(model, pairs)
    rows, places, wanted = [], [], []
    for pair in pairs:
        female, male = (model.tokenizer(text)["input_ids"] for text in pair)
        (place,) = [n for n, (a, b) in enumerate(zip(female, male, strict=True)) if a != b]
        rows.append([*female[:place], model.tokenizer.mask_token_id, *female[place + 1 :]])
        places.append(place)
        wanted.append((female[place], male[place]))
    her, his = np.array(picked_logs(model, rows, places, wanted)).T
    return her - his


# The probes ------------------------------------------------------------------------------------


def winogender(model: Loaded, folder: Path) -> dict:
    """Log-odds of the pronoun where it means the occupation, and the share of women in that."""
    with (folder / "all_sentences.tsv").open(encoding="utf-8") as file:
        texts = {row["sentid"]: row["sentence"] for row in csv.DictReader(file, delimiter="\t")}
    with (folder / "occupations-stats.tsv").open(encoding="utf-8") as file:
        women = {
            row["occupation"]: float(row["bls_pct_female"])
            for row in csv.DictReader(file, delimiter="\t")
        }
    names = [name for name in texts if re.search(r"\.0\.female\.txt$", name)]
    pairs = [(texts[name], texts[name.replace(".female.", ".male.")]) for name in names]
    odds = pronoun_odds(model, pairs)
    jobs = sorted({name.split(".")[0] for name in names})
    where = np.array([jobs.index(name.split(".")[0]) for name in names])
    means = np.array([odds[where == job].mean() for job in range(len(jobs))])
    rows = np.column_stack([means, [women[job] for job in jobs]])  # (occupation, 2)
    return {
        "occupations": len(jobs),
        "sentences": len(pairs),
        "correlation": interval(rows, lambda some: np.corrcoef(some.T)[0, 1]),
        "mean_odds": interval(means),
        "leans_to_she": interval((means > 0).astype(float)),
    }


def crows(model: Loaded, folder: Path) -> dict:
    """The share of pairs whose stereotyping sentence is likelier; 50 % would be neither."""
    with (folder / "crows_pairs_anonymized.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    odds = preferences(model, [(row["sent_more"], row["sent_less"]) for row in rows])
    kinds = np.array([row["bias_type"] for row in rows])
    return {
        "pairs": len(rows),
        "stereotype": interval((odds > 0).astype(float)),
        "by_kind": {
            kind: {"pairs": int((kinds == kind).sum())}
            | interval((odds[kinds == kind] > 0).astype(float))
            for kind in sorted(set(kinds.tolist()))
        },
    }


# The card --------------------------------------------------------------------------------------


def section(probes: dict, *, fills: bool) -> str:
    """What the card says of both."""

    def number(one: Interval) -> str:
        return f"{one['score']:+.2f} ({one['low']:+.2f} to {one['high']:+.2f})"

    def share(one: Interval) -> str:
        return f"{percent(one['score'])} ({percent(one['low'])} to {percent(one['high'])})"

    first, second = probes["winogender"], probes["crows_pairs"]
    rows = [
        ["Winogender: correlation with the share of women", number(first["correlation"])],
        ["Winogender: mean ln p(her) − ln p(his)", number(first["mean_odds"])],
        ["Winogender: occupations that lean to her", share(first["leans_to_she"])],
        ["CrowS-Pairs: stereotyping sentence likelier", share(second["stereotype"])],
    ]
    rows += [
        [f"of them {kind} ({one['pairs']} pairs)", share(one)]
        for kind, one in second["by_kind"].items()
    ]
    how = (
        "the pronoun masked; in CrowS-Pairs the tokens that both share, each masked alone"
        if fills
        else "whole sentences, from left to right, which is not the metric of either paper"
    )
    return "\n\n".join(
        [
            SECTION,
            f"{first['sentences']} sentences with {first['occupations']} occupations of "
            f"Winogender (Rudinger et al. 2018) and {second['pairs']:,} pairs of CrowS-Pairs "
            f"(Nangia et al. 2020), read once: {how}. 95 % bootstrap intervals, over occupations "
            "and over pairs. Without bias the first two would be 0 and CrowS-Pairs 50 %; a model "
            "that knows little is near that, too. Many pairs of CrowS-Pairs are flawed (Blodgett "
            "et al. 2021). Written by `python -m training.masking.evaluate`; the sentences are "
            "neither shipped nor shown.",
            table(["Measure", "Score"], rows),
        ]
    )


def write_probes(folder: Path, probes: dict, *, fills: bool) -> None:
    """Put the numbers into the record and the section into the card, in place of older ones."""
    record = json.loads((folder / "training.json").read_text(encoding="utf-8"))
    write_record(record | {"bias_probes": probes}, folder)
    card = (folder / "README.md").read_text(encoding="utf-8")
    card = re.sub(rf"\n{SECTION}\n.*?(?=\n## |\Z)", "", card, flags=re.DOTALL).rstrip("\n")
    text = f"{card}\n\n{section(probes, fills=fills)}\n"
    (folder / "README.md").write_text(text, encoding="utf-8")


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="with winogender, crows_pairs")
    data = parser.parse_args().data
    checkpoints = Checkpoints(read_spacefile(ROOT / "Spacefile"))
    for name, capability in MODELS.items():
        entry = checkpoints.named(name, capability)
        model = checkpoints.load(entry, capability)
        probes = {
            "winogender": winogender(model, data / "winogender"),
            "crows_pairs": crows(model, data / "crows_pairs"),
        }
        write_probes(ROOT / entry.path, probes, fills=capability == "masking")
        print(name, json.dumps(probes))


if __name__ == "__main__":
    main()
