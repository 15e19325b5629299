"""What a model can be shown to do: one row for each capability, read by whoever must know.

The Spacefile takes the names from here, `models.files` what a model's configuration must say,
`models.architectures` which architectures can do it, `models.reading` the class that reads it.
A new capability is one new row. Nothing is imported: classes of `transformers` stand as names.
"""

from collections.abc import Sequence
from dataclasses import dataclass

PLAIN = "AutoModel"  # the encoder itself, without a head
AS_CONFIGURED = "the first of `architectures` in its config.json"  # where no Auto class fits
READERS = ("bert", "roberta", "distilbert")  # they read a whole text at once
CAPTIONERS = ("vision-encoder-decoder", "blip")
TRANSLATORS = ("marian", "t5")  # an encoder of texts, and a decoder that looks at what it read
SEEING = (*CAPTIONERS, "vit")  # they read pictures; any other is taken to read text


@dataclass(frozen=True)
class Capability:
    """One row of the table: what a model must be for a capability, and how it is read."""

    name: str  # as an entry of the Spacefile lists it
    head: str = ""  # the class of transformers that it needs; "": it reads the encoder itself
    architectures: tuple[str, ...] = ()  # `model_type` of those it can show; (): of all
    endings: tuple[str, ...] = ()  # of the name in config.json; (): any model that reads text
    usual: str = ""  # `model_type` of an entry that says none; "": a BERT
    whole: bool = False  # its network serves what needs no head too: only one head exists of it
    pictures: bool = False  # whether its models read pictures, and need a processor for them


CAPABILITIES = (
    Capability(
        "map",
        architectures=(*READERS, "gpt2", "vision-encoder-decoder"),
        endings=("",),  # of any name: it reads no weights, so it takes those with pictures too
    ),
    Capability("tokenization"),
    Capability("attention", architectures=(*READERS, "gpt2")),
    Capability("similarity", architectures=READERS),
    Capability(
        "grammaticality",
        head="AutoModelForSequenceClassification",
        architectures=READERS,
        endings=("ForSequenceClassification",),
    ),
    Capability(
        "generation",
        head="AutoModelForCausalLM",
        architectures=("gpt2",),
        endings=("LMHeadModel", "ForCausalLM"),
        usual="gpt2",
        whole=True,  # a GPT-2's head is its embedding table once more: it takes no memory
    ),
    Capability(
        "answering",
        head="AutoModelForQuestionAnswering",
        architectures=READERS,
        endings=("ForQuestionAnswering",),
    ),
    Capability(
        "captioning",
        head=AS_CONFIGURED,
        architectures=CAPTIONERS,
        endings=("VisionEncoderDecoderModel", "BlipForConditionalGeneration"),
        usual="vision-encoder-decoder",
        whole=True,
        pictures=True,
    ),
    Capability(
        "masking",
        head="AutoModelForMaskedLM",
        architectures=READERS,
        endings=("ForMaskedLM", "ForPreTraining"),
    ),
    Capability(
        "following",
        head="AutoModelForNextSentencePrediction",
        architectures=("bert",),
        # A published BERT holds this head beside the one that its configuration names.
        endings=("ForNextSentencePrediction", "ForPreTraining", "ForMaskedLM"),
    ),
    Capability(
        "translation",
        head="AutoModelForSeq2SeqLM",
        architectures=TRANSLATORS,
        endings=("MarianMTModel", "T5ForConditionalGeneration"),
        usual="marian",
        whole=True,
    ),
    Capability("anatomy", architectures=(*READERS, "gpt2")),
)
NAMES = tuple(row.name for row in CAPABILITIES)


def rows(names: Sequence[str]) -> tuple[Capability, ...]:
    """The rows of these capabilities, in their order; unknown names have none."""
    known = {row.name: row for row in CAPABILITIES}
    return tuple(known[name] for name in names if name in known)


def head_for(offered: Sequence[str], capability: str) -> str:
    """The class that reads a model for one of the capabilities that it is offered for.

    A capability without a head of its own reads the encoder (`PLAIN`); of a model that writes,
    the whole network.
    """
    own = [row.head for row in rows([capability]) if row.head]
    whole = [row.head for row in rows(offered) if row.whole]
    return next(iter(own + whole), PLAIN)


def usual_kind(offered: Sequence[str]) -> str:
    """The `model_type` of a model whose entry says none: by what it is offered for."""
    return next((row.usual for row in rows(offered) if row.usual), "bert")
