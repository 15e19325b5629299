"""The view of two sentences: does the second follow the first, and what follows as well?"""

from typing import Any

from core.spacefile import Checkpoint
from figures.masking.follows import follows_figure, follows_table, headline, readings
from models.serving import Desk
from services.masking.follows import Followed, Reading, follows
from tabs.kit.snippets import filled
from tabs.kit.view import Asked, Drawn, Lines, Numbers, View
from tabs.masking.choices import Choices

FOLLOWING = "following"  # the capability of a model with a head for the next sentence
FINDING = "similarity"  # of the model that finds the topic of a visitor's sentence


def draw(asked: Asked[Choices]) -> Drawn:
    """The pair and its contrast set."""
    entry, followed = followed_of(asked)
    picture = follows_figure(followed, name=entry.name, title=entry.title)
    return Drawn(picture, follows_table(followed), headline=headline(followed))


def reader(desk: Desk, entry: Checkpoint) -> Checkpoint:
    """The model that is asked: this one, where it has the head; else the first that has."""
    names = [one.name for one in desk.offered(FOLLOWING)]
    return desk.named(entry.name if entry.name in names else names[0], FOLLOWING)


def followed_of(asked: Asked[Choices]) -> tuple[Checkpoint, Followed]:
    """The model that was asked, and what it says."""
    entry, chosen = reader(asked.desk, asked.entry), asked.choices
    return entry, read_pair(asked.desk, entry, chosen.sentence, chosen.following)


def read_pair(desk: Desk, entry: Checkpoint, sentence: str, following: str) -> Followed:
    """What a model says of a pair. Raises UserError."""
    return desk.ask(follows, entry, desk.default(FINDING), sentence, following)


def numbers(asked: Asked[Choices]) -> Numbers:
    """A line for each pair."""
    entry, followed = followed_of(asked)
    lines: Lines = [["kind", "first", "second", "probability", "logit", "follows", "does_not"]]
    for one in readings(followed):
        lines.append([one.kind, one.first, one.second, one.probability, one.logit, *one.logits])
    return lines, as_endpoint(entry, followed)


def as_endpoint(entry: Checkpoint, followed: Followed) -> dict[str, Any]:
    """What `/follows` returns: numbers as the model gave them, never rounded."""
    return {"model": entry.name, **_written(followed.pair)} | {
        "contrast": [{"kind": one.kind, **_written(one)} for one in followed.contrast]
    }


def _written(one: Reading) -> dict[str, Any]:
    return {
        "sentence": one.first,
        "following": one.second,
        "probability": one.probability,
        "logit": one.logit,
        "logits": list(one.logits),
    }


def snippet(asked: Asked[Choices]) -> str:
    """The code that reads all pairs."""
    entry, followed = followed_of(asked)
    pairs = [(one.first, one.second) for one in readings(followed)]
    return filled("masking/follows", entry, pairs=pairs)


def fits(entry: Checkpoint) -> str:
    """A model that never learned it says so; the pocket ones share one that did."""
    if entry.tier == "pocket" or FOLLOWING in entry.capabilities:
        return ""
    return (
        f"{entry.title} has no head that says whether a sentence follows: RoBERTa left this task "
        "out of its training (Liu et al. 2019). Choose a BERT."
    )


def read_by(asked: Asked[Choices]) -> list[Checkpoint]:
    """The model with the head reads both."""
    return [reader(asked.desk, asked.entry)]


VIEW = View(
    name="follows",
    label="Next sentence",
    draw=draw,
    numbers=numbers,
    snippet=snippet,
    controls=("sentence", "following"),
    fits=fits,
    read_by=read_by,
    asks="Does the second sentence follow the first?",
)
