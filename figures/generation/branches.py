"""All branches of one text: where each leaves another, what was chosen there, how it goes on."""

import json
from collections.abc import Sequence
from html import escape
from math import exp
from typing import TYPE_CHECKING

from figures.generation.compare import badge, comparison, count, prose, sign, token
from figures.generation.layout import ROOT, Row, rows
from figures.parts.headline import decimals
from figures.parts.prose import paragraph
from figures.parts.signs import LEGEND
from figures.parts.style import minus, percent
from figures.parts.table import table

if TYPE_CHECKING:
    from services.generation.tree import Path, Tree

SHARED = 12  # tokens of a longer shared beginning that stand before a branch's own
LOOKED, COMPARED = "looked at", "compared"


def headline(tree: "Tree", *, branch: int, other: int) -> str:
    """How far two branches are apart; else how many there are, and the most likely one."""
    if branch != other and 0 <= other < len(tree.branches):
        change = decimals(tree.compare(other, branch).change)
        sign = "" if change.startswith("−") else "+"
        return f"Branch {branch} against {other}: <b>{sign}{change}</b> nats"
    totals = [tree.path(number).total for number in range(len(tree.branches))]
    if len(totals) == 1:
        return f"<b>1</b> branch, {decimals(totals[0])} nats"
    best = max(range(len(totals)), key=totals.__getitem__)
    return f"<b>{len(totals)}</b> branches, most likely: <b>{best}</b>" if totals else ""


def branches_figure(
    tree: "Tree",
    texts: Sequence[Sequence[str]],
    *,
    branch: int,
    other: int,
    prompt: str,
    title: str,
) -> str:
    """The tree, two branches compared from their fork on, and the text of every branch.

    `texts` (branch, token) is what each token adds to the text, as `generation_tokens.pieces`
    tells it or `Step.text`, the shared tokens included. `branch` is the one looked at, `other` the
    one compared with it; where that is the same or none, nothing is compared. A button picks
    `[branch, other, step]`.
    """
    if not tree.branches:
        return _figure("<p>There is no text yet.</p>", title, 0)
    branch = min(max(branch, 0), len(tree.branches) - 1)
    two = other != branch and 0 <= other < len(tree.branches)
    seen = (branch, other if two else ROOT)
    compared = comparison(tree, texts, branch=branch, other=other) if two else ""
    parts = (
        f"<p>{_said(tree, two)}</p>{_map(tree, texts, seen)}{compared}"
        f"<section><h3>{_heading(tree)}</h3>"
        f'<p class="given">Prompt: <bdi class="said">{escape(prompt) or "none"}</bdi></p>'
        f"{_list(tree, texts, seen)}</section>"
    )
    return _figure(parts, title, len(tree.branches))


def _figure(parts: str, title: str, number: int) -> str:
    caption = (
        f"Model: {title}. Log-probabilities in nats, as the model gave them before any filter, of "
        f"the continuation without the prompt. Branches and tokens count from 0. Every "
        "branch uses the same random numbers, position by position, so branches are not "
        f"independent samples: where two agree, the shared randomness may be the reason. {LEGEND}."
        if number
        else f"Model: {title}."
    )
    return (
        f'<figure class="figure generation branches" data-view="branches">{parts}'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def _heading(tree: "Tree") -> str:
    return "Its text" if len(tree.branches) == 1 else f"All {len(tree.branches)} texts"


def _said(tree: "Tree", two: bool) -> str:
    more = paragraph("generation", "how_a_branch_grows")
    if len(tree.branches) == 1:
        return f"<b>One branch so far.</b> {more}"
    totals = [tree.path(number).total for number in range(len(tree.branches))]
    best = max(range(len(totals)), key=totals.__getitem__)
    sentence = (
        f"<b>{len(tree.branches)} branches of one text.</b> Each leaves another where a different "
        f"token was chosen. The most likely one as a whole is branch {best}, with "
        f"{minus(totals[best])} nats."
    )
    return sentence if two else f"{sentence} Compare one with the branch looked at."


def _map(tree: "Tree", texts: Sequence[Sequence[str]], seen: tuple[int, int]) -> str:
    """Each branch a line over the number of tokens, hanging from the one that it leaves."""
    longest = max(1, *(len(tree.path(number).ids) for number in range(len(tree.branches))))
    order = rows(tree)
    lit = [_reaches(tree, number) for number in seen]
    lines = "".join(_row(tree, texts, row, seen, lit, longest) for row in order)
    return (
        '<div class="axis" aria-hidden="true"><span class="ends"><span>token 0</span>'
        f"<span>{longest:,} tokens</span></span><span>total</span><span>per token</span></div>"
        f'<ol class="map" aria-label="The tree of branches">{lines}</ol>'
    )


def _reaches(tree: "Tree", number: int) -> dict[int, int]:
    """The branches that one goes through, and after how many tokens it has left each."""
    reaches = {}
    until = len(tree.path(number).ids) if number != ROOT else 0
    while number != ROOT:
        reaches[number] = until
        until, number = tree.branches[number].at, tree.branches[number].parent
    return reaches


def _row(
    tree: "Tree",
    texts: Sequence[Sequence[str]],
    row: Row,
    seen: tuple[int, int],
    lit: Sequence[dict[int, int]],
    longest: int,
) -> str:
    number, branch = row.number, tree.branches[row.number]
    path = tree.path(number)

    def line(look: str, start: int, end: int) -> str:
        left, wide = 100 * start / longest, 100 * (end - start) / longest
        return f'<i class="{look}" style="left:{left:.4g}%;width:{wide:.4g}%"></i>'

    looks = [name for name, on in zip(("one", "two"), lit, strict=True) if number in on]
    drawn = line("line", branch.at, len(path.ids))
    # The branch looked at lies over the compared one: where both are the same it is seen.
    for name, on in reversed(list(zip(("one", "two"), lit, strict=True))):
        if number in on:
            drawn += line(f"line {name}", branch.at, on[number])
    up = " ".join(["up", *looks[:1]])
    drawn += f'<i class="{up}"></i>' if row.up else ""
    place = f"--up:{row.up};--at:{100 * branch.at / longest:.4g}%"
    return (
        f'<li class="{" ".join(looks)}" style="{place}">'
        f'<div class="name"><span class="lead"></span>{_name(tree, texts, number, seen)}</div>'
        f'<div class="rail" aria-hidden="true">{drawn}<i class="dot"></i></div>'
        f'<span class="total">{minus(path.total)}<span class="unit"> nats,</span></span>'
        f'<span class="mean">{minus(_mean(path))}<span class="unit"> per token</span></span>'
        f"{_choose(tree, number, seen)}</li>"
    )


def _name(tree: "Tree", texts: Sequence[Sequence[str]], number: int, seen: tuple[int, int]) -> str:
    """The branch as a button: its number and the token by which it begins."""
    chosen, instead = _chosen(tree, texts, number), _instead(tree, texts, number)
    text = f"Look at branch {number}"
    more = f'<span class="instead">not {instead}</span>' if instead else ""
    pressed = "true" if number == seen[0] else "false"
    return (
        f"<button type=button data-pick='{_look(tree, number, seen)}' aria-pressed={pressed} "
        f'title="{text}">{badge(number)} {chosen}</button>{more}'
    )


def _choose(tree: "Tree", number: int, seen: tuple[int, int]) -> str:
    if number in seen:
        return f'<span class="which">{LOOKED if number == seen[0] else COMPARED}</span>'
    pick = json.dumps([seen[0], number, _fork(tree, seen[0], number)])
    return (
        f"<button type=button class=which data-pick='{pick}' "
        f'aria-label="Compare branch {seen[0]} with branch {number}">Compare</button>'
    )


def _look(tree: "Tree", number: int, seen: tuple[int, int]) -> str:
    """What the controls become when a branch is looked at; the other one is never the same."""
    branch, other = seen
    other = branch if other in (number, ROOT) else other
    return json.dumps([number, other, tree.branches[number].at if number else 0])


def _fork(tree: "Tree", branch: int, other: int) -> int:
    """The token of a branch at which another is no longer the same."""
    shared = tree.compare(branch, other).shared
    return max(0, min(shared, len(tree.path(branch).ids) - 1))


def _chosen(tree: "Tree", texts: Sequence[Sequence[str]], number: int) -> str:
    """The first token of a branch's own, as HTML."""
    at = tree.branches[number].at
    return token(texts[number], at) if at < len(texts[number]) else "<i>nothing</i>"


def _instead(tree: "Tree", texts: Sequence[Sequence[str]], number: int) -> str:
    """What the branch that it leaves says there, as HTML; empty for the first branch."""
    branch = tree.branches[number]
    if branch.parent == ROOT:
        return ""
    before = texts[branch.parent]
    return token(before, branch.at) if branch.at < len(before) else "<i>its end</i>"


def _list(tree: "Tree", texts: Sequence[Sequence[str]], seen: tuple[int, int]) -> str:
    items = []
    for row in rows(tree):
        number, path = row.number, tree.path(row.number)
        state = {seen[0]: f", {LOOKED}", seen[1]: f", {COMPARED}"}.get(number, "")
        items.append(
            f"<li><p><button type=button data-pick='{_look(tree, number, seen)}' "
            f'aria-label="Look at branch {number}">{badge(number)}</button> '
            f"<b>Branch {number}{state}</b> {_leaves(tree, texts, number)}</p>"
            f'<p class="said" dir="auto">{_text(tree, texts, number, seen)}</p>'
            f"<p>{count(len(path.ids))}, {minus(path.total)} nats, {minus(_mean(path))} per "
            "token.</p></li>"
        )
    return f'<ol class="texts">{"".join(items)}</ol>'


def _leaves(tree: "Tree", texts: Sequence[Sequence[str]], number: int) -> str:
    """Where a branch leaves another, by what token, and how likely both were."""
    branch = tree.branches[number]
    if branch.parent == ROOT:
        return "is the first text."
    before = tree.path(branch.parent).logprobs
    chances = [percent(exp(own)) for own in (*branch.own.logprobs[:1], *before[branch.at :][:1])]
    instead = _instead(tree, texts, number)
    instead += f" ({chances[1]})" if len(chances) > 1 else ""
    return (
        f"leaves branch {branch.parent} after {count(branch.at)}: "
        f"{_chosen(tree, texts, number)} ({chances[0]}) instead of {instead}."
    )


def _text(tree: "Tree", texts: Sequence[Sequence[str]], number: int, seen: tuple[int, int]) -> str:
    """The end of what it shares, muted; the token chosen, marked; all of its own after that.

    A numbered button stands before the token at which another branch leaves this one.
    """
    at, pieces = tree.branches[number].at, texts[number]
    first = max(0, at - SHARED)
    skipped = f"[{count(first)} more] … " if first else ""
    shared = skipped + prose("".join(pieces[first:at]).lstrip(" "))
    parts = [f'<span class="shared">{shared}</span>'] if shared else []
    forks: dict[int, list[int]] = {}
    for child, branch in enumerate(tree.branches):
        if branch.parent == number:
            forks.setdefault(branch.at, []).append(child)
    for index in range(at, len(pieces) + 1):
        for child in forks.get(index, ()):
            parts.append(
                f"<button type=button class=fork data-pick='{_look(tree, child, seen)}' "
                f'aria-label="Branch {child} leaves here: look at it">{badge(child)}</button>'
            )
        if index < len(pieces):
            piece = prose(pieces[index])
            first_own = index == at and number > 0
            parts.append(f"<mark>{piece or sign(pieces, index)}</mark>" if first_own else piece)
    return "".join(parts).removeprefix(" ")


def _mean(path: "Path") -> float:
    """Nats per token; 0 where there is none."""
    return path.total / max(1, len(path.ids))


def branches_table(tree: "Tree", texts: Sequence[Sequence[str]]) -> str:
    """Every branch with where it leaves which, its log-probability, and its whole text."""
    head = (
        "<th>branch</th><th>leaves</th><th>after tokens</th><th>token chosen</th>"
        "<th class=number>probability</th><th>instead of</th><th class=number>tokens</th>"
        "<th class=number>total, nats</th><th class=number>nats per token</th><th>text</th>"
    )
    lines = []
    for number, branch in enumerate(tree.branches):
        path = tree.path(number)
        chance = percent(exp(branch.own.logprobs[0])) if branch.own.logprobs else ""
        parent = "" if branch.parent == ROOT else str(branch.parent)
        lines.append(
            f"<tr><td>{number}</td><td>{parent}</td><td>{branch.at if parent else ''}</td>"
            f"<td>{_chosen(tree, texts, number)}</td><td class=number>{chance}</td>"
            f"<td>{_instead(tree, texts, number)}</td><td class=number>{len(path.ids):,}</td>"
            f"<td class=number>{minus(path.total)}</td>"
            f"<td class=number>{minus(_mean(path))}</td>"
            f"<td><bdi>{escape(''.join(texts[number]))}</bdi></td></tr>"
        )
    return table(head, lines)
