"""The view of one word: where the model looked for it, and what hiding parts of it does."""

from figures.captioning.heads import heads_chooser
from figures.captioning.words import headline, words_figure, words_table
from services.captioning.caption import Caption
from services.captioning.hiding import Hiding, hide
from services.examples import frozen
from tabs.captioning.caption import WRITING, caption_of, code, with_scene
from tabs.captioning.choices import Choices
from tabs.kit.view import Asked, Drawn, Lines, Numbers, View


def draw(asked: Asked[Choices]) -> Drawn:
    """The word's attention on the patches, beside what each of them says for it."""
    caption, chosen = caption_of(asked), asked.choices
    hidden = hiding_of(asked, caption)
    which = {"token": chosen.token, "layer": chosen.layer, "head": chosen.head}
    image, title = asked.kept.image, asked.entry.title
    figure = words_figure(caption, hidden, image, **which, title=title)
    layers, heads = caption.heads_of(0).shape[:2]  # with the mean of each
    return Drawn(
        figure,
        words_table(caption, hidden, **which),
        headline=headline(caption, **which),
        chooser=heads_chooser(
            layers - 1,
            heads - 1,
            (chosen.layer, chosen.head),
            lambda layer, head: [layer, head, chosen.encoder_layer, chosen.encoder_head],
        ),
    )


def hiding_of(asked: Asked[Choices], caption: Caption) -> Hiding:
    """What hiding each block does to the caption."""
    size = asked.choices.block
    return asked.ask(hide, asked.kept.image, caption.ids, size=size, progress=asked.progress)


def last_token(asked: Asked[Choices], caption: Caption) -> int:
    """The word looked at; the last one where a longer caption was looked at before."""
    return min(asked.choices.token, len(caption.tokens) - 1)


def numbers(asked: Asked[Choices]) -> Numbers:
    """A line for each patch."""
    caption, chosen = caption_of(asked), asked.choices
    hidden = hiding_of(asked, caption)
    weights = caption.looked(chosen.layer, chosen.head)  # (token, 1 + patch)
    token = last_token(asked, caption)
    lines: Lines = [["place", "row", "column", "cross_attention", "drop"]]
    lines.append(["class token", "", "", float(weights[token, 0]), ""])
    for patch, weight in enumerate(weights[token, 1:].tolist()):
        row, column = divmod(patch, caption.grid[1])
        lines.append([patch, row, column, weight, float(hidden.drops[token, row, column])])
    return lines, frozen(caption) | {"hiding": frozen(hidden)}


def snippet(asked: Asked[Choices]) -> str:
    """The code of the attention, then that of the hiding."""
    caption, chosen = caption_of(asked), asked.choices
    given = {"caption_ids": list(caption.ids), "token": last_token(asked, caption)}
    looking = code("words", asked, **given, layer=chosen.layer, head=chosen.head)
    hiding = code("hiding", asked, **given, size=chosen.block)
    return with_scene(asked, f"{looking}\n\n{hiding}")


VIEW = View(
    name="words",
    label="Word to patches",
    draw=draw,
    numbers=numbers,
    snippet=snippet,
    controls=("layer", "head", "block", *WRITING),
    asks="Where does it look for a word, and what does the word need?",
)
