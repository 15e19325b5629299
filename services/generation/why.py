"""Why this token: which words of the prompt moved it, and what each layer would have said."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import lazy_loader as lazy
import numpy as np

from core.errors import UserError
from core.progress import Progress
from models.architectures import context_length
from models.decoding.ends import start_id
from models.loaded import Loaded
from models.tokens import labels
from services.generation.reading import checked_ids, read_prompt
from services.generation.scores import unembedded

torch = lazy.load("torch")  # loaded at first use, so that the page is up before it is (SPEC 1)

TOKENS_AT_ONCE = 2048  # in one pass, padding counted: the memory that a batch may take
GUESSES = 5


@dataclass(frozen=True)
class Without:
    """One word of the prompt left out."""

    word: str
    start: int  # characters of the prompt
    end: int
    logprob: float  # of the chosen token, nats, without the word
    change: float  # with minus without: above 0 the word spoke for the token


@dataclass(frozen=True)
class Why:
    """One chosen token, and the prompt without each of its words."""

    prompt: str
    id: int
    label: str
    logprob: float  # nats, with the whole prompt
    words: tuple[Without, ...]


@dataclass(frozen=True)
class Lens:
    """What every layer would have said at one place (logit lens, nostalgebraist 2020).

    The state after each layer goes through the final LayerNorm and the unembedding, as only the
    last one does in the model. Row 0 is the embedding, the last row the model itself.
    """

    id: int
    label: str
    guesses: np.ndarray  # (layer + 1, guess) ids, likeliest first
    labels: tuple[tuple[str, ...], ...]  # the same as text
    chances: np.ndarray  # (layer + 1, guess) probabilities
    chance: np.ndarray  # (layer + 1,) probability of the chosen token
    rank: np.ndarray  # (layer + 1,) of the chosen token; 1 is the likeliest
    logits: np.ndarray  # (vocabulary,) float32, of the last row


def occlude(
    model: Loaded, prompt: object, said: Sequence[int], progress: Progress | None = None
) -> Why:
    """Leave out each word of the prompt and ask for the last of the tokens said since.

    The others said stand as they are. A word goes with the space before it, and what is left is
    read as if it had been typed (occlusion, Zeiler and Fergus 2014). Raises UserError as
    `generation.stream` does, and when there are more tokens than the Spacefile allows here.
    """
    read, ids = _place(model, prompt, said)
    most = model.limits.why_tokens
    if len(ids) > most:
        raise UserError(
            f"Prompt and text have {len(ids):,} tokens up to here; at most {most:,} are read "
            "again for each word. Choose an earlier token or a shorter prompt."
        )
    spans = [match.span(1) for match in re.finditer(r"\s*(\S+)", read)]
    rows = [ids]
    for start, end in spans:
        left = read[:start].rstrip() + (
            read[end:] if read[:start].strip() else read[end:].lstrip()
        )
        shorter = model.tokenizer(left, verbose=False)["input_ids"] or [start_id(model)]
        rows.append((*shorter, *said[:-1]))
    logprobs = _last_logprobs(model, rows, said[-1], progress)
    words = tuple(
        Without(read[start:end], start, end, float(value), float(logprobs[0] - value))
        for (start, end), value in zip(spans, logprobs[1:], strict=True)
    )
    label = labels(model.tokenizer, said[-1:])[0]
    return Why(read, said[-1], label, float(logprobs[0]), words)


def lens(model: Loaded, prompt: object, said: Sequence[int], *, guesses: int = GUESSES) -> Lens:
    """Ask each layer for the last of the tokens said. Raises UserError as `stream` does."""
    _, ids = _place(model, prompt, said)
    with torch.inference_mode():
        output = model.model.base_model(torch.tensor([ids]), output_hidden_states=True)
        states = torch.stack([state[0, -1] for state in output.hidden_states])  # (layer + 1, d)
        # The last is through the final LayerNorm already.
        states = torch.cat((model.model.base_model.ln_f(states[:-1]), states[-1:]))
        logits = unembedded(model, states)  # (layer + 1, vocabulary)
        chances = logits.softmax(dim=-1)
        top = chances.topk(min(guesses, chances.shape[-1]))
        own = logits[:, said[-1], None]
        rank = (logits > own).sum(dim=-1) + 1
    return Lens(
        id=said[-1],
        label=labels(model.tokenizer, said[-1:])[0],
        guesses=top.indices.numpy(),
        labels=tuple(labels(model.tokenizer, row) for row in top.indices.tolist()),
        chances=top.values.numpy(),
        chance=chances[:, said[-1]].numpy(),
        rank=rank.numpy(),
        logits=logits[-1].numpy(),
    )


def _place(model: Loaded, prompt: object, ids: Sequence[int]) -> tuple[str, tuple[int, ...]]:
    """The prompt's text, and all that the model read before the last of the tokens said."""
    if not ids:
        raise UserError("No token is chosen; choose one of the text.")
    read = read_prompt(model, prompt, len(ids))
    return read.text, (*read.ids, *checked_ids(model, ids, len(ids))[:-1])


def _last_logprobs(
    model: Loaded, rows: Sequence[Sequence[int]], aim: int, progress: Progress | None
) -> np.ndarray:
    """(row,): the log-probability of one token after each row of ids; long rows first."""
    result = np.zeros(len(rows))
    order = sorted(range(len(rows)), key=lambda place: -len(rows[place]))
    most = context_length(model.model.config)
    if len(rows[order[0]]) > most:  # less text can be more tokens, if hardly ever
        raise UserError(
            f"Without a word there are {len(rows[order[0]]):,} tokens; this model reads at most "
            f"{most:,}. Choose an earlier token."
        )
    while order:
        longest = len(rows[order[0]])
        size = max(1, TOKENS_AT_ONCE // longest)
        some, order = order[:size], order[size:]
        ids = torch.zeros((len(some), longest), dtype=torch.long)
        mask = torch.zeros_like(ids)
        for number, place in enumerate(some):
            ids[number, : len(rows[place])] = torch.tensor(rows[place])
            mask[number, : len(rows[place])] = 1
        with torch.inference_mode():
            states = model.model.base_model(ids, attention_mask=mask).last_hidden_state
            last = states[torch.arange(len(some)), mask.sum(dim=1) - 1]  # (row, width)
            result[some] = unembedded(model, last).log_softmax(dim=-1)[:, aim].numpy()
        if progress:
            progress(len(rows) - len(order), len(rows))
    return result
