"""One step in words: what was chosen, what each filter does, how much it removed, where it cut."""

import math
from typing import TYPE_CHECKING

import numpy as np

from figures.parts.prose import paragraph
from figures.parts.signs import token_sign
from figures.parts.style import percent, three_digits

if TYPE_CHECKING:
    from services.generation.generate import Step
    from services.generation.settings import Settings
    from services.generation.steps import Choice, FilterEffect

NAMES = {
    "repetition_penalty": "repetition penalty",
    "no_repeat_ngram_size": "no-repeat n-gram",
    "temperature": "temperature",
    "top_k": "top-k",
    "top_p": "top-p",
    "min_p": "min-p",
    "typical_p": "typical",
}


def chosen_words(step: "Step", settings: "Settings", size: int | None) -> str:
    """Which token was chosen, how, its rank and both its probabilities."""
    choice = step.choice
    how = "Drawn" if settings.draws else "Taken, as the most likely"
    among = f"rank {choice.rank:,}" + ("" if size is None else f" of {size:,}")
    own = percent(math.exp(choice.logprob))
    after = ""
    if choice.stages:
        after = f", <b>{percent(choice.chance)}</b> after the filters"
        if _removed_by(choice) is not None:
            after += f", because {_removed_by(choice)} removed it"
    how = "Chosen by you" if choice.forced else how
    return (
        f"{how}: <code><bdi>{token_sign(step.label)}</bdi></code>, {among}, <b>{own}</b> by the "
        f"model itself{after}."
    )


def _removed_by(choice: "Choice") -> str | None:
    """The filter that removed the chosen token, which only a visitor can choose then."""
    candidates = choice.candidates
    by = int(candidates.removed_by[np.flatnonzero(candidates.ids == choice.id)[0]])
    return None if by < 0 else NAMES[choice.stages[by].name]


def entropy_words(choice: "Choice") -> str:
    """How open the step was: the entropy in nats and bits, and as a number of equal choices."""
    nats = max(0.0, choice.entropy)
    return (
        f"Entropy of the raw distribution: {three_digits(nats)} nats "
        f"({three_digits(nats / math.log(2))} bits), as uncertain as a choice among "
        f"{three_digits(math.exp(nats))} equally likely tokens."
    )


def setting_words(stage: "FilterEffect") -> str:
    """A filter with its setting: top-p 0.9."""
    return f"{NAMES[stage.name]} {stage.setting:g}"


def cut_words(stage: "FilterEffect") -> str:
    """What a token had to reach, in the distribution that the filter saw."""
    if stage.cut is None:
        return ""
    if stage.name == "typical_p":
        return f"cut at {three_digits(stage.cut)} nats from the entropy"
    return f"cut at {percent(max(stage.cut, 1e-9))}"


def reading(stages: "tuple[FilterEffect, ...]", settings: "Settings") -> str:
    """How to read the columns, a sentence for each of them."""
    last = (
        paragraph("generation", "one_is_drawn")
        if settings.draws
        else paragraph("generation", "nothing_is_drawn")
    )
    if not stages:
        what = "so one token is drawn from the model’s own distribution"
        if not settings.draws:
            what = "and nothing is drawn: the most likely token is taken (greedy)"
        return f'<p class="reading">No filter is switched on, {what}.</p>'
    items = "".join(f"<li>{SENTENCES[stage.name](stage)}</li>" for stage in stages)
    rescaled = "What a filter leaves is divided by its sum, so every column sums to 100%. "
    removed = any(stage.removed for stage in stages)
    return f'<ol class="reading">{items}</ol><p>{rescaled if removed else ""}{last}</p>'


def _tokens(count: int) -> str:
    return f"{count:,} {'token' if count == 1 else 'tokens'}"


def _repetition(stage: "FilterEffect") -> str:
    less = "less" if stage.setting > 1 else "more"
    return (
        f"Repetition penalty {stage.setting:g} makes the {_tokens(stage.changed)} already in the "
        f"text {less} likely: it divides a logit above 0 by {stage.setting:g} and "
        "multiplies one below 0 by it. It removes nothing."
    )


def _ngram(stage: "FilterEffect") -> str:
    size = f"{stage.setting:g}"
    if stage.setting == 1:
        return f"No-repeat n-gram 1 forbids every token of the text so far: {stage.removed:,}."
    if not stage.removed:
        return (
            f"No-repeat n-gram {size} forbids nothing here: no token would complete {size} tokens "
            "in a row that the text so far already has."
        )
    return (
        f"No-repeat n-gram {size} forbids {_tokens(stage.removed)}, which would complete {size} "
        "tokens in a row that the text already has."
    )


def _temperature(stage: "FilterEffect") -> str:
    effect = (
        "likely tokens become even more likely"
        if stage.setting < 1
        else "the probabilities become more alike"
    )
    return (
        f"Temperature {stage.setting:g} divides every logit by {stage.setting:g}: {effect}, and "
        "nothing is removed."
    )


def _top_k(stage: "FilterEffect") -> str:
    if not stage.removed and stage.left <= stage.setting:
        return f"Top-k {stage.setting:g} removes nothing: only {_tokens(stage.left)} are left."
    alike = f" ({stage.left:,}, because the last are equal)" if stage.left > stage.setting else ""
    return f"Top-k {stage.setting:g} keeps the {stage.setting:g} most likely tokens{alike}."


def _top_p(stage: "FilterEffect") -> str:
    if not stage.removed:
        return (
            f"Top-p {stage.setting:g} removes nothing: without the least likely token that is "
            f"left, the others would hold less than {100 * stage.setting:g}%."
        )
    which = f"{stage.left:,} most likely tokens" if stage.left != 1 else "most likely token alone"
    fewest = "the fewest that together hold" if stage.left != 1 else "which by itself holds"
    return (
        f"Top-p {stage.setting:g} keeps the {which}, {fewest} at least "
        f"{100 * stage.setting:g}% of the column before; they hold {percent(1 - stage.mass)}."
    )


def _min_p(stage: "FilterEffect") -> str:
    return (
        f"Min-p {stage.setting:g} keeps every token with at least {100 * stage.setting:g}% of the "
        f"most likely one’s probability, that is {percent(stage.cut or 0)}: {_tokens(stage.left)}."
    )


def _typical(stage: "FilterEffect") -> str:
    return (
        f"Typical {stage.setting:g} keeps the {_tokens(stage.left)} whose surprisal, −ln p, is "
        f"nearest to the entropy, until they hold {100 * stage.setting:g}%; the most likely need "
        "not be among them."
    )


SENTENCES = {
    "repetition_penalty": _repetition,
    "no_repeat_ngram_size": _ngram,
    "temperature": _temperature,
    "top_k": _top_k,
    "top_p": _top_p,
    "min_p": _min_p,
    "typical_p": _typical,
}
