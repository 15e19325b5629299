"""The view of the text as it is written, and of what else could have been at one of its tokens."""

from typing import Any

from figures.generation.chart import chart_figure, chart_table
from figures.generation.text import headline, written_figure, written_table
from services.examples import frozen
from services.generation.generate import Generation
from services.generation.reading import vocabulary_size
from services.generation.spread import Spread, spread
from services.generation.tree import NO_PARENT
from tabs.generation.choices import OF_A_TEXT, SAMPLING, Choices
from tabs.generation.writing import TextView, Written, text_of
from tabs.kit.snippets import filled
from tabs.kit.view import Asked, Drawn, Lines, Numbers

TOKEN = ["place", "token", "id", "logprob", "rank", "entropy"]


def draw(asked: Asked[Choices]) -> Drawn:
    """The text, and the chart of the token looked at."""
    written = text_of(asked)
    branch, place = written.at(asked.choices.branch, asked.choices.step)
    whole = None
    if written.texts[branch].steps:
        new_ids, settings = written.new_ids(branch, place)[:-1], written.settings
        penalties = (settings.repetition_penalty, settings.no_repeat_ngram_size)
        whole = asked.ask(spread, written.prompt, new_ids, *penalties)
    return draw_written(asked, written, whole, asked.ask(vocabulary_size))


def draw_written(
    asked: Asked[Choices],
    written: Written,
    whole: Spread | None,
    vocabulary: int | None = None,
    *,
    timed: bool = True,
) -> Drawn:
    """A text that is there already; the page opens with it, when no model is there to be asked.

    `whole` is the distribution at the token looked at, from which the browser moves the chart.
    The text of a second model grows no branches: their tokens are numbered by the first.
    """
    branch, place = written.at(asked.choices.branch, asked.choices.step)
    text, title = written.texts[branch], asked.entry.title
    looked_at: dict[str, Any] = {"place": place, "branch": branch, "title": title}
    table, chart = written_table(text), ""
    if text.steps:
        step, settings = text.steps[place], written.settings
        grows = not asked.second
        shown: dict[str, Any] = looked_at | {"vocabulary": vocabulary, "spread": whole}
        chart = chart_figure(step, settings, grows=grows, **shown)
        table += chart_table(step, settings, vocabulary=vocabulary)
    colour = asked.choices.colour
    picture = written_figure(text, colour=colour, timed=timed, chart=chart, **looked_at)
    return Drawn(picture, table, headline=headline(text))


def numbers(asked: Asked[Choices]) -> Numbers:
    """A line for each token of the branch looked at."""
    written = text_of(asked)
    branch, place = written.at(asked.choices.branch, asked.choices.step)
    text = written.texts[branch]
    lines: Lines = [[*TOKEN, "probability_after_filters", "chosen_by_visitor", "milliseconds"]]
    for step in text.steps:
        choice = step.choice
        own = (choice.id, choice.logprob, choice.rank, choice.entropy, choice.chance)
        lines.append([step.place, step.label, *own, int(choice.forced), step.milliseconds])
    return lines, {"branch": branch, "step": place} | as_content(text)


def as_content(text: Generation) -> dict[str, Any]:
    """One continuation as JSON, with every step of it."""
    whole = {"text": text.text, "stopped": text.stopped, "mean_logprob": text.mean_logprob}
    return whole | frozen(text)


def snippet(asked: Asked[Choices]) -> str:
    """The code that writes the branch looked at."""
    chosen, written = asked.choices, text_of(asked)
    settings = {name: getattr(chosen, name) for name in SAMPLING}
    forced = _forced(written, written.at(chosen.branch, chosen.step)[0])
    return filled(
        "generation/generation", asked.entry, prompt=chosen.prompt, **settings, forced=forced
    )


def _forced(written: Written, branch: int) -> list[int]:
    """The tokens that a branch was begun with; none for the first."""
    grown = written.tree.branches[branch]
    return [] if grown.parent == NO_PARENT else list(written.new_ids(branch, grown.at))


VIEW = TextView(
    name="write",
    label="Write",
    draw=draw,
    numbers=numbers,
    snippet=snippet,
    controls=(*OF_A_TEXT, "step", "beside"),
    streams=True,
    asks="What comes next, and what else could?",
)
