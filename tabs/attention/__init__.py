"""The Attention tab: at which tokens does each head of a model look?"""

from services.attention.attend import Attention
from services.examples import read_example
from tabs.attention import ablation, all_heads, heatmap, lines, sandbox, steps
from tabs.attention.choices import STEM, Choices
from tabs.attention.endpoint import endpoint
from tabs.attention.heads import head_list_below
from tabs.kit.tab import Tab
from tabs.kit.view import Asked, Drawn


def opening(asked: Asked[Choices]) -> tuple[Drawn, str]:
    """The heatmap of the first example, computed beforehand, and its code."""
    start = read_example(STEM, Attention)
    return heatmap.draw_heatmap(asked.entry, start, asked.choices), heatmap.snippet(asked)


TAB = Tab(
    stem=STEM,
    title="Attention",
    choices=Choices,
    views=(heatmap.VIEW, lines.VIEW, all_heads.VIEW, steps.VIEW, ablation.VIEW, sandbox.VIEW),
    opening=opening,
    endpoints={"attend": endpoint},
    height=420,
    picks=("row", "column", "layer", "head", "queries", "keys", "values", "mask", "taken"),
    chooses=("layer", "head"),
    below={"pattern": head_list_below},
    wire=lines.serve_libraries,
)
