"""What leaves the Generation tab: its code, its exports, its endpoints."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from core.spacefile import Checkpoint
from models.checkpoints import Checkpoints
from models.loaded import Loaded
from services.examples import frozen
from services.generation.generate import Generation, generate
from services.generation.scores import Scored, score
from services.generation.settings import Settings, checked_settings
from services.generation.tree import NO_PARENT
from tabs.generation.choices import BEAMS, SAMPLING, STEM, WRITING, Choices, models_shown
from tabs.generation.pictures import (
    beams_found,
    checked_view,
    duel_of,
    entries,
    score_of,
    text_beside,
    why_of,
)
from tabs.generation.writing import Written, write
from tabs.kit.beside import Numbers, files_beside, is_second
from tabs.kit.notes import raises_user_errors
from tabs.kit.record import training_numbers
from tabs.kit.snippets import filled

Lines = list[Sequence[Any]]
TOKEN = ["place", "token", "id", "logprob", "rank", "entropy"]


def snippet(checkpoint: Checkpoint, choices: Choices, written: Written | None) -> str:
    """The code that computes what is on screen; `written` is there for the views of one text."""
    prompt = {"prompt": choices.prompt}
    if choices.view == "training":
        return filled("generation/training", checkpoint)
    if choices.view == "score":
        return filled("generation/score", checkpoint, text=choices.text)
    if choices.view == "beams":
        return filled("generation/beams", checkpoint, **prompt, **_named(choices, BEAMS))
    if choices.view == "duel":
        shared = {name: getattr(choices, name) for name in ("max_new_tokens", "seed")}
        return filled("generation/duel", checkpoint, **prompt, **shared, entries=_entries(choices))
    branch, step = written.at(choices.branch, choices.step) if written else (0, 0)
    if choices.view == "why":
        said = list(written.said(branch, step)) if written else []
        return filled("generation/why", checkpoint, **prompt, said=said)
    forced = _forced(written, branch) if written else []
    return filled(
        "generation/generation", checkpoint, **prompt, **_named(choices, SAMPLING), forced=forced
    )


def _named(choices: Choices, names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(choices, name) for name in names}


def _forced(written: Written, branch: int) -> list[int]:
    """The tokens that a branch was begun with; none for the first."""
    parent = written.tree.branches[branch].parent if written.tree.branches else NO_PARENT
    if parent == NO_PARENT:
        return []
    return list(written.said(branch, written.tree.branches[branch].at))


def _entries(choices: Choices) -> dict[str, dict[str, Any]]:
    """Who takes part in the duel, as the snippet takes it: what each sets, the rest is off."""
    plain = asdict(Settings())
    own = {
        name: value
        for name, value in _named(choices, SAMPLING).items()
        if value != plain[name] and name not in ("max_new_tokens", "seed")
    }
    return {
        "greedy": {"greedy": True},
        "beam": {"beams": choices.beams},
        "top-k": {"top_k": 50},
        "top-p": {"top_p": 0.9},
        "own": own,
    }


def numbers(
    checkpoints: Checkpoints, choices: Choices, written: Written | None
) -> tuple[str, str]:
    """What is on screen as CSV and as JSON, every digit kept. Raises UserError."""
    shown = models_shown(checkpoints, choices)
    return files_beside(shown, lambda one: _numbers(checkpoints, one, written))


def _numbers(checkpoints: Checkpoints, choices: Choices, written: Written | None) -> Numbers:
    checkpoint = checkpoints.named(choices.model, STEM)
    checked_view(choices)
    if choices.view == "training":
        lines, content = training_numbers(checkpoint)
    else:
        gpt2 = checkpoints.load(checkpoint)
        if choices.view in WRITING:
            written = _whole(gpt2, choices, written)
            lines, content = WRITTEN[choices.view](gpt2, choices, written)
        else:
            lines, content = OTHERS[choices.view](gpt2, choices)
    content = {"model": checkpoint.name} | content | {"inputs": asdict(choices)}
    return lines, content


def _whole(gpt2: Loaded, choices: Choices, written: Written | None) -> Written:
    """The text on screen; computed again only where the page has just been opened."""
    if is_second(choices):
        return text_beside(gpt2, choices, lambda: False)
    *_, last = write(gpt2, choices, written, lambda: False)
    assert isinstance(last, Written)
    return last


def _write(gpt2: Loaded, choices: Choices, written: Written) -> tuple[Lines, dict[str, Any]]:
    branch, place = written.at(choices.branch, choices.step)
    text = written.texts[branch]
    lines: Lines = [[*TOKEN, "probability_after_filters", "chosen_by_visitor", "milliseconds"]]
    for step in text.steps:
        one = step.choice
        more = (one.chance, int(one.forced), step.milliseconds)
        lines.append([step.place, step.label, one.id, one.logprob, one.rank, one.entropy, *more])
    return lines, {"branch": branch, "step": place} | _generation(text)


def _generation(text: Generation) -> dict[str, Any]:
    return {"text": text.text, "stopped": text.stopped, "mean_logprob": text.mean_logprob} | (
        frozen(text)
    )


def _branches(gpt2: Loaded, choices: Choices, written: Written) -> tuple[Lines, dict[str, Any]]:
    lines: Lines = [["branch", "parent", "shared", "tokens", "logprob", "mean_logprob", "text"]]
    rows = zip(written.tree.branches, written.texts, strict=True)
    for number, (branch, text) in enumerate(rows):
        total = written.tree.path(number).total
        mean = text.mean_logprob
        count = len(text.steps)
        lines.append([number, branch.parent, branch.at, count, total, mean, text.text])
    branches = [
        {"parent": branch.parent, "shared": branch.at} | _generation(text)
        for branch, text in zip(written.tree.branches, written.texts, strict=True)
    ]
    return lines, {"branches": branches}


def _why(gpt2: Loaded, choices: Choices, written: Written) -> tuple[Lines, dict[str, Any]]:
    why, seen = why_of(gpt2, choices, written)
    lines: Lines = [["word", "start", "end", "logprob_without", "change"]]
    lines += [[one.word, one.start, one.end, one.logprob, one.change] for one in why.words]
    lines += [[], ["layer", "rank", "probability", "first guess", "its probability"]]
    for layer, (rank, chance) in enumerate(zip(seen.rank, seen.chance, strict=True)):
        guess = (seen.labels[layer][0], float(seen.chances[layer][0]))
        lines.append([layer, int(rank), float(chance), *guess])
    return lines, {"occlusion": frozen(why), "lens": frozen(seen)}


def _duel(gpt2: Loaded, choices: Choices) -> tuple[Lines, dict[str, Any]]:
    found = duel_of(gpt2, choices)
    names = ("repetition", "distinct_1", "distinct_2", "distinct_3", "mean_logprob")
    lines: Lines = [["name", *names, "tokens", "stopped", "text"]]
    contestants = []
    for one in found:
        values = (one.repetition, *one.distinct, one.mean_logprob)
        lines.append([one.name, *values, len(one.ids), one.stopped, one.text])
        contestants.append(frozen(one) | dict(zip(names, values, strict=True)))
    return lines, {"contestants": contestants, "entries": frozen(entries(gpt2, choices))}


def _beams(gpt2: Loaded, choices: Choices) -> tuple[Lines, dict[str, Any]]:
    found = beams_found(gpt2, choices)
    names = ("parent", "step", "id", "label", "logprob", "total", "score", "fate")
    lines: Lines = [["node", *names]]
    for number, node in enumerate(found.nodes):
        lines.append([number, *(getattr(node, name) for name in names)])
    return lines, frozen(found)


def _score(gpt2: Loaded, choices: Choices) -> tuple[Lines, dict[str, Any]]:
    scored = score_of(gpt2, choices)
    columns = (scored.labels, scored.ids, scored.logprobs, scored.ranks, scored.entropies)
    lines: Lines = [TOKEN]
    for place, row in enumerate(zip(*columns, strict=True)):
        lines.append([place, *frozen(row)])
    whole = {"bits_per_character": scored.bits_per_character, "perplexity": scored.perplexity}
    return lines, whole | frozen(scored)


WRITTEN = {"write": _write, "branches": _branches, "why": _why}
OTHERS = {"duel": _duel, "beams": _beams, "score": _score}


def generate_endpoint(checkpoints: Checkpoints) -> Any:
    """The `/generate` endpoint of docs/api.md."""
    gpt2 = checkpoints.default(STEM)

    @raises_user_errors
    def generate_text(
        prompt: str,
        model: str = gpt2.name,
        max_new_tokens: int = 40,
        greedy: bool = False,
        temperature: float = 1.0,
        top_k: int = 0,
        top_p: float = 1.0,
        min_p: float = 0.0,
        repetition_penalty: float = 1.0,
        no_repeat_ngram_size: int = 0,
        seed: int = 0,
        typical_p: float = 1.0,
    ) -> dict[str, Any]:
        """The text that a causal model goes on with, token by token.

        Log-probabilities (nats) and ranks (1 is the likeliest) are the model's own, before any
        filter. The same arguments give the same text, however many visitors there are.
        """
        loaded = checkpoints.load(checkpoints.named(model, STEM))
        settings = checked_settings(
            loaded,
            max_new_tokens=max_new_tokens,
            greedy=greedy,
            temperature=temperature,
            top_k=top_k,
            top_p=top_p,
            min_p=min_p,
            typical_p=typical_p,
            repetition_penalty=repetition_penalty,
            no_repeat_ngram_size=no_repeat_ngram_size,
            seed=seed,
        )
        return endpoint_generation(loaded, generate(loaded, prompt, settings))

    return generate_text


def endpoint_generation(gpt2: Loaded, made: Generation) -> dict[str, Any]:
    """What `/generate` returns: numbers as the model gave them, never rounded."""
    return {
        "model": gpt2.checkpoint.name,
        "text": made.text,
        "tokens": [
            {
                "text": step.label,
                "id": step.choice.id,
                "logprob": step.choice.logprob,
                "rank": step.choice.rank,
            }
            for step in made.steps
        ],
        "seed": made.settings.seed,
        "stopped": made.stopped,
    }


def score_endpoint(checkpoints: Checkpoints) -> Any:
    """The `/score` endpoint of docs/api.md."""
    gpt2 = checkpoints.default(STEM)

    @raises_user_errors
    def score_text(text: str, model: str = gpt2.name) -> dict[str, Any]:
        """How likely each token of a text is, given those before it, and bits per character.

        Log-probability and entropy in nats; rank 1 is the likeliest. The first token is scored
        after the model's start token.
        """
        loaded = checkpoints.load(checkpoints.named(model, STEM))
        return endpoint_score(loaded, score(loaded, text))

    return score_text


def endpoint_score(gpt2: Loaded, scored: Scored) -> dict[str, Any]:
    """What `/score` returns: numbers as the model gave them, never rounded."""
    names = ("text", "id", "logprob", "rank", "entropy")
    columns = (scored.labels, scored.ids, scored.logprobs, scored.ranks, scored.entropies)
    return {
        "model": gpt2.checkpoint.name,
        "tokens": [
            dict(zip(names, frozen(row), strict=True)) for row in zip(*columns, strict=True)
        ],
        "bits_per_character": scored.bits_per_character,
    }
