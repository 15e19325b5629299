"""What the Attention tab shows: for each view its picture and the table beside it."""

from collections.abc import Callable

from core.errors import UserError
from core.spacefile import Checkpoint
from core.text import checked_choice, checked_index
from figures.attention import bertviz
from figures.attention.heatmap import heads_table, heatmap, strongest_table
from figures.attention.steps import numbered, row_table, steps_figure
from models.loaded import Loaded
from services.attention.attend import Attention, attend
from services.attention.matrix import Matrix, checked_lines, look
from services.attention.steps import Steps, explain, row_entropy, strongest_pair
from tabs.attention.choices import Choices

Drawn = tuple[str, str]  # the picture and its table, both HTML
MASKED = ". No line leads down to a later token: the causal mask makes those weights exactly 0"


def draw(bert: Loaded, choices: Choices) -> Drawn:
    """The picture of the chosen view, and its table."""
    checked_choice(choices.view, tuple(VIEWS), name="view")
    checked_index(choices.layer, 0, bert.checkpoint.layers - 1, name="layer")
    checked_index(choices.head, 0, bert.checkpoint.heads - 1, name="head")
    return VIEWS[choices.view](bert, choices)


def heatmap_view(bert: Loaded, choices: Choices) -> Drawn:
    """One matrix, or the same head on two texts."""
    attention = attend(bert, choices.text, choices.text_pair)
    other = attend(bert, choices.other) if choices.other.strip() else None
    return draw_heatmap(bert.checkpoint, attention, choices, other)


def draw_heatmap(
    bert: Checkpoint, attention: Attention, choices: Choices, other: Attention | None = None
) -> Drawn:
    """The heatmap of weights that are there already; the page opens with it."""
    matrix = matrix_of(attention, choices)
    second = None if other is None else matrix_of(other, choices, direction="all")
    which = {
        "head": f"layer {choices.layer}, head {choices.head}",
        "mean": f"layer {choices.layer}, mean over {bert.heads} heads",
        "rollout": f"rollout over layers 0 to {choices.layer}",
    }[choices.combine]
    caption = f"Attention weights of {bert.title}, {which}: how much each row looks at each column"
    if attention.causal:
        caption += "; hatched: masked, for no token of this model sees a later one"
    tables = [strongest_table(one) for one in (matrix, second) if one is not None]
    pair = choices.text_pair.strip()
    titles = (f"{choices.text} · {pair}" if pair else choices.text, choices.other)
    picture = heatmap(matrix, caption=caption, scale=choices.scale, other=second, titles=titles)
    return picture, "".join(tables)


def matrix_of(attention: Attention, choices: Choices, direction: str = "") -> Matrix:
    """The one matrix that the settings name."""
    return look(
        attention,
        layer=choices.layer,
        head=choices.head,
        combine=choices.combine,
        words=choices.words,
        special=choices.special,
        renormalise=choices.renormalise,
        direction=direction or choices.direction,
    )


def lines_view(bert: Loaded, choices: Choices) -> Drawn:
    """bertviz's head view of one layer: all its heads, or the chosen one."""
    _need_bertviz()
    checked_choice(choices.heads, ("all", "one"), name="heads drawn")
    heads = list(range(bert.checkpoint.heads)) if choices.heads == "all" else [choices.head]
    attention = attend(bert, choices.text, choices.text_pair)
    tokens = len(attention.tokens)
    checked_lines(tokens, len(heads), limit=bert.limits.attention_lines)
    which = "all heads" if choices.heads == "all" else f"head {choices.head}"
    caption = (
        f"bertviz's head view of {bert.checkpoint.title}, layer {choices.layer}, {which}: the "
        "left token looks at the right one; the stronger the line, the larger the weight, "
        "rounded to three decimals. Point at a token to see its lines alone; a click on a "
        "numbered square hides or shows that head, a double click leaves it alone"
        f"{MASKED if attention.causal else ''}"
    )
    picture = bertviz.head_view(attention, choices.layer, heads, caption=caption)
    return picture, heads_table(attention, [choices.layer], heads)


def model_view(bert: Loaded, choices: Choices) -> Drawn:
    """bertviz's model view: every head of every layer."""
    _need_bertviz()
    attention = attend(bert, choices.text, choices.text_pair)
    layers, heads = attention.layers, attention.heads
    limit = bert.limits.attention_model_lines
    checked_lines(len(attention.tokens), heads, layers, limit=limit)
    caption = (
        f"bertviz's model view of {bert.checkpoint.title}: a row for each layer, a column for "
        "each head. Click one to enlarge it, and once more to close it"
        f"{MASKED if attention.causal else ''}"
    )
    picture = bertviz.model_view(attention, caption=caption)
    return picture, heads_table(attention, range(layers), range(heads))


def steps_view(bert: Loaded, choices: Choices) -> Drawn:
    """One head from queries and keys to what it adds, with one pair of tokens worked out."""
    steps = steps_of(bert, choices)
    pair, note = chosen_pair(steps, choices.row, choices.column)
    caption = (
        f"Layer {choices.layer}, head {choices.head} of {bert.checkpoint.title}, step by step; "
        f"worked out for {numbered(steps)[pair[0]]} looking at {numbered(steps)[pair[1]]}"
    )
    entropy = row_entropy(steps.weights[pair[0]])
    picture = steps_figure(steps, pair, entropy=entropy, caption=caption, note=note)
    return picture, row_table(steps, pair[0])


def steps_of(bert: Loaded, choices: Choices) -> Steps:
    """The matrices of the chosen head, with the steps that are switched on."""
    return explain(
        bert,
        choices.text,
        choices.text_pair,
        layer=choices.layer,
        head=choices.head,
        scaling=choices.scaling,
        softmax=choices.softmax,
    )


def chosen_pair(steps: Steps, row: str, column: str) -> tuple[tuple[int, int], str]:
    """The pair of tokens to work out, and a remark where a chosen number is not in this text."""
    here = [str(place) for place in range(len(steps.tokens))]
    beyond = [number for number in (row, column) if number and number not in here]
    note = ""
    if beyond:
        note = (
            f"This text has no token {' and '.join(beyond)}: its tokens are numbered 0 to "
            f"{here[-1]}. The strongest is worked out instead."
        )
    best_row, best_column = strongest_pair(steps, int(row) if row in here else None)
    return (best_row, int(column) if column in here else best_column), note


def _need_bertviz() -> None:
    missing = bertviz.missing_libraries()
    if missing:
        raise UserError(missing)


VIEWS: dict[str, Callable[[Loaded, Choices], Drawn]] = {
    "heatmap": heatmap_view,
    "lines": lines_view,
    "model": model_view,
    "steps": steps_view,
}
