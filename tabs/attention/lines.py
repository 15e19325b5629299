"""The view of one layer's heads as lines, which bertviz draws."""

import gradio as gr

from core.errors import UserError
from figures.attention import bertviz
from figures.attention.heatmap import heads_headline, heads_table
from services.attention.matrix import checked_lines
from tabs.attention.choices import READS, Choices
from tabs.attention.weights import as_endpoint, attention_of, chooser_of, code, head_lines
from tabs.kit.scaffold import Scaffold
from tabs.kit.view import Asked, Drawn, Numbers, Only, View

MASKED = ". No line leads down to a later token: the causal mask makes those weights exactly 0"


def serve_libraries(scaffold: Scaffold) -> None:
    """Let the page fetch the scripts that bertviz's pages need."""
    gr.set_static_paths(bertviz.library_paths())


def need_bertviz() -> None:
    """Raises UserError, with what to install, where a script of bertviz's is missing."""
    missing = bertviz.missing_libraries()
    if missing:
        raise UserError(missing)


def draw(asked: Asked[Choices]) -> Drawn:
    """bertviz's head view of one layer: all its heads, or the chosen one."""
    need_bertviz()
    entry, layer = asked.entry, asked.choices.layer
    heads = heads_of(asked)
    attention = attention_of(asked)
    limit = asked.desk.limits.attention_lines
    checked_lines(len(attention.tokens), len(heads), limit=limit)
    which = "all heads" if asked.choices.heads == "all" else f"head {asked.choices.head}"
    caption = (
        f"bertviz's head view of {entry.title}, layer {layer}, {which}: the "
        "left token looks at the right one; the stronger the line, the larger the weight, "
        "rounded to three decimals. Point at a token to see its lines alone; a click on a "
        "numbered square hides or shows that head, a double click shows it alone"
        f"{MASKED if attention.causal else ''}"
    )
    picture = bertviz.head_view(attention, layer, heads, caption=caption)
    table = heads_table(attention, [layer], heads)
    return Drawn(
        picture,
        table,
        headline=heads_headline(attention, [layer], heads),
        chooser=chooser_of(attention, asked.choices),
    )


def heads_of(asked: Asked[Choices]) -> list[int]:
    """The numbers of the heads that are drawn."""
    chosen = asked.choices
    return [chosen.head] if chosen.heads == "one" else list(range(asked.entry.heads))


def numbers(asked: Asked[Choices]) -> Numbers:
    """A line for each weight that is drawn, and all heads of the layer."""
    attention, layer = attention_of(asked), asked.choices.layer
    lines = head_lines(attention, [layer], heads_of(asked))
    return lines, as_endpoint(asked.entry, attention, layer)


def snippet(asked: Asked[Choices]) -> str:
    """The code that makes bertviz's page."""
    return code("lines", asked, layer=asked.choices.layer, heads=heads_of(asked))


CONTROLS = (*READS, "layer", Only("head", "heads", "one"), "heads", "pattern")
ASKS = "Which token looks at which?"
VIEW = View("lines", "Lines", draw, numbers, snippet, CONTROLS, asks=ASKS)
