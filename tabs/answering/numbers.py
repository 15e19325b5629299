"""What leaves the Answering tab: its code, its exports, its endpoint."""

import re
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from core.spacefile import Checkpoint
from core.text import checked_choice
from models.checkpoints import Checkpoints
from models.loaded import Loaded
from services.answering.answer import Answer, answer
from services.answering.scores import scores_of, window_bests
from services.examples import frozen
from tabs.answering.choices import STEM, VIEW, Choices
from tabs.answering.pictures import answer_of, answers_of, why_of
from tabs.kit.beside import Numbers, each, files_beside
from tabs.kit.notes import raises_user_errors
from tabs.kit.record import training_numbers
from tabs.kit.snippets import filled

Lines = list[Sequence[Any]]


def snippet(checkpoint: Checkpoint, choices: Choices, part: str = "") -> str:
    """The code that computes what is on screen; `part` is the passage where only that was read."""
    seps = 2 if checkpoint.family == "roberta" else 1
    asked: dict[str, Any] = {"context": choices.context, "seps": seps}
    if choices.view == "training":
        return filled("answering/training", checkpoint)
    if choices.view == "several":
        asked |= {"abstains": checkpoint.abstains, "threshold": choices.threshold}
        return _code("answering/several", checkpoint, **asked, questions=choices.listed)
    asked["question"] = choices.question
    if choices.view == "scores":
        return _code("answering/scores", checkpoint, **asked, window=choices.window)
    asked["abstains"] = checkpoint.abstains
    if choices.view == "why":
        asked["context"] = part or choices.context
        return _code("answering/why", checkpoint, **asked)
    asked |= {"threshold": choices.threshold, "top": choices.top}
    return _code("answering/answering", checkpoint, **asked)


def _code(name: str, checkpoint: Checkpoint, **values: Any) -> str:
    """The snippet; without token types where the model has none."""
    code = filled(name, checkpoint, **values)
    if checkpoint.family == "bert":
        return code
    code = re.sub(r"^ *types = .*\n", "", code, flags=re.MULTILINE)
    return code.replace(", token_type_ids=torch.tensor([types])", "")


def numbers(checkpoints: Checkpoints, choices: Choices) -> tuple[str, str]:
    """What is on screen as CSV and as JSON, every digit kept."""
    shown = each(checkpoints, STEM, choices)
    return files_beside(shown, lambda one: _numbers(checkpoints, one))


def _numbers(checkpoints: Checkpoints, choices: Choices) -> Numbers:
    checkpoint = checkpoints.named(choices.model, STEM)
    checked_choice(choices.view, [value for _, value in VIEW], name="view")
    if choices.view == "training":
        lines, content = training_numbers(checkpoint)
    else:
        lines, content = EXPORTS[choices.view](checkpoints.load(checkpoint), choices)
    content = {"model": checkpoint.name} | content | {"settings": asdict(choices)}
    return lines, content


def _answer(qa: Loaded, choices: Choices) -> tuple[Lines, dict[str, Any]]:
    found = answer_of(qa, choices)
    lines: Lines = [
        ["rank", "text", "start", "end", "window", "first", "last", "logit", "probability"]
    ]
    for rank, one in enumerate(found.candidates, start=1):
        place = (one.start, one.end, one.window, one.first, one.last)
        lines.append([rank, one.text, *place, one.logit, one.score])
    if found.no_answer is not None:
        none = (found.no_answer_logit, found.no_answer)
        lines.append(["no answer", "", "", "", found.no_answer_window, "", "", *none])
    return lines, _whole(qa.checkpoint, found) | {
        "says_no_answer": found.says_none(choices.threshold),
        "candidates": frozen(found.candidates),
        "windows": [
            {"start": window.start, "end": window.end, "best": frozen(best)}
            for window, best in zip(found.reading.windows, window_bests(found), strict=True)
        ],
    }


def _whole(checkpoint: Checkpoint, found: Answer) -> dict[str, Any]:
    return endpoint_answer(checkpoint, found) | {
        "question": found.reading.question,
        "context": found.reading.context,
        "no_answer_logit": found.no_answer_logit,
        "margin": found.margin,
        "spans": found.spans,
    }


def _scores(qa: Loaded, choices: Choices) -> tuple[Lines, dict[str, Any]]:
    scores = scores_of(answer_of(qa, choices), choices.window)
    names = ("start_logit", "end_logit", "start_probability", "end_probability")
    columns = (scores.start_logits, scores.end_logits, scores.start_shares, scores.end_shares)
    lines: Lines = [["place", "token", "start", "end", *names]]
    for place, (token, offsets) in enumerate(zip(scores.tokens, scores.offsets, strict=True)):
        lines.append([place, token, *offsets, *(float(column[place]) for column in columns)])
    return lines, frozen(scores)


def _why(qa: Loaded, choices: Choices) -> tuple[Lines, dict[str, Any]]:
    why = why_of(qa, answer_of(qa, choices))
    names = ("kept", "probability", "change", "best_span", "its_probability", "no_answer")
    lines: Lines = [["left out", "text", "start", "end", *names]]
    for kind, rows, text in (
        ("sentence", why.sentences, choices.context),
        ("word", why.words, choices.question),
    ):
        for one in rows:
            results = (one.kept, one.score, one.change, one.text, one.text_score, one.no_answer)
            lines.append([kind, text[one.start : one.end], one.start, one.end, *results])
    return lines, frozen(why)


def _several(qa: Loaded, choices: Choices) -> tuple[Lines, dict[str, Any]]:
    answers = answers_of(qa, choices)
    lines: Lines = [
        ["question", "answer", "start", "end", "probability", "no_answer", "margin", "says"]
    ]
    for found in answers:
        best = found.best
        says = "no answer" if found.says_none(choices.threshold) else "answer"
        numbers = (best.start, best.end, best.score, found.no_answer, found.margin)
        lines.append([found.reading.question, best.text, *numbers, says])
    return lines, {"answers": [_whole(qa.checkpoint, found) for found in answers]}


EXPORTS = {"answer": _answer, "scores": _scores, "why": _why, "several": _several}


def endpoint(checkpoints: Checkpoints) -> Any:
    """The `/answer` endpoint of docs/api.md."""
    qa = checkpoints.default(STEM)

    @raises_user_errors
    def answer_endpoint(
        question: str, context: str, model: str = qa.name, top: int = 3
    ) -> dict[str, Any]:
        """The likeliest span of the passage, the runners-up, and how likely it is that none fits.

        Offsets are characters of the context, in code points.
        """
        checkpoint = checkpoints.named(model, STEM)
        found = answer(checkpoints.load(checkpoint), question, context, top)
        return endpoint_answer(checkpoint, found)

    return answer_endpoint


def endpoint_answer(checkpoint: Checkpoint, found: Answer) -> dict[str, Any]:
    """What `/answer` returns: numbers as the model gave them, never rounded."""
    best = found.best
    return {
        "model": checkpoint.name,
        "answer": best.text,
        "start": best.start,
        "end": best.end,
        "score": best.score,
        "no_answer": found.no_answer,
        "candidates": [
            {"text": one.text, "start": one.start, "end": one.end, "score": one.score}
            for one in found.candidates
        ],
        "windows": [{"start": w.start, "end": w.end} for w in found.reading.windows],
    }
