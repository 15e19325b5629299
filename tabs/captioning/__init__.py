"""The Captioning tab: what does a model say of a picture, and where does it look?"""

import json
from collections.abc import Sequence
from typing import Any

from figures.captioning.caption import empty_figure
from figures.records.captioning import caption_tables, caption_training
from models.serving import Desk
from services.captioning.caption import Caption
from services.examples import read_example
from services.pictures.reading import Picture
from tabs.captioning import caption, encoder, own, sees, words
from tabs.captioning.builder import ROUTES
from tabs.captioning.choices import STEM, Choices
from tabs.captioning.endpoint import endpoint
from tabs.captioning.sources import inputs, picture_of, scene_picture, wire_browser
from tabs.captioning.upload import forget
from tabs.kit.events import IN_BROWSER
from tabs.kit.record import training
from tabs.kit.scaffold import Scaffold
from tabs.kit.tab import Tab
from tabs.kit.view import Asked, Drawn

PICKS = ("view", "token", "layer", "head", "encoder_layer", "encoder_head", "patch")


def opening(asked: Asked[Choices]) -> tuple[Drawn, str]:
    """The caption of the first example, written beforehand, and its code."""
    start, picture = read_example(STEM, Caption), scene_picture(asked.choices.scene)
    drawn = caption.draw_caption(asked.entry, start, picture, asked.choices)
    return drawn, caption.snippet(asked)


def gathered(desk: Desk, choices: Choices, values: Sequence[Any]) -> Picture | None:
    """The picture; None for a view that looks at none. Raises UserError."""
    return picture_of(desk, choices, values) if TAB.view(choices).reads else None


def second(asked: Asked[Choices]) -> Choices:
    """The second model looks at the same place, where a patch is looked at."""
    looks = "patch" in TAB.view(asked.choices).controls
    return encoder.at_same_place(asked) if looks else asked.choices


def wire(scaffold: Scaffold) -> None:
    """A click in a figure says which controls it sets, by their names."""
    wire_browser(scaffold)
    picked = [scaffold.controls[name] for name in PICKS]
    names = f"{json.dumps(PICKS)}, values, lectern.picked('{STEM}-figure')"
    script = f"(...values) => lectern.pickedNames({names})"
    scaffold.picture.click(None, picked, picked, js=script, **IN_BROWSER)


TAB = Tab(
    stem=STEM,
    title="Captioning",
    choices=Choices,
    views=(
        caption.VIEW,
        words.VIEW,
        own.VIEW,
        encoder.VIEW,
        sees.VIEW,
        training(STEM, caption_training, caption_tables),
    ),
    opening=opening,
    endpoints={"caption": endpoint},
    note_first=True,
    beside_input=inputs,
    wire=wire,
    chooses=("layer", "head", "encoder_layer", "encoder_head"),
    gathered=gathered,
    empty=empty_figure,
    second=second,
    routes=tuple(ROUTES),
    left=forget,
)
