"""The view of one step of BERT's training on a paragraph."""

from figures.masking.learning import headline, learning_figure, learning_table
from services.examples import frozen
from services.masking.learning import MOST_SEED, Learning, learn
from tabs.kit.snippets import filled
from tabs.kit.view import Asked, Drawn, Lines, Numbers, View
from tabs.masking.choices import Choices


def draw(asked: Asked[Choices]) -> Drawn:
    """The paragraph in three colours, and the losses."""
    learning = learning_of(asked)
    picture = learning_figure(learning, most=MOST_SEED, title=asked.entry.title)
    return Drawn(picture, learning_table(learning), headline=headline(learning))


def learning_of(asked: Asked[Choices]) -> Learning:
    """The paragraph with this draw."""
    return asked.ask(learn, asked.choices.paragraph, int(asked.choices.seed))


def numbers(asked: Asked[Choices]) -> Numbers:
    """A line for each token; the loss is there for those that were chosen."""
    learning = learning_of(asked)
    lines: Lines = [["token", "fate", "seen", "guess", "loss"]]
    for one in learning.steps:
        lines.append([one.token, one.fate, one.seen, one.guess, one.loss if one.fate else ""])
    return lines, {"loss": learning.loss} | frozen(learning)


def snippet(asked: Asked[Choices]) -> str:
    """The code of this draw and of its loss."""
    learning = learning_of(asked)
    places = [index for index, one in enumerate(learning.steps, start=1) if one.fate]
    seen = [one.seen for one in learning.chosen]
    text = learning.text
    return filled("masking/learning", asked.entry, text=text, places=places, seen=seen)


VIEW = View(
    name="learning",
    label="How it is trained",
    draw=draw,
    numbers=numbers,
    snippet=snippet,
    controls=("paragraph", "seed"),
    asks="Which tokens must the model predict, at what loss?",
)
