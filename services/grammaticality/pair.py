"""Two sentences that differ a little: which one does each model prefer?"""

from dataclasses import dataclass

from models.loaded import Loaded
from services.generation import Scored
from services.grammaticality.judge import Judgement, encode, judge
from services.grammaticality.masked import Likelihood, likelihood

EQUAL = 1e-6  # nats: rounding, not a preference


@dataclass(frozen=True)
class Pair:
    """Two sentences with the verdict and the likelihood of each."""

    judgements: tuple[Judgement, ...]
    likelihoods: tuple[Likelihood, ...]  # empty where no masked model is there
    scored: tuple[Scored, ...] = ()  # left to right; empty where no causal model is there

    @property
    def margin(self) -> float:
        """Log-odds of acceptable, those of the first minus those of the second, in nats."""
        return self.judgements[0].log_odds - self.judgements[1].log_odds

    @property
    def likelier(self) -> float:
        """Pseudo-log-likelihood of the first minus that of the second, in nats."""
        return self.likelihoods[0].total - self.likelihoods[1].total

    @property
    def foreseen(self) -> float:
        """Log-probability of the first minus that of the second, left to right, in nats."""
        first, second = (float(one.logprobs.sum(dtype=float)) for one in self.scored)
        return first - second

    @property
    def agree(self) -> bool:
        """Whether the classifier and the masked model prefer the same sentence."""
        return preferred(self.margin) == preferred(self.likelier)


def preferred(difference: float) -> int:
    """0 for the first sentence, 1 for the second, -1 for neither."""
    if abs(difference) < EQUAL:
        return -1
    return 0 if difference > 0 else 1


def weigh(
    grammar: Loaded,
    masked: Loaded | None,
    first: str,
    second: str,
    scored: tuple[Scored, ...] = (),
) -> Pair:
    """Judge both sentences and sum their masked log-probabilities; `scored` are kept beside them.

    Raises UserError that names the sentence as `judge` does.
    """
    for name, sentence in (("sentence", first), ("second sentence", second)):
        encode(grammar, sentence, name=name)
    seen = () if masked is None else (likelihood(masked, first), likelihood(masked, second))
    return Pair(judge(grammar, [first, second]), seen, scored)
