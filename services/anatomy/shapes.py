"""The measures of a Transformer from which its parameters can be counted, and published ones."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from core.errors import UserError
from core.text import checked_choice, checked_index, number_in

ENCODER, DECODER, BOTH = "encoder", "decoder", "both"
NO_OUTPUT, TIED, OWN = "none", "tied", "own"
# The largest measure of each kind that is counted: tenfold what has been published.
MOST = {
    "vocabulary": 10_000_000,
    "width": 1_000_000,
    "heads": 10_000,
    "layers": 10_000,
    "feedforward": 10_000_000,
    "context": 100_000_000,
}
POSITIONS = "max_position_embeddings"
CALLED = {"feedforward": "feed-forward width"}


@dataclass(frozen=True)
class Shape:
    """All measures of a Transformer; of an encoder–decoder both stacks have the same."""

    name: str
    title: str
    family: str  # as `model_type` of transformers names it
    kind: str  # ENCODER, DECODER or BOTH
    vocabulary: int  # V
    width: int  # d
    heads: int  # h
    layers: int  # L, of each stack
    feedforward: int  # f
    context: int  # n
    output: str = NO_OUTPUT  # whether a matrix turns states into tokens, and whose it is
    shared: bool = False  # whether all layers have the same weights (ALBERT)
    segments: int = 0  # rows of the table that tells texts of a pair apart
    table: int = 0  # width of the embedding tables where it is not the model's (ALBERT)
    positions: str = "learned"  # "sinusoids" have no weights, "relative" are T5's
    plain: bool = False  # T5: no bias anywhere, and a norm without a shift
    pooler: bool = False  # one more layer on the first token's state
    guesses: bool = False  # the head with which a BERT fills in masked words

    @property
    def embedded(self) -> int:
        """The width of the embedding tables, and of the output that is tied to them."""
        return self.table or self.width

    def library(self) -> tuple[str, dict[str, object]]:
        """The class of transformers that is this model, and what its configuration is given.

        Marian is the Transformer of 2017, with sinusoids kept as weights that are not learned.
        Its output is tied, and each of its layers its own but in ALBERT: who wants it otherwise
        puts in a matrix, or a layer, afterwards (assets/anatomy/snippets/shape.py).
        """
        written = self.output != NO_OUTPUT
        if self.family == "gpt2":
            names = ("vocab_size", "n_embd", "n_head", "n_layer", "n_inner", "n_positions")
            architecture = "GPT2LMHeadModel"
        elif self.family == "t5":
            names = ("vocab_size", "d_model", "num_heads", "num_layers", "d_ff", "n_positions")
            architecture = "T5ForConditionalGeneration"
        elif self.family == "marian":
            names = (
                "vocab_size",
                "d_model",
                "encoder_attention_heads",
                "encoder_layers",
                "encoder_ffn_dim",
                "max_position_embeddings",
            )
            architecture = "MarianMTModel"
        elif self.family == "distilbert":
            names = ("vocab_size", "dim", "n_heads", "n_layers", "hidden_dim", POSITIONS)
            architecture = "DistilBertForMaskedLM" if written else "DistilBertModel"
        else:
            names = (
                "vocab_size",
                "hidden_size",
                "num_attention_heads",
                "num_hidden_layers",
                "intermediate_size",
                POSITIONS,
            )
            called = {"bert": "Bert", "roberta": "Roberta", "albert": "Albert"}[self.family]
            architecture = f"{called}ForMaskedLM" if written else f"{called}Model"
        return architecture, dict(zip(names, self.measures, strict=True)) | self._more()

    def _more(self) -> dict[str, object]:
        """What else the configuration must say to give this model."""
        more: dict[str, object] = {}
        if self.segments:
            more["type_vocab_size"] = self.segments
        if self.family == "t5":
            more["d_kv"] = self.width // self.heads
        if self.family == "albert":
            more |= {
                "embedding_size": self.table,
                "num_hidden_groups": 1 if self.shared else self.layers,
            }
        if self.family == "marian":
            more |= {
                "decoder_attention_heads": self.heads,
                "decoder_layers": self.layers,
                "decoder_ffn_dim": self.feedforward,
                "decoder_vocab_size": self.vocabulary,
                "pad_token_id": 0,
            }
        return more

    @property
    def measures(self) -> tuple[int, ...]:
        """The measures in the order of MOST."""
        return tuple(getattr(self, name) for name in MOST)


def altered(shape: Shape, typed: Mapping[str, str], output: str = "", sharing: str = "") -> Shape:
    """The shape with the measures that are typed; what is empty stays.

    `output` may be "tied" or "own", `sharing` "own" or "shared". Raises UserError for what is no
    measure, and for a width that the heads do not divide.
    """
    new: dict[str, object] = {
        name: checked_measure(name, text) for name, text in typed.items() if text.strip()
    }
    if output:
        new["output"] = checked_choice(output, (TIED, OWN), name="output matrix")
        if shape.kind == ENCODER:  # it then fills in masked words, which needs no pooler
            new |= {"guesses": True, "pooler": False}
    if sharing:
        new["shared"] = checked_choice(sharing, (OWN, "shared"), name="sharing") == "shared"
    if not new:
        return shape
    shape = replace(shape, **new)  # type: ignore[arg-type]
    if shape.width % shape.heads:
        raise UserError(
            f"The heads must divide the width, for each takes an equal part of it; got "
            f"{shape.heads:,} heads and a width of {shape.width:,}."
        )
    return shape


def checked_measure(name: str, text: str) -> int:
    """A measure that is typed as a whole number, thousands apart or not. Raises UserError."""
    plain = text.strip().replace(",", "").replace("\u202f", "")
    number = number_in(plain[:40])
    return checked_index(
        text if number is None or len(plain) > 40 else number,
        1,
        MOST[name],
        name=CALLED.get(name, name),
        more=", or empty for the model's own",
    )


BERT = Shape(
    "bert-base",
    "BERT base",
    "bert",
    ENCODER,
    vocabulary=30522,
    width=768,
    heads=12,
    layers=12,
    feedforward=3072,
    context=512,
    segments=2,
    pooler=True,
)
GPT = replace(
    BERT,
    name="gpt-2",
    title="GPT-2",
    family="gpt2",
    kind=DECODER,
    vocabulary=50257,
    context=1024,
    segments=0,
    pooler=False,
    output=TIED,
)
# Vaswani et al. 2017, table 3: one table for both languages and for the output.
TRANSFORMER = Shape(
    "transformer-base",
    "Transformer base (2017)",
    "marian",
    BOTH,
    vocabulary=37000,
    width=512,
    heads=8,
    layers=6,
    feedforward=2048,
    context=512,
    output=TIED,
    positions="sinusoids",
)
PRESETS: Mapping[str, Shape] = {
    shape.name: shape
    for shape in (
        TRANSFORMER,
        BERT,
        replace(
            BERT,
            name="bert-large",
            title="BERT large",
            width=1024,
            heads=16,
            layers=24,
            feedforward=4096,
        ),
        replace(
            BERT,
            name="distilbert-base",
            title="DistilBERT base",
            family="distilbert",
            layers=6,
            segments=0,
            pooler=False,
        ),
        replace(
            BERT,
            name="albert-base",
            title="ALBERT base",
            family="albert",
            vocabulary=30000,
            table=128,
            shared=True,
        ),
        replace(
            BERT,
            name="roberta",
            title="RoBERTa base",
            family="roberta",
            vocabulary=50265,
            context=514,
            segments=1,
        ),
        GPT,
        replace(
            GPT,
            name="gpt-3",
            title="GPT-3",
            width=12288,
            heads=96,
            layers=96,
            feedforward=4 * 12288,
            context=2048,
        ),
        # Raffel et al. 2020; its positions are 32 learned distances for each head.
        replace(
            TRANSFORMER,
            name="t5-small",
            title="T5 small",
            family="t5",
            vocabulary=32128,
            positions="relative",
            plain=True,
        ),
    )
}
