"""The pocket GPT-2 in training: its recipe, its loss, the order of its data, its files."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from torch.nn import functional
from transformers import GenerationConfig, GPT2Config, GPT2LMHeadModel

from training.engine.backbone import LARGEST_FILE, save_tensors
from training.engine.bpe import as_gpt2
from training.engine.muon import Muon
from training.engine.trainee import MuonTrainee
from training.generation.data import Rows, Tokens

LARGEST_MODEL = 60_000_000  # bytes of float16 that the repository takes


@dataclass(frozen=True)
class Recipe:
    """Every choice of the run; the defaults are those for two CPU cores."""

    seed: int = 1
    minutes: float = 130.0
    steps: int = 0  # ends the run where it is above 0; otherwise the minutes do
    vocabulary: int = 8192
    width: int = 256
    layers: int = 6
    head_width: int = 64
    context: int = 256
    batch: int = 32  # rows of `context` tokens
    optimizer: str = "muon"  # for the matrices of the layers; AdamW moves the rest. Or "adamw"
    rate: float = 3e-3  # of AdamW
    matrix_rate: float = 5e-3  # of Muon
    momentum: float = 0.95
    weight_decay: float = 0.1
    warmup: float = 0.02  # share of the run
    cooldown: float = 0.3  # share of the run, at its end, in which the rates fall to zero
    dropout: float = 0.0  # of the residual stream; for a run of many epochs on a GPU
    wide_share: float = 0.0  # of the run, at its start, on core and plus together
    easy_share: float = 0.1  # of the run, at its end, on the easy part alone
    attention: str = "eager"  # or "sdpa"
    compile: bool = True
    threads: int = 0  # 0: as many as torch takes by itself
    watched: int = 16  # documents of each part that the curve is measured on

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts of the data that this run reads."""
        plus = ("plus",) if self.wide_share else ()
        return ("core", *plus, *(("easy",) if self.easy_share else ()))


def gpu_recipe() -> Recipe:
    """The choices where there is a GPU: the largest model that ships, longer rows, more data."""
    return Recipe(
        minutes=24.0,
        width=512,
        layers=8,
        context=512,
        batch=96,
        wide_share=0.6,
        dropout=0.05,
        attention="sdpa",
        watched=48,
    )


def smoke_recipe() -> Recipe:
    """A run of seconds on the samples: every part once, to no good."""
    small = {"vocabulary": 400, "width": 64, "layers": 2, "head_width": 32, "context": 32}
    return Recipe(
        steps=30, batch=8, compile=False, wide_share=0.3, easy_share=0.3, watched=2, **small
    )


def fresh_model(recipe: Recipe, end: int, device: str) -> GPT2LMHeadModel:
    """A GPT-2 with random weights; the table of tokens is the output layer's too.

    Raises ValueError where its files would be larger than the repository takes.
    """
    torch.manual_seed(recipe.seed)
    config = GPT2Config(
        vocab_size=recipe.vocabulary,
        n_positions=recipe.context,
        n_embd=recipe.width,
        n_layer=recipe.layers,
        n_head=recipe.width // recipe.head_width,
        # The same function as gelu_new, in one pass over memory instead of eight.
        activation_function="gelu_pytorch_tanh",
        resid_pdrop=recipe.dropout,
        embd_pdrop=recipe.dropout,
        attn_pdrop=0.0,
        bos_token_id=end,
        eos_token_id=end,
        attn_implementation=recipe.attention,
    )
    return GPT2LMHeadModel(config).to(device)


def check_size(model: GPT2LMHeadModel) -> None:
    """Raise ValueError where the model cannot ship: a tensor or the whole is too large."""
    largest = max(2 * parameter.numel() for parameter in model.parameters())
    if largest > LARGEST_FILE:
        raise ValueError(
            f"the largest tensor has {largest:,} bytes as float16; a file takes {LARGEST_FILE:,}: "
            "take a smaller vocabulary or width"
        )
    whole = 2 * model.num_parameters()
    if whole > LARGEST_MODEL:
        raise ValueError(f"the model has {whole:,} bytes as float16, above {LARGEST_MODEL:,}")


def next_token_loss(model: GPT2LMHeadModel, rows: torch.Tensor) -> torch.Tensor:
    """Mean cross-entropy in nats of each next token; rows (row, context + 1).

    Walks the layers itself: the mask is made once, and sdpa may know that it is causal, which
    `GPT2Model.forward` hides from it under `torch.compile`.
    """
    ids, targets = rows[:, :-1], rows[:, 1:]
    body, length = model.transformer, rows.size(1) - 1
    mask = None
    if model.config._attn_implementation == "eager":
        lowest = torch.finfo(torch.float32).min
        mask = torch.full((1, 1, length, length), lowest, device=rows.device).triu(1)
    states = body.drop(body.wte(ids) + body.wpe.weight[:length])  # (row, token, width)
    for block in body.h:
        states = block(states, attention_mask=mask)
    logits = model.lm_head(body.ln_f(states))  # (row, token, vocabulary)
    return functional.cross_entropy(logits.flatten(0, 1), targets.flatten())


class Trainee(MuonTrainee):
    """The model with what `engine.loop` has to keep beside it: Muon and the order of rows."""

    stage = "generation"

    def __init__(self, recipe: Recipe, tokens: Tokens, device: str) -> None:
        super().__init__(recipe, device)
        self.recipe = recipe
        self.model = fresh_model(recipe, tokens.end, device)
        self.phases = _phases(recipe, tokens)
        if recipe.optimizer == "muon":
            matrices = {
                name: parameter
                for name, parameter in self.model.transformer.h.named_parameters()
                if parameter.ndim == 2
            }
            self.muon = Muon(matrices, recipe.matrix_rate, recipe.weight_decay, recipe.momentum)
        elif recipe.optimizer != "adamw":
            raise ValueError(f"the optimizer is {recipe.optimizer!r}; use muon or adamw")
        loss_of = partial(next_token_loss, self.model)
        self._loss_of = torch.compile(loss_of, dynamic=False) if recipe.compile else loss_of

    def step_loss(self, step: int, share: float) -> torch.Tensor:
        """The loss on the rows of a step, from the part of the data whose turn it is."""
        rows = next(rows for until, rows in self.phases if share < until)
        batch = torch.from_numpy(rows.batch(step, self.recipe.batch))
        return self._loss_of(batch.to(self.device, non_blocking=True))


def _phases(recipe: Recipe, tokens: Tokens) -> list[tuple[float, Rows]]:
    """(share of the run where it ends, rows): core with plus first, then core, then the easy."""
    plan = [
        (recipe.wide_share, ("core", "plus")),
        (1 - recipe.easy_share, ("core",)),
        (2.0, ("easy",) if recipe.easy_share else ("core",)),
    ]
    return [
        (until, Rows([tokens.stream(part) for part in parts], recipe.context, recipe.seed))
        for until, parts in plan
        if until > 0
    ]


def save_model(model: GPT2LMHeadModel, tokens: Tokens, folder: Path) -> None:
    """Write weights, config and tokenizer; the table of tokens once, though it is used twice."""
    check_size(model)
    tensors = {
        name: tensor for name, tensor in model.state_dict().items() if name != "lm_head.weight"
    }
    save_tensors(tensors, model.config, type(model).__name__, folder)
    end = tokens.end
    GenerationConfig(bos_token_id=end, eos_token_id=end, pad_token_id=end).save_pretrained(folder)
    as_gpt2(tokens.tokenizer, model.config.n_positions).save_pretrained(folder)
