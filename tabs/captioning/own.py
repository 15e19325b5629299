"""The view of a caption that the visitor writes: how likely is each word, and why?"""

from functools import cache

from PIL.Image import Image

from figures.captioning.own import headline, own_figure, own_table
from services.captioning.own import Forced, force
from services.examples import frozen
from tabs.captioning.caption import code, with_scene
from tabs.captioning.choices import STEM, Choices
from tabs.captioning.sources import scene_picture
from tabs.kit.examples import read_examples
from tabs.kit.view import Asked, Drawn, Lines, Numbers, View

OTHERS = ("two", "fish", "night", "crowd", "styles")  # examples with other pictures
MOST = 4  # pictures beside the visitor's own: each is read as long as that one


def draw(asked: Asked[Choices]) -> Drawn:
    """Each word before this picture and before others."""
    forced = forced_of(asked)
    figure = own_figure(
        forced, asked.kept.image, title=asked.entry.title, remarks=asked.kept.remarks
    )
    return Drawn(figure, own_table(forced), headline=headline(forced))


def forced_of(asked: Asked[Choices]) -> Forced:
    """The visitor's caption, scored."""
    scene = asked.choices.scene if asked.choices.source == "scene" else ""
    others = [picture for text, picture in pictures() if text != scene]
    return asked.ask(force, asked.kept.image, asked.choices.said, tuple(others[:MOST]))


@cache
def pictures() -> tuple[tuple[str, Image], ...]:
    """Other scenes, as text and drawn."""
    scenes = {one["name"]: one["inputs"]["scene"] for one in read_examples(STEM)}
    return tuple((scenes[name], scene_picture(scenes[name]).image) for name in OTHERS)


def numbers(asked: Asked[Choices]) -> Numbers:
    """A line for each token."""
    forced = forced_of(asked)
    lines: Lines = [["place", "token", "id", "logprob", "rank", "elsewhere"]]
    for index, (token, elsewhere) in enumerate(zip(forced.tokens, forced.elsewhere, strict=True)):
        lines.append([index, token.text, token.id, token.logprob, token.rank, float(elsewhere)])
    return lines, frozen(forced) | {"remarks": list(asked.kept.remarks)}


def snippet(asked: Asked[Choices]) -> str:
    """The code that scores the caption before this picture."""
    return with_scene(asked, code("own", asked, caption=asked.choices.said))


VIEW = View(
    name="own",
    label="Your own words",
    draw=draw,
    numbers=numbers,
    snippet=snippet,
    controls=("said",),
    asks="Which of your words need the picture?",
)
