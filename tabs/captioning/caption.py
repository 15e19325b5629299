"""The view of the caption: its words, what else could have come, and its rivals."""

from dataclasses import asdict
from typing import Any

from core.spacefile import Checkpoint
from figures.captioning.candidates import RANKED
from figures.captioning.caption import caption_figure, caption_table, headline
from scenes.scene import SIDE
from services.captioning.caption import Caption
from services.captioning.caption import caption as describe
from services.examples import frozen
from services.pictures.reading import Picture
from tabs.captioning.choices import Choices
from tabs.kit.snippets import filled
from tabs.kit.view import Asked, Drawn, Lines, Numbers, Only, View

SCENE_FILE, OWN_FILE = "scene.png", "picture.png"
DRAWN = """# The scene as the page draws it.
from scenes.scene import draw, from_text

draw(from_text({scene!r}), {side}).save({file!r})

"""
WRITING: tuple[str | Only, ...] = (  # the controls of what writes a caption
    "token",
    "method",
    "candidates",
    *(Only(name, "method", "beam") for name in ("beams", "length_penalty")),
    *(Only(name, "method", "sample") for name in ("temperature", "top_p", "seed")),
)


def draw(asked: Asked[Choices]) -> Drawn:
    """The caption with its words and candidates."""
    return draw_caption(asked.entry, caption_of(asked), asked.kept, asked.choices)


def draw_caption(entry: Checkpoint, caption: Caption, picture: Picture, choices: Choices) -> Drawn:
    """A caption that is there already; the page opens with it."""
    figure = caption_figure(
        caption,
        picture.image,
        token=choices.token,
        layer=choices.layer,
        head=choices.head,
        title=entry.title,
        ranked=RANKED[choices.method],
        remarks=picture.remarks,
    )
    return Drawn(figure, caption_table(caption), headline=headline(caption))


def caption_of(asked: Asked[Choices]) -> Caption:
    """The caption of the picture."""
    return asked.ask(describe, asked.kept.image, asked.choices.settings)


def numbers(asked: Asked[Choices]) -> Numbers:
    """A line for each token, then one for each candidate."""
    caption = caption_of(asked)
    lines: Lines = [["place", "token", "id", "logprob", "rank"]]
    for index, token in enumerate(caption.tokens):
        lines.append([index, token.text, token.id, token.logprob, token.rank])
    lines += [[], ["candidate", "text", "logprob", "score", "tokens", "ended"]]
    for rank, other in enumerate(caption.candidates, start=1):
        scores = (other.logprob, other.score)
        lines.append([rank, other.text, *scores, len(other.ids), other.ended])
    content = frozen(caption)
    del content["cross"]  # that of the view on words
    return lines, content | {"remarks": list(asked.kept.remarks)}


def snippet(asked: Asked[Choices]) -> str:
    """The code that writes the caption."""
    return with_scene(asked, code("captioning", asked, **asdict(asked.choices.settings)))


def code(name: str, asked: Asked[Choices], **values: Any) -> str:
    """A snippet about the picture, for the model's family."""
    family = "_blip" if asked.entry.family == "blip" else ""
    file = SCENE_FILE if asked.choices.source == "scene" else OWN_FILE
    return filled(f"captioning/{name}{family}", asked.entry, picture=file, **values)


def with_scene(asked: Asked[Choices], snippet: str) -> str:
    """The snippet; before it, for a scene, what draws the picture."""
    if asked.choices.source != "scene":
        return snippet
    return DRAWN.format(scene=asked.choices.scene, side=SIDE, file=SCENE_FILE) + snippet


VIEW = View(
    name="caption",
    label="Caption",
    draw=draw,
    numbers=numbers,
    snippet=snippet,
    controls=WRITING,
    asks="What does the model say, and how sure is it of each word?",
)
