"""How a caption is written: every choice of it, checked."""

from dataclasses import dataclass, replace

from core.errors import UserError
from core.text import checked_index
from models.loaded import Loaded
from services.captioning.families import family_of
from services.generation import Settings as Choosing
from services.generation import checked_settings

GREEDY, BEAM, SAMPLE = METHODS = ("greedy", "beam", "sample")


@dataclass(frozen=True)
class Settings:
    """One way to write captions; the defaults take the likeliest token at each step."""

    method: str = GREEDY
    candidates: int = 1
    beams: int = 4  # of beam search
    length_penalty: float = 1.0  # the power of the length that divides a score
    temperature: float = 1.0  # of sampling; 0 means greedy
    top_p: float = 1.0  # of sampling; 1 is off
    seed: int = 1  # of sampling
    max_new_tokens: int = 0  # the end token included; 0: as many as the model can write

    @property
    def width(self) -> int:
        """The beams that a search keeps: as many as the candidates asked for, at least."""
        return max(self.beams, self.candidates)

    @property
    def greedy(self) -> Choosing:
        """How the tokens of the greedy caption are chosen."""
        return Choosing(max_new_tokens=self.max_new_tokens, greedy=True)

    @property
    def search(self) -> Choosing:
        """How beam search chooses."""
        return Choosing(
            max_new_tokens=self.max_new_tokens,
            beams=self.width,
            length_penalty=self.length_penalty,
        )

    def draw(self, number: int) -> Choosing:
        """How the tokens of one draw are chosen; each draw has the seed after the last one's."""
        return Choosing(
            max_new_tokens=self.max_new_tokens,
            temperature=self.temperature,
            top_p=self.top_p,
            seed=self.seed + number,
        )


def checked(model: Loaded, given: Settings) -> Settings:
    """The settings with each number checked; sampling at temperature 0 is greedy.

    Raises UserError with what was seen and what is allowed.
    """
    if given.method not in METHODS:
        seen = repr(given.method)[:60]
        raise UserError(f"The method must be one of {', '.join(METHODS)}; got {seen}.")
    # One place is the start token's.
    most = family_of(model).decoder_config.max_position_embeddings - 1
    limits = replace(model.limits, new_tokens=min(model.limits.new_tokens, most))
    numbers = checked_settings(
        limits,
        max_new_tokens=given.max_new_tokens or limits.new_tokens,
        beams=given.beams,
        length_penalty=given.length_penalty,
        temperature=given.temperature,
        top_p=given.top_p,
        seed=given.seed,
    )
    greedy = given.method == SAMPLE and numbers.temperature == 0
    return Settings(
        method=GREEDY if greedy else given.method,
        candidates=checked_index(
            given.candidates, 1, model.limits.beams, name="number of candidates"
        ),
        beams=numbers.beams,
        length_penalty=numbers.length_penalty,
        temperature=numbers.temperature,
        top_p=numbers.top_p,
        seed=numbers.seed,
        max_new_tokens=numbers.max_new_tokens,
    )
