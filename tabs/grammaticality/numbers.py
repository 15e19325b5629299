"""What leaves the Grammaticality tab: its code, its exports, its endpoint."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from core.errors import UserError
from core.spacefile import Checkpoint
from models.checkpoints import Checkpoints
from services.examples import frozen
from services.generation.scores import Scored
from services.grammaticality.judge import Judgement, checked_sentences, judge
from services.grammaticality.left import LeftToRight
from services.grammaticality.masked import Likelihood, likelihood
from services.grammaticality.pair import Pair
from services.grammaticality.rows import read_list
from services.grammaticality.words import Reading, read
from tabs.grammaticality.choices import STEM, Choices
from tabs.grammaticality.list import list_numbers
from tabs.grammaticality.pictures import CAUSAL, causal_of, left_of, masked_of, pair_of
from tabs.kit.beside import Numbers, each, files_beside
from tabs.kit.notes import raises_user_errors
from tabs.kit.record import training_numbers
from tabs.kit.snippets import filled

Lines = list[Sequence[Any]]
NUMBERS = ("sentence", "acceptable", "probability", "unacceptable logit", "acceptable logit")


def snippet(checkpoints: Checkpoints, checkpoint: Checkpoint, choices: Choices) -> str:
    """The code that computes what is on screen."""
    if choices.view == "training":
        return filled("grammaticality/training", checkpoint)
    if choices.view == "list":
        try:
            sentences = list(read_list(choices.sentences, checkpoints.limits).sentences)
        except UserError:
            sentences = []  # the picture says what is wrong with the list
        return filled("grammaticality/grammaticality", checkpoint, sentences=sentences)
    if choices.view == "pair":
        pair = [choices.sentence, choices.other]
        code = _with_masked("grammaticality/pair", checkpoint, pair, sentences=pair)
        return code + _left_snippet(checkpoints, pair)
    one = choices.sentence
    code = _with_masked("grammaticality/words", checkpoint, [one], sentence=one)
    return code + _left_snippet(checkpoints, [one])


def _with_masked(name: str, checkpoint: Checkpoint, said: list[str], **values: Any) -> str:
    """The snippet; of a model that shares nothing with the masked one, that one by itself."""
    if checkpoint.backbone:
        return filled(name, checkpoint, **values)
    alone = filled(f"{name}_alone", checkpoint, **values)
    return f"{alone}\n{filled('grammaticality/masked', sentences=said)}"


def _left_snippet(checkpoints: Checkpoints, sentences: list[str]) -> str:
    """The same sentences from left to right, where a model for it is offered."""
    entry = next(iter(checkpoints.offered(CAUSAL)), None)
    return f"\n{filled('grammaticality/left', entry, sentences=sentences)}" if entry else ""


def numbers(
    checkpoints: Checkpoints, choices: Choices, search: dict[str, Any] | None = None
) -> tuple[str, str]:
    """What is on screen as CSV and as JSON, every digit kept; `search` is the edits found."""
    shown = each(checkpoints, STEM, choices)
    return files_beside(shown, lambda one: _numbers(checkpoints, one, search))


def _numbers(checkpoints: Checkpoints, choices: Choices, search: dict[str, Any] | None) -> Numbers:
    checkpoint = checkpoints.named(choices.model, STEM)
    if choices.view == "training":
        lines, answer = training_numbers(checkpoint)
    elif choices.view == "list":
        lines, answer = list_numbers(checkpoints.load(checkpoint), choices.sentences)
    elif choices.view == "pair":
        lines, answer = _pair(pair_of(checkpoints, choices), causal_of(checkpoints)[1])
    else:
        lines, answer = _sentence(checkpoints, checkpoint, choices)
        fits = search and (search["sentence"], search["model"]) == (
            choices.sentence,
            choices.model,
        )
        answer["edits"] = search if fits else None
    answer = {"model": checkpoint.name} | answer | {"settings": asdict(choices)}
    return lines, answer


def _sentence(
    checkpoints: Checkpoints, checkpoint: Checkpoint, choices: Choices
) -> tuple[Lines, dict[str, Any]]:
    reading = read(checkpoints.load(checkpoint), choices.sentence)
    masked = masked_of(checkpoints)[0]
    seen = None if masked is None else likelihood(masked, choices.sentence)
    left, causal = left_of(checkpoints, reading)
    heads = ["word", "start", "end", "probability without it", "leave-one-out"]
    lines: Lines = [[*heads, "integrated gradients", "surprisal", "surprisal left to right"]]
    for place, word in enumerate(reading.words):
        values = (reading.without, reading.leave_one_out, reading.integrated)
        own = None if seen is None else seen.place_of(word)
        surprisal = "" if seen is None or own is None else float(seen.of_words[own])
        row = [float(value[place]) for value in values]
        foreseen = "" if left is None else float(left.surprisal[place])
        lines.append([word.text, word.start, word.end, *row, surprisal, foreseen])
    return lines, {
        "judgement": told(reading.judgement),
        "words": _words(reading),
        "log_odds_hidden": reading.hidden,
        "likelihood": None if seen is None else _likelihood(seen),
        "left_to_right": None if left is None else _left(left, causal),
    }


def _left(left: LeftToRight, title: str) -> dict[str, Any]:
    """The tokens as `/score` gives them, and the words."""
    return _scored(left.scored, title) | {"surprisal_of_words": frozen(left.surprisal)}


def _scored(scored: Scored, title: str) -> dict[str, Any]:
    rows = zip(
        scored.labels,
        scored.ids,
        scored.logprobs.tolist(),
        scored.ranks.tolist(),
        scored.entropies.tolist(),
        strict=True,
    )
    names = ("text", "id", "logprob", "rank", "entropy")
    return {
        "title": title,
        "tokens": [dict(zip(names, row, strict=True)) for row in rows],
        "log_probability": float(scored.logprobs.sum(dtype=float)),
        "bits_per_character": scored.bits_per_character,
    }


def _words(reading: Reading) -> list[dict[str, Any]]:
    return [
        {
            "word": word.text,
            "start": word.start,
            "end": word.end,
            "probability_without": float(reading.without[place]),
            "leave_one_out": float(reading.leave_one_out[place]),
            "integrated_gradients": float(reading.integrated[place]),
        }
        for place, word in enumerate(reading.words)
    ]


def _likelihood(seen: Likelihood) -> dict[str, Any]:
    return {
        "tokens": list(seen.tokens),
        "surprisal": frozen(seen.surprisal),
        "guesses": list(seen.guesses),
        "guess_probability": frozen(seen.chances),
        "pseudo_log_likelihood": seen.total,
        "per_token": seen.mean,
    }


def _pair(pair: Pair, title: str) -> tuple[Lines, dict[str, Any]]:
    heads = ["log-odds", "pseudo-log-likelihood", "tokens"]
    left = ["log-probability left to right", "bits per character", "tokens left to right"]
    lines: Lines = [[*NUMBERS, *heads, *left]]
    for place, one in enumerate(pair.judgements):
        seen = pair.likelihoods[place] if pair.likelihoods else None
        logits = [float(logit) for logit in one.logits]
        row = [one.sentence, int(one.acceptable), one.probability, *logits, one.log_odds]
        row += [seen.total, len(seen.tokens)] if seen else ["", ""]
        scored = _scored(pair.scored[place], title) if pair.scored else None
        values = ("log_probability", "bits_per_character")
        row += [scored[name] for name in values] if scored else ["", ""]
        lines.append([*row, len(scored["tokens"]) if scored else ""])
    answer: dict[str, Any] = {
        "judgements": [told(one) for one in pair.judgements],
        "log_odds_difference": pair.margin,
    }
    if pair.likelihoods:
        answer |= {
            "likelihoods": [_likelihood(seen) for seen in pair.likelihoods],
            "likelihood_difference": pair.likelier,
            "agree": pair.agree,
        }
    if pair.scored:
        answer |= {
            "left_to_right": [_scored(scored, title) for scored in pair.scored],
            "log_probability_difference": pair.foreseen,
        }
    return lines, answer


def told(judgement: Judgement) -> dict[str, Any]:
    """One judgement as `/judge` returns it: numbers as the model gave them, never rounded."""
    return {
        "sentence": judgement.sentence,
        "acceptable": judgement.acceptable,
        "probability": judgement.probability,
        "logits": [float(logit) for logit in judgement.logits],
    }


def endpoint(checkpoints: Checkpoints) -> Any:
    """The `/judge` endpoint of docs/api.md."""
    default = checkpoints.default(STEM)

    @raises_user_errors
    def judge_endpoint(sentences: list[str], model: str = default.name) -> dict[str, Any]:
        """Whether each sentence is acceptable English, in the list's order.

        `probability` is that of acceptable, `logits` are those of unacceptable and acceptable.
        """
        checkpoint = checkpoints.named(model, STEM)
        sentences = checked_sentences(sentences, checkpoints.limits.judged_sentences)  # type: ignore[assignment]
        judgements = judge(checkpoints.load(checkpoint), sentences)
        return {"model": checkpoint.name, "judgements": [told(one) for one in judgements]}

    return judge_endpoint
