"""Beam search as a tree: every hypothesis that was looked at, kept or dropped.

The library's beam search (transformers 5, `num_beams` without sampling) is the reference: the same
arithmetic in the same order, so that texts, scores and the moment of stopping are the same.
"""

from dataclasses import dataclass
from typing import Any

import lazy_loader as lazy

from core.errors import UserError
from core.progress import Progress
from models.decoding.ends import end_ids, never_ids
from models.loaded import Loaded
from models.tokens import decoded, labels
from models.turns import asker, one_core
from services.generation.filters import last_logits
from services.generation.reading import Prompt, Reader, read_prompt
from services.generation.settings import NEVER, Settings

torch = lazy.load("torch")  # loaded at first use, so that the page is up before it is (SPEC 1)

NOTHING = -1e9  # the library's score of what is no hypothesis
ROOT = -1
KEPT, DROPPED, FINISHED = "kept", "dropped", "finished"


@dataclass(frozen=True)
class Node:
    """One token at the end of one hypothesis."""

    parent: int  # its node's number; -1 is the prompt
    step: int  # from 0
    id: int
    label: str
    logprob: float  # nats after its parent, with repetition penalty and n-grams as set
    total: float  # the sum of them from the prompt on
    score: float  # total / length ** length_penalty
    fate: str  # "kept" and gone on from, "dropped", or "finished"


@dataclass(frozen=True)
class Hypothesis:
    """A finished continuation."""

    node: int  # its last
    ids: tuple[int, ...]  # the end token included
    text: str
    total: float  # nats
    score: float
    stopped: str  # "end" or "length"


@dataclass(frozen=True)
class Beams:
    """A beam search: all nodes in the order they were looked at, the hypotheses best first."""

    prompt: Prompt
    settings: Settings
    nodes: tuple[Node, ...]
    hypotheses: tuple[Hypothesis, ...]
    steps: int

    @property
    def best(self) -> Hypothesis:
        """The one that beam search returns."""
        return self.hypotheses[0]


def search(
    model: Loaded, prompt: object, settings: Settings, progress: Progress | None = None
) -> Beams:
    """Keep the best few continuations at each step (score: total / length^a).

    At each step twice as many candidates as beams are looked at, so that enough stay when some
    end. Told after each step, `progress` ends the search by raising. Raises UserError as
    `generation.stream` does, and for fewer than two beams.
    """
    if settings.beams < 2:
        raise UserError(f"Beam search needs at least 2 beams; got {settings.beams}.")
    read = read_prompt(model, prompt, settings.max_new_tokens)
    search = _Search(model, read, settings)
    with torch.inference_mode():
        while search.goes_on:
            with asker().turn(), one_core():
                search.step()
            if progress:
                progress(search.length, settings.max_new_tokens)
    return search.result()


class _Search:
    """The beams on their way: what runs, what has finished, every node so far."""

    def __init__(self, model: Loaded, read: Prompt, settings: Settings) -> None:
        self._gpt2, self._read, self._settings = model, read, settings
        self._reader, self._ends = Reader(model), end_ids(model)
        self._never = never_ids(model)
        beams = settings.beams
        self.length = 0  # new tokens of each hypothesis
        self.goes_on = True
        self._nodes: list[Node] = []
        self._ids = torch.tensor([read.ids] * beams)  # (beam, token)
        self._at = [ROOT] * beams  # the node at which each running beam stands
        self._totals = torch.full((beams,), NOTHING)
        self._totals[0] = 0.0  # all beams are the prompt: only one of them counts
        self._done_at = [ROOT] * beams
        self._done_scores = torch.full((beams,), NOTHING)
        self._done = torch.zeros(beams, dtype=torch.bool)

    def step(self) -> None:
        """One token more for every beam."""
        logs = self._logs()  # (beam, vocabulary)
        beams, size = logs.shape
        looked = max(2, 1 + len(self._ends)) * beams
        totals, places = torch.topk((logs + self._totals[:, None]).flatten(), looked)
        source, tokens = places // size, places % size
        self.length += 1
        last = self.length == self._settings.max_new_tokens
        hits = torch.tensor([last or token in self._ends for token in tokens.tolist()])
        scores = totals / self.length**self._settings.length_penalty
        running = torch.topk(totals + hits.float() * NOTHING, beams)
        first = torch.arange(looked) < beams  # only these may finish; the others stand by
        fates = [DROPPED] * looked
        for index in running.indices.tolist():
            fates[index] = DROPPED if hits[index] else KEPT
        for index in torch.nonzero(hits & first).flatten().tolist():
            fates[index] = FINISHED
        numbers = self._grow(source, tokens, logs, totals, scores, fates)
        self._collect(scores + (~(hits & first)) * NOTHING, hits & first, numbers)
        self._move(running, source, tokens, numbers)
        self.goes_on = not bool(hits.all()) and self._may_improve()

    def result(self) -> Beams:
        """The finished hypotheses, best first."""
        found = []
        for number, done in zip(self._done_at, self._done.tolist(), strict=True):
            if done and number != ROOT:
                found.append(self._hypothesis(number))
        nodes = tuple(self._nodes)
        return Beams(self._read, self._settings, nodes, tuple(found), self.length)

    def _logs(self) -> Any:
        """(beam, vocabulary): log-probabilities of the next token, penalties applied."""
        beams = len(self._ids)
        if self.length == 0:  # the prompt is read once, whatever the number of beams
            logits = self._reader(self._ids[:1]).expand(beams, -1)
            self._reader.cache.batch_repeat_interleave(beams)
        else:
            logits = self._reader(self._ids[:, -1:])
        logs = logits.log_softmax(dim=-1).clone()
        logs[:, self._never] = -torch.inf  # after it, as the library does
        rows = zip(logs, self._ids, strict=True)
        return torch.stack([last_logits(row, ids, self._settings) for row, ids in rows])

    def _grow(
        self, source: Any, tokens: Any, logs: Any, totals: Any, scores: Any, fates: list[str]
    ) -> list[int]:
        """The number of the new node of each candidate; none for what is no hypothesis."""
        names = labels(self._gpt2.tokenizer, tokens.tolist())
        numbers = []
        for index, fate in enumerate(fates):
            if totals[index] < NOTHING / 10:  # a beam that is not there yet, or a forbidden token
                numbers.append(ROOT)
                continue
            beam, token = int(source[index]), int(tokens[index])
            numbers.append(len(self._nodes))
            self._nodes.append(
                Node(
                    parent=self._at[beam],
                    step=self.length - 1,
                    id=token,
                    label=names[index],
                    logprob=float(logs[beam, token]),
                    total=float(totals[index]),
                    score=float(scores[index]),
                    fate=fate,
                )
            )
        return numbers

    def _collect(self, scores: Any, finished: Any, numbers: list[int]) -> None:
        """The best of what had finished and of what finishes now."""
        best = torch.topk(torch.cat((self._done_scores, scores)), len(self._done)).indices
        self._done_scores = torch.cat((self._done_scores, scores))[best]
        self._done = torch.cat((self._done, finished))[best]
        everywhere = self._done_at + numbers
        self._done_at = [everywhere[index] for index in best.tolist()]

    def _move(self, running: Any, source: Any, tokens: Any, numbers: list[int]) -> None:
        self._totals = running.values
        beams = source[running.indices]
        new = tokens[running.indices]
        self._ids = torch.cat((self._ids[beams], new[:, None]), dim=1)
        self._at = [numbers[index] for index in running.indices.tolist()]
        self._reader.cache.reorder_cache(beams)

    def _may_improve(self) -> bool:
        """Whether a running beam can still beat the worst that has finished (library's rule)."""
        settings = self._settings
        if settings.early_stopping is True and bool(self._done.all()):
            return False
        longest = settings.early_stopping == NEVER and settings.length_penalty > 0
        length = settings.max_new_tokens if longest else self.length
        possible = self._totals[0] / length**settings.length_penalty
        worst = torch.where(self._done, self._done_scores.min(), NOTHING)
        return bool((possible > worst).any())

    def _hypothesis(self, number: int) -> Hypothesis:
        node = self._nodes[number]
        ids: list[int] = []
        at = number
        while at != ROOT:
            ids.insert(0, self._nodes[at].id)
            at = self._nodes[at].parent
        end = ids[-1] in self._ends
        return Hypothesis(
            node=number,
            ids=tuple(ids),
            text=decoded(self._gpt2.tokenizer, ids[:-1] if end else ids),
            total=node.total,
            score=node.score,
            stopped="end" if end else "length",
        )
