"""The Masked words tab: which word fits in place of the masked one?"""

from services.examples import read_example
from services.masking.fill import Filled
from tabs.kit.tab import Tab
from tabs.kit.view import Asked, Drawn
from tabs.masking import bias, compare, fill, follows, layers, learning
from tabs.masking.choices import STEM, Choices
from tabs.masking.endpoint import endpoint, follows_endpoint


def opening(asked: Asked[Choices]) -> tuple[Drawn, str]:
    """The picture of the first example, computed beforehand, and its code."""
    return fill.draw_filled(asked.entry, read_example(STEM, Filled)), fill.snippet(asked)


TAB = Tab(
    stem=STEM,
    title="Masked words",
    choices=Choices,
    views=(fill.VIEW, layers.VIEW, compare.VIEW, learning.VIEW, bias.VIEW, follows.VIEW),
    opening=opening,
    endpoints={"fill": endpoint, "follows": follows_endpoint},
    picks=("text", "hidden", "seed", "mask", "sentence", "following"),
)
