"""A continuation as running text, every token of it a button, and how long it took."""

import json
import math
import re
from html import escape
from typing import TYPE_CHECKING

from figures.generation.colours import (
    colour_legend,
    flowing,
    in_text,
    token_style,
    token_words,
)
from figures.parts.headline import share
from figures.parts.prose import paragraph
from figures.parts.signs import token_sign
from figures.parts.style import minus, percent, three_digits
from figures.parts.table import numbers, table

if TYPE_CHECKING:
    from services.generation.generate import Generation, Step
    from services.generation.reading import Prompt

LAST_WORD = re.compile(r"(.*?)(\S*)", re.DOTALL)


def headline(generation: "Generation") -> str:
    """How long the continuation is, its seed, and its tokens' geometric mean probability."""
    count, settings = len(generation.steps), generation.settings
    if not count:
        return ""
    how = f"seed {settings.seed}" if settings.draws else "greedy"
    mean = share(math.exp(generation.mean_logprob))
    return f"{_tokens(count)}, {how}, mean probability <b>{mean}</b>"


def written_figure(
    generation: "Generation",
    *,
    colour: str,
    place: int,
    branch: int,
    title: str,
    timed: bool = True,
    chart: str = "",
) -> str:
    """The prompt and its continuation, each token a coloured button that picks `[place, branch]`.

    `colour` is one of `colours.COLOURS`; the token at `place`, from 0, is outlined, and `chart` is
    what else could have been there. Where the text was not written just now, but beforehand, its
    times are not `timed`.
    """
    tokens = [_token(step, colour, place, branch) for step in generation.steps]
    choices = [step.choice for step in generation.steps]
    legend = colour_legend(
        colour,
        [choice.logprob for choice in choices],
        [choice.rank for choice in choices],
        [choice.entropy for choice in choices],
    )
    forced = (
        '<p class="key"><span><i class="swatch forced"></i> underlined: chosen by you</span></p>'
        if any(choice.forced for choice in choices)
        else ""
    )
    spent = f"<p>{timing(generation)}</p>" if timed else ""
    sentences = [
        generation.settings.note,
        paragraph("generation", "began_from_the_start_token") if generation.prompt.started else "",
    ]
    notes = "".join(f'<p class="told-note">{escape(one)}</p>' for one in sentences if one)
    caption = (
        f"Probabilities, ranks and entropies are those of {title} itself, before any filter, "
        "given the prompt and every token before. Tokens are counted from 0; click one to see "
        "what else could have been there."
    )
    return (
        f'<figure class="figure generation {generation.stopped}"><div class="written">'
        f"{_text(generation.prompt, ''.join(tokens))}{_readout(generation, place)}"
        f'{notes}</div>{chart}<div class="after">{legend}{forced}'
        f"<p>{ending(generation)}</p>{spent}</div>"
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def space_at_the_end() -> str:
    """What stands above a text whose prompt ends in a space."""
    sentence = paragraph("generation", "prompt_ends_in_a_space")
    return f'<p class="hint" role="note">{sentence}</p>'


def looked_at_figure(
    generation: "Generation", *, colour: str, place: int, branch: int, title: str
) -> str:
    """The text alone, for a view that explains one token of it: a click picks another."""
    tokens = "".join(_token(step, colour, place, branch) for step in generation.steps)
    caption = f"Coloured by {colour}, as {title} gave it. Click a token to ask about that one."
    return (
        '<figure class="figure generation"><div class="written">'
        f"{_text(generation.prompt, tokens)}{_readout(generation, place)}</div>"
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def streaming_html(prompt: "Prompt") -> str:
    """The figure while tokens arrive: this, and after it each `streamed_token`.

    Nothing is closed, on purpose: the browser closes what is open, the text so far only ever grows
    at its end, and Gradio sends the page no more than what was appended. The elements are those of
    `written_figure`, so that the text stays where it is when that replaces it.
    """
    shell = '<figure class="figure generation" aria-busy="true"><div class="written streaming">'
    return shell + _text(prompt, "").removesuffix("</span></p>")


def streamed_token(step: "Step") -> str:
    """What one token adds to the text of `streaming_html`."""
    return _piece(step, "span", "data-forced" if step.choice.forced else "")


def _text(prompt: "Prompt", tokens: str) -> str:
    if prompt.started:
        before, last = '<span class="tok special prompt">start</span>', ""
    else:
        found = LAST_WORD.fullmatch(prompt.text)
        before, last = map(_prompted, found.groups() if found else (prompt.text, ""))
    # The last word of the prompt and a token that goes on with it stay on one line.
    return f'<p class="text" dir="auto">{before}{flowing((last, tokens))}</p>'


def _prompted(text: str) -> str:
    return f'<span class="prompt">{escape(text)}</span>' if text else ""


def _token(step: "Step", colour: str, index: int, branch: int) -> str:
    choice = step.choice
    measured = (choice.logprob, choice.rank, choice.entropy)
    title = f"{told(step)}: probability {percent(math.exp(choice.logprob))}, rank {choice.rank:,}"
    title = escape(title + (", chosen by you" if choice.forced else ""))
    here = ' aria-current="true"' if step.place == index else ""
    forced = " data-forced" if choice.forced else ""
    return _piece(
        step,
        "button",
        f'type="button" data-pick="{escape(json.dumps([step.place, branch]))}"{here}{forced} '
        f'title="{title}" aria-label="{title}" style="{token_style(colour, *measured)}"',
    )


def _piece(step: "Step", tag: str, attributes: str) -> str:
    if step.end:  # it brings no text but halves of characters that wait
        return escape(step.text) + in_text("", step.label, tag=tag, attributes=attributes)
    return in_text(step.text, step.label, tag=tag, attributes=attributes)


def told(step: "Step") -> str:
    """A token in words: “ hen”, the end token, part of a character."""
    if step.end:
        return f"end token {step.label}"
    return f"“{step.label}”" if step.text else f"{step.label}, which by itself adds no text"


def _readout(generation: "Generation", index: int) -> str:
    """One line on the token that is looked at; the line stays where none is."""
    sentence = ""
    if 0 <= index < len(generation.steps):
        step = generation.steps[index]
        choice = step.choice
        sign = f"<bdi>{token_sign(step.label)}</bdi>"
        words = token_words(choice.logprob, choice.rank, choice.entropy)
        sentence = f"token {index}, {sign}: {words}{', chosen by you' if choice.forced else ''}"
    return f'<p class="readout">{sentence}</p>'


def timing(generation: "Generation") -> str:
    """How many tokens in what time, and what the first of them cost."""
    times = [step.milliseconds for step in generation.steps]
    if not times:
        return "No token was written."
    total, count = sum(times), len(times)
    pace = f", {three_digits(1000 * count / total)} tokens per second" if total else ""
    read = generation.steps[0].fed
    if count == 1:
        return f"1 token in {_time(total)}, the reading of {_tokens(read)} included."
    later = sum(times[1:]) / (count - 1)
    return (
        f"{count:,} tokens in {_time(total)}: {_time(total / count)} for each on average{pace}. "
        f"The first, which reads {_prompt_tokens(generation, read)}, took {_time(times[0])}; the "
        "others, which read one token each and keep the rest (key-value cache), "
        f"{_time(later)} on average."
    )


def _time(milliseconds: float) -> str:
    if milliseconds < 1000:
        return f"{three_digits(milliseconds)} ms"
    return f"{three_digits(milliseconds / 1000)} s"


def _prompt_tokens(generation: "Generation", read: int) -> str:
    return "the start token" if generation.prompt.started else f"the prompt, {_tokens(read)}"


def _tokens(count: int) -> str:
    return f"{count:,} {'token' if count == 1 else 'tokens'}"


def ending(generation: "Generation") -> str:
    """Why it ended, and how likely the whole of it was."""
    asked = generation.settings.max_new_tokens
    by_you = bool(generation.steps) and generation.steps[-1].choice.forced
    why = {
        "length": f"It ended after the {asked:,} new tokens asked for.",
        "end": f"It ended by itself, with the end token, before the {asked:,} tokens asked for.",
        "stopped": f"Stopped by you, before the {asked:,} tokens asked for.",
    }[generation.stopped]
    if generation.stopped == "end" and by_you:
        why = "It ended with the end token, which you chose."
    if not generation.steps:
        return why
    return (
        f"{why} Mean log-probability: <b>{minus(generation.mean_logprob)}</b> nats per token, "
        f"a geometric mean probability of {percent(math.exp(generation.mean_logprob))}."
    )


def written_table(generation: "Generation") -> str:
    """Every token of the continuation with its numbers."""
    lines = []
    for step in generation.steps:
        choice = step.choice
        written = (
            percent(math.exp(choice.logprob)),
            percent(choice.chance),
            f"{choice.rank:,}",
            three_digits(choice.entropy),
            three_digits(step.milliseconds),
        )
        cells = numbers(written)
        lines.append(
            f'<tr><td class="number">{step.place}</td>'
            f"<td><code>{token_sign(step.label)}</code></td>"
            f'<td class="number">{choice.id}</td>{cells}'
            f"<td>{'chosen by you' if choice.forced else ''}</td></tr>"
        )
    head = '<th class="number">place</th><th>token</th>' + "".join(
        f'<th class="number">{name}</th>'
        for name in ("id", "probability", "after the filters", "rank", "entropy, nats", "ms")
    )
    return table(f"{head}<td></td>", lines)
