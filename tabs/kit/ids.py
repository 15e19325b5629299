"""The ids by which scripts and sheets find the parts of a tab: its stem, a hyphen, the part."""

PARTS = {
    "figure": "the picture of the result (export.js saves it)",
    "picture": "the same without its plots, where it has some",
    "view": "the choice of what is looked at",
    "examples": "the list of examples",
    "chooser": "the small picture beside the controls, in which what is looked at is picked",
    "runner": "the button, not seen, that starts a run (badge.js presses it, too)",
    "csv": "the button, not seen, that holds the numbers as CSV",
    "json": "the button, not seen, that holds the numbers as JSON",
}


def id_of(stem: str, part: str) -> str:
    """The id of a part of a tab. Raises KeyError for a part that nobody knows."""
    if part not in PARTS:
        raise KeyError(f"{part!r} is not among {', '.join(PARTS)}")
    return f"{stem}-{part}"
