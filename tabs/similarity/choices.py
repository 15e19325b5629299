"""The settings of the Similarity tab."""

from dataclasses import dataclass

from core.spacefile import Checkpoint
from core.text import lines_of
from services.similarity.compare import LAST
from tabs.kit.examples import read_examples
from tabs.kit.settings import (
    INPUT,
    model_choice,
    radio,
    second_model,
    slider,
    text_box,
    view_choice,
)

STEM = "similarity"
START = read_examples(STEM)[0]["inputs"]
ARROWS = "3, 4\n4, 3\n1, 4\n-4, 3\n-2, -3"  # those of the lecture's slide
# The controls of views that read the sentences with a model.
READS = ("sentences", "layer", "model", "beside")

POOLING = [("Mean over tokens", "mean"), ("[CLS] alone", "cls"), ("Maximum over tokens", "max")]
MEASURE = [("Cosine", "cosine"), ("Dot product", "dot")]
MAP = [("PCA", "pca"), ("t-SNE (10 sentences or more)", "tsne")]
CONTEXT = [("As the model reads them", "read"), ("Static only", "static")]
DIMENSIONS = [("2-D", "2"), ("3-D", "3")]


def last_layer(entry: Checkpoint) -> int:
    """The number of the hidden state after the last layer."""
    return entry.layers


@dataclass(frozen=True)
class Choices:
    """Everything that decides the picture: the names are those of a link (docs/api.md)."""

    sentences: str = text_box(
        "Sentences, one on each line (empty lines are skipped)",
        START["sentences"],
        lines=6,
        most=12,
        where=INPUT,
        list_of_lines=True,
    )
    view: str = view_choice()
    word: str = text_box("Word that every sentence has", START["word"], where=INPUT)
    query: str = text_box("Query", START["query"], lines=2, where=INPUT)
    analogy: str = text_box(
        "Analogy: a − b + c (empty: none)",
        "king - man + woman",
        where=INPUT,
        typed=False,  # three words that are looked up: no text that is read
        about="three words: a - b + c",
    )
    vectors: str = text_box(
        "Vectors, one on each line; the first is compared with the others",
        ARROWS,
        lines=5,
        most=8,
        where=INPUT,
        list_of_lines=True,
        typed=False,
        about="two numbers with a comma; repeated, one for each arrow",
    )
    # At first not the number of the last layer: another model has another.
    layer: int = slider(
        "State (0: the embeddings, 1: after layer 0, −1: after the last)",
        LAST,
        last_layer,
        called="layer",
        more=" (0: the embeddings, -1: after the last layer)",
        look={"elem_classes": ["chosen-in-picture"]},  # with figures.parts.states, not by hand
    )
    map: str = radio("Map", MAP)
    dimensions: str = radio("Dimensions", DIMENSIONS)
    context: str = radio("The word in the sentences", CONTEXT, called="context")
    measure: str = radio("Measure", MEASURE)
    pooling: str = radio("One vector for a sentence (pooling)", POOLING)
    model: str = model_choice()
    beside: str = second_model()

    @property
    def listed(self) -> list[str]:
        """The sentences, without the lines on which nothing is typed."""
        return [line for line in lines_of(self.sentences) if line.strip()]

    @property
    def pooled(self) -> dict[str, object]:
        """What the code needs to know for the vectors of the sentences."""
        return {
            "sentences": self.listed,
            "pooling": self.pooling,
            "layer": int(self.layer),
        }
