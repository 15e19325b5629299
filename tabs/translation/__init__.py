"""The Translation tab: how does a sentence become one of another language?"""

from services.examples import read_example
from services.translation.translate import Translation
from tabs.kit.tab import Tab
from tabs.kit.view import Asked, Drawn
from tabs.translation import beams, cross, forcing, translate, walk
from tabs.translation.choices import STEM, Choices
from tabs.translation.endpoint import endpoint


def opening(asked: Asked[Choices]) -> tuple[Drawn, str]:
    """The translation of the first example, written beforehand, and its code."""
    start = read_example(STEM, Translation)
    return translate.draw_translation(asked.entry, start, asked.choices), translate.snippet(asked)


TAB = Tab(
    stem=STEM,
    title="Translation",
    choices=Choices,
    views=(translate.VIEW, walk.VIEW, cross.VIEW, forcing.VIEW, beams.VIEW),
    opening=opening,
    endpoints={"translate": endpoint},
    picks=("token", "hidden", "stop"),
)
