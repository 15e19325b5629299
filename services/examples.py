"""Results computed beforehand: what a tab shows before any model is loaded.

`training/examples.py` writes them; a test computes them again and compares.
"""

import json
import re
from dataclasses import fields, is_dataclass
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import numpy as np

from core.paths import ASSETS

Result = TypeVar("Result")


def read_example(stem: str, kind: type[Result]) -> Result:
    """The stored result of a tab's first example, as the dataclass that the service returns."""
    path = ASSETS / stem / "opening.json"
    if not path.exists():
        raise FileNotFoundError(
            f"assets/{stem}/opening.json is missing; `make examples` writes it."
        )
    result: Result = _thawed(json.loads(path.read_text(encoding="utf-8")), kind)
    return result


def write_example(stem: str, result: Any) -> None:
    """Store a result, every digit of its numbers kept."""
    text = json.dumps(frozen(result), ensure_ascii=False, separators=(",", ":"))
    (ASSETS / stem / "opening.json").write_text(text + "\n", encoding="utf-8")


def frozen(value: Any) -> Any:
    """A result as plain JSON values: dataclasses become objects, arrays become nested lists."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: frozen(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, np.ndarray) and value.dtype.kind != "f":
        return value.tolist()
    if isinstance(value, np.ndarray):
        # A float32 is written with the digits that tell it from its neighbours, not with 17.
        text = np.array2string(value, separator=",", threshold=value.size + 1, floatmode="unique")
        return json.loads(re.sub(r"\.(?!\d)", ".0", text))  # NumPy writes 1., JSON wants 1.0
    if isinstance(value, tuple | list):
        return [frozen(part) for part in value]
    if isinstance(value, dict):
        return {key: frozen(part) for key, part in value.items()}
    return value.item() if isinstance(value, np.generic) else value


def _thawed(value: Any, kind: Any) -> Any:
    if is_dataclass(kind):
        kinds = get_type_hints(kind)
        return kind(**{name: _thawed(part, kinds[name]) for name, part in value.items()})  # type: ignore[operator]
    if kind is np.ndarray:
        array = np.array(value)
        return array.astype(np.float32) if array.dtype.kind == "f" else array  # ids stay whole
    if isinstance(kind, UnionType) and value is not None:  # something, or None
        return _thawed(value, get_args(kind)[0])
    if get_origin(kind) is tuple:
        inner = get_args(kind)[0]
        return tuple(_thawed(part, inner) for part in value)
    if get_origin(kind) is dict:
        inner = get_args(kind)[1]
        return {key: _thawed(part, inner) for key, part in value.items()}
    return value
