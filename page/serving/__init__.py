"""What stands between the network and Gradio."""

from page.serving.guard import MOST_FILE, MOST_UPLOAD, PROGRESS, UPLOAD, Guard
from page.serving.keeper import Kept, kept_by
from page.serving.shelf import Shelf

__all__ = ["MOST_FILE", "MOST_UPLOAD", "PROGRESS", "UPLOAD", "Guard", "Kept", "Shelf", "kept_by"]
