"""Results that are kept: what was computed is not computed again, as far as memory allows."""

import pickle
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import fields, is_dataclass
from hashlib import sha256
from typing import Any

import numpy as np
from PIL import Image

from core.spacefile import Checkpoint


class Results:
    """The newest results, at most so many bytes of them; the least recently used leave first."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._kept: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._lock = threading.Lock()
        self.bytes = 0
        self.hits = 0
        self.misses = 0

    def get(self, key: Hashable) -> Any:
        """The result kept for the key, or None."""
        with self._lock:
            if key not in self._kept:
                self.misses += 1
                return None
            self.hits += 1
            self._kept.move_to_end(key)
            return self._kept[key][0]

    def __contains__(self, key: Hashable) -> bool:
        return key in self._kept

    def put(self, key: Hashable, result: Any) -> None:
        """Keep a result; one that alone would take more than half of the room is not kept."""
        size = bytes_of(result)
        if size > self._most / 2:
            return
        with self._lock:
            self.bytes += size - self._kept.pop(key, (None, 0))[1]
            self._kept[key] = (result, size)
            while self.bytes > self._most:
                self.bytes -= self._kept.popitem(last=False)[1][1]


def bytes_of(result: Any) -> int:
    """How many bytes a result would take on its way elsewhere; no array is copied for it."""
    arrays: list[pickle.PickleBuffer] = []
    rest = pickle.dumps(result, protocol=5, buffer_callback=arrays.append)
    return len(rest) + sum(array.raw().nbytes for array in arrays)


def name_of(verb: Callable[..., Any]) -> str:
    """Where a verb is written."""
    return f"{verb.__module__}.{verb.__qualname__}"


def key_of(
    verb: Callable[..., Any], inputs: tuple[Any, ...], settings: Mapping[str, Any]
) -> Hashable:
    """What a question is known by: the same verb, models and values have the same key."""
    return (
        name_of(verb),
        _key(inputs),
        tuple((name, _key(settings[name])) for name in sorted(settings)),
    )


def _key(value: Any) -> Hashable:
    if isinstance(value, Checkpoint):
        return "model", value.name, value.capabilities[0]  # which decides the head
    if isinstance(value, Image.Image):
        return "picture", value.mode, value.size, sha256(value.tobytes()).digest()
    if isinstance(value, np.ndarray):
        return "array", value.dtype.str, value.shape, sha256(value.tobytes()).digest()
    if is_dataclass(value):
        return type(value), *(_key(getattr(value, part.name)) for part in fields(value))
    if isinstance(value, dict):
        return "dict", *((name, _key(part)) for name, part in value.items())
    if isinstance(value, tuple | list):
        return "list", *(_key(part) for part in value)
    return type(value), value  # True and 1 are different things to ask
