"""The view of the branches of one text, two of them side by side."""

from figures.generation.branches import branches_figure, branches_table, headline
from figures.generation.compare import comparison_table
from tabs.generation.choices import OF_A_TEXT, Choices
from tabs.generation.write import as_content, snippet
from tabs.generation.writing import TextView, text_of
from tabs.kit.view import Asked, Drawn, Lines, Numbers


def draw(asked: Asked[Choices]) -> Drawn:
    """The tree, and the two branches looked at from their fork on."""
    written, other = text_of(asked), asked.choices.other
    branch, _ = written.at(asked.choices.branch, asked.choices.step)
    texts = [[step.label if step.end else step.text for step in t.steps] for t in written.texts]
    picture = branches_figure(
        written.tree,
        texts,
        branch=branch,
        other=other,
        prompt=asked.choices.prompt,
        title=asked.entry.title,
    )
    table = branches_table(written.tree, texts)
    if other != branch and 0 <= other < len(written.texts):
        table += comparison_table(written.tree, texts, branch=branch, other=other)
    return Drawn(picture, table, headline=headline(written.tree, branch=branch, other=other))


def numbers(asked: Asked[Choices]) -> Numbers:
    """A line for each branch."""
    written = text_of(asked)
    lines: Lines = [["branch", "parent", "shared", "tokens", "logprob", "mean_logprob", "text"]]
    contents = []
    rows = zip(written.tree.branches, written.texts, strict=True)
    for number, (branch, text) in enumerate(rows):
        total = written.tree.path(number).total
        sums = (len(text.steps), total, text.mean_logprob)
        lines.append([number, branch.parent, branch.at, *sums, text.text])
        contents.append({"parent": branch.parent, "shared": branch.at} | as_content(text))
    return lines, {"branches": contents}


VIEW = TextView(
    name="branches",
    label="Branches",
    draw=draw,
    numbers=numbers,
    snippet=snippet,
    controls=(*OF_A_TEXT, "branch", "other"),
    alone=True,
    asks="Where do two continuations part, and which is more likely?",
)
