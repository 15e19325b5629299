"""The view of why one token was said: what each word did for it, and each layer's guess."""

from figures.generation.lens import lens_figure, lens_table
from figures.generation.text import looked_at_figure
from figures.generation.why import headline, why_figure, why_table
from services.examples import frozen
from services.generation.why import Lens, Why, lens, occlude
from tabs.generation.choices import OF_A_TEXT, Choices
from tabs.generation.writing import TextView, text_of
from tabs.kit.snippets import filled
from tabs.kit.view import Asked, Drawn, Lines, Numbers

NOTHING = "<p>There is no text yet: press Another.</p>"


def draw(asked: Asked[Choices]) -> Drawn:
    """The token in its text, the prompt without each word, and the layers."""
    written = text_of(asked)
    branch, step = written.at(asked.choices.branch, asked.choices.step)
    text, title = written.texts[branch], asked.entry.title
    if not text.steps:
        return Drawn(NOTHING, "")
    why, layers = why_of(asked)
    picture = looked_at_figure(
        text, colour=asked.choices.colour, place=step, branch=branch, title=title
    )
    picture += why_figure(why, title=title) + lens_figure(layers, title=title)
    return Drawn(picture, why_table(why) + lens_table(layers), headline=headline(why))


def why_of(asked: Asked[Choices]) -> tuple[Why, Lens]:
    """What spoke for the token looked at, and what each layer would have said."""
    prompt, ids = asked.choices.prompt, ids_of(asked)
    why = asked.ask(occlude, prompt, ids, progress=asked.progress)
    return why, asked.ask(lens, prompt, ids)


def ids_of(asked: Asked[Choices]) -> tuple[int, ...]:
    """The tokens of the text up to and with the one looked at."""
    written = text_of(asked)
    return written.new_ids(*written.at(asked.choices.branch, asked.choices.step))


def numbers(asked: Asked[Choices]) -> Numbers:
    """A line for each word of the prompt, then one for each layer."""
    why, layers = why_of(asked)
    lines: Lines = [["word", "start", "end", "logprob_without", "change"]]
    lines += [[word.word, word.start, word.end, word.logprob, word.change] for word in why.words]
    lines += [[], ["layer", "rank", "probability", "first guess", "its probability"]]
    for layer, (rank, chance) in enumerate(zip(layers.rank, layers.chance, strict=True)):
        guess = (layers.labels[layer][0], float(layers.chances[layer][0]))
        lines.append([layer, int(rank), float(chance), *guess])
    return lines, {"occlusion": frozen(why), "lens": frozen(layers)}


def snippet(asked: Asked[Choices]) -> str:
    """The code that leaves each word out, and asks each layer."""
    new_ids = list(ids_of(asked))
    return filled("generation/why", asked.entry, prompt=asked.choices.prompt, new_ids=new_ids)


VIEW = TextView(
    name="why",
    label="Why this token",
    draw=draw,
    numbers=numbers,
    snippet=snippet,
    controls=(*OF_A_TEXT, "step", "beside"),
    asks="Which words of the prompt call for this token?",
)
