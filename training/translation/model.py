"""The pocket translator in training: its recipe, its loss, its files."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from torch.nn import functional
from transformers import GenerationConfig, MarianConfig, MarianMTModel

from training.engine.average import Average
from training.engine.backbone import save_tensors
from training.engine.muon import Muon
from training.engine.trainee import MuonTrainee
from training.translation.data import Epochs
from training.translation.words import END, PAD, as_fast

LARGEST_MODEL = 30_000_000  # bytes of float16 that the repository takes


@dataclass(frozen=True)
class Recipe:
    """Every choice of the run; the defaults are those for two CPU cores."""

    seed: int = 1
    minutes: float = 240.0
    steps: int = 0  # ends the run where it is above 0; otherwise the minutes do
    vocabulary: int = 8192  # tokens of both languages together
    width: int = 256
    layers: int = 4  # of the encoder
    decoder_layers: int = 4
    head_width: int = 64
    longest: int = 128  # tokens of either side, end token included
    tokens: int = 4096  # target tokens of a batch
    optimizer: str = "muon"  # for the matrices of the layers; AdamW moves the rest. Or "adamw"
    rate: float = 2e-3  # of AdamW
    matrix_rate: float = 5e-3  # of Muon
    momentum: float = 0.95
    weight_decay: float = 0.05
    warmup: float = 0.02  # share of the run
    cooldown: float = 0.3  # share of the run, at its end, in which the rates fall to zero
    dropout: float = 0.1  # of the residual stream
    smoothing: float = 0.1  # share of each target that all tokens get alike
    references: str = "one"  # an epoch's French lines: one of each sentence, or "all" of them
    joined: float = 0.05  # share of the pairs that get another one behind them
    typed: float = 0.1  # share of the English lines that are changed as people type
    piece_dropout: float = 0.0  # share of the BPE's merges left out, anew in each epoch
    averaged: int = 500  # steps that the weights are averaged over
    threads: int = 0  # 0: as many as torch takes by itself
    watches: int = 24  # points of the curve with scores
    watched: int = 400  # sentences of each kept-out part that these are taken of


def smoke_recipe() -> Recipe:
    """A run of seconds on the samples: every part once, to no good."""
    small = {"vocabulary": 400, "width": 64, "layers": 2, "decoder_layers": 1, "head_width": 32}
    return Recipe(steps=30, tokens=200, averaged=5, watches=2, watched=4, **small)


def fresh_model(recipe: Recipe, tokenizer: Tokenizer, device: str) -> MarianMTModel:
    """A Marian with random weights; one table of tokens serves both sides and the output."""
    torch.manual_seed(recipe.seed)
    end, pad = tokenizer.token_to_id(END), tokenizer.token_to_id(PAD)
    heads = recipe.width // recipe.head_width
    config = MarianConfig(
        vocab_size=recipe.vocabulary,
        decoder_vocab_size=recipe.vocabulary,
        max_position_embeddings=recipe.longest,
        d_model=recipe.width,
        encoder_layers=recipe.layers,
        decoder_layers=recipe.decoder_layers,
        encoder_attention_heads=heads,
        decoder_attention_heads=heads,
        encoder_ffn_dim=4 * recipe.width,
        decoder_ffn_dim=4 * recipe.width,
        activation_function="swish",
        dropout=recipe.dropout,
        attention_dropout=0.0,  # eager attention without it trains several times faster
        scale_embedding=True,
        share_encoder_decoder_embeddings=True,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=end,
        forced_eos_token_id=None,
        pad_token_id=pad,
        decoder_start_token_id=pad,
        attn_implementation="eager",
    )
    return MarianMTModel(config).to(device)


def check_size(model: MarianMTModel) -> None:
    """Raise ValueError where the model is larger than the repository takes."""
    whole = 2 * shipped_numbers(model)
    if whole > LARGEST_MODEL:
        raise ValueError(f"the model has {whole:,} bytes as float16, above {LARGEST_MODEL:,}")


def shipped_numbers(model: MarianMTModel) -> int:
    """How many weights ship: each once, and no table of positions, which is computed."""
    return sum(tensor.numel() for tensor in shipped_tensors(model).values())


def shipped_tensors(model: MarianMTModel) -> dict[str, torch.Tensor]:
    """The state of the model without what the library fills in by itself."""
    tied = ("encoder.embed_tokens.weight", "decoder.embed_tokens.weight", "lm_head.weight")
    computed = ("encoder.embed_positions.weight", "decoder.embed_positions.weight")
    return {
        name: tensor
        for name, tensor in model.state_dict().items()
        if not name.endswith((*tied, *computed))
    }


def next_token_loss(
    model: MarianMTModel, source: torch.Tensor, target: torch.Tensor, smoothing: float
) -> torch.Tensor:
    """Mean cross-entropy in nats of each next token, smoothed (Szegedy et al. 2016).

    Source and target are those of a `Batch`.
    """
    pad = model.config.pad_token_id
    logits = model(
        input_ids=source,
        attention_mask=(source != pad).long(),
        decoder_input_ids=target[:, :-1],  # what is filled up on the right is never looked at
        use_cache=False,
    ).logits  # (pair, token, vocabulary)
    return functional.cross_entropy(
        logits.flatten(0, 1).float(),
        target[:, 1:].flatten(),
        ignore_index=pad,
        label_smoothing=smoothing,
    )


class Trainee(MuonTrainee):
    """The model with what `engine.loop` has to keep beside it: Muon, the average, the epoch."""

    stage = "translation"

    def __init__(self, recipe: Recipe, tokenizer: Tokenizer, epochs: Epochs, device: str) -> None:
        super().__init__(recipe, device)
        self.recipe, self.epochs = recipe, epochs
        self.model = fresh_model(recipe, tokenizer, device)
        self.average = Average(self.model, recipe.averaged)
        self.targets = 0  # tokens that a loss was taken of
        self.restored: list[float] = []  # minutes after which `restored` had to begin anew
        if recipe.optimizer == "muon":
            matrices = {
                name: parameter
                for name, parameter in self.model.named_parameters()
                if parameter.ndim == 2 and ".layers." in name
            }
            self.muon = Muon(matrices, recipe.matrix_rate, recipe.weight_decay, recipe.momentum)
        elif recipe.optimizer != "adamw":
            raise ValueError(f"the optimizer is {recipe.optimizer!r}; use muon or adamw")

    def step_loss(self, step: int, share: float) -> torch.Tensor:
        """The loss on the batch of a step; dropout's chance comes from the step's number."""
        batch = self.epochs.batch(step)
        if step:
            self.average.take_in()
        self.targets += int((batch.target[:, 1:] != self.epochs.pad).sum())
        torch.manual_seed((self.recipe.seed << 32) + step)
        source, target = (torch.from_numpy(ids).to(self.device) for ids in batch)
        return next_token_loss(self.model, source, target, self.recipe.smoothing)

    def warm(self) -> None:
        """Nothing is compiled here, and to make an epoch takes longer than its first step."""

    def get_extra_state(self) -> dict[str, Any]:
        """What a checkpoint keeps beside the weights."""
        return {
            "muon": super().get_extra_state(),
            "average": self.average.state(),
            "epoch": (self.epochs.epoch, self.epochs.began),
            "targets": self.targets,
            "restored": self.restored,
        }

    def set_extra_state(self, state: dict[str, Any]) -> None:
        """Take it from a checkpoint."""
        super().set_extra_state(state["muon"])
        self.average.take_state(state["average"])
        self.epochs.go_to(*state["epoch"])
        self.targets, self.restored = state["targets"], state["restored"]


def save_model(model: MarianMTModel, tokenizer: Tokenizer, folder: Path) -> None:
    """Write weights, configs and tokenizer, as `from_pretrained` reads them."""
    check_size(model)
    save_tensors(shipped_tensors(model), model.config, type(model).__name__, folder)
    config = model.config
    GenerationConfig(
        eos_token_id=config.eos_token_id,
        pad_token_id=config.pad_token_id,
        decoder_start_token_id=config.decoder_start_token_id,
        max_length=config.max_position_embeddings,
    ).save_pretrained(folder)
    as_fast(tokenizer, config.max_position_embeddings).save_pretrained(folder)
