"""The Inside tab: what is a model made of, and what does it do with one token?"""

from services.anatomy.journey import Journey
from services.examples import read_example
from tabs.anatomy import cost, count, journey, positions, scratch, switches, tensors
from tabs.anatomy.choices import STEM, Choices
from tabs.anatomy.endpoint import count_endpoint, inspect_endpoint
from tabs.kit.tab import Tab
from tabs.kit.view import Asked, Drawn


def opening(asked: Asked[Choices]) -> tuple[Drawn, str]:
    """The way of the first example's token, computed beforehand, and its code."""
    start = read_example(STEM, Journey)
    return journey.draw_journey(asked, start), journey.code(asked, start)


TAB = Tab(
    stem=STEM,
    title="Inside",
    choices=Choices,
    views=(
        journey.VIEW,
        tensors.VIEW,
        switches.VIEW,
        positions.VIEW,
        count.VIEW,
        cost.VIEW,
        scratch.VIEW,
    ),
    opening=opening,
    endpoints={"inspect": inspect_endpoint, "count": count_endpoint},
    long=False,
    picks=("token", "guess", "marked", "solved", "off", "part"),
    chooses=("layer", "off"),
    second=count.second,
)
