"""What a view costs as its text grows: `python -m benchmarks.growth [stem …]`; about 15 minutes.

Every text that a visitor may type, in every view, is made of one thing (letters of one word,
words, lines, spaces, accents, …) and doubled until it is refused, too slow or at the end of what
is allowed. Told are the processor seconds, and the exponent of the last doubling: 1 grows with
the text, 2 with its square. After `PATIENCE` nobody waits any more; what goes on for longer than
`DEAF` all the same asks nobody, and is to be mended (`core.progress.end_if_left`).

The search for the smallest edit is no view; it stands last.
"""

import math
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from core.errors import UserError
from core.paths import ROOT
from core.progress import Left, awaited
from core.spacefile import read_spacefile
from models.checkpoints import Checkpoints
from models.serving import Desk
from services.grammaticality.search import smallest_edit
from tabs.kit.examples import read_examples
from tests.kit.stages import STEMS, chosen, stages_of, texts_of

PATIENCE = 8.0  # seconds of a processor, for which a visitor waits
DEAF = 1.0  # seconds after it, in which the work must have ended
FROM = 2500  # characters
STEEP = 1.4  # the exponent from which on a view is told
NOTICED = 2.0  # seconds: below it a doubling is no harm, and its cost mostly noise

SHAPES: dict[str, Callable[[int], str]] = {
    "one word": lambda n: "a" * n,
    "words": lambda n: ("the cat sat on the mat " * n)[:n],
    "other words": lambda n: " ".join(f"w{number}" for number in range(n))[:n],
    "sentences": lambda n: ("She saw it. " * n)[:n],
    "lines": lambda n: ("a cat\n" * n)[:n],
    "empty lines": lambda n: "the cat" + "\n" * (n - 14) + "the mat",
    "spaces": lambda n: "the" + " " * (n - 6) + "cat",
    "spaces and joiners": lambda n: "the" + " \u200d" * ((n - 6) // 2) + "cat",
    "accents": lambda n: "e" + "\u0301" * (n - 1),
    "joiners": lambda n: "a" + "\u200d" * (n - 2) + "b",
    "emoji": lambda n: "🙂" * n,
    "broken": lambda n: "\ufffd" * n,
    "unknown": lambda n: "\ue000 " * (n // 2),
    "marks": lambda n: "?!…" * (n // 3),
    "digits": lambda n: "1." * (n // 2),
    "apostrophes": lambda n: "a'" * (n // 2),
    "quotation marks": lambda n: '"' * n,
    "commas": lambda n: "a," * (n // 2),
    "tabs": lambda n: "a\t" * (n // 2),
}


@dataclass(frozen=True)
class Cost:
    """What one text cost."""

    size: int  # characters
    seconds: float  # of a processor
    said: str  # "" where it was drawn, "left", or what it was refused with

    @property
    def deaf(self) -> bool:
        """Whether it went on though nobody waited."""
        return self.seconds > PATIENCE + DEAF


def cost_of(work: Callable[[], Any], size: int, patience: float = PATIENCE) -> Cost:
    """Do it, for a visitor who leaves after so many seconds of this thread."""
    began, said = time.thread_time(), ""
    try:
        with awaited(lambda: time.thread_time() - began < patience):
            work()
    except Left:
        said = "left"
    except UserError as error:
        said = str(error)
    return Cost(size, time.thread_time() - began, said)


def growth(work: Callable[[str], Any], shape: str, most: int) -> Iterator[Cost]:
    """The costs of longer and longer texts of one shape, until one is refused or given up."""
    size = FROM
    while size <= most:
        text = SHAPES[shape](size)
        cost = cost_of(lambda text=text: work(text), size)  # type: ignore[misc]
        yield cost
        if cost.said or cost.seconds > PATIENCE / 2:
            return
        size = min(2 * size, most) if size < most else most + 1


def exponent(costs: list[Cost]) -> float:
    """With which power of the size the cost grew last; 0 where it is too small to tell."""
    if len(costs) < 2 or costs[-1].seconds < NOTICED or costs[-1].said not in ("", "left"):
        return 0.0
    before, last = costs[-2:]
    return math.log(last.seconds / max(before.seconds, 0.01)) / math.log(last.size / before.size)


def matters(desk: Desk, stage: Any, inputs: Any, named: Any, text: str) -> bool:
    """Whether a view looks at a text: another one gives another picture, or is refused."""
    drawn = []
    for typed in ("the cat sat", "a dog"):
        try:
            choices, kept = chosen(stage, inputs, **named, **{text: typed})
            drawn.append(stage.tab.numbers(stage.tab.asked(desk, choices, kept)))
        except UserError as error:
            drawn.append(str(error))
    told = [
        repr([[*lines] for lines in one[0]]) if isinstance(one, tuple) else one for one in drawn
    ]
    return told[0] != told[1]


def views(desk: Desk, stems: list[str]) -> Iterator[tuple[str, int, Callable[[str], Any]]]:
    """Every text of every view: its name, what is the most of it, and what is done with it."""
    stages = stages_of(desk)
    keeping = Desk(desk.checkpoints)  # where a text does not matter, all is known already
    limits = desk.limits
    for stem in stems or STEMS:
        stage, inputs = stages[stem], read_examples(stem)[0]["inputs"]
        tab = stage.tab
        for view in tab.views:
            named = {"view": view.name} if "view" in tab.settings else {}
            for text in texts_of(tab, stage):
                if not matters(keeping, stage, inputs, named, text):
                    continue

                def draw(typed: str, text=text, named=named, stage=stage, inputs=inputs) -> None:
                    choices, kept = chosen(stage, inputs, **named, **{text: typed})
                    stage.tab.draw(desk, choices, kept)
                    stage.tab.files(desk, choices, kept)

                most = limits.context_characters if text == "context" else limits.text_characters
                yield f"{stem}, {view.name}, {text}", most, draw


def searches(desk: Desk) -> Iterator[tuple[str, int, Callable[[str], Any]]]:
    """The search for the smallest edit."""
    models = desk.default("grammaticality"), desk.default("masking")
    yield (
        "grammaticality, smallest edit",
        desk.limits.text_characters,
        lambda text: list(desk.stream(smallest_edit, *models, text)),
    )


def main(stems: list[str]) -> None:
    """Print a line for each text that grows steeply, is deaf, or takes all the patience."""
    desk = Desk(Checkpoints(read_spacefile(ROOT / "Spacefile")), kept_bytes=1)
    for entry in desk.checkpoints.space.checkpoints:
        if entry.tier == "pocket":
            desk.checkpoints.load(entry)
    asked = [*views(desk, stems), *(searches(desk) if not stems else ())]
    for name, most, work in asked:
        for shape in SHAPES:
            costs = list(growth(work, shape, most))
            steep, slowest = exponent(costs), max(cost.seconds for cost in costs)
            if steep > STEEP or slowest > PATIENCE:
                told = ", ".join(f"{cost.size:,}: {cost.seconds:.2f} s" for cost in costs)
                deaf = " DEAF" if any(cost.deaf for cost in costs) else ""
                print(f"{name}, {shape}: exponent {steep:.1f}{deaf} ({told})", flush=True)
    print(f"{len(asked)} texts of {len(SHAPES)} shapes")


if __name__ == "__main__":
    main(sys.argv[1:])
