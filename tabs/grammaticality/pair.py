"""The view of two sentences that differ a little: which one does each model prefer?"""

from dataclasses import replace
from typing import Any

from core.errors import UserError
from figures.grammaticality.pair import headline, pair_figure, pair_table
from services.generation import Scored, score
from services.grammaticality.pair import Pair, weigh
from services.grammaticality.remarks import remarks
from tabs.grammaticality.choices import Choices
from tabs.grammaticality.others import (
    all_three,
    causal_code,
    causal_of,
    likelihood_numbers,
    masked_of,
    scored_numbers,
    with_masked,
)
from tabs.grammaticality.sentence import as_endpoint, record_of
from tabs.kit.view import Asked, Drawn, Lines, Numbers, View

OF_CLASSIFIER = ("sentence", "acceptable", "probability", "unacceptable logit", "acceptable logit")
OF_MASKED = ("log-odds", "pseudo-log-likelihood", "tokens")
OF_CAUSAL = ("log-probability left to right", "bits per character", "tokens left to right")


def draw(asked: Asked[Choices]) -> Drawn:
    """Both sentences with the preference of each model."""
    pair, masked, causal = pair_of(asked)
    notes = [remarks(asked.entry, judgement) for judgement in pair.judgements]
    picture = pair_figure(
        pair,
        title=asked.entry.title,
        masked=masked,
        causal=causal,
        remarks=notes,
        record=record_of(asked.entry),
    )
    return Drawn(picture, pair_table(pair), headline=headline(pair))


def pair_of(asked: Asked[Choices]) -> tuple[Pair, str, str]:
    """The two sentences of the boxes, and the titles of the two other models.

    In place of the title of a model that is not there stands why.
    """
    first, second = asked.choices.sentence, asked.choices.other
    masked, title = masked_of(asked.desk)
    pair = asked.ask(weigh, masked, first, second)
    scored, causal = scored_of(asked)
    return replace(pair, scored=scored), title, causal


def scored_of(asked: Asked[Choices]) -> tuple[tuple[Scored, ...], str]:
    """Both sentences from left to right and the model's title; or none, and why."""
    causal, title = causal_of(asked.desk)
    if causal is None:
        return (), title
    both = (asked.choices.sentence, asked.choices.other)
    try:
        return tuple(asked.desk.ask(score, causal, sentence) for sentence in both), title
    except UserError as error:
        return (), f"{title}: {error}"


def numbers(asked: Asked[Choices]) -> Numbers:
    """A line for each of the two sentences."""
    pair, _, causal = pair_of(asked)
    scored = [scored_numbers(each, causal) for each in pair.scored]
    content: dict[str, Any] = {
        "judgements": [as_endpoint(judgement) for judgement in pair.judgements],
        "log_odds_difference": pair.margin,
    }
    if pair.likelihoods:
        content |= {
            "likelihoods": [likelihood_numbers(likelihood) for likelihood in pair.likelihoods],
            "likelihood_difference": pair.likelier,
            "agree": pair.agree,
        }
    if scored:
        content |= {"left_to_right": scored, "log_probability_difference": pair.foreseen}
    return _lines(pair, scored), content


def _lines(pair: Pair, scored: list[dict[str, Any]]) -> Lines:
    lines: Lines = [[*OF_CLASSIFIER, *OF_MASKED, *OF_CAUSAL]]
    for index, judgement in enumerate(pair.judgements):
        logits = [float(logit) for logit in judgement.logits]
        verdict = [judgement.sentence, int(judgement.acceptable), judgement.probability, *logits]
        masked: list[Any] = ["", ""]
        if pair.likelihoods:
            likelihood = pair.likelihoods[index]
            masked = [likelihood.total, len(likelihood.tokens)]
        causal: list[Any] = ["", "", ""]
        if scored:
            own = scored[index]
            causal = [own["log_probability"], own["bits_per_character"], len(own["tokens"])]
        lines.append([*verdict, judgement.log_odds, *masked, *causal])
    return lines


def snippet(asked: Asked[Choices]) -> str:
    """The code that weighs the two sentences with all three models."""
    both = [asked.choices.sentence, asked.choices.other]
    code = with_masked("grammaticality/pair", asked.entry, both, sentences=both)
    return code + causal_code(asked.desk, both)


VIEW = View(
    name="pair",
    label="Minimal pair",
    draw=draw,
    numbers=numbers,
    snippet=snippet,
    controls=("sentence", "other"),
    read_by=all_three,
    asks="Which of the two is better English?",
)
