# Run from a clone of the repository; `make train-captioning` makes the record anew.
import json
from pathlib import Path

folder = "assets/models/pocket-captioner"

record = json.loads((Path(folder) / "training.json").read_text(encoding="utf-8"))
for world, scores in record["scores"].items():  # of scenes that training never saw
    for name, value in scores.items():
        print(f"{world:6} {name:10} {value:.4f}")
for point in record["stages"]["captioning"]["curve"]:
    watched = ", ".join(f"{n} {v}" for n, v in point.items() if n not in ("share", "loss"))
    print(f"{point['share']:.0%} of the training, loss {point['loss']:.3f}  {watched}")
for world, rows in record["samples"].items():
    for row in rows:
        print(f"\n{world}: {row['a true caption']}\n  the model: {row['the model']}")
