"""How does a causal model go on from a prompt, token by token?"""

import math
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import lazy_loader as lazy

from core.errors import UserError
from core.progress import Progress
from models.decoding import EVERY, Row, Said, fits, loop_of
from models.decoding.ends import end_ids, never_ids
from models.loaded import Loaded
from models.tokens import Pieces, labels
from models.turns import asker, one_core, takes_turns
from services.generation.reading import (
    Prompt,
    Reader,
    checked_ids,
    read_prompt,
)
from services.generation.settings import Settings
from services.generation.steps import SHOWN, Choice, Draft, choose, choose_all

torch = lazy.load("torch")  # loaded at first use, so that the page is up before it is (SPEC 1)

END, LENGTH, STOPPED = "end", "length", "stopped"


@dataclass(frozen=True)
class Step:
    """One token: how it was chosen, and what it adds to the text."""

    place: int  # in the continuation, from 0
    choice: Choice
    text: str  # what it adds; empty for half a character and for the end token
    label: str  # the token alone
    alternatives: tuple[str, ...]  # labels of the candidates, in their order
    end: bool  # it is the end token
    fed: int  # tokens that the model read for it: all of the prompt, then one
    milliseconds: float  # to read them and to choose


@dataclass(frozen=True)
class Generation:
    """A continuation and every step of it."""

    prompt: Prompt
    settings: Settings
    steps: tuple[Step, ...]
    stopped: str  # "length", "end" (its own end token), or "stopped" (the visitor)

    @property
    def text(self) -> str:
        """The continuation alone."""
        return "".join(step.text for step in self.steps)

    @property
    def ids(self) -> tuple[int, ...]:
        """The tokens of the continuation, the end token included."""
        return tuple(step.choice.id for step in self.steps)

    @property
    def mean_logprob(self) -> float:
        """Nats per token, under the model's own distribution; 0 where there is no token."""
        return sum(step.choice.logprob for step in self.steps) / max(1, len(self.steps))


@takes_turns
def generate(
    model: Loaded,
    prompt: object,
    settings: Settings,
    *,
    forced: Sequence[int] = (),
    stopped: Callable[[], bool] | None = None,
    shown: int = SHOWN,
    progress: Progress | None = None,
) -> Generation:
    """The whole continuation at once. Raises UserError as `stream` does.

    With `shown` 0 a step tells its token, probability and rank, and neither candidates nor what
    filters did. Told as tokens come, `progress` ends it by raising.
    """
    watched = stopped or progress
    every = EVERY if watched else math.inf
    read, coming = stream(
        model, prompt, settings, forced=forced, stopped=stopped, shown=shown, every=every
    )
    steps = []
    for step in coming:
        steps.append(step)
        if progress:
            progress(len(steps), settings.max_new_tokens)
    return gathered(read, settings, steps)


def gathered(prompt: Prompt, settings: Settings, steps: Sequence[Step]) -> Generation:
    """The continuation so far, as the steps of `stream` make it."""
    if steps and steps[-1].end:
        why = END
    else:
        why = LENGTH if len(steps) == settings.max_new_tokens else STOPPED
    return Generation(prompt, settings, tuple(steps), why)


def stream(
    model: Loaded,
    prompt: object,
    settings: Settings,
    *,
    forced: Sequence[int] = (),
    stopped: Callable[[], bool] | None = None,
    shown: int = SHOWN,
    every: float = EVERY,
) -> tuple[Prompt, Iterator[Step]]:
    """What is read, and the steps as they are made, together with all texts of that model.

    Nothing is computed before the first `next`. Closing the iterator, or `stopped` saying true,
    ends the computation before the next token. The first tokens are those `forced`; with the same
    settings the rest is what it would have been after them. Steps come as they are made, those of
    `every` seconds together. `settings.beams` is for `services.generation.beams`.

    Raises UserError at once when the prompt is no text or the model cannot read so much, with both
    numbers, or when a forced id is none.
    """
    read = read_prompt(model, prompt, settings.max_new_tokens)
    known = checked_ids(model, forced, settings.max_new_tokens)
    generator = torch.Generator().manual_seed(settings.seed)  # not that of all visitors
    draft = Draft(list(read.ids), settings, generator, known, shown, never=never_ids(model))
    return read, _steps(model, draft, stopped, every)


@takes_turns
def continuation(
    model: Loaded, prompt: object, settings: Settings, forced: Sequence[int] = ()
) -> Iterator[Prompt | Step]:
    """First the prompt as it is read, then the steps as they are made: what `Desk.stream` asks.

    Closing the iterator ends the computation before the next token. Raises UserError as `stream`
    does, in place of the prompt.
    """
    read, steps = stream(model, prompt, settings, forced=forced)
    yield read
    yield from steps


def look(
    model: Loaded, prompt: object, said: Sequence[int], settings: Settings, *, shown: int
) -> Choice:
    """The distribution that the last token said was chosen from, with more candidates.

    Raises UserError as `stream` does.
    """
    read = read_prompt(model, prompt, len(said))
    *before, chosen = checked_ids(model, said, len(said))
    ids = torch.tensor([*read.ids, *before])
    logits = Reader(model)(ids[None])[0]
    return choose(logits, ids, settings, torch.Generator(), forced=chosen, shown=shown)


def _steps(
    model: Loaded, draft: Draft, stopped: Callable[[], bool] | None, every: float
) -> Iterator[Step]:
    ends, pieces = end_ids(model), Pieces(model.tokenizer)
    most, fed = draft.settings.max_new_tokens, len(draft.ids)
    makes = _together if fits(model.model) else _by_itself
    with closing(makes(model, draft, every)) as coming:
        for index in range(most):
            if stopped and stopped():
                return
            choice, milliseconds = next(coming)
            end = choice.id in ends
            text = "" if end else pieces.push(choice.id)
            if end or index == most - 1:
                text += pieces.rest()
            yield Step(
                place=index,
                choice=choice,
                text=text,
                label=labels(model.tokenizer, [choice.id])[0],
                alternatives=labels(model.tokenizer, choice.candidates.ids.tolist()),
                end=end,
                fed=fed,
                milliseconds=milliseconds,
            )
            if end:
                return
            fed = 1


def _together(
    model: Loaded, draft: Draft, every: float
) -> Generator[tuple[Choice, float], None, None]:
    """Each choice and its milliseconds, made in the one loop of the model."""
    row = Row(model, tuple(draft.ids), draft.settings.max_new_tokens, draft, every)
    yield from loop_of(model.model, _say).join(row).coming()


def _say(logits: Any, rows: Sequence[Row]) -> list[Said | UserError]:
    """The next token of each text of the loop."""
    ids: list[Said | UserError] = []
    for row, choice in zip(rows, choose_all(logits, [row.asked for row in rows]), strict=True):
        if isinstance(choice, UserError):
            ids.append(choice)
            continue
        row.asked.add(choice.id)
        last = row.asked.said == row.most or choice.id in end_ids(row.model)
        ids.append(Said(choice.id, last, choice))
    return ids


def _by_itself(
    model: Loaded, draft: Draft, every: float
) -> Generator[tuple[Choice, float], None, None]:
    """The same of a model that is not written out, such as a captioner that looks at a picture."""
    reader, new = Reader(model), list(draft.ids)
    while True:
        began = time.perf_counter()
        with asker().turn(), one_core():
            (choice,) = choose_all(reader(torch.tensor([new])), [draft])
        if isinstance(choice, UserError):
            raise choice
        yield choice, 1000 * (time.perf_counter() - began)
        draft.add(choice.id)
        new = [choice.id]
