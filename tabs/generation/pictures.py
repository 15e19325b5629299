"""The views of the Generation tab: which figure shows what."""

from collections.abc import Callable
from dataclasses import dataclass

import gradio as gr

from core.errors import UserError
from core.progress import Progress
from core.text import checked_choice
from figures.generation.beams import beams_figure, beams_table
from figures.generation.branches import branches_figure, branches_table
from figures.generation.chart import chart_figure, chart_table
from figures.generation.compare import comparison_table
from figures.generation.duel import duel_figure, duel_table
from figures.generation.lens import lens_figure, lens_table
from figures.generation.score import score_figure, score_table
from figures.generation.text import looked_at_figure, written_figure, written_table
from figures.generation.why import why_figure, why_table
from models.checkpoints import Checkpoints
from models.loaded import Loaded
from services.generation.beams import Beams, search
from services.generation.duel import Contestant, duel, line_up
from services.generation.scores import Scored, score
from services.generation.settings import Settings
from services.generation.why import Lens, Why, lens, occlude
from tabs.generation.choices import COLOUR, STEM, VIEW, Choices, beams_of, sampling_of
from tabs.generation.writing import Piece, Written, write
from tabs.kit.beside import is_second
from tabs.kit.record import draw_training

KEPT = gr.Cache(max_size=24)  # what draws nothing: another colour does not search or read again
NOTHING = "<p>There is no text yet: press Generate.</p>"


@dataclass(frozen=True)
class Drawn:
    """What is on screen: figures in HTML, and the same as tables."""

    picture: str
    table: str


def checked_view(choices: Choices) -> None:
    """Raise UserError where the view or the colour is none."""
    checked_choice(choices.view, [value for _, value in VIEW], name="view")
    checked_choice(choices.colour, [value for _, value in COLOUR], name="colour")


def draw(
    checkpoints: Checkpoints, choices: Choices, written: Written | None, progress: Progress
) -> Drawn:
    """The chosen view; only what it needs is computed. Raises UserError.

    `written` is the text of the views of one text, and None for the others.
    """
    checkpoint = checkpoints.named(choices.model, STEM)
    title = checkpoint.title
    if choices.view == "training":
        return Drawn(*draw_training(checkpoint, STEM))
    gpt2 = checkpoints.load(checkpoint)
    if written is not None:
        return draw_text(gpt2, choices, written, progress)
    if choices.view == "duel":
        found = duel_of(gpt2, choices, progress)
        return Drawn(duel_figure(found, title=title), duel_table(found))
    if choices.view == "beams":
        beams = beams_found(gpt2, choices, progress)
        return Drawn(beams_figure(beams, title=title), beams_table(beams))
    scored = score_of(gpt2, choices)
    return Drawn(score_figure(scored, colour=choices.colour, title=title), score_table(scored))


def draw_text(gpt2: Loaded, choices: Choices, written: Written, progress: Progress) -> Drawn:
    """One of the views of a text that is written."""
    if choices.view == "write":
        return draw_written(written, choices, gpt2.checkpoint.title, gpt2.vocabulary)
    branch, step = written.at(choices.branch, choices.step)
    title = gpt2.checkpoint.title
    if choices.view == "branches":
        texts = [
            [one.label if one.end else one.text for one in text.steps] for text in written.texts
        ]
        picture = branches_figure(
            written.tree,
            texts,
            branch=branch,
            other=choices.other,
            prompt=choices.prompt,
            title=title,
        )
        table = branches_table(written.tree, texts)
        if choices.other != branch and 0 <= choices.other < len(written.texts):
            table += comparison_table(written.tree, texts, branch=branch, other=choices.other)
        return Drawn(picture, table)
    if not written.texts[branch].steps:
        return Drawn(NOTHING, "")
    why, seen = why_of(gpt2, choices, written, progress)
    picture = looked_at_figure(
        written.texts[branch], colour=choices.colour, place=step, branch=branch, title=title
    )
    picture += why_figure(why, title=title) + lens_figure(seen, title=title)
    return Drawn(picture, why_table(why) + lens_table(seen))


def draw_written(
    written: Written, choices: Choices, title: str, vocabulary: int | None, *, timed: bool = True
) -> Drawn:
    """A text, and what could have stood at the token looked at.

    The text of a second model grows no branches: their tokens are numbered by the first.
    """
    branch, place = written.at(choices.branch, choices.step)
    text = written.texts[branch]
    colour = choices.colour
    picture = written_figure(
        text, colour=colour, place=place, branch=branch, title=title, timed=timed
    )
    table = written_table(text)
    if text.steps:
        step, made = text.steps[place], written.settings
        picture += chart_figure(
            step,
            made,
            place=place,
            branch=branch,
            title=title,
            vocabulary=vocabulary,
            grows=not is_second(choices),
        )
        table += chart_table(step, made, vocabulary=vocabulary)
    return Drawn(picture, table)


def text_beside(
    gpt2: Loaded,
    choices: Choices,
    stopped: Callable[[], bool],
    progress: Progress = lambda done, whole: None,
) -> Written:
    """The text of a second model; what was written to its end is not written again."""
    key = ("beside", gpt2.checkpoint.name, choices.prompt, sampling_of(gpt2, choices))
    kept = KEPT.get(key)
    if kept is None:
        pieces: list[Piece | Written] = []
        for piece in write(gpt2, choices, None, stopped):
            progress(len(pieces), choices.max_new_tokens)
            pieces.append(piece)
        last = pieces[-1]
        assert isinstance(last, Written)
        if stopped():
            return last
        kept = {"result": last}
        KEPT.set(key, **kept)
    found: Written = kept["result"]
    return found


def why_of(
    gpt2: Loaded, choices: Choices, written: Written, progress: Progress | None = None
) -> tuple[Why, Lens]:
    """What spoke for the token looked at, and what each layer would have said."""
    said = written.said(*written.at(choices.branch, choices.step))
    key = ("why", gpt2.checkpoint.name, choices.prompt, said)
    kept = KEPT.get(key)
    if kept is None:
        kept = {
            "why": occlude(gpt2, choices.prompt, said, progress),
            "lens": lens(gpt2, choices.prompt, said),
        }
        KEPT.set(key, **kept)
    return kept["why"], kept["lens"]


def entries(gpt2: Loaded, choices: Choices) -> dict[str, Settings]:
    """Who takes part in the duel. Raises UserError."""
    return line_up(sampling_of(gpt2, choices), beams=beams_of(gpt2, choices).beams)


def duel_of(
    gpt2: Loaded, choices: Choices, progress: Progress | None = None
) -> tuple[Contestant, ...]:
    """What each way to choose makes of the prompt."""
    return duel(gpt2, choices.prompt, entries(gpt2, choices), progress)


def beams_found(gpt2: Loaded, choices: Choices, progress: Progress | None = None) -> Beams:
    """The beam search from the prompt; what was searched before is not searched again."""
    settings = beams_of(gpt2, choices)
    if settings.beams < 2:
        raise UserError(f"Beam search needs at least 2 beams; {settings.beams} came.")
    key = ("beams", gpt2.checkpoint.name, choices.prompt, settings)
    kept = KEPT.get(key)
    if kept is None:
        kept = {"result": search(gpt2, choices.prompt, settings, progress)}
        KEPT.set(key, **kept)
    found: Beams = kept["result"]
    return found


def score_of(gpt2: Loaded, choices: Choices) -> Scored:
    """The text in the box, token by token."""
    return score(gpt2, choices.text)
