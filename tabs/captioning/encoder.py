"""The view of one patch: where the encoder looks from there."""

from dataclasses import replace

from figures.captioning.encoder import encoder_figure, encoder_table, headline
from figures.captioning.heads import heads_chooser
from services.captioning.patches import Patches, look_at
from services.examples import frozen
from tabs.captioning.caption import code, with_scene
from tabs.captioning.choices import STEM, Choices
from tabs.kit.view import Asked, Drawn, Lines, Numbers, View


def draw(asked: Asked[Choices]) -> Drawn:
    """The patch's attention on all others, head by head."""
    patches, chosen = patches_of(asked), asked.choices
    which = {
        "patch": chosen.patch,
        "layer": chosen.encoder_layer,
        "head": chosen.encoder_head,
    }
    figure = encoder_figure(patches, asked.kept.image, **which, title=asked.entry.title)
    layers, heads = patches.attention.shape[:2]
    return Drawn(
        figure,
        encoder_table(patches, **which),
        headline=headline(patches, **which),
        chooser=heads_chooser(
            layers,
            heads,
            (chosen.encoder_layer, chosen.encoder_head),
            lambda layer, head: [chosen.layer, chosen.head, layer, head],
        ),
    )


def patches_of(asked: Asked[Choices]) -> Patches:
    """The picture as the encoder reads it."""
    return asked.ask(look_at, asked.kept.image)


def numbers(asked: Asked[Choices]) -> Numbers:
    """A line for each patch, as the one looked at sees it."""
    patches, chosen = patches_of(asked), asked.choices
    patch = min(chosen.patch, len(patches.positions) - 1)
    weights = patches.looked(patch, chosen.encoder_layer, chosen.encoder_head)  # (1 + patch,)
    lines: Lines = [
        ["patch", "row", "column", "attention", "position_cosine", "pc1", "pc2", "pc3"]
    ]
    lines.append(["class token", "", "", float(weights[0]), *[""] * 4])
    for other, weight in enumerate(weights[1:].tolist()):
        row, column = divmod(other, patches.grid[1])
        cosine = float(patches.positions[patch, other])
        lines.append([other, row, column, weight, cosine, *patches.embeddings[other].tolist()])
    # All heads of all layers are up to 48 million numbers; here are those of the patch looked at.
    return lines, frozen(replace(patches, attention=patches.attention[:, :, 1 + patch]))


def snippet(asked: Asked[Choices]) -> str:
    """The code that gives what the encoder makes of the patch."""
    chosen = asked.choices
    which = {"layer": chosen.encoder_layer, "head": chosen.encoder_head}
    return with_scene(asked, code("patches", asked, patch=chosen.patch, **which))


def at_same_place(asked: Asked[Choices]) -> Choices:
    """The second model's choices, its patch where that of the first is in the picture.

    Their grids may differ. Raises UserError.
    """
    first = replace(asked, entry=asked.desk.named(asked.first, STEM))
    rows, columns = patches_of(first).grid
    own_rows, own_columns = patches_of(asked).grid
    row, column = divmod(min(int(asked.choices.patch), rows * columns - 1), columns)
    middle = (
        (2 * row + 1) * own_rows // (2 * rows),
        (2 * column + 1) * own_columns // (2 * columns),
    )
    return replace(asked.choices, patch=middle[0] * own_columns + middle[1])


VIEW = View(
    name="encoder",
    label="Patch to patches",
    draw=draw,
    numbers=numbers,
    snippet=snippet,
    controls=("encoder_layer", "encoder_head", "patch"),
    asks="Where does one patch look, layer by layer?",
)
