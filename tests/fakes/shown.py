"""What a tab shows of how a model was trained, for a test that has the entry alone."""

from tabs import TABS
from tabs.kit.view import Asked


def training_of(entry, stem=""):
    """The picture and its table; without a stem, of the tab that the model is offered for."""
    for tab in TABS:
        views = [view for view in tab.views if view.name == "training"]
        if views and (tab.stem == stem or (not stem and tab.stem in entry.capabilities)):
            drawn = views[0].draw(Asked(None, entry, None))
            return drawn.picture, drawn.table
    raise AssertionError(f"no tab shows how {entry.name} was trained")
