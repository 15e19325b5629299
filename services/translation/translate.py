"""What does a sentence say in the other language, how sure of it, and what else could it say?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import lazy_loader as lazy

from core.text import checked_index
from models.loaded import Loaded
from models.tokens import pieces
from models.turns import asker, one_core, takes_turns
from services.generation import (
    END,
    Generation,
    Hypothesis,
    Settings,
    checked_settings,
    generate,
    search,
    stream,
)
from services.translation.pieces import pieces_of
from services.translation.reading import (
    Sentence,
    Source,
    encoded,
    ends_of,
    longest,
    read_source,
    reread,
    start_piece,
    text_of,
    writer,
)

torch = lazy.load("torch")  # loaded at first use, so that the page is up before it is (SPEC 1)

EMPTY = ""  # the prompt: the start token stands for it
LIKELIEST = 5  # tokens that are told at each place


@dataclass(frozen=True)
class Next:
    """One token that could have come, and how likely it was."""

    text: str  # as the vocabulary has it
    id: int
    probability: float


@dataclass(frozen=True)
class Told:
    """One token of a translation, the end token too."""

    text: str  # what it adds to the translation; nothing for the end token
    piece: str  # as the vocabulary has it
    id: int
    logprob: float  # nats, under the model's own distribution
    rank: int  # 1 is the likeliest; equals share the better rank
    nexts: tuple[Next, ...]  # the likeliest at this place, likeliest first
    end: bool


@dataclass(frozen=True)
class Candidate:
    """One translation and its scores."""

    text: str
    ids: tuple[int, ...]  # the end token included
    logprob: float  # nats, the sum over the tokens
    score: float  # logprob / number of tokens
    ended: bool  # by its end token, not by the limit


@dataclass(frozen=True)
class Translation:
    """A sentence, its translation, and how each token was foreseen."""

    source: Source
    text: str
    tokens: tuple[Told, ...]
    logprob: float  # nats, the sum over the tokens
    candidates: tuple[Candidate, ...]  # best first
    beams: int  # 1: greedy
    start: str  # the token that every translation begins after

    @property
    def ids(self) -> tuple[int, ...]:
        """The ids of the tokens, the end token included."""
        return tuple(token.id for token in self.tokens)

    @property
    def target(self) -> Sentence:
        """The tokens of the translation."""
        pieces = tuple(token.piece for token in self.tokens)
        return Sentence(self.ids, pieces, tuple(token.end for token in self.tokens))


@takes_turns
def translate(
    model: Loaded, text: object, beams: object = 1, candidates: object = 1
) -> Translation:
    """The best translation by so many beams (1: greedily), and the best few of them.

    Greedy takes the likeliest token each time, as `generate(num_beams=1)` does; beams are those of
    `generate(num_beams=…)`, ranked by their mean log-probability. The best is read once more for
    what was foreseen. Raises UserError for a sentence that does not fit and for numbers that are
    out of range, with what is allowed.
    """
    source = read_source(model, text)
    wide = checked_index(beams, 1, model.limits.beams, name="number of beams")
    many = checked_index(
        candidates, 1, model.limits.beams, name="number of candidates", more=", one for each beam"
    )
    with asker().turn(), one_core():
        states = encoded(model, source.ids)
    found = candidates_of(model, states, max(wide, many) if wide > 1 else 1)
    if wide == 1 and many > 1:
        others = candidates_of(model, states, many)
        found += tuple(one for one in others if one.ids != found[0].ids)
    best = found[0]
    with asker().turn(), one_core():
        logits = reread(model, states, best.ids).logits[0].float()
        tokens = told(model, best.ids, logits)
    return Translation(
        source=source,
        text=best.text,
        tokens=tokens,
        logprob=sum(token.logprob for token in tokens),
        candidates=found[:many],
        beams=wide,
        start=start_piece(model),
    )


@dataclass(frozen=True)
class Writing:
    """A greedy translation on its way: what each token adds, and its log-probability in nats."""

    source: Source
    texts: tuple[str, ...]
    logprobs: tuple[float, ...]
    ended: bool


@takes_turns
def writing(model: Loaded, text: object) -> Iterator[Writing]:
    """The greedy translation as it is written: what `Desk.stream` asks.

    The first comes when the sentence is read. Raises UserError as `translate` does.
    """
    source = read_source(model, text)
    with asker().turn(), one_core():
        states = encoded(model, source.ids)
    made = Writing(source, (), (), ended=False)
    yield made
    _, coming = stream(writer(model, states), EMPTY, settings_of(model, 1), shown=0)
    for step in coming:
        texts, logprobs = (*made.texts, step.text), (*made.logprobs, step.choice.logprob)
        made = Writing(source, texts, logprobs, step.end)
        yield made


def greedy(model: Loaded, states: Any, mask: Any = None, forced: Sequence[int] = ()) -> Generation:
    """The greedy translation of a sentence that is read, states (1, token, width).

    `mask` (1, token) is 0 where nobody looks; the first tokens are those `forced`.
    """
    wrote = writer(model, states, mask)
    return generate(wrote, EMPTY, settings_of(model, 1), forced=forced, shown=0)


def settings_of(model: Loaded, beams: int) -> Settings:
    """How tokens are chosen: the likeliest, or by beams; as many as the model can write."""
    most = min(model.limits.new_tokens, longest(model) - 1)
    return checked_settings(model.limits, max_new_tokens=most, greedy=beams == 1, beams=beams)


def told(model: Loaded, ids: Sequence[int], logits: Any) -> tuple[Told, ...]:
    """Each token with its scores, given the logits (token, vocabulary) that it was chosen from."""
    ended = bool(ids) and ids[-1] in ends_of(model)
    logs = logits.log_softmax(dim=-1)
    own = logits.gather(1, torch.tensor(ids)[:, None])  # (token, 1)
    logprobs = (own - logits.logsumexp(dim=-1, keepdim=True))[:, 0].tolist()
    ranks = ((logits > own).sum(dim=-1) + 1).tolist()
    top = torch.topk(logs, min(LIKELIEST, logs.shape[1]))
    said = (*pieces(model.tokenizer, ids[:-1]), "") if ended else pieces(model.tokenizer, ids)
    named = pieces_of(model.tokenizer, ids)
    count = top.indices.shape[1]
    others = top.indices.flatten().tolist()
    nexts = tuple(
        map(Next, pieces_of(model.tokenizer, others), others, top.values.exp().flatten().tolist())
    )
    return tuple(
        Told(
            text=said[index],
            piece=named[index],
            id=token,
            logprob=logprobs[index],
            rank=ranks[index],
            nexts=nexts[index * count : (index + 1) * count],
            end=ended and index == len(ids) - 1,
        )
        for index, token in enumerate(ids)
    )


def candidates_of(model: Loaded, states: Any, beams: int) -> tuple[Candidate, ...]:
    """The greedy translation, or those that a beam search finds, best first."""
    if beams > 1:
        found = search(writer(model, states), EMPTY, settings_of(model, beams))
        return tuple(map(_found, found.hypotheses))
    made = greedy(model, states)
    total = sum(step.choice.logprob for step in made.steps)
    text, ended = text_of(model, made.ids), made.stopped == END
    return (Candidate(text, made.ids, total, total / len(made.ids), ended),)


def _found(one: Hypothesis) -> Candidate:
    return Candidate(one.text.strip(), one.ids, one.total, one.score, one.stopped == "end")
