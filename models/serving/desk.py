"""The desk: tabs and endpoints ask verbs here, and never see a model.

A verb is a function of `services/`: it takes models and plain values, and gives a frozen result.
`desk.ask(attend, entry, text)` calls `attend` with the model of that Spacefile entry. The verb is
what could be shipped to a worker elsewhere: its name, its inputs and its result pickle.
"""

from collections.abc import Callable, Generator, Hashable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from core.progress import Here, Progress, awaited, here
from core.spacefile import Checkpoint, Limits
from models.checkpoints import Checkpoints
from models.loaded import Loaded
from models.serving.flights import Flights
from models.serving.results import Results, key_of, name_of
from models.serving.streams import Streams
from models.serving.turns import Turn, Turns
from models.turns import Asker, asked_by

Result = TypeVar("Result")
KEPT_BYTES = 400_000_000  # of results; the attention of BLIP's encoder takes 190 MB for a picture


def nobody() -> Hashable:
    """Who asks, where nothing is known of them."""
    return None


class Desk:
    """Verbs in, results out: each asked once however many ask, kept, and in fair turns."""

    def __init__(
        self,
        checkpoints: Checkpoints,
        *,
        listening: Callable[[], Here] = here,
        visitor: Callable[[], Hashable] = nobody,
        kept_bytes: int = KEPT_BYTES,
    ) -> None:
        """Both are called in the thread of whoever asks: do they still wait, and who are they?"""
        self.checkpoints = checkpoints
        self._listening, self._visitor = listening, visitor
        self._turns = Turns(checkpoints.space.queue.concurrency)
        self._flights = Flights()
        self._streams = Streams()
        self._results = Results(kept_bytes)

    @property
    def limits(self) -> Limits:
        """The most that is taken from one visitor at once."""
        return self.checkpoints.limits

    @property
    def kept(self) -> Results:
        """What was computed and is kept, with how often it was asked for."""
        return self._results

    def offered(self, capability: str) -> list[Checkpoint]:
        """The entries that the Spacefile offers for a capability, the default first.

        Each names it first among its own: so the model is read with the head that it takes.
        """
        return [_for(entry, capability) for entry in self.checkpoints.offered(capability)]

    def default(self, capability: str) -> Checkpoint:
        """The first entry offered for a capability; nothing is loaded to know it."""
        return _for(self.checkpoints.default(capability), capability)

    def named(self, name: object, capability: str) -> Checkpoint:
        """The entry of that name. Raises UserError with the names that are offered."""
        return _for(self.checkpoints.named(name, capability), capability)

    def read(self, entry: Checkpoint) -> Checkpoint:
        """The entry with what only its files tell, such as its family; loads the model.

        Raises UserError when it cannot be had.
        """
        return _for(self._model_of(entry).checkpoint, entry.capabilities[0])

    def ask(
        self,
        verb: Callable[..., Result],
        *inputs: Any,
        progress: Progress | None = None,
        keep: bool = True,
        **settings: Any,
    ) -> Result:
        """The verb's result; every entry among the inputs stands for its model.

        Who asks for what is being computed waits for that; what was computed is kept, unless told
        otherwise. `progress`, where the verb takes one, is told how far it is; what it raises ends
        the work as soon as nobody else waits for it. So does leaving, within a second, whether the
        verb takes a progress or not. Raises what the verb raises; UserError when a model cannot be
        had; BusyError when no turn came in time; Left for who has left.
        """
        key = key_of(verb, inputs, settings)
        kept = self._results.get(key)
        if kept is not None:
            return kept

        def compute(tell: Progress) -> Result:
            models = self._with_models(inputs)  # before the turn, none of which awaits a download
            with self._turn_of(verb) as turn:
                telling = {} if progress is None else {"progress": _pausing(tell, turn)}
                result = verb(*models, **settings, **telling)
            if keep:
                self._results.put(key, result)
            return result

        return self._flights.join(key, compute, progress, self._listening())

    def knows(self, verb: Callable[..., Any], *inputs: Any, **settings: Any) -> bool:
        """Whether the result is kept, so that `ask` gives it at once."""
        return key_of(verb, inputs, settings) in self._results

    def stream(
        self, verb: Callable[..., Any], *inputs: Any, **settings: Any
    ) -> Generator[Any, None, None]:
        """What the verb yields, item by item in turns, once for all who ask the same; never kept.

        Who asks for what is on its way is given what there is, and then each item as it comes.
        Closing the iterator ends the work where nobody else watches; so does leaving, within an
        item too. Raises as `ask`.
        """

        def begin() -> Iterator[Any]:
            return iter(verb(*self._with_models(inputs), **settings))

        key, turn = key_of(verb, inputs, settings), partial(self._turn_of, verb)
        yield from self._streams.watch(key, begin, turn, self._listening())

    def tokenize(self, verb: Callable[..., Result], *inputs: Any, **settings: Any) -> Result:
        """The result of a verb that needs tokenizers and measures alone: here before the models.

        It takes milliseconds, so it never waits behind a model, and is not kept. Raises as `ask`.
        """
        with awaited(self._listening()):
            return verb(*self._with_models(inputs, self._tokenizer_of), **settings)

    @contextmanager
    def _turn_of(self, verb: Callable[..., Any], begun: bool = False) -> Iterator[Turn | None]:
        """A turn for a verb; None for one that takes its own, step by step (`takes_turns`)."""
        visitor = self._visitor()
        if getattr(verb, "takes_turns", False):
            turn = _StepByStep(self._turns, name_of(verb), visitor, begun=begun)
            with asked_by(Asker(turn, turn.shared, visitor)):
                yield None
        else:
            with self._turns.one(name_of(verb), asker=visitor, begun=begun) as one:
                yield one

    def _with_models(
        self, value: Any, model_of: Callable[[Checkpoint], Loaded] | None = None
    ) -> Any:
        """The inputs, each entry among them replaced by its model."""
        if isinstance(value, Checkpoint):
            return (model_of or self._model_of)(value)
        if type(value) in (tuple, list):  # not a named tuple, which is a value
            return type(value)(self._with_models(part, model_of) for part in value)
        return value

    def _model_of(self, entry: Checkpoint) -> Loaded:
        return self.checkpoints.load(entry, entry.capabilities[0])

    def _tokenizer_of(self, entry: Checkpoint) -> Loaded:
        tokenizer, config = self.checkpoints.tokenizer(entry), self.checkpoints.config(entry)
        return Loaded(entry, tokenizer, None, self.limits, config=config)


class _StepByStep:
    """The turns of one question: the first may be refused, what has begun goes on."""

    def __init__(self, turns: Turns, kind: Hashable, visitor: Hashable, *, begun: bool) -> None:
        self._turns, self._kind, self._visitor, self._begun = turns, kind, visitor, begun

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """A turn for a step that is computed for this visitor alone."""
        with self._turns.one(self._kind, asker=self._visitor, begun=self._begun):
            self._begun = True
            yield

    def shared(self) -> AbstractContextManager[Any]:
        """One for a step that is computed for others at once as well.

        It is never refused: a text that finds no place in a loop is told so there.
        """
        return self._turns.one(self._kind, begun=True)


def _pausing(tell: Progress, turn: Turn | None) -> Progress:
    """Long work lets the others have their turn between its parts."""

    def told(done: int, whole: int) -> None:
        tell(done, whole)
        if turn:
            turn.pass_on()

    return told


def _for(entry: Checkpoint, capability: str) -> Checkpoint:
    """The entry with a capability first among its own."""
    others = tuple(name for name in entry.capabilities if name != capability)
    return replace(entry, capabilities=(capability, *others))
