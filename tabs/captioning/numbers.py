"""What leaves the Captioning tab: its code, its exports, its endpoint."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from gradio import FileData

from core.spacefile import Checkpoint
from models.checkpoints import Checkpoints
from models.loaded import Loaded
from scenes.tiles import SIDE
from services.captioning.caption import Caption, caption
from services.captioning.settings import Settings
from services.examples import frozen
from services.pictures.reading import Picture
from tabs.captioning.choices import ENDS, STEM, Choices
from tabs.captioning.pictures import (
    at_same_place,
    caption_of,
    checked_choices,
    hiding_of,
    patches_of,
)
from tabs.captioning.upload import picture_of_script
from tabs.kit.beside import Numbers, each, files_beside, is_second
from tabs.kit.notes import raises_user_errors
from tabs.kit.record import training_numbers
from tabs.kit.snippets import filled

Lines = list[Sequence[Any]]
Export = tuple[Lines, dict[str, Any]]
SCENE_FILE, OWN_FILE = "scene.png", "picture.png"
DRAWN = """# The scene as the page draws it.
from scenes.scene import draw, from_text

draw(from_text({scene!r}), {side}).save({file!r})

"""


def snippet(checkpoint: Checkpoint, choices: Choices, said: Caption | None) -> str:
    """The code that computes what is on screen; `said` is the caption, where one was written."""
    if choices.view == "training":
        return filled("captioning/training", checkpoint)
    built = choices.source == "scene"
    kind = "_blip" if checkpoint.family == "blip" else ""
    asked: dict[str, Any] = {"picture": SCENE_FILE if built else OWN_FILE}
    if choices.view == "words" and said:
        token = min(choices.token, len(said.tokens) - 1)
        asked |= {"said": list(said.ids), "token": token}
        which = {"layer": choices.layer, "head": choices.head}
        code = filled(f"captioning/words{kind}", checkpoint, **asked, **which)
        code += "\n\n" + filled(
            f"captioning/hiding{kind}", checkpoint, **asked, size=choices.block
        )
    elif choices.view in ("encoder", "sees"):
        which = {"layer": choices.encoder_layer, "head": choices.encoder_head}
        code = filled(
            f"captioning/patches{kind}", checkpoint, **asked, patch=choices.patch, **which
        )
    else:
        written = asdict(choices.settings)
        code = filled(f"captioning/captioning{kind}", checkpoint, **asked, **written)
    return (DRAWN.format(scene=choices.scene, side=SIDE, file=SCENE_FILE) if built else "") + code


def numbers(checkpoints: Checkpoints, choices: Choices, picture: Picture) -> tuple[str, str]:
    """What is on screen as CSV and as JSON, every digit kept."""
    shown = each(checkpoints, STEM, choices, ENDS)
    return files_beside(shown, lambda one: _numbers(checkpoints, one, picture, choices.model))


def _numbers(checkpoints: Checkpoints, choices: Choices, picture: Picture, first: str) -> Numbers:
    if is_second(choices):
        choices = at_same_place(checkpoints, choices, first, picture.image)
    checkpoint = checked_choices(checkpoints, choices)
    if choices.view == "training":
        lines, content = training_numbers(checkpoint)
    else:
        lines, content = EXPORTS[choices.view](checkpoints.load(checkpoint), choices, picture)
    content = {"model": checkpoint.name} | content | {"settings": asdict(choices)}
    return lines, content


def _caption(
    captioner: Loaded, choices: Choices, picture: Picture
) -> tuple[Lines, dict[str, Any]]:
    said = caption_of(captioner, picture.image, choices)
    lines: Lines = [["place", "token", "id", "logprob", "rank"]]
    lines += [[n, one.text, one.id, one.logprob, one.rank] for n, one in enumerate(said.tokens)]
    lines += [[], ["candidate", "text", "logprob", "score", "tokens", "ended"]]
    lines += [
        [rank, one.text, one.logprob, one.score, len(one.ids), one.ended]
        for rank, one in enumerate(said.candidates, start=1)
    ]
    content = frozen(said)
    del content["cross"]  # that of the view on words
    return lines, content | {"remarks": list(picture.remarks)}


def _words(captioner: Loaded, choices: Choices, picture: Picture) -> Export:
    said = caption_of(captioner, picture.image, choices)
    hidden = hiding_of(captioner, picture.image, said, choices.block)
    weights = said.looked(choices.layer, choices.head)  # (token, 1 + patch)
    token = min(choices.token, len(said.tokens) - 1)
    lines: Lines = [["place", "row", "column", "cross_attention", "drop"]]
    lines.append(["class token", "", "", float(weights[token, 0]), ""])
    for patch, weight in enumerate(weights[token, 1:].tolist()):
        row, column = divmod(patch, said.grid[1])
        lines.append([patch, row, column, weight, float(hidden.drops[token, row, column])])
    return lines, frozen(said) | {"hiding": frozen(hidden)}


def _patches(
    captioner: Loaded, choices: Choices, picture: Picture
) -> tuple[Lines, dict[str, Any]]:
    seen = patches_of(captioner, picture.image)
    patch = min(choices.patch, len(seen.positions) - 1)
    weights = seen.looked(patch, choices.encoder_layer, choices.encoder_head)  # (1 + patch,)
    lines: Lines = [
        ["patch", "row", "column", "attention", "position_cosine", "pc1", "pc2", "pc3"]
    ]
    lines.append(["class token", "", "", float(weights[0])])
    for other, weight in enumerate(weights[1:].tolist()):
        row, column = divmod(other, seen.grid[1])
        cosine = float(seen.positions[patch, other])
        lines.append([other, row, column, weight, cosine, *seen.embeddings[other].tolist()])
    # All heads of all layers are up to 48 million numbers; here are those of the patch looked at.
    return lines, frozen(replace(seen, attention=seen.attention[:, :, 1 + patch]))


EXPORTS = {"caption": _caption, "words": _words, "encoder": _patches, "sees": _patches}


def endpoint(checkpoints: Checkpoints) -> Any:
    """The `/caption` endpoint of docs/api.md."""
    captioner = checkpoints.default(STEM)

    @raises_user_errors
    def caption_endpoint(
        image: FileData, model: str = captioner.name, candidates: int = 1
    ) -> dict[str, Any]:
        """A caption of the picture in a file, its tokens, and the best other captions.

        The file is sent with `gradio_client.handle_file`; log-probabilities are in nats.
        """
        checkpoint = checkpoints.named(model, STEM)
        picture = picture_of_script(image, checkpoints.limits)
        asked = Settings(candidates=candidates)
        said = caption(checkpoints.load(checkpoint), picture.image, asked)
        return endpoint_answer(checkpoint, said)

    return caption_endpoint


def endpoint_answer(checkpoint: Checkpoint, said: Caption) -> dict[str, Any]:
    """What `/caption` returns: numbers as the model gave them, never rounded."""
    return {
        "model": checkpoint.name,
        "caption": said.text,
        "candidates": [{"text": one.text, "logprob": one.logprob} for one in said.candidates],
        "tokens": [
            {"text": one.text, "id": one.id, "logprob": one.logprob} for one in said.tokens
        ],
    }
