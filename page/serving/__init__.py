"""What stands between the network and Gradio."""

from page.serving.guard import MOST_FILE, MOST_UPLOAD, PROGRESS, UPLOAD, Guard
from page.serving.health import ROUTES
from page.serving.keeper import Kept, kept_by
from page.serving.shelf import Shelf
from page.serving.watch import Watch

__all__ = [
    "MOST_FILE",
    "MOST_UPLOAD",
    "PROGRESS",
    "ROUTES",
    "UPLOAD",
    "Guard",
    "Kept",
    "Shelf",
    "Watch",
    "kept_by",
]
