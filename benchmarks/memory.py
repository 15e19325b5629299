"""What the models take in memory: `python -m benchmarks.memory`; Linux, about 4 GB of disk.

The first model of the Hub that each tab offers is built at its published size with random
weights, in a process of its own, and saved in a temporary folder; another process loads the
pocket models and then those, one after the other, as the page does and under the Spacefile's
budget. Every weight is read once, because a file is not in memory before it is used.
Tokenizers are small stand-ins: the real ones take some MB each.
"""

import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.paths import ROOT
from core.spacefile import Checkpoint, Space, read_spacefile
from models.checkpoints import Checkpoints


def first_of_each_tab(space: Space) -> list[Checkpoint]:
    """The model of the Hub that stands first in each tab's list, in the Spacefile's order."""
    first: dict[str, Checkpoint] = {}
    for entry in space.checkpoints:
        for capability in entry.capabilities if entry.tier == "hub" else ():
            first.setdefault(capability, entry)
    return [entry for entry in space.checkpoints if entry in first.values()]


def build(name: str, folder: Path) -> None:
    """Save one model at its published size. Exits where its size is not the Spacefile's."""
    import torch
    import transformers

    makers: dict[str, Callable[[], Any]] = {
        "bert-base-uncased": lambda: transformers.BertModel(transformers.BertConfig()),
        "bert-base-uncased-CoLA": lambda: transformers.BertForSequenceClassification(
            transformers.BertConfig()
        ),
        "gpt2": lambda: transformers.GPT2LMHeadModel(transformers.GPT2Config()),
        "distilbert-base-cased-distilled-squad": lambda: (
            transformers.DistilBertForQuestionAnswering(
                transformers.DistilBertConfig(vocab_size=28996)
            )
        ),
        "blip-image-captioning-base": lambda: transformers.BlipForConditionalGeneration(
            transformers.BlipConfig()
        ),
    }
    torch.manual_seed(0)
    model = makers[name]()
    model.save_pretrained(folder)
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "cat"]
    if name == "gpt2":
        pocket = ROOT / "assets" / "models" / "pocket-gpt2"
        transformers.AutoTokenizer.from_pretrained(pocket).save_pretrained(folder)
    else:
        vocabulary = {word: number for number, word in enumerate(words)}
        transformers.BertTokenizer(vocab=vocabulary).save_pretrained(folder)
    if name.startswith("blip"):
        transformers.BlipImageProcessorPil().save_pretrained(folder)
    print(sum(part.numel() for part in model.parameters()))


def measure(folder: Path) -> None:
    """Print the table: resident memory after each model, and the most while it was loaded."""
    import page.frame  # noqa: F401  (Gradio and all that the page needs)

    space = read_spacefile(ROOT / "Spacefile")
    chosen = first_of_each_tab(space)
    local = {entry.name: replace(entry, path=str(folder / entry.name)) for entry in chosen}
    pocket = [entry for entry in space.checkpoints if entry.tier == "pocket"]
    served = replace(space, checkpoints=(*pocket, *local.values()))
    cache = Checkpoints(served)
    print("| | resident | at most meanwhile |\n|---|---|---|")
    tell("the page, no model")
    for entry in pocket:
        use(cache, entry)
    tell("and the pocket models")
    for entry in local.values():
        use(cache, entry)
        tell(f"and {entry.name}")
    left = [each["name"] for each in cache.describe() if each["state"] != "ready"]
    print(f"\nleft to make room: {', '.join(left) or 'none'}")


def use(cache: Checkpoints, entry: Checkpoint) -> None:
    """Load a model and read every weight, as a computation would."""
    for part in cache.load(entry).model.parameters():
        part.sum().item()


def tell(name: str) -> None:
    """One row, in GB; what comes after it has a peak of its own."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    kilobytes = {line.split(":")[0]: line.split()[1] for line in lines if line.endswith(" kB")}
    resident, peak = (int(kilobytes[key]) * 1024 / 1e9 for key in ("VmRSS", "VmHWM"))
    print(f"| {name} | {resident:.2f} GB | {peak:.2f} GB |", flush=True)
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak begins anew


def main() -> None:
    """Build and measure, each in a process that holds nothing else."""
    if sys.argv[1:2] == ["build"]:
        return build(sys.argv[2], Path(sys.argv[3]))
    if sys.argv[1:2] == ["measure"]:
        return measure(Path(sys.argv[2]))
    again = [sys.executable, "-m", "benchmarks.memory"]
    with tempfile.TemporaryDirectory() as folder:
        for entry in first_of_each_tab(read_spacefile(ROOT / "Spacefile")):
            command = [*again, "build", entry.name, f"{folder}/{entry.name}"]
            built = subprocess.run(
                command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
            )
            if int(built.stdout.split()[-1]) != entry.parameters:
                print(
                    f"{entry.name} has {built.stdout.strip()} parameters, not {entry.parameters}"
                )
        subprocess.run([*again, "measure", folder], cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
