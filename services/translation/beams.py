"""A translation by beams, with every hypothesis that was looked at."""

from dataclasses import dataclass
from typing import Any

from core.progress import Progress
from models.loaded import Loaded
from models.turns import asker, one_core, takes_turns
from services.generation import search
from services.translation.reading import Source, encoded, read_source, writer
from services.translation.translate import EMPTY, Candidate, candidates_of, settings_of


@dataclass(frozen=True)
class Searched:
    """A beam search from the start token, and the greedy translation beside it."""

    source: Source
    greedy: Candidate
    found: Any  # the `Beams` of generation


@takes_turns
def search_beams(
    model: Loaded, text: object, beams: int, progress: Progress | None = None
) -> Searched:
    """Search as `translate` does, keeping what was dropped.

    Raises UserError as that does, and for one beam, before anything is written.
    """
    source = read_source(model, text)
    settings = settings_of(model, beams)
    with asker().turn(), one_core():
        states = encoded(model, source.ids)
    found = search(writer(model, states), EMPTY, settings, progress)
    return Searched(source, candidates_of(model, states, 1)[0], found)
