"""What stands between the network and Gradio."""

from page.serving.guard import Guard
from page.serving.headers import Dress
from page.serving.shelf import Shelf
from page.serving.uploads import most_file, most_upload

__all__ = ["Dress", "Guard", "Shelf", "most_file", "most_upload"]
