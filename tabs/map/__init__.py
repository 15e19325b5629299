"""The Map tab, with which the page starts: which parts does a model consist of?"""

from services.examples import read_example
from services.map import Plan
from tabs.kit.tab import Tab
from tabs.kit.view import Asked, Drawn
from tabs.map import plan
from tabs.map.choices import STEM, Choices


def opening(asked: Asked[Choices]) -> tuple[Drawn, str]:
    """The map of the first example, computed beforehand, and its code."""
    start = read_example(STEM, Plan)
    return plan.draw_plan(asked, start), plan.code(asked, start)


TAB = Tab(
    stem=STEM,
    title="Map",
    choices=Choices,
    views=(plan.VIEW,),
    opening=opening,
    endpoints={},
    long=False,
    queue="tokens",  # no model is asked, so it does not wait behind the models
    height=560,
)
