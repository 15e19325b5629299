"""Does code that is written from scratch compute what the library computes? Part by part."""

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lazy_loader as lazy

from core.paths import ASSETS
from models.loaded import Loaded
from models.replacing import module_that, replaced
from services.attention import encode, looks_back_only

torch = lazy.load("torch")  # loaded at first use, so that the page is up before it is (SPEC 1)

Tensor = Any
PARTS = ("embed", "head", "heads", "block", "model")
# By `model_type`: the list of layers and what reads all heads of one, as the library names them.
HEARD = {
    "bert": ("encoder.layer", "attention.output.dense"),
    "roberta": ("encoder.layer", "attention.output.dense"),
    "gpt2": ("h", "attn.c_proj"),
}


@dataclass(frozen=True)
class Part:
    """One part of the model, computed by the code on the page and by the library."""

    name: str
    shape: tuple[int, ...]  # of one of its outputs
    outputs: int  # how many were compared: of a head, all heads of all layers
    difference: float  # the largest; of numbers above 1 as a share of them


@dataclass(frozen=True)
class Scratch:
    """All parts, in the order in which they grow."""

    parts: tuple[Part, ...]


def code_of(kind: str) -> Path:
    """The file that is shown, copied and run here."""
    file = "scratch_gpt2" if kind == "gpt2" else "scratch"
    return ASSETS / "anatomy" / "snippets" / f"{file}.py"


def scratch(model: Loaded, text: str, text_pair: str = "") -> Scratch:
    """Run the file's own functions on the model's weights, and hold each against the library.

    Every part is given what the library's has read, and in the end all of them run one after the
    other. Raises UserError when the text does not fit.
    """
    encoded = encode(model, text, text_pair)
    own = functions(code_of(str(model.model.config.model_type)))
    with torch.inference_mode():
        states, mixed, added, blocks = _heard(model, encoded)
        w, inputs = _weights(model), _inputs(model, encoded)
        layers, heads = w["layers"], w["heads"]
        last = states[-1]
        if looks_back_only(model):
            last = last @ model.output_matrix.T
        ours: dict[str, list[Tensor]] = {
            "embed": [own["embed"](w, *inputs)],
            "head": [
                own["head"](w, states[layer], layer, number)
                for layer in range(layers)
                for number in range(heads)
            ],
            "heads": [own["heads"](w, states[layer], layer) for layer in range(layers)],
            "block": [own["block"](w, states[layer], layer) for layer in range(layers)],
            "model": [own["model"](w, *inputs)],
        }
        theirs: dict[str, list[Tensor]] = {
            "embed": states[:1],
            "head": [one for layer in mixed for one in layer.chunk(heads, dim=-1)],
            "heads": added,
            "block": blocks,
            "model": [last],
        }
        return Scratch(tuple(_compared(name, ours[name], theirs[name]) for name in PARTS))


def functions(path: Path) -> dict[str, Callable[..., Tensor]]:
    """The functions of a file, without what else stands in it: that reads models."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    tree.body = [one for one in tree.body if isinstance(one, ast.FunctionDef)]
    names: dict[str, Any] = {"torch": torch}
    exec(compile(tree, str(path), "exec"), names)
    return names


def _compared(name: str, ours: Sequence[Tensor], theirs: Sequence[Tensor]) -> Part:
    far = [
        float(((one - other).abs() / other.abs().clamp(min=1)).max())
        for one, other in zip(ours, theirs, strict=True)
    ]
    return Part(name, tuple(ours[0].shape), len(ours), max(far))


def _weights(model: Loaded) -> dict[str, Any]:
    """The library's weights by their names, and the numbers that the file puts beside them."""
    config = model.model.config
    w: dict[str, Any] = dict(model.model.base_model.state_dict())
    w |= {"heads": model.checkpoint.heads, "layers": model.checkpoint.layers}
    if looks_back_only(model):
        return w | {"eps": config.layer_norm_epsilon}
    first = config.pad_token_id + 1 if config.model_type == "roberta" else 0
    return w | {"eps": config.layer_norm_eps, "first": first}


def _inputs(model: Loaded, encoded: Any) -> tuple[Tensor, ...]:
    ids = torch.tensor(encoded["input_ids"])
    if looks_back_only(model):
        return (ids,)
    kinds = model.tensors(encoded).get("token_type_ids")
    return (ids, torch.zeros_like(ids) if kinds is None else kinds[0])


def _heard(model: Loaded, encoded: Any) -> tuple[list[Tensor], list[Tensor], list[Tensor], Any]:
    """Of the library's own pass: all states, what the heads of each layer give, that after W_O,
    and what each layer hands on.

    The parts that are heard stand in a copy of the way to them: nobody else's pass is touched.
    States are asked of the model itself: to give them, transformers sets hooks on its modules, and
    set again on those of a copy they would give each state twice.
    """
    body = model.model.base_model
    taken = model.tensors(encoded)
    states = [one[0] for one in body(**taken, output_hidden_states=True).hidden_states]
    every, projection = HEARD[str(model.model.config.model_type)]
    mixed: list[Tensor] = []
    added: list[Tensor] = []
    ends: list[Tensor] = []

    def hearing(module: Any) -> Any:
        def forward(given: Tensor) -> Tensor:
            mixed.append(given[0])
            added.append(module(given)[0])
            return added[-1][None]

        return module_that(forward)

    def hearing_the_end(module: Any) -> Any:
        def forward(given: Tensor) -> Tensor:
            ends.append(given[0])
            return module(given)

        return module_that(forward)

    for layer in range(model.checkpoint.layers):
        body = replaced(body, f"{every}.{layer}.{projection}", hearing)
    if looks_back_only(model):  # its last state is normalised once more
        body = replaced(body, "ln_f", hearing_the_end)
    body(**taken)
    blocks = [*states[1:-1], *ends] if ends else states[1:]
    return states, mixed, added, blocks
