"""Train the pocket model that judges whether a sentence is acceptable (CoLA's question).

    python -m training.grammaticality --data ../shared/data

Two stages. First the pocket BERT, which was made to compare sentences, learns syntax again: the
order of minimal pairs, the place of errors and masked words of running text. Then it reads CoLA
several times over, under several seeds, and the weights of those runs are averaged. A temperature
is fitted on a part of CoLA train and divided into the head, so that the softmax of the logits is
calibrated; CoLA's dev set is only ever reported. The head that filled in the masked words ships
beside the model, as pocket-masked.
"""

import random
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import torch
from transformers import BertForSequenceClassification, PreTrainedTokenizerBase

from core.paths import ROOT
from training.engine.backbone import fresh_model, load_tokenizer
from training.engine.command import command_line, smoke
from training.engine.loop import Progress, Stage, train
from training.grammaticality.card import write_model
from training.grammaticality.data import Corpus, read_corpus
from training.grammaticality.masked import examine_masked, write_masked
from training.grammaticality.model import (
    Batch,
    Learner,
    encode_judged,
    encode_pairs,
    encode_texts,
    grouped,
    masked_word_loss,
    running_text_loss,
    verdict_losses,
)
from training.grammaticality.scores import examine, pair_curve, selection_score

CHECKPOINTS = Path(".checkpoints")
OUT = Path("assets/models/pocket-grammar")
MASKED = "pocket-masked"  # beside it
SAMPLES = ROOT / "training" / "samples"


@dataclass(frozen=True)
class Recipe:
    """Every choice of the run; the defaults made the weights that ship."""

    seed: int = 1
    syntax_minutes: float = 40.0
    syntax_rate: float = 3e-4
    syntax_steps: int = 6000
    pair_batch: int = 32  # pairs a step
    text_batch: int = 32  # running sentences a step
    running: int = 60_000  # running sentences read
    per_paradigm: int = 500
    cola_epochs: int = 4
    cola_rate: float = 8e-5
    cola_batch: int = 32
    cola_seeds: int = 2  # runs whose weights are averaged
    layer_decay: float = 0.9
    replayed_pairs: int = 8  # a step, so that the pairs are not forgotten
    replay_weight: float = 0.5
    replayed_texts: int = 12  # a step, so that masked words are still filled in
    masked_weight: float = 0.1
    smoothing: float = 0.1  # of the verdicts on pairs
    cola_smoothing: float = 0.0


def smoke_recipe() -> Recipe:
    """A run of seconds on the samples: every part once, to no good."""
    return Recipe(
        syntax_minutes=0.1,
        syntax_steps=6,
        pair_batch=4,
        text_batch=4,
        running=50,
        per_paradigm=5,
        cola_epochs=1,
        cola_seeds=2,
        cola_batch=8,
        replayed_pairs=2,
        replayed_texts=2,
    )


def learn_syntax(
    learner: Learner,
    corpus: Corpus,
    tokenizer: PreTrainedTokenizerBase,
    recipe: Recipe,
    path: Path,
    *,
    resume: bool,
    device: str,
) -> Progress:
    """The first stage: pairs, wrong words and masked words in every step."""
    chance = random.Random(recipe.seed)
    encoded = encode_pairs(corpus.pairs, tokenizer)
    pairs = grouped(encoded, recipe.pair_batch, lambda pair: len(pair[0].ids), chance)
    texts = grouped(
        encode_texts(corpus.plain, tokenizer), recipe.text_batch, lambda e: len(e.ids), chance
    )
    batches = [
        Batch([example for pair in pairs[step % len(pairs)] for example in pair], [], text)
        for step, text in ((step, texts[step % len(texts)]) for step in range(recipe.syntax_steps))
    ]

    def loss_of(batch: Batch, step: int, share: float) -> torch.Tensor:
        verdicts = verdict_losses(learner, batch.pairs, recipe.smoothing, paired=True)
        seed = recipe.seed * 1_000_000 + step
        return verdicts + running_text_loss(learner, batch.texts, tokenizer.mask_token_id, seed)

    stage = Stage("syntax", recipe.syntax_rate, minutes=recipe.syntax_minutes)
    return train(
        learner,
        batches,
        loss_of,
        stage,
        path,
        resume=resume,
        device=device,
        watch=lambda: pair_curve(learner.model, corpus, tokenizer),
    )


def learn_cola(
    learner: Learner,
    corpus: Corpus,
    tokenizer: PreTrainedTokenizerBase,
    recipe: Recipe,
    path: Path,
    run: int,
    *,
    resume: bool,
    device: str,
) -> Progress:
    """The second stage under one seed: CoLA, with some pairs and masked words beside it."""
    chance = random.Random(recipe.seed * 100 + run)
    judged = encode_judged(corpus.cola_train, tokenizer)
    pairs = encode_pairs(chance.sample(corpus.pairs, min(8000, len(corpus.pairs))), tokenizer)
    replay = grouped(pairs, recipe.replayed_pairs, lambda pair: len(pair[0].ids), chance)
    plain = encode_texts(chance.sample(corpus.plain, min(12_000, len(corpus.plain))), tokenizer)
    texts = grouped(plain, recipe.replayed_texts, lambda e: len(e.ids), chance)
    batches = []
    for _ in range(recipe.cola_epochs):
        for group in grouped(judged, recipe.cola_batch, lambda e: len(e.ids), chance):
            again = [example for pair in replay[len(batches) % len(replay)] for example in pair]
            batches.append(Batch(again, group, texts[len(batches) % len(texts)]))

    def loss_of(batch: Batch, step: int, share: float) -> torch.Tensor:
        verdicts = verdict_losses(learner, batch.judged, recipe.cola_smoothing, paired=False)
        again = verdict_losses(learner, batch.pairs, recipe.smoothing, paired=True)
        seed = recipe.seed * 1_000_000 + run * 100_000 + step
        words = masked_word_loss(learner, batch.texts, tokenizer.mask_token_id, seed)
        return verdicts + recipe.replay_weight * again + recipe.masked_weight * words

    stage = Stage(f"cola-{run}", recipe.cola_rate, layer_decay=recipe.layer_decay, warmup=0.1)
    return train(
        learner,
        batches,
        loss_of,
        stage,
        path,
        resume=resume,
        device=device,
        watch=lambda: selection_score(learner.model, corpus, tokenizer),
        watches=2 * recipe.cola_epochs,
    )


def finished(path: Path) -> dict | None:
    """The progress of a stage that came to its end; None where it did not, or never began."""
    if not path.exists():
        return None
    progress = torch.load(path, map_location="cpu", weights_only=False)["progress"]
    return progress if progress["done"] else None


def averaged(paths: list[Path]) -> dict[str, torch.Tensor]:
    """The mean of the weights of several finished runs (Wortsman et al. 2022, uniform soup)."""
    states = [torch.load(path, map_location="cpu", weights_only=False)["model"] for path in paths]
    return {
        name: torch.stack([state[name].float() for state in states]).mean(0).to(tensor.dtype)
        for name, tensor in states[0].items()
    }


def run(
    data: Path, out: Path, folder: Path, recipe: Recipe, *, resume: bool, export: bool
) -> dict:
    """Train (or take the checkpoints as they are, with `export`), examine, and write the model."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.manual_seed(recipe.seed)
    tokenizer = load_tokenizer()
    corpus = read_corpus(
        data, recipe.seed, running=recipe.running, per_paradigm=recipe.per_paradigm
    )
    learner = Learner(fresh_model(BertForSequenceClassification, num_labels=2)).to(device)
    paths = [folder / "syntax.pt"]
    paths += [folder / f"cola-{number}.pt" for number in range(recipe.cola_seeds)]
    if not export:
        places = {"resume": resume, "device": device}
        learn_syntax(learner, corpus, tokenizer, recipe, paths[0], **places)
        learned = torch.load(paths[0], map_location=device, weights_only=False)["model"]
        for number, path in enumerate(paths[1:]):
            learner.load_state_dict(learned)
            learn_cola(learner, corpus, tokenizer, recipe, path, number, **places)
    stages = {path.stem: done for path in paths if (done := finished(path))}
    last = [path for path in paths[1:] if path.stem in stages] or paths[:1]
    learner.load_state_dict(averaged(last))
    record = examine(learner.model, corpus, tokenizer)
    record |= {"task": "grammaticality", "recipe": asdict(recipe), "device": device}
    record["stages"] = stages
    record["masked"] = examine_masked(learner, corpus.held_out, tokenizer)
    write_model(learner.model, record, out)
    write_masked(learner, record["masked"], out.with_name(MASKED))
    return record


def main() -> None:
    """Read the command line and run."""
    parser = command_line(
        __doc__,
        data="cola, blimp, zorro, harper, ...",
        out=OUT,
        checkpoints=CHECKPOINTS / "grammaticality",
        minutes="length of the first stage",
    )
    given = parser.parse_args()
    recipe = smoke_recipe() if given.smoke else Recipe()
    if given.minutes:
        recipe = Recipe(**{**asdict(recipe), "syntax_minutes": given.minutes})
    if given.smoke:
        once = partial(run, SAMPLES, recipe=recipe, resume=False, export=False)
        out = smoke("grammaticality", once, given.out)
        print(f"and {out.with_name(MASKED)}")
        return
    if given.data is None:
        parser.error("--data is needed: the folder that holds cola, blimp, zorro, harper, tatoeba")
    run(
        given.data,
        given.out or OUT,
        given.checkpoints,
        recipe,
        resume=given.resume,
        export=given.export,
    )


if __name__ == "__main__":
    main()
