"""The Generation tab: how does a text go on, and what else could have stood there?"""

from dataclasses import replace

from figures.generation.text import space_at_the_end
from figures.records.generation import generation_tables, generation_training
from models.decoding import MOST
from services.examples import read_example
from services.generation.branches import path_of
from services.generation.reading import ends_in_a_space
from services.generation.spread import Opening
from services.generation.tree import Tree
from tabs.generation import beams, branches, draws, duel, score, why, write
from tabs.generation.choices import STEM, Choices
from tabs.generation.endpoint import generate_endpoint, score_endpoint
from tabs.generation.running import draw_buttons, wire_clicks, wire_runs
from tabs.generation.writing import Written
from tabs.kit.record import training
from tabs.kit.tab import Tab
from tabs.kit.view import Asked, Drawn


def opening(asked: Asked[Choices]) -> tuple[Drawn, str]:
    """The text of the first example, written beforehand, and its code."""
    opened = read_example(STEM, Opening)
    text = opened.text
    tree, _ = Tree().add(path_of(text))
    written = Written(asked.entry.name, asked.choices.prompt, text.settings, (), tree, (text,))
    drawn = write.draw_written(asked, written, opened.spread, timed=False)
    return drawn, write.snippet(replace(asked, kept=written))


def without_branches(asked: Asked[Choices]) -> Choices:
    """The second model writes the text anew: the branches are the first one's."""
    return replace(asked.choices, branches="", branch=0, other=0)


def remarks(asked: Asked[Choices]) -> str:
    """Of a prompt that ends in a space, why the text goes on as it does."""
    prompt, desk = asked.choices.prompt, asked.desk
    reads = "prompt" in TAB.view(asked.choices).controls
    # Most prompts end otherwise, and need no tokenizer to know it.
    if not reads or not prompt.endswith(" ") or not prompt.strip():
        return ""
    if not desk.tokenize(ends_in_a_space, asked.entry, prompt):
        return ""
    return space_at_the_end()


TAB = Tab(
    stem=STEM,
    title="Generation",
    choices=Choices,
    views=(
        write.VIEW,
        draws.VIEW,
        branches.VIEW,
        why.VIEW,
        duel.VIEW,
        beams.VIEW,
        score.VIEW,
        training(STEM, generation_training, generation_tables),
    ),
    opening=opening,
    endpoints={"generate": generate_endpoint, "score": score_endpoint},
    at_once={"generate": MOST},  # they are written together
    chosen_as="inputs",
    beside_result=draw_buttons,
    wire=wire_clicks,
    run=wire_runs,
    second=without_branches,
    remarks=remarks,
)
