"""The view of a model written from scratch, grown part by part."""

import re

from core.spacefile import Checkpoint
from figures.anatomy.scratch import headline, scratch_figure, scratch_table
from services.anatomy.scratch import HEARD, PARTS, Scratch, scratch
from tabs.anatomy.choices import Choices
from tabs.kit.snippets import filled, of_family
from tabs.kit.view import Asked, Drawn, Lines, Numbers, View

# The line with which each part of the file begins: `# 2. head: …`.
BEGINS = re.compile(r"^# ([1-5])\. (\w+): ", re.MULTILINE)


def draw(asked: Asked[Choices]) -> Drawn:
    """What was compared, and the code of the chosen part."""
    made, part = scratch_of(asked), asked.choices.part
    code = whole_of(asked)
    lengths = [len(until(code, one).splitlines()) for one in PARTS]
    return Drawn(
        scratch_figure(
            made,
            part,
            own(code, part),
            until(code, part),
            lengths,
            title=asked.entry.title,
            causal=asked.entry.family == "gpt2",
        ),
        scratch_table(made),
        headline=headline(made, part),
    )


def scratch_of(asked: Asked[Choices]) -> Scratch:
    """What the file's parts and the library make of the sentence."""
    return asked.ask(scratch, asked.choices.text, asked.choices.text_pair)


def whole_of(asked: Asked[Choices]) -> str:
    """The whole file, of the model's family, with the sentence filled in."""
    chosen = asked.choices
    return filled(
        of_family("anatomy/scratch", asked.entry),
        asked.entry,
        text=chosen.text,
        text_pair=chosen.text_pair or None,
    )


def until(code: str, part: str) -> str:
    """The file up to the end of a part: it runs as it is."""
    ends = {found[2]: found.start() for found in BEGINS.finditer(code)}
    later = [ends[name] for name in PARTS[PARTS.index(part) + 1 :]]
    return (code[: later[0]] if later else code).rstrip() + "\n"


def own(code: str, part: str) -> str:
    """A part alone."""
    start = next(found.start() for found in BEGINS.finditer(code) if found[2] == part)
    return until(code, part)[start:]


def numbers(asked: Asked[Choices]) -> Numbers:
    """A line for each part."""
    made = scratch_of(asked)
    lines: Lines = [["part", "shape", "outputs", "difference"]]
    listed = []
    for part in made.parts:
        lines.append([part.name, "x".join(map(str, part.shape)), part.outputs, part.difference])
        listed.append(
            {
                "part": part.name,
                "shape": list(part.shape),
                "outputs": part.outputs,
                "difference": part.difference,
            }
        )
    return lines, {"parts": listed}


def snippet(asked: Asked[Choices]) -> str:
    """The file up to the chosen part."""
    return until(whole_of(asked), asked.choices.part)


def fits(entry: Checkpoint) -> str:
    """The file is written for a BERT, a RoBERTa and a GPT-2."""
    if entry.family in HEARD:
        return ""
    return (
        f"{entry.title} is a {entry.family}, and the code is written for {', '.join(HEARD)}. "
        "Choose another model."
    )


VIEW = View(
    name="scratch",
    label="From scratch",
    draw=draw,
    numbers=numbers,
    snippet=snippet,
    controls=("text", "text_pair", "part"),
    fits=fits,
    asks="Can a Transformer be written in 120 lines?",
)
