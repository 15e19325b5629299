"""The captions that a picture may get: greedy, by beam search, or drawn."""

from dataclasses import dataclass
from typing import Any

from models.loaded import Loaded
from services.captioning.reading import writer
from services.captioning.settings import BEAM, GREEDY, Settings
from services.generation import END, Generation, Hypothesis, generate, search

EMPTY = ""  # the prompt: the start token stands for it


@dataclass(frozen=True)
class Candidate:
    """One caption and its scores."""

    text: str
    ids: tuple[int, ...]  # the end token included
    logprob: float  # nats, the sum over the tokens, under the model's own distribution
    # What it was ranked by, in nats: logprob / length ** length_penalty; for draws, whose length
    # no penalty touches, the mean over the tokens.
    score: float
    ended: bool  # by its end token, not by the limit


def candidates(captioner: Loaded, states: Any, settings: Settings) -> tuple[Candidate, ...]:
    """The captions of a picture (1, 1 + patch, width), the one that is given as its caption first.

    Greedy: the greedy caption; where more are asked for, the best others of a beam search. Beam:
    the best beams, best first. Sample: as many draws, with the seed and those after it, by their
    mean log-probability; draws that say the same are one candidate, so that there may be fewer.
    """
    model = writer(captioner, states)
    if settings.method == GREEDY or (settings.method == BEAM and settings.width == 1):
        first = _greedy(generate(model, EMPTY, settings.greedy), settings)
        if settings.candidates == 1:
            return (first,)
        others = [one for one in _beams(model, settings) if one.ids != first.ids]
        return (first, *others[: settings.candidates - 1])
    if settings.method == BEAM:
        return _beams(model, settings)[: settings.candidates]
    numbers = range(settings.candidates)
    drawn = [_drawn(generate(model, EMPTY, settings.draw(number))) for number in numbers]
    different = {one.ids: one for one in drawn}
    return tuple(sorted(different.values(), key=lambda one: one.score, reverse=True))


def _greedy(made: Generation, settings: Settings) -> Candidate:
    found = _drawn(made)
    score = found.logprob / len(found.ids) ** settings.length_penalty
    return Candidate(found.text, found.ids, found.logprob, score, found.ended)


def _drawn(made: Generation) -> Candidate:
    logprob = sum(step.choice.logprob for step in made.steps)
    ended = made.stopped == END
    return Candidate(made.text.strip(), made.ids, logprob, made.mean_logprob, ended)


def _beams(model: Loaded, settings: Settings) -> tuple[Candidate, ...]:
    return tuple(map(_found, search(model, EMPTY, settings.search).hypotheses))


def _found(one: Hypothesis) -> Candidate:
    return Candidate(one.text.strip(), one.ids, one.total, one.score, one.stopped == END)
