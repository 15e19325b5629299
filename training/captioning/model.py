"""The pocket captioner in training: its recipe, its model, its loss, its files."""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional
from transformers import (
    GenerationConfig,
    GPT2Config,
    GPT2LMHeadModel,
    VisionEncoderDecoderConfig,
    VisionEncoderDecoderModel,
    ViTConfig,
    ViTImageProcessorPil,
    ViTModel,
)

from training.captioning.data import MOST_ALIKE, UNSAID, Batch, Batches, Words
from training.engine.backbone import save_tensors
from training.engine.bpe import as_gpt2
from training.engine.muon import Muon
from training.engine.trainee import MuonTrainee

LOWEST = torch.finfo(torch.float32).min
PLACES = 0.5  # height of the waves that a patch's place begins as; its picture's part is near 1
PARTS = ("captions", "kinds", "colours", "counts", "columns", "rows")  # of the loss


@dataclass(frozen=True)
class Recipe:
    """Every choice of the run; the defaults are those for two CPU cores."""

    seed: int = 1
    minutes: float = 120.0
    steps: int = 0  # ends the run where it is above 0; otherwise the minutes do
    side: int = 120  # of the picture, in pixels
    patch: int = 10  # of a patch
    width: int = 256  # of the encoder and of the decoder
    layers: int = 6  # of the encoder
    decoder_layers: int = 3
    head_width: int = 64
    vocabulary: int = 2048
    longest: int = 44  # tokens of a caption, end token included
    batch: int = 64
    rate: float = 2e-3  # of AdamW
    matrix_rate: float = 5e-3  # of Muon
    momentum: float = 0.95
    weight_decay: float = 0.1
    warmup: float = 0.02  # share of the run
    cooldown: float = 0.3  # share of the run, at its end, in which the rates fall to zero
    hints: float = 0.5  # weight of the loss on what each patch shows, and where it is
    earlier_minutes: float = 0.0  # of training behind the weights that the run begins with
    earlier_scenes: int = 0  # that those weights were trained on: none is seen again
    waves: bool = True  # added to the position vectors that the run begins with
    emoji_share: float = 0.4  # of the scenes
    compile: bool = True
    threads: int = 0  # 0: as many as torch takes by itself
    drawers: int = 1  # processes that draw beside the training
    watched: int = 128  # scenes of each world that the curve is measured on
    reported: int = 1000  # scenes of each world that the card reports on

    @property
    def patches(self) -> int:
        """Patches of a picture, row by row."""
        return (self.side // self.patch) ** 2


def gpu_recipe() -> Recipe:
    """The choices where there is a GPU: wider and deeper, larger batches, more who draw."""
    return Recipe(
        minutes=24.0, width=320, layers=8, decoder_layers=4, batch=384, rate=1.5e-3, drawers=14
    )


def smoke_recipe() -> Recipe:
    """A run of seconds, to no good."""
    small = {"side": 40, "width": 64, "layers": 2, "decoder_layers": 1, "head_width": 32}
    return Recipe(steps=4, batch=4, vocabulary=400, compile=False, watched=3, reported=7, **small)


def fresh_model(
    recipe: Recipe, end: int, begin_with: dict[str, torch.Tensor] | None = None
) -> VisionEncoderDecoderModel:
    """A ViT whose patches a GPT-2 reads by cross-attention, all eager.

    Its weights are random, or `begin_with`; where the recipe says so with `places` added.
    """
    torch.manual_seed(recipe.seed)
    heads = recipe.width // recipe.head_width
    vit = ViTConfig(
        hidden_size=recipe.width,
        num_hidden_layers=recipe.layers,
        num_attention_heads=heads,
        intermediate_size=4 * recipe.width,
        image_size=recipe.side,
        patch_size=recipe.patch,
        hidden_act="gelu",
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    gpt2 = GPT2Config(
        vocab_size=recipe.vocabulary,
        n_positions=recipe.longest,
        n_embd=recipe.width,
        n_layer=recipe.decoder_layers,
        n_head=heads,
        activation_function="gelu_pytorch_tanh",
        resid_pdrop=0.0,
        embd_pdrop=0.0,
        attn_pdrop=0.0,
        bos_token_id=end,
        eos_token_id=end,
        add_cross_attention=True,
        is_decoder=True,
    )
    config = VisionEncoderDecoderConfig.from_encoder_decoder_configs(vit, gpt2)
    config.decoder_start_token_id = config.pad_token_id = config.eos_token_id = end
    model = VisionEncoderDecoderModel(
        config=config,
        # Its pooler has no part in captions; it stays as it began, since the library expects one.
        encoder=ViTModel._from_config(vit, attn_implementation="eager"),
        decoder=GPT2LMHeadModel._from_config(gpt2, attn_implementation="eager"),
    )
    if begin_with:
        model.load_state_dict(begin_with)
    if recipe.waves:
        table = model.encoder.embeddings.position_embeddings  # (1, 1 + patch, width)
        with torch.no_grad():
            table[0, 1:] += PLACES * places(recipe.side // recipe.patch, recipe.width)
    return model


def places(across: int, width: int) -> torch.Tensor:
    """Where each patch is, in waves: (patch, width), row by row.

    Half of the vector tells the column and half the row, as sines and cosines of wavelengths
    from 2 pi to nearly 10,000 times as many patches (as MAE does it, He et al. 2022, section 3).
    """
    lengths = 10_000 ** (torch.arange(width // 4) / (width // 4))
    angles = torch.arange(across)[:, None] / lengths
    waves = torch.cat([angles.sin(), angles.cos()], dim=1)  # (across, width / 2)
    columns, rows = waves.repeat(across, 1), waves.repeat_interleave(across, dim=0)
    return torch.cat([columns, rows], dim=1)


class Trainee(MuonTrainee):
    """The model with what training needs beside it: hints, Muon, and the batches."""

    stage = "captioning"

    def __init__(
        self,
        recipe: Recipe,
        words: Words,
        batches: Batches,
        device: str,
        begin_with: dict[str, torch.Tensor] | None = None,
    ) -> None:
        super().__init__(recipe, device)
        self.recipe, self.batches = recipe, batches
        self.model = fresh_model(recipe, words.end, begin_with)
        # What each patch shows, read off its vector: a hint that teaches the encoder to see long
        # before captions do. These layers do not ship.
        self.kinds = nn.Linear(recipe.width, len(words.kinds) + 1)
        self.colours = nn.Linear(recipe.width, len(words.colours) + 1)
        self.counts = nn.Linear(recipe.width, MOST_ALIKE + 1)
        self.across = recipe.side // recipe.patch
        self.columns = nn.Linear(recipe.width, self.across)
        self.rows = nn.Linear(recipe.width, self.across)
        self.to(device)
        matrices = {
            name: parameter
            for name, parameter in self.model.named_parameters()
            if parameter.ndim == 2 and (".layer." in name or ".h." in name)
        }
        self.muon = Muon(matrices, recipe.matrix_rate, recipe.weight_decay, recipe.momentum)
        self._losses = (
            torch.compile(self._losses_of, dynamic=False) if recipe.compile else self._losses_of
        )
        self.told = torch.zeros(len(PARTS))  # the parts of the last loss

    def step_loss(self, step: int, share: float) -> torch.Tensor:
        """The loss on the scenes of a step."""
        return self.loss_on(self.batches.take(step))

    def loss_on(self, batch: Batch) -> torch.Tensor:
        """Mean cross-entropy in nats of each next token, and the weighted hints."""
        parts = [torch.from_numpy(part).to(self.device, non_blocking=True) for part in batch]
        losses = self._losses(*parts)
        self.told = losses.detach()
        return losses[0] + self.recipe.hints * losses[1:].sum()

    def _losses_of(
        self,
        pixels: torch.Tensor,
        ids: torch.Tensor,
        kinds: torch.Tensor,
        colours: torch.Tensor,
        counts: torch.Tensor,
    ) -> torch.Tensor:
        """PARTS for the columns of a Batch: pixels (picture, row, column, 3), ids (picture,
        longest + 1) with UNSAID as padding, and (picture, patch) for each hint."""
        values = pixels.permute(0, 3, 1, 2).float() / 127.5 - 1
        seen = self.model.encoder(pixel_values=values).last_hidden_state  # (picture, 1 + patch, w)
        body, targets = self.model.decoder.transformer, ids[:, 1:].long()
        given = ids[:, :-1].long().clamp(min=0)
        length = given.size(1)
        mask = torch.full((1, 1, length, length), LOWEST, device=ids.device).triu(1)
        states = body.wte(given) + body.wpe.weight[:length]  # (picture, token, width)
        for block in body.h:
            states = block(states, attention_mask=mask, encoder_hidden_states=seen)
        logits = self.model.decoder.lm_head(body.ln_f(states))
        patches = seen[:, 1:].flatten(0, 1)
        number = torch.arange(len(patches), device=ids.device) % self.across**2
        shown = {
            self.kinds: kinds.flatten(),
            self.colours: colours.flatten(),
            self.counts: counts.flatten(),
            self.columns: number % self.across,
            self.rows: number // self.across,
        }
        return torch.stack(
            [
                functional.cross_entropy(
                    logits.flatten(0, 1).float(), targets.flatten(), ignore_index=UNSAID
                ),
                *(
                    functional.cross_entropy(layer(patches).float(), true.long())
                    for layer, true in shown.items()
                ),
            ]
        )


def image_processor(recipe: Recipe) -> ViTImageProcessorPil:
    """What makes a picture into the pixels that the model reads: RGB, resized, from -1 to 1."""
    side = {"height": recipe.side, "width": recipe.side}
    half = [0.5, 0.5, 0.5]
    return ViTImageProcessorPil(
        do_resize=True, size=side, resample=2, do_rescale=True, image_mean=half, image_std=half
    )


def save_model(
    model: VisionEncoderDecoderModel, words: Words, recipe: Recipe, folder: Path
) -> None:
    """Write weights, configs, tokenizer and image processor, as `from_pretrained` reads them."""
    tensors = {
        name: tensor
        for name, tensor in model.state_dict().items()
        if name != "decoder.lm_head.weight"  # the table of tokens, which is there already
    }
    save_tensors(tensors, model.config, type(model).__name__, folder)
    end = words.end
    GenerationConfig(
        bos_token_id=end,
        eos_token_id=end,
        pad_token_id=end,
        decoder_start_token_id=end,
        max_length=recipe.longest,
    ).save_pretrained(folder)
    as_gpt2(words.tokenizer, recipe.longest).save_pretrained(folder)
    image_processor(recipe).save_pretrained(folder)
