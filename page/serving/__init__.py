"""What stands between the network and Gradio."""

from page.serving.first import FirstPicture
from page.serving.guard import Guard
from page.serving.headers import Dress
from page.serving.health import ROUTES
from page.serving.keeper import Kept, kept_by
from page.serving.shelf import Shelf
from page.serving.uploads import most_file, most_upload
from page.serving.watch import Watch

__all__ = [
    "ROUTES",
    "Dress",
    "FirstPicture",
    "Guard",
    "Kept",
    "Shelf",
    "Watch",
    "kept_by",
    "most_file",
    "most_upload",
]
