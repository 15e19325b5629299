"""One step of BERT's training: which tokens are chosen, what becomes of them, what it costs."""

from dataclasses import dataclass
from functools import cached_property

import lazy_loader as lazy
import numpy as np

from core.text import checked_index
from models.architectures import filling_head
from models.loaded import Loaded
from models.tokens import labels

torch = lazy.load("torch")  # loaded at first use, so that the page is up before it is (SPEC 1)

CHOSEN = 0.15  # of the tokens
MASKED, RANDOM, KEPT = "masked", "random", "kept"
SHARES = {MASKED: 0.8, RANDOM: 0.1, KEPT: 0.1}
MOST_SEED = 9_999


@dataclass(frozen=True)
class Step:
    """One token of a paragraph: as it was, as the model sees it, and whether it counts."""

    token: str
    start: int
    end: int
    fate: str  # "" where it was not chosen; else one of SHARES
    seen: str  # what stands in its place
    guess: str  # the likeliest token there; "" where it was not chosen
    loss: float  # −ln of the probability of the right token; 0 where it was not chosen


@dataclass(frozen=True)
class Learning:
    """A paragraph prepared as in pre-training, and the loss of one model on it."""

    text: str
    seed: int
    steps: tuple[Step, ...]  # without the special tokens

    @cached_property
    def chosen(self) -> tuple[Step, ...]:
        """The tokens on which the loss is taken."""
        return tuple(step for step in self.steps if step.fate)

    @property
    def loss(self) -> float:
        """The mean over the chosen tokens, in nats."""
        return float(np.mean([step.loss for step in self.chosen]))


def learn(model: Loaded, text: str, seed: int = 0) -> Learning:
    """Choose 15 % of the tokens; of these 80 % become [MASK], 10 % another token, 10 % stay.

    Each is drawn by itself (Devlin et al. 2019, section 3.1 and appendix A.1), and the loss is the
    cross-entropy at the chosen places alone. Raises UserError when the text does not fit.
    """
    seed = checked_index(seed, 0, MOST_SEED, name="draw")
    encoded = model.encode(text)
    ids = encoded["input_ids"]
    special = encoded["special_tokens_mask"]
    ordinary = [place for place, one in enumerate(special) if not one]
    fates = draw(ordinary, seed)
    chance = np.random.default_rng([seed, 1])
    known = min(model.vocabulary, len(model.tokenizer))
    allowed = np.setdiff1d(np.arange(known), model.tokenizer.all_special_ids)
    read = list(ids)
    for place, fate in fates.items():
        if fate == MASKED:
            read[place] = model.tokenizer.mask_token_id
        elif fate == RANDOM:
            read[place] = int(chance.choice(allowed))
    places = list(fates)
    with torch.inference_mode():
        states = model.model.base_model(torch.tensor([read])).last_hidden_state[0, places]
        logs = filling_head(model.model)(states).double().log_softmax(dim=-1).numpy()
    losses = dict(
        zip(places, -logs[np.arange(len(places)), [ids[one] for one in places]], strict=True)
    )
    guessed = dict(
        zip(places, labels(model.tokenizer, logs.argmax(axis=-1).tolist()), strict=True)
    )
    tokens, seen = (model.tokenizer.convert_ids_to_tokens(row) for row in (list(ids), read))
    steps = tuple(
        Step(
            token=tokens[place],
            start=encoded["offset_mapping"][place][0],
            end=encoded["offset_mapping"][place][1],
            fate=fates.get(place, ""),
            seen=seen[place],
            guess=guessed.get(place, ""),
            loss=float(losses.get(place, 0.0)),
        )
        for place in ordinary
    )
    return Learning(text, seed, steps)


def draw(places: list[int], seed: int) -> dict[int, str]:
    """Which of the places are chosen, at least one, in order, and what becomes of each."""
    chance = np.random.default_rng([seed, 0])
    count = max(1, round(CHOSEN * len(places)))
    chosen = sorted(chance.choice(places, count, replace=False).tolist())
    fates = chance.choice(list(SHARES), count, p=list(SHARES.values())).tolist()
    return dict(zip(chosen, fates, strict=True))
