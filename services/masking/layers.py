"""What would each layer have said of a masked word, and where did it look?"""

from collections.abc import Sequence
from dataclasses import dataclass

import lazy_loader as lazy
import numpy as np

from core.errors import UserError
from models.architectures import filling_head
from models.loaded import Loaded
from models.tokens import labels
from services.masking.blanks import SEVERAL, Blanked, blanked
from services.masking.fill import Guess

torch = lazy.load("torch")  # loaded at first use, so that the page is up before it is (SPEC 1)

SHOWN = 4  # guesses of each layer


@dataclass(frozen=True)
class Layers:
    """One hidden word, read after every layer."""

    blanked: Blanked
    number: int  # which of the hidden words
    tokens: tuple[str, ...]
    guesses: tuple[tuple[Guess, ...], ...]  # before the first layer and after each
    final: np.ndarray  # (state,): what each gives the token that is likeliest at the end
    attention: np.ndarray  # (layer, head, token): where the mask looks; each row sums to 1


def read_layers(model: Loaded, text: str, hidden: Sequence[int] = (), number: int = 0) -> Layers:
    """The head that fills in words, put to the mask's state after every layer.

    Known as the logit lens (nostalgebraist 2020); only the last state is what the head learned to
    read. Raises UserError when the text does not fit, or nothing is hidden.
    """
    found = blanked(model, text, hidden)
    if not found.places:
        raise UserError(f"Nothing is masked. {SEVERAL}")
    number = min(number, len(found.places) - 1)
    place = found.places[number]
    head = filling_head(model.model)
    with torch.inference_mode():
        read = model.model.base_model(
            torch.tensor([found.ids]), output_hidden_states=True, output_attentions=True
        )
        states = torch.stack([state[0, place] for state in read.hidden_states])
        chances = head(states).double().softmax(dim=-1).numpy()
        attention = torch.stack([one[0, :, place] for one in read.attentions]).numpy()
    likely = np.argsort(-chances, axis=-1, kind="stable")[:, :SHOWN]
    guesses = []
    for row, ids in zip(chances, likely.tolist(), strict=True):
        named = labels(model.tokenizer, ids)
        guesses.append(tuple(map(Guess, named, ids, row[ids].tolist())))
    return Layers(
        blanked=found,
        number=number,
        tokens=tuple(model.tokenizer.convert_ids_to_tokens(list(found.ids))),
        guesses=tuple(guesses),
        final=chances[:, likely[-1, 0]],
        attention=attention,
    )
