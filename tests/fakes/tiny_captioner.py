"""A random captioner that fits in the eye, saved and loaded as the pocket captioner is."""

import random
from dataclasses import replace
from pathlib import Path

from core.spacefile import Checkpoint, Space
from models.checkpoints import Checkpoints
from models.loaded import Loaded
from scenes.compose import random_scene
from scenes.scene import draw

LAYERS, DECODER_LAYERS, HEADS, WIDTH = 2, 3, 2, 32
SIDE, PATCH, PLACES = 40, 10, 16  # 4 x 4 patches
VOCABULARY, LONGEST, END = 342, 48, 0
WORDS = 314  # tokens from here on are nearly all words; bytes and parts of words come before
TEXT = [
    "a red ball under a green tree",
    "two brown dogs to the left of a house",
    "three yellow stars above the sea at night",
    "a small black cat and a big blue car on a meadow",
]


def tiny_captioner(
    space: Space, folder: Path, *, seed: int = 1, sharp: float = 0.2, end_bias: float = 2.0
) -> Loaded:
    """Loaded by the cache from the folder; a larger `end_bias` ends captions sooner."""
    save_tiny(folder, seed=seed, sharp=sharp, end_bias=end_bias)
    return load_tiny(space, folder)


def load_tiny(space: Space, folder: Path) -> Loaded:
    """What the cache makes of a captioner that was saved."""
    entry = Checkpoint(
        name="tiny-captioner",
        title="Tiny captioner",
        tier="pocket",
        capabilities=("captioning",),
        licence="none",
        parameters=0,
        layers=DECODER_LAYERS,
        encoder_layers=LAYERS,
        heads=HEADS,
        path=str(folder),
    )
    return Checkpoints(Space("Tiny", space.limits, space.queue, (entry,))).load(entry)


def save_tiny(folder: Path, *, seed: int = 1, sharp: float = 0.2, end_bias: float = 2.0) -> None:
    """Write model, tokenizer and image processor, as training does."""
    import torch

    from training.captioning.model import fresh_model, save_model

    recipe = tiny_recipe(seed)
    state = torch.get_rng_state()
    model = fresh_model(recipe, END)
    torch.set_rng_state(state)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim > 1:
                parameter.mul_(sharp / 0.02)  # the library's spread, too even to prefer any word
        body = model.decoder.transformer
        body.wte.weight[1:WORDS].mul_(0.1)  # rarely said
        body.wpe.weight.mul_(4)  # another word at another place
        row = body.wte.weight[END]
        body.ln_f.bias.copy_(end_bias * row / row.square().sum())
    save_model(model, tiny_words(), recipe, folder)


def tiny_recipe(seed: int = 1):
    """The sizes above, as training takes them."""
    from training.captioning.model import smoke_recipe

    return replace(
        smoke_recipe(),
        seed=seed,
        side=SIDE,
        patch=PATCH,
        width=WIDTH,
        layers=LAYERS,
        decoder_layers=DECODER_LAYERS,
        head_width=WIDTH // HEADS,
        vocabulary=VOCABULARY,
        longest=LONGEST,
    )


def tiny_words():
    """A byte-level BPE over a few captions."""
    from training.captioning.data import Words
    from training.engine.bpe import train_bpe

    words = Words(train_bpe(TEXT * 9, VOCABULARY), ())
    assert words.tokenizer.get_vocab_size() == VOCABULARY
    assert words.end == END
    return words


def tiny_picture(seed: int = 0, side: int = 90):
    """A drawn scene, RGB."""
    return draw(random_scene(random.Random(seed)), side)
