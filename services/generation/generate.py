"""How does a causal model go on from a prompt, token by token?"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import lazy_loader as lazy

from core.progress import Progress
from models.loaded import Loaded
from models.tokens import Pieces, labels
from models.turns import one_core
from services.generation.reading import Prompt, Reader, checked_ids, end_ids, read_prompt
from services.generation.settings import Settings
from services.generation.steps import SHOWN, Choice, choose

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


def generate(
    model: Loaded,
    prompt: object,
    settings: Settings,
    *,
    forced: Sequence[int] = (),
    stopped: Callable[[], bool] | None = None,
    progress: Progress | None = None,
) -> Generation:
    """The whole continuation at once. Raises UserError as `stream` does.

    Told after each token, `progress` ends it by raising.
    """
    read, coming = stream(model, prompt, settings, forced=forced, stopped=stopped)
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
) -> tuple[Prompt, Iterator[Step]]:
    """What is read, and the steps as they are made, one token computed at each `next`.

    Closing the iterator, or `stopped` saying true, ends the computation before the next token. The
    first tokens are those `forced`; with the same settings the rest is what it would have been
    after them. `settings.beams` is for `services.generation.beams`.

    Raises UserError at once when the prompt is no text or the model cannot read so much, with both
    numbers, or when a forced id is none.
    """
    read = read_prompt(model, prompt, settings.max_new_tokens)
    known = checked_ids(model, forced, settings.max_new_tokens)
    return read, _steps(model, read, settings, known, stopped, shown)


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
    model: Loaded,
    read: Prompt,
    settings: Settings,
    forced: Sequence[int],
    stopped: Callable[[], bool] | None,
    shown: int,
) -> Iterator[Step]:
    reader, ends, pieces = Reader(model), end_ids(model), Pieces(model.tokenizer)
    # One of its own: the process's generator is shared by all visitors.
    generator = torch.Generator().manual_seed(settings.seed)
    ids = new = torch.tensor(read.ids)
    for index in range(settings.max_new_tokens):
        if stopped and stopped():
            return
        began = time.perf_counter()
        given = forced[index] if index < len(forced) else None
        with one_core():
            logits = reader(new[None])[0]
            choice = choose(logits, ids, settings, generator, forced=given, shown=shown)
        milliseconds = 1000 * (time.perf_counter() - began)
        end = choice.id in ends
        text = "" if end else pieces.push(choice.id)
        if end or index == settings.max_new_tokens - 1:
            text += pieces.rest()
        yield Step(
            place=index,
            choice=choice,
            text=text,
            label=labels(model.tokenizer, [choice.id])[0],
            alternatives=labels(model.tokenizer, choice.candidates.ids.tolist()),
            end=end,
            fed=len(new),
            milliseconds=milliseconds,
        )
        if end:
            return
        new = torch.tensor([choice.id])
        ids = torch.cat((ids, new))
