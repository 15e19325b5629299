"""Beam search as a tree: what was kept at each step, what was dropped, what came out."""

from collections import defaultdict
from collections.abc import Sequence
from html import escape
from math import exp
from typing import TYPE_CHECKING

from figures.generation.compare import count, prose
from figures.generation.layout import DROPPED, ROOT, Lanes, alike, lanes
from figures.parts.headline import decimals
from figures.parts.prose import paragraph
from figures.parts.signs import LEGEND, token_sign
from figures.parts.style import minus, percent, significant
from figures.parts.table import table

if TYPE_CHECKING:
    from services.generation.beams import Beams, Hypothesis, Node

KEPT, FINISHED = "kept", "finished"
ROW, GUTTER = 46, 18  # px: the height of a lane, the width of the lines between two steps
STROKES = {"dies": ("#8a8a8a", 1.5), "lives": ("#8a8a8a", 3.0), "best": ("#0072B2", 5.0)}
SHARED = 80  # characters of a beginning that was written before
LETTERS = "abcdefghijklmnopqrstuvwxyz"
PROMPT, START = "prompt", "start token"  # what all texts begin from; START is a translator's


def headline(beams: "Beams") -> str:
    """The score of the best text."""
    if not beams.hypotheses:
        return ""
    return f"Best of {beams.settings.beams} beams: score <b>{decimals(beams.best.score)}</b>"


def beams_figure(beams: "Beams", *, title: str, begin: str = PROMPT) -> str:
    """The tree, left to right, step by step, and under it the texts found, best first."""
    placed = lanes(beams)
    alpha = f"{beams.settings.length_penalty:g}".replace("-", "−")
    caption = (
        f"Model: {title}. {beams.settings.beams} beams. Score: the sum of the tokens’ "
        f"log-probabilities in nats, divided by the number of tokens to the power {alpha} (length "
        f"penalty). Steps count from 0. {LEGEND}."
    )
    return (
        '<figure class="figure generation beams" data-view="beams">'
        f"<p>{_said(beams, alpha)}</p>{_key()}{_tree(beams, placed, begin)}"
        f"{_story(beams, placed)}"
        f"<section><h3>What it found, best first</h3>{_hypotheses(beams)}"
        f"{_sum(beams, alpha, begin)}"
        f"</section><p>{paragraph('generation', 'the_most_likely_is_not_the_best')}</p>"
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def _said(found: "Beams", alpha: str) -> str:
    beams = found.settings.beams
    looked = max(sum(node.step == step for node in found.nodes) for step in range(found.steps))
    return (
        "Beam search looks for the text with the highest <b>score</b>, its log-probability over "
        f"its length to the power {alpha}. At each step it considers the {looked:,} most likely "
        f"continuations, keeps the {beams} best that do not end, sets aside those that end, and "
        "drops the others for good. So it can miss the most likely text. Nothing is sampled: the "
        "text is the same each time."
    )


def _key() -> str:
    return f'<p class="key">{paragraph("generation", "key_of_beams")}</p>'


def _tree(beams: "Beams", placed: Lanes, begin: str) -> str:
    steps: dict[int, list[int]] = defaultdict(list)
    for number, node in enumerate(beams.nodes):
        steps[node.step].append(number)
    ends = end_tokens(beams)
    ranks = {one.node: rank for rank, one in enumerate(beams.hypotheses, start=1)}
    names = "".join(f"<span>{LETTERS[lane % 26]}</span>" for lane in range(placed.count))
    columns = "".join(_column(beams, placed, steps[step], ends, ranks) for step in sorted(steps))
    return (
        '<div class="scroll" tabindex="0" role="group" aria-label="Beam search, step by step">'
        f'<ol class="trellis" style="--lanes:{placed.count};--row:{ROW}px;--gutter:{GUTTER}px">'
        '<li class="rows" aria-hidden="true"><b></b>'
        f'<div class="kept">{names}</div></li>'
        f'<li class="root"><b>{begin}</b><div class="kept"><span class="cell best">'
        f"{_ending(beams.prompt.text)}</span></div>"
        f'<p class="dropped" aria-hidden="true">dropped</p></li>{columns}</ol></div>'
    )


def _ending(prompt: str) -> str:
    """The last word of the prompt, as what all hypotheses stand on."""
    words = prompt.split()
    return f"… {escape(words[-1][-20:])}" if words else "start"


def _column(
    beams: "Beams", placed: Lanes, members: Sequence[int], ends: frozenset[int], ranks: dict
) -> str:
    """One step: its lanes with the lines that lead to them, and under them what was dropped."""
    nodes = beams.nodes
    stands = sorted((n for n in members if n in placed.lane), key=placed.lane.__getitem__)
    cells = "".join(_cell(beams, placed, number, ends, ranks) for number in stands)
    dropped = sorted(
        (n for n in members if n not in placed.lane), key=lambda n: (-nodes[n].total, n)
    )
    listed = "".join(
        f'<li data-pair="{nodes[n].parent}"><i>{_row(placed, nodes[n])}</i>'
        f"<span class=tok>{_label(nodes[n], ends)}</span><span>{minus(nodes[n].score)}</span></li>"
        for n in dropped
    )
    step = nodes[members[0]].step
    return (
        f'<li><b title="step {step}">{step}</b>'
        f'<div class="kept">{_lines(nodes, placed, stands)}{cells}</div>'
        f'<ul class="dropped" aria-label="dropped">{listed}</ul></li>'
    )


def _row(placed: Lanes, node: "Node") -> str:
    """The letter of the lane that a node would have gone on from."""
    return "" if node.parent == ROOT else LETTERS[placed.lane[node.parent] % 26]


def _cell(beams: "Beams", placed: Lanes, number: int, ends: frozenset[int], ranks: dict) -> str:
    node = beams.nodes[number]
    look = _look(placed, number)
    mark, text = "", ""
    if node.fate == FINISHED:
        rank = ranks.get(number)
        look += " done"
        mark = f"#{rank}" if rank else "×"
        text = f"text {rank} of those found" if rank else "ended, but others scored better"
    elif number not in placed.followed:
        still = number in placed.alive
        mark = "…" if still else "×"
        text = "still growing when the search stopped" if still else "not continued"
    end = f' <em title="{text}">{mark}</em>' if mark else ""
    return (
        f'<span class="cell {look}" style="grid-row:{placed.lane[number] + 1}" '
        f'data-pair="{number}"><span>{_label(node, ends)}{end}</span>'
        f"<small>{minus(node.score)}</small></span>"
    )


def _look(placed: Lanes, number: int) -> str:
    if number in placed.best:
        return "best"
    return "lives" if number in placed.alive else "dies"


def _lines(nodes: "Sequence[Node]", placed: Lanes, stands: Sequence[int]) -> str:
    """The lines from the step before, those of the best text on top."""
    half = GUTTER / 2
    paths: dict[str, str] = dict.fromkeys(STROKES, "")
    for number in stands:
        start = ROW * placed.lane.get(nodes[number].parent, 0) + ROW / 2
        end = ROW * placed.lane[number] + ROW / 2
        bend = f"C{half:g} {start:g} {half:g} {end:g} {GUTTER} {end:g}"
        paths[_look(placed, number)] += f"M0 {start:g}" + (bend if start != end else f"H{GUTTER}")
    drawn = "".join(
        f'<path class="{look}" d="{paths[look]}" stroke="{colour}" stroke-width="{width:g}"/>'
        for look, (colour, width) in STROKES.items()
        if paths[look]
    )
    high = ROW * placed.count
    return (
        f'<svg width="{GUTTER}" height="{high}" viewBox="0 0 {GUTTER} {high}" fill="none" '
        f'aria-hidden="true" xmlns="http://www.w3.org/2000/svg">{drawn}</svg>'
    )


def _label(node: "Node", ends: frozenset[int]) -> str:
    return "<i>end</i>" if node.id in ends else token_sign(node.label)


def end_tokens(beams: "Beams") -> frozenset[int]:
    """The ids by which a text ended of itself."""
    ended = [one.ids[-1] for one in beams.hypotheses if one.stopped == "end"]
    sooner = [
        node.id
        for node in beams.nodes
        if node.fate == FINISHED and node.step < beams.settings.max_new_tokens - 1
    ]
    return frozenset([*ended, *sooner])


def _story(beams: "Beams", placed: Lanes) -> str:
    """How much was looked at and dropped, how alike the texts are, what became of greedy's."""
    fates = [node.fate for node in beams.nodes]
    lost = sum(
        node.fate == KEPT and number not in placed.alive for number, node in enumerate(beams.nodes)
    )
    sentence = (
        f"{beams.steps:,} {'step' if beams.steps == 1 else 'steps'}, {len(fates):,} candidates "
        f"considered: {fates.count(DROPPED):,} dropped at once, {lost:,} kept at first and "
        "dropped later with all that followed them."
    )
    ids = [one.ids for one in beams.hypotheses]
    if len(ids) > 1:
        same = alike(ids)
        begin = f"begin with the same {count(same)}" if same else "differ from the first token on"
        sentence += f" The {len(ids)} texts found {begin}."
    return f"<p>{sentence} {_greedy(beams)}</p>"


def _greedy(beams: "Beams") -> str:
    """What became of the path that greedy search takes: the most likely token each time."""
    children: dict[int, list[int]] = defaultdict(list)
    for number, node in enumerate(beams.nodes):
        children[node.parent].append(number)
    at = ROOT
    # Where a node has candidates its likeliest token is among them: they are taken by their total.
    while at in children:
        at = max(children[at], key=lambda number: beams.nodes[number].logprob)
    node = beams.nodes[at]
    name = "What greedy search takes, the most likely token each time,"
    for rank, one in enumerate(beams.hypotheses, start=1):
        if one.node == at:
            return f"{name} is text {rank}{', the best' if rank == 1 else ''}."
    if node.fate == DROPPED:
        return f"{name} was dropped at step {node.step}: others were more likely by then."
    if node.fate == KEPT and node.step < beams.steps - 1:
        return f"{name} was dropped at step {node.step + 1}: others were more likely by then."
    return f"{name} was not among the best when the search stopped."


def _hypotheses(beams: "Beams") -> str:
    texts = [one.text for one in beams.hypotheses]
    same = alike(texts) if len(texts) > 1 else 0
    while same and not texts[0][same - 1].isspace():  # whole words are muted
        same -= 1
    return (
        '<ol class="found">'
        + "".join(
            _hypothesis(one, rank, same if rank > 1 else 0)
            for rank, one in enumerate(beams.hypotheses, start=1)
        )
        + "</ol>"
    )


def _hypothesis(one: "Hypothesis", rank: int, same: int) -> str:
    why = "ended by itself" if one.stopped == "end" else "reached the limit of new tokens"
    rest = one.text[same:] if same else one.text.lstrip(" ")
    shared = f'<span class="shared">{_shared(one.text[:same])}</span>' if same else ""
    return (
        f'<li><b class="badge-of">#{rank}</b><div>'
        f"<p><b>Score {_long(one.score)}</b>{' (the best)' if rank == 1 else ''}: "
        f"{minus(one.total)} nats over {count(len(one.ids))}; {why}.</p>"
        f'<p class="said" dir="auto">{shared}{prose(rest)}</p></div></li>'
    )


def _shared(text: str) -> str:
    """What a text shares with the best one; of much, the last words and how much is before."""
    end = text[-SHARED:].partition(" ")[2]
    if not end or len(text) < 2 * SHARED:
        return prose(text.lstrip(" "))
    return f"[{len(text) - len(end):,} characters as in #1] … {prose(end)}"


def _sum(beams: "Beams", alpha: str, begin: str) -> str:
    if not beams.hypotheses:
        return ""
    one = beams.best
    power = f"<sup>{alpha}</sup>" if alpha != "1" else ""
    effect = paragraph("generation", "a_larger_length_penalty")
    effect = paragraph("generation", "no_length_penalty") if alpha == "0" else effect
    return (
        f"<p>The best score: {_long(one.total)} / {len(one.ids):,}{power} = {_long(one.score)}; "
        f"the end token counts as a token, the {begin} does not. {effect}</p>"
    )


def _long(value: float) -> str:
    """Digits enough to rank what is nearly equal, and to work a division again."""
    return f"−{significant(-value, 5)}" if value < 0 else significant(value, 5)


def beams_table(beams: "Beams", begin: str = PROMPT) -> str:
    """Every candidate that was looked at, and all finished texts' places in it."""
    ends = end_tokens(beams)
    ranks = {one.node: rank for rank, one in enumerate(beams.hypotheses, start=1)}
    head = (
        "<th class=number>candidate</th><th class=number>step</th><th class=number>after</th>"
        "<th>token</th><th class=number>probability</th><th class=number>total, nats</th>"
        "<th class=number>score</th><th>fate</th>"
    )
    lines = []
    for number, node in enumerate(beams.nodes):
        before = begin if node.parent == ROOT else f"{node.parent:,}"
        fate = node.fate + (f", text {ranks[number]}" if number in ranks else "")
        cells = (f"{number:,}", str(node.step), before)
        numbers = (percent(exp(node.logprob)), minus(node.total), minus(node.score))
        lines.append(
            f"<tr>{''.join(f'<td class=number>{cell}</td>' for cell in cells)}"
            f"<td><span class=tok>{_label(node, ends)}</span></td>"
            f"{''.join(f'<td class=number>{cell}</td>' for cell in numbers)}<td>{fate}</td></tr>"
        )
    return table(head, lines)
