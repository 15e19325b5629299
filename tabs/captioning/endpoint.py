"""The `/caption` endpoint of docs/api.md."""

from collections.abc import Callable
from typing import Any

from gradio import FileData

from core.spacefile import Checkpoint
from models.serving import Desk
from services.captioning.caption import Caption, caption
from services.captioning.settings import Settings
from tabs.captioning.choices import STEM
from tabs.captioning.upload import picture_of_script
from tabs.kit.notes import raises_user_errors


def endpoint(desk: Desk) -> Callable[..., Any]:
    """The endpoint, which names the default model in its signature."""
    default = desk.default(STEM).name

    @raises_user_errors
    def caption_endpoint(
        image: FileData, model: str = default, candidates: int = 1
    ) -> dict[str, Any]:
        """A caption of the picture in a file, its tokens, and the best other captions.

        The file is sent with `gradio_client.handle_file`; log-probabilities are in nats.
        """
        entry = desk.named(model, STEM)
        picture = picture_of_script(image, desk.limits)
        settings = Settings(candidates=candidates)
        return as_endpoint(entry, desk.ask(caption, entry, picture.image, settings))

    return caption_endpoint


def as_endpoint(entry: Checkpoint, caption: Caption) -> dict[str, Any]:
    """What `/caption` returns: numbers as the model gave them, never rounded."""
    return {
        "model": entry.name,
        "caption": caption.text,
        "candidates": [
            {"text": candidate.text, "logprob": candidate.logprob}
            for candidate in caption.candidates
        ],
        "tokens": [
            {"text": token.text, "id": token.id, "logprob": token.logprob}
            for token in caption.tokens
        ],
    }
