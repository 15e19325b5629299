"""The view of every head of every layer, which bertviz draws."""

from figures.attention import bertviz
from figures.attention.heatmap import heads_headline, heads_table
from services.attention.matrix import checked_lines
from tabs.attention.choices import READS, Choices
from tabs.attention.lines import MASKED, need_bertviz
from tabs.attention.weights import as_endpoint, attention_of, chooser_of, code, head_lines
from tabs.kit.view import Asked, Drawn, Numbers, View


def draw(asked: Asked[Choices]) -> Drawn:
    """bertviz's model view: a small picture for each head."""
    need_bertviz()
    attention = attention_of(asked)
    layers, heads = attention.layers, attention.heads
    limit = asked.desk.limits.attention_model_lines
    checked_lines(len(attention.tokens), heads, layers, limit=limit)
    caption = (
        f"bertviz's model view of {asked.entry.title}: a row for each layer, a column for "
        "each head. Click one to enlarge it, and once more to close it"
        f"{MASKED if attention.causal else ''}"
    )
    picture = bertviz.model_view(attention, caption=caption)
    every = range(layers), range(heads)
    return Drawn(
        picture,
        heads_table(attention, *every),
        headline=heads_headline(attention, *every),
        chooser=chooser_of(attention, asked.choices),
    )


def numbers(asked: Asked[Choices]) -> Numbers:
    """A line for each weight of the model."""
    attention = attention_of(asked)
    content = as_endpoint(asked.entry, attention, asked.choices.layer)
    content["weights"] = attention.weights.tolist()  # (layer, head, looking, looked at)
    return head_lines(attention, range(attention.layers), range(attention.heads)), content


def snippet(asked: Asked[Choices]) -> str:
    """The code that makes bertviz's page."""
    return code("model", asked)


ASKS = "Which heads have a pattern, and in which layers?"
VIEW = View("model", "All heads", draw, numbers, snippet, READS, asks=ASKS)
