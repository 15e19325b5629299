# In a clone of the repository; the training itself is `python -m training.grammaticality`.
import json
from pathlib import Path

folder = "assets/models/pocket-grammar"

record = json.loads((Path(folder) / "training.json").read_text(encoding="utf-8"))
(tn, fp), (fn, tp) = record["dev"]["confusion"]  # rows are the labels, columns what was said
root = ((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)) ** 0.5
mcc = (tp * tn - fp * fn) / root if root else 0.0
print(f"confusion matrix {record['dev']['confusion']}, temperature {record['temperature']}")
print(f"Matthews correlation {mcc:.4f}, in the record {record['dev']['mcc']}")
