"""LoRA adapters against full fine-tuning, both tasks, the same batches for each.

    python -m benchmarks.adapters --data ../shared/data

Scores are those of the selection parts; what is reported on the cards is not looked at. The table
stands in docs/decisions/0100-full-layers-not-lora.md.
"""

import argparse
import random
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from transformers import BertForQuestionAnswering, BertForSequenceClassification

from training.answering import __main__ as answering
from training.answering.data import read_exam
from training.answering.model import encode, planned, span_loss
from training.answering.scores import selection_score as answer_score
from training.engine.backbone import fresh_model, load_tokenizer
from training.engine.card import table
from training.engine.loop import Stage, train
from training.grammaticality import __main__ as grammaticality
from training.grammaticality.data import read_corpus
from training.grammaticality.model import encode_judged, grouped, padded
from training.grammaticality.scores import selection_score as grammar_score

RANK = 16
LORA_RATE = 1e-3  # adapters start at nothing and take a rate ten times that of whole layers
BATCHES = 500  # of questions
EXAMINED = 600  # selection questions


def with_adapters(model: Any, heads: list[str]) -> Any:
    """LoRA on every linear map of the encoder (Hu et al. 2021); the head learns whole."""
    config = LoraConfig(
        r=RANK,
        lora_alpha=2 * RANK,
        target_modules=["query", "key", "value", "attention.output.dense",
                        "intermediate.dense", "output.dense"],
        modules_to_save=heads,
    )  # fmt: skip
    return get_peft_model(model, config)


def compared(
    make: Callable[[], Any], heads: list[str], rate: float, run: Callable[..., dict[str, float]]
) -> list[list[object]]:
    """A row for each way: megabytes in float16, then the scores."""
    rows = []
    for name, wrap, peak in (
        ("all layers", lambda model: model, rate),
        (f"LoRA, rank {RANK}", lambda model: with_adapters(model, heads), LORA_RATE),
    ):
        torch.manual_seed(1)
        model = wrap(make())
        learned = sum(p.numel() for p in model.parameters() if p.requires_grad)
        scores = run(model, peak)
        rows.append([name, f"{learned * 2 / 1e6:.1f}", *(f"{v:.3f}" for v in scores.values())])
        print(rows[-1], flush=True)
    return rows


def judging(data: Path, folder: Path) -> str:
    """CoLA alone, four times over, from the pocket BERT."""
    tokenizer, recipe = load_tokenizer(), grammaticality.Recipe()
    corpus = read_corpus(data, recipe.seed, running=10, per_paradigm=1)
    judged = encode_judged(corpus.cola_train, tokenizer)

    def run(model: Any, rate: float) -> dict[str, float]:
        chance = random.Random(recipe.seed)
        batches = [
            group
            for _ in range(recipe.cola_epochs)
            for group in grouped(judged, recipe.cola_batch, lambda e: len(e.ids), chance)
        ]

        def loss_of(batch: Any, step: int, share: float) -> torch.Tensor:
            ids, mask = padded(batch)
            labels = torch.tensor([example.label for example in batch])
            return model(input_ids=ids, attention_mask=mask, labels=labels).loss

        stage = Stage("judging", rate, warmup=0.1)
        train(model, batches, loss_of, stage, folder / "judging.pt")
        return grammar_score(model, corpus, tokenizer)

    rows = compared(
        lambda: fresh_model(BertForSequenceClassification, num_labels=2),
        ["classifier", "pooler"],
        recipe.cola_rate,
        run,
    )
    return table(["CoLA alone, 4 epochs", "MB", "Matthews correlation"], rows)


def reading(data: Path, folder: Path) -> str:
    """Questions, in pieces of passages, from the pocket BERT."""
    tokenizer, recipe = load_tokenizer(), answering.Recipe()
    exam = read_exam(data, recipe.seed, unanswerable_share=recipe.unanswerable_share)
    items = encode(exam.train, tokenizer)
    asked = random.Random(0).sample(exam.selection, EXAMINED)

    def run(model: Any, rate: float) -> dict[str, float]:
        def loss_of(batch: Any, step: int, share: float) -> torch.Tensor:
            return span_loss(model, batch, recipe.piece, step, "cpu")

        batches = planned(items, recipe.batch, recipe.piece, random.Random(recipe.seed))[:BATCHES]
        stage = Stage("reading", rate)
        train(model, batches, loss_of, stage, folder / "reading.pt")
        return answer_score(model, asked, tokenizer, "cpu")

    rows = compared(
        lambda: fresh_model(BertForQuestionAnswering), ["qa_outputs"], recipe.rate, run
    )
    head = [
        f"{BATCHES * recipe.batch:,} questions",
        "MB",
        "F1",
        "Exact match",
        'F1 of "no answer"',
    ]
    return table(head, rows)


def main() -> None:
    """Both comparisons, as Markdown tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with cola, squad, ...")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        tables = [way(given.data, Path(folder)) for way in (judging, reading)]
    print("\n\n".join(tables))


if __name__ == "__main__":
    main()
