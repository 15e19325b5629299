"""The Inside tab: what is a model made of, and what does it do with one token?"""

from services.anatomy.measure import Measured
from services.examples import read_example
from tabs.anatomy import count
from tabs.anatomy.choices import STEM, Choices
from tabs.anatomy.endpoint import count_endpoint
from tabs.kit.tab import Tab
from tabs.kit.view import Asked, Drawn


def opening(asked: Asked[Choices]) -> tuple[Drawn, str]:
    """The parameters of the first example, counted beforehand, and their code."""
    return count.draw_count(asked, read_example(STEM, Measured)), count.snippet(asked)


TAB = Tab(
    stem=STEM,
    title="Inside",
    choices=Choices,
    views=(count.VIEW,),
    opening=opening,
    endpoints={"count": count_endpoint},
    long=False,
    picks=("marked", "solved"),
    second=count.second,
)
