# Run from a clone of the repository; `make train-answering` makes the record anew.
import json
from pathlib import Path

folder = "assets/models/pocket-qa"

record = json.loads((Path(folder) / "training.json").read_text(encoding="utf-8"))
scores = record["report"]  # on articles that training never saw
for name in ("f1", "exact", "no_answer_f1", "no_answer_precision", "no_answer_recall"):
    print(f"{name:20} {scores[name]:.4f}")
for name, stage in record["stages"].items():
    for point in stage["curve"]:
        print(f"{name}: {point['share']:.0%} of the training, loss {point['loss']:.3f}")
