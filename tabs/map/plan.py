"""The view of a whole model, whose boxes lead to the tabs that look into them."""

from collections import defaultdict
from dataclasses import asdict
from functools import cache
from typing import Any
from urllib.parse import urlencode

from figures.map.plan import Signs, Way, headline, plan_figure, plan_table
from services.map import Plan, plan
from tabs.kit.examples import read_examples
from tabs.kit.places import place_of, sentence_of, table
from tabs.kit.snippets import filled
from tabs.kit.tab import Tab
from tabs.kit.view import Asked, Drawn, Lines, Numbers, View
from tabs.map.choices import STEM, Choices

BEGIN = ("tokenization", "see how it is split into tokens")


def draw(asked: Asked[Choices]) -> Drawn:
    """The boxes with the shapes of the sentence."""
    return draw_plan(asked, plan_of(asked))


def plan_of(asked: Asked[Choices]) -> Plan:
    """The way of the sentence; no weights are read for it. Raises UserError."""
    return asked.desk.tokenize(plan, asked.entry, asked.choices.text)


def draw_plan(asked: Asked[Choices], made: Plan) -> Drawn:
    """A plan that is there already; the page opens with it."""
    signs = Signs(
        boxes=table()["box"],
        ways={
            (stack.name, name): ways_of(asked, made, stack.name, name)
            for stack in made.stacks
            for name in table()["box"]
        },
        begin=Way(BEGIN[1], href(asked, BEGIN[0])),
        here=asked.choices.box,
    )
    picture = plan_figure(made, signs)
    return Drawn(picture, plan_table(made, signs.boxes), headline=headline(made))


# Where the boxes lead ----------------------------------------------------------------------------


def ways_of(asked: Asked[Choices], made: Plan, stack: str, box: str) -> list[Way]:
    """The views that look into a box, those of its own kind of model first.

    An encoder with a decoder has tabs of its own for some of its boxes alone; for the others the
    same part of a model that only reads, or only writes, is shown.
    """
    looked = looking()
    for kind in dict.fromkeys((made.kind, stack)):
        found = [(tab, view) for tab, view in looked[box] if kind in kinds_of(tab)]
        if found:
            return [Way(label(tab, view), href(asked, tab.stem, view)) for tab, view in found]
    return [Way(label(tab, view), href(asked, tab.stem, view)) for tab, view in looked[box]]


@cache
def looking() -> dict[str, list[tuple[Tab, View]]]:
    """All views by the box that they look into, in the order of the page; then those beside."""
    from tabs import TABS  # here, for this tab is one of them

    found: dict[str, list[tuple[Tab, View]]] = defaultdict(list)
    named = {f"{tab.stem}.{view.name}": (tab, view) for tab in TABS for view in tab.views}
    for box, said in table()["box"].items():
        found[box] += [named[one] for one in said["see"]]
    for tab in TABS:
        for view in tab.views:
            box = place_of(tab.stem, view.name).box
            if box and (tab, view) not in found[box] and view.name != "training":
                found[box].append((tab, view))
    return found


def kinds_of(tab: Tab) -> list[str]:
    """The kinds of models that a tab is about."""
    return list(table()["tab"].get(tab.stem, {}).get("kinds", ()))


def label(tab: Tab, view: View) -> str:
    """A view as the page calls it."""
    return f"{tab.title}: {view.label}" if len(tab.views) > 1 else tab.title


def href(asked: Asked[Choices], stem: str, view: View | None = None) -> str:
    """A link to a tab with the sentence, and with the model where that tab offers it.

    What the tab starts with is left out, so that nothing is asked of a model for it.
    """
    from tabs import TABS

    tab = next(tab for tab in TABS if tab.stem == stem)
    pairs = [("tab", stem)]
    if view and view is not tab.views[0]:
        pairs.append(("view", view.name))
    offered = [entry.name for entry in asked.desk.offered(stem)]
    if asked.entry.name in offered[1:]:
        field = "tokenizer" if "tokenizer" in tab.settings else "model"
        pairs.append((field, asked.entry.name))
    return f"?{urlencode([*pairs, *_sentence(tab, asked.choices.text)])}"


def _sentence(tab: Tab, text: str) -> list[tuple[str, str]]:
    name = sentence_of(tab.stem)
    if not name:
        return []
    start = str(read_examples(tab.stem)[0]["inputs"][name])
    if not tab.settings[name].lines:
        return [(name, text)] if text != start else []
    first, *others = start.split("\n")
    plain = " ".join(text.split())
    return [(name, one) for one in (plain, *others)] if plain != first else []


# What is saved -----------------------------------------------------------------------------------


def numbers(asked: Asked[Choices]) -> Numbers:
    """A line for each box."""
    made = plan_of(asked)
    lines: Lines = [["stack", "part", "box", "times", "rows", "columns", "parameters"]]
    for stack in made.stacks:
        for row in stack.rows:
            times = stack.layers if row.where == "layer" else 1
            for box in row.boxes:
                values: list[Any] = [box.name, times, box.rows, box.columns, box.weights]
                lines.append([stack.name, row.where, *values])
    return lines, asdict(made)


def snippet(asked: Asked[Choices]) -> str:
    """The code that prints the shapes."""
    return code(asked, plan_of(asked))


def code(asked: Asked[Choices], made: Plan) -> str:
    """The same for a plan that is there already."""
    file = "both" if made.kind == "both" else "plan"
    return filled(f"{STEM}/{file}", asked.entry, text=asked.choices.text)


VIEW = View(
    name="plan",
    label="Map",
    draw=draw,
    numbers=numbers,
    snippet=snippet,
    reads=False,
    asks="Which parts does the sentence go through?",
)
