"""The next token drawn many times: each token's probability beside its share of the draws."""

from html import escape
from typing import TYPE_CHECKING

from figures.parts.bars import track
from figures.parts.headline import share
from figures.parts.html import Html, tag
from figures.parts.prose import paragraph
from figures.parts.signs import token_sign
from figures.parts.style import percent
from figures.parts.table import headed_table, rows_table

if TYPE_CHECKING:
    from services.generation.draws import Draws


def headline(draws: "Draws") -> str:
    """The likeliest token: its share of the draws beside its probability."""
    chance, count = float(draws.chances[0]), int(draws.counts[0])
    return (
        f"{token_sign(draws.labels[0])} drawn <b>{share(count / draws.times)}</b>, "
        f"probability <b>{share(chance)}</b>"
    )


def draws_figure(draws: "Draws", *, title: str) -> str:
    """For each token two bars on one scale: how likely it is, and how often it was drawn."""
    full = max(float(draws.chances.max()), int(draws.counts.max()) / draws.times)
    rows = [
        (token_sign(label), *_bars(float(chance), int(count), draws.times, full))
        for label, chance, count in zip(draws.labels, draws.chances, draws.counts, strict=True)
    ]
    chance, count = draws.rest
    others = draws.left - len(draws.ids)
    if others > 0:
        name = f"<i>{'the other' if others == 1 else f'the {others:,} others'}</i>"
        rows.append((name, *_bars(chance, count, draws.times, full)))
    likeliest = float(draws.chances[0])
    caption = (
        f"{title}: {draws.times:,} draws with seed {draws.settings.seed}, each from the same "
        f"distribution over {_tokens(draws.left)}; {draws.drawn:,} different ones came. By chance "
        f"alone a share of {percent(likeliest)} is off by about "
        f"{100 * draws.spread(likeliest):.1f} points (one standard deviation)."
    )
    greedy = "" if draws.settings.draws else tag("p", paragraph("generation", "greedy_draws_one"))
    return (
        f'<figure class="figure generation draws">'
        f"{headed_table(('token', 'probability', 'share of the draws'), rows)}{greedy}"
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def draws_table(draws: "Draws") -> str:
    """The same in numbers, with what a share may be off by chance."""
    rows = [
        (
            Html(token_sign(label)),
            int(index),
            percent(float(chance)),
            f"{draws.times * float(chance):.1f}",
            int(count),
            percent(int(count) / draws.times),
        )
        for label, index, chance, count in zip(
            draws.labels, draws.ids, draws.chances, draws.counts, strict=True
        )
    ]
    return rows_table(("token", "id", "probability", "expected", "drawn", "share"), rows)


def _bars(chance: float, count: int, times: int, full: float) -> tuple[str, str]:
    """A cell for the probability, and one for the share of the draws."""
    drawn = count / times
    often = track(drawn / full, kind="track drawn")
    return (
        f"{track(chance / full)}<span>{percent(chance)}</span>",
        f"{often}<span>{percent(drawn)} <small>{count:,}</small></span>",
    )


def _tokens(number: int) -> str:
    return "one token" if number == 1 else f"{number:,} tokens"
