"""What does a longer text cost, and how far does a token reach? Measured on the model itself."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from time import perf_counter, thread_time
from typing import Any

import lazy_loader as lazy
import numpy as np

from core.progress import end_if_left
from models.architectures import context_length
from models.loaded import Loaded
from models.tokens import names_of, tokens_of
from models.turns import one_core
from services.anatomy.embedded import embedded
from services.anatomy.layer import mix, parts_of, passed
from services.anatomy.measure import shape_of
from services.attention import encode, looks_back_only, pieces_of

torch = lazy.load("torch")  # loaded at first use, so that the page is up before it is (SPEC 1)

Tensor = Any
LENGTHS = (8, 16, 32, 64, 128, 256, 512)
SECONDS = 0.4  # after which no other round is begun
ROUNDS = 8  # over all lengths; of all runs the fastest counts: a cold cache only slows them
SHARE = 0.006  # seconds of a round for each length: short ones are run often in them
FLOAT = 4  # bytes
DIRECTIONS, AT_ONCE = 8, 1500  # random ones; layers × tokens that as many backward passes read
SEED = 0


@dataclass(frozen=True)
class Fit:
    """milliseconds = constant + linear · n + square · n², each at least 0."""

    constant: float
    linear: float
    square: float

    def at(self, n: float) -> float:
        """The milliseconds for n tokens."""
        return self.constant + self.linear * n + self.square * n * n


@dataclass(frozen=True)
class Cost:
    """One model's work for texts of several lengths: milliseconds of all layers together."""

    lengths: tuple[int, ...]
    attention: tuple[float, ...]
    forward: tuple[float, ...]
    attention_fit: Fit
    forward_fit: Fit
    weights: tuple[int, ...]  # bytes of one layer's attention weights: heads · n²
    units: tuple[int, ...]  # and of its units: n · f
    layers: int


def cost(model: Loaded) -> Cost:
    """Time one layer's halves on one core, at every length the model can read, times its layers.

    The states are random numbers: what they are takes no time. Vaswani et al. 2017, table 1.
    """
    kind, body = str(model.model.config.model_type), model.model.base_model
    causal, heads, layers = looks_back_only(model), model.checkpoint.heads, model.checkpoint.layers
    shape, parts = shape_of(model), parts_of(kind, body, 0)
    lengths = tuple(n for n in LENGTHS if n <= context_length(model.model.config))

    def attend(x: Tensor) -> Tensor:
        return parts.out(mix(parts, x, heads, causal=causal).flatten(-2))

    def forward(x: Tensor) -> Tensor:
        return parts.down(parts.act(parts.up(x)))

    draw, began = torch.Generator().manual_seed(SEED), perf_counter()
    given = [torch.randn(n, shape.width, generator=draw) for n in lengths]
    fastest = np.full((2, len(lengths)), np.inf)  # seconds
    with one_core(), torch.inference_mode():
        forward(attend(given[0]))  # the first time of all takes longest
        for round_ in range(ROUNDS):
            if round_ and perf_counter() - began > SECONDS:
                break
            for index, x in enumerate(given):
                end_if_left()
                for half, run in enumerate((attend, forward)):
                    fastest[half, index] = min(fastest[half, index], _fastest(run, x))
    times = (fastest * layers * 1000).tolist()
    return Cost(
        lengths=lengths,
        attention=tuple(times[0]),
        forward=tuple(times[1]),
        attention_fit=fitted(lengths, times[0], square=True),
        forward_fit=fitted(lengths, times[1], square=False),
        weights=tuple(FLOAT * heads * n * n for n in lengths),
        units=tuple(FLOAT * shape.feedforward * n for n in lengths),
        layers=layers,
    )


def _fastest(run: Callable[[Tensor], Tensor], x: Tensor) -> float:
    """The seconds of the fastest of the runs that fit into a share; of one at least.

    Of the processor, in this thread: what else goes on meanwhile is not counted.
    """
    began, found = perf_counter(), np.inf
    while True:
        start = thread_time()
        run(x)
        found = min(found, thread_time() - start)
        if perf_counter() - began > SHARE:
            return found


def fitted(lengths: tuple[int, ...], times: list[float], *, square: bool) -> Fit:
    """The curve of least squares of the relative errors, without terms below 0.

    Of all choices of terms that fit with none below 0 the best is taken: there are seven.
    """
    n, seconds = np.array(lengths, dtype=float), np.array(times)
    columns = np.stack([np.ones_like(n), n, n * n][: 3 if square else 2], axis=1)
    best, least = np.zeros(3), np.inf
    for count in range(1, columns.shape[1] + 1):
        for chosen in combinations(range(columns.shape[1]), count):
            some = columns[:, chosen] / seconds[:, None]
            found = np.linalg.lstsq(some, np.ones(len(n)), rcond=None)[0]
            error = float(np.square(some @ found - 1).sum())
            if (found >= 0).all() and error < least:
                best, least = np.zeros(3), error
                best[list(chosen)] = found
    return Fit(*best.tolist())


@dataclass(frozen=True)
class Reach:
    """How much a token's vector after the last layer depends on what stands before it.

    (distance,) root mean square of ‖∂(u · h)/∂x‖ over random directions u of length 1; the model's
    last ordinary token h, and x what the first layer reads so many tokens earlier.
    """

    model: np.ndarray
    recurrent: np.ndarray  # an LSTM of random weights, which reads the same
    token: str  # as people read it


def reach(model: Loaded, text: str) -> Reach:
    """What a loss at the last token sends back to each token before it, in the model and in an
    LSTM as wide that has learned nothing.

    Raises UserError when the text does not fit.
    """
    encoded = encode(model, text)
    tokens = tokens_of(model.tokenizer, encoded, text)
    ordinary = [index for index, token in enumerate(tokens) if not token.special]
    first, last = ordinary[0], ordinary[-1]
    kind, body = str(model.model.config.model_type), model.model.base_model
    causal, heads, layers = looks_back_only(model), model.checkpoint.heads, model.checkpoint.layers
    many = max(1, min(DIRECTIONS, AT_ONCE // (layers * len(tokens))))
    with torch.enable_grad():
        x = embedded(model, encoded)[-1][1].detach().requires_grad_()
        state = x
        for layer in range(layers):
            end_if_left()
            state = passed(parts_of(kind, body, layer), state, heads, causal=causal).state
        state = body.ln_f(state) if causal else state
        own = _sent_back(state[last], x, many)
        given = x.detach()[first : last + 1].requires_grad_()
        other = _sent_back(_lstm(x.shape[-1])(given)[0][-1], given, many)
    return Reach(
        own[first : last + 1][::-1].copy(),
        other[::-1].copy(),
        names_of(tokens, pieces_of(model, encoded))[last],
    )


def _lstm(width: int) -> Any:
    """One layer with the weights that torch would draw (uniform to ±1/√width), always the same."""
    # Neither drawn nor seeded by torch's own generator: others draw from it at the same time.
    made = torch.nn.LSTM(width, width, device="meta").to_empty(device="cpu")
    draw = torch.Generator().manual_seed(SEED)
    for weight in made.parameters():
        torch.nn.init.uniform_(weight, -(width**-0.5), width**-0.5, generator=draw)
    return made


def _sent_back(end: Tensor, x: Tensor, many: int) -> np.ndarray:
    """(token,): the mean gradient's length at each row of x, over random directions of the end."""
    draw, total = torch.Generator().manual_seed(SEED), torch.zeros(len(x), dtype=torch.double)
    for _ in range(many):
        end_if_left()
        direction = torch.randn(len(end), generator=draw)
        sent = torch.autograd.grad(
            end, x, direction / direction.norm(), retain_graph=True, materialize_grads=True
        )[0]
        total += sent.double().square().sum(dim=-1)
    lengths: np.ndarray = (total / many).sqrt().numpy()
    return lengths
