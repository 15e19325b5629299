# Run from a clone of the repository; `python -m training.generation` makes the record anew.
import json
from pathlib import Path

folder = "assets/models/pocket-gpt2"

record = json.loads((Path(folder) / "training.json").read_text(encoding="utf-8"))
for name, value in record["validation"].items():  # of text that training never saw
    print(f"{name:30} {value:,}")
for point in record["stages"]["generation"]["curve"]:
    watched = ", ".join(f"{n} {v}" for n, v in point.items() if n not in ("share", "loss"))
    print(f"{point['share']:.0%} of the training, loss {point['loss']:.3f}  {watched}")
for row in record["trials"]:
    print(row["trial"], row["settings"], row.get("held_back", row.get("failed")))
for row in record["samples"]:
    print(f"\nseed {row['seed']}: {row['prompt']}{row['text']}")
