"""The Tokenization tab: how is a text cut into tokens?"""

from services.examples import read_example
from services.tokenization.overview import Reading
from tabs.kit.tab import Tab
from tabs.kit.view import Asked, Drawn
from tabs.tokenization import languages, ribbons
from tabs.tokenization.choices import STEM, Choices
from tabs.tokenization.endpoint import endpoint


def opening(asked: Asked[Choices]) -> tuple[Drawn, str]:
    """The reading of the first example, computed beforehand, and its code."""
    start = read_example(STEM, Reading)
    return ribbons.draw_reading(start, asked.choices), ribbons.code_of(asked, start)


TAB = Tab(
    stem=STEM,
    title="Tokenization",
    choices=Choices,
    views=(ribbons.VIEW, languages.VIEW),
    opening=opening,
    endpoints={"tokenize": endpoint},
    long=False,
    queue="tokens",  # cutting text takes milliseconds, so it does not wait behind the models
    height=600,
    picks=("word",),
)
