"""Compute what each tab shows before any model is loaded: `python -m training.examples [stem …]`.

The inputs are those of the first example in `assets/<stem>/examples.toml`.
"""

import sys
import tomllib
from collections.abc import Callable
from importlib import import_module
from typing import Any

from core.settings import close_the_hub

close_the_hub()

from core.paths import ASSETS, ROOT  # noqa: E402
from core.spacefile import read_spacefile  # noqa: E402
from models.checkpoints import Checkpoints  # noqa: E402
from models.serving import Desk  # noqa: E402
from scenes.scene import SIDE, draw, from_text  # noqa: E402
from services.anatomy.journey import inspect  # noqa: E402
from services.answering.answer import answer  # noqa: E402
from services.attention.attend import attend  # noqa: E402
from services.captioning.caption import caption  # noqa: E402
from services.captioning.settings import Settings  # noqa: E402
from services.examples import write_example  # noqa: E402
from services.generation.generate import generate  # noqa: E402
from services.generation.settings import checked_settings  # noqa: E402
from services.generation.spread import Opening, spread  # noqa: E402
from services.grammaticality.masked import examine  # noqa: E402
from services.map import plan  # noqa: E402
from services.masking.blanks import numbers_in  # noqa: E402
from services.masking.fill import fill  # noqa: E402
from services.similarity.compare import compare  # noqa: E402
from services.tokenization.overview import read  # noqa: E402
from services.translation.translate import translate  # noqa: E402


def first_inputs(stem: str) -> dict[str, Any]:
    """The inputs that a tab starts with."""
    text = (ASSETS / stem / "examples.toml").read_text(encoding="utf-8")
    inputs: dict[str, Any] = tomllib.loads(text)["example"][0]["inputs"]
    return inputs


def model_map(checkpoints: Checkpoints) -> Any:
    """The way of the first sentence through the first model of the map."""
    entry = checkpoints.default("map")
    return Desk(checkpoints).tokenize(plan, entry, first_inputs("map")["text"])


def attention(checkpoints: Checkpoints) -> Any:
    """Every head's weights for the first sentence of the Attention tab."""
    inputs = first_inputs("attention")
    bert = checkpoints.load(checkpoints.default("attention"))
    return attend(bert, inputs["text"], inputs.get("text_pair", ""))


def anatomy(checkpoints: Checkpoints) -> Any:
    """The way of the first token that the Inside tab follows."""
    inputs = first_inputs("anatomy")
    bert = checkpoints.load(checkpoints.default("anatomy"), "anatomy")
    return inspect(bert, inputs["text"], "", int(inputs["token"]))


def answering(checkpoints: Checkpoints) -> Any:
    """The first question of the Answering tab, put to its passage."""
    inputs = first_inputs("answering")
    qa = checkpoints.load(checkpoints.default("answering"))
    return answer(qa, inputs["question"], inputs["context"])


def captioning(checkpoints: Checkpoints) -> Any:
    """The caption of the first scene of the Captioning tab."""
    captioner = checkpoints.load(checkpoints.default("captioning"))
    picture = draw(from_text(first_inputs("captioning")["scene"]), SIDE)
    return caption(captioner, picture, Settings(candidates=3))


def generation(checkpoints: Checkpoints) -> Any:
    """The first text of the Generation tab, with every step of it."""
    inputs = first_inputs("generation")
    gpt2 = checkpoints.load(checkpoints.default("generation"))
    names = ("max_new_tokens", "temperature", "seed")
    settings = checked_settings(gpt2.limits, **{name: inputs[name] for name in names})
    text = generate(gpt2, inputs["prompt"], settings)
    return Opening(text, spread(gpt2, inputs["prompt"], (), 1.0, 0))


def grammaticality(checkpoints: Checkpoints) -> Any:
    """The first sentence of the Grammaticality tab, judged and looked at word by word."""
    grammar = checkpoints.load(checkpoints.default("grammaticality"))
    masked = checkpoints.load(checkpoints.default("masking"))
    gpt2 = checkpoints.load(checkpoints.default("generation"))
    return examine(grammar, masked, first_inputs("grammaticality")["sentence"], gpt2)


def masking(checkpoints: Checkpoints) -> Any:
    """The first text of the Masked words tab with its hidden words."""
    inputs = first_inputs("masking")
    masked = checkpoints.load(checkpoints.default("masking"))
    return fill(masked, inputs["text"], numbers_in(inputs["hidden"]))


def similarity(checkpoints: Checkpoints) -> Any:
    """Every pair of the first sentences of the Similarity tab."""
    inputs = first_inputs("similarity")
    bert = checkpoints.load(checkpoints.default("similarity"))
    return compare(bert, inputs["sentences"].split("\n"))


def tokenization(checkpoints: Checkpoints) -> Any:
    """The first text of the Tokenization tab, cut by the tokenizers that it starts with."""
    inputs = first_inputs("tokenization")
    offered = {entry.name: entry for entry in checkpoints.offered("tokenization")}
    chosen = [offered[name] for name in inputs["tokenizer"] if name in offered]
    return Desk(checkpoints).tokenize(read, chosen, inputs["tokenizer"], inputs["text"])


def translation(checkpoints: Checkpoints) -> Any:
    """The translation of the first sentence of the Translation tab, and its rivals."""
    translator = checkpoints.load(checkpoints.default("translation"))
    return translate(translator, first_inputs("translation")["text"], 4, 3)


def of_first_text(stem: str, verb: str) -> Callable[[Checkpoints], Any]:
    """For a tab whose verb is given a text and nothing else: what it says of the first one."""

    def compute(checkpoints: Checkpoints) -> Any:
        asked = getattr(import_module(f"services.{stem}"), verb)
        return asked(checkpoints.load(checkpoints.default(stem)), first_inputs(stem)["text"])

    return compute


RESULTS: dict[str, Callable[[Checkpoints], Any]] = {
    "map": model_map,
    "tokenization": tokenization,
    "attention": attention,
    "similarity": similarity,
    "grammaticality": grammaticality,
    "answering": answering,
    "generation": generation,
    "captioning": captioning,
    "translation": translation,
    "anatomy": anatomy,
    "masking": masking,
}


def main(stems: list[str]) -> None:
    """Write the named examples, or all of them."""
    checkpoints = Checkpoints(read_spacefile(ROOT / "Spacefile"))
    for stem in stems or list(RESULTS):
        write_example(stem, RESULTS[stem](checkpoints))
        print(f"wrote assets/{stem}/opening.json")


if __name__ == "__main__":
    main(sys.argv[1:])
