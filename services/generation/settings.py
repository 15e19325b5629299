"""How the next token is chosen: every setting of it, checked once."""

from dataclasses import dataclass

from core.errors import UserError
from core.spacefile import Limits
from core.text import checked_index, finite, seen, written

LARGEST_SEED = 2**32 - 1  # what a browser and a link keep exactly
NEVER = "never"


@dataclass(frozen=True)
class Settings:
    """One way to choose tokens; the defaults draw from the model's own distribution."""

    max_new_tokens: int = 40
    greedy: bool = False
    temperature: float = 1.0  # 0 means greedy
    top_k: int = 0  # 0: off
    top_p: float = 1.0  # 1: off
    min_p: float = 0.0  # 0: off
    typical_p: float = 1.0  # 1: off
    repetition_penalty: float = 1.0  # 1: off
    no_repeat_ngram_size: int = 0  # 0: off
    beams: int = 1  # above 1: beam search, which draws nothing
    length_penalty: float = 1.0  # of beam search: the power of the length that divides a score
    early_stopping: bool | str = False  # of beam search: False, True or "never"
    seed: int = 0

    @property
    def draws(self) -> bool:
        """Whether tokens are drawn; otherwise the likeliest counts, and no seed."""
        return not self.greedy and self.temperature > 0 and self.beams == 1

    @property
    def filters(self) -> bool:
        """Whether anything stands between the logits and the choice."""
        drawn = self.draws and any(getattr(self, name) != off for name, off in DRAWN.items())
        return drawn or self.repetition_penalty != 1 or self.no_repeat_ngram_size != 0

    @property
    def note(self) -> str:
        """What the visitor should know of how these settings were read; empty when nothing."""
        if self.beams > 1:
            return f"Beam search draws nothing: {IDLE} and seed have no effect."
        if self.temperature == 0:
            return (
                "Temperature 0 means greedy: the most likely token each time, whatever the seed."
            )
        if self.greedy and any(getattr(self, name) != off for name, off in DRAWN.items()):
            return f"Greedy takes the most likely token: {IDLE} and seed have no effect."
        return ""


# Settings that act only where tokens are drawn, and where each is off.
DRAWN = {"temperature": 1, "top_k": 0, "top_p": 1, "min_p": 0, "typical_p": 1}
IDLE = "temperature, top-k, top-p, min-p, typical"


def checked_settings(limits: Limits, **given: object) -> Settings:
    """Settings by their names, each checked; what is not given keeps its default.

    Raises UserError with what was seen and what is allowed.
    """
    whole = {
        "max_new_tokens": ("number of new tokens", 1, limits.new_tokens, ""),
        "top_k": ("top-k", 0, 1_000_000, " (0 switches it off)"),
        "no_repeat_ngram_size": ("no-repeat n-gram", 0, 100, " (0 switches it off)"),
        "beams": ("number of beams", 1, limits.beams, ""),
        "seed": ("seed", 0, LARGEST_SEED, ""),
    }
    checked: dict[str, object] = {}
    for name, value in given.items():
        if name in whole:
            said, low, high, more = whole[name]
            checked[name] = checked_index(value, low, high, name=said, more=more)
        elif name in PARTS:
            checked[name] = _part(value, *PARTS[name])
        else:
            checked[name] = _flag(value, *FLAGS[name])
    return Settings(**checked)  # type: ignore[arg-type]


# name on screen, lowest, highest, whether the lowest itself is allowed, what else to say
PARTS = {
    "temperature": ("temperature", 0.01, 100.0, True, ", or 0 for greedy"),
    "top_p": ("top-p", 0.0, 1.0, False, " (1 switches it off)"),
    "min_p": ("min-p", 0.0, 1.0, True, " (0 switches it off)"),
    "typical_p": ("typical mass", 0.0, 1.0, False, " (1 switches it off)"),
    "repetition_penalty": ("repetition penalty", 0.1, 10.0, True, " (1 switches it off)"),
    "length_penalty": ("length penalty", -10.0, 10.0, True, ""),
}
FLAGS: dict[str, tuple[str, tuple[bool | str, ...]]] = {
    "greedy": ("greedy setting", (True, False)),
    "early_stopping": ("early stopping of the beams", (True, False, NEVER)),
}


def _part(value: object, name: str, low: float, high: float, closed: bool, more: str) -> float:
    number = finite(value)
    zero = name == "temperature" and number == 0
    inside = number is not None and (low <= number <= high if closed else low < number <= high)
    if number is None or not (inside or zero):
        span = (
            f"from {written(low)} to {written(high)}"
            if closed
            else f"above {written(low)} and at most {written(high)}"
        )
        raise UserError(f"The {name} must be a number {span}{more}; got {seen(value)}.")
    return float(number)


def _flag(value: object, name: str, allowed: tuple[bool | str, ...]) -> bool | str:
    if isinstance(value, bool | str) and value in allowed:
        return value
    words = ", ".join(str(word).lower() for word in allowed)
    raise UserError(f"The {name} must be one of {words}; got {seen(value)}.")
