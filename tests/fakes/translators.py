"""The published translators with random weights, and tokenizers of their own classes.

Sizes are those of each repository's config.json; the vocabularies are learned from a few lines.
"""

import io
import json
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from core.spacefile import Checkpoint
from models.loaded import Loaded

OPUS, T5 = NAMES = ("opus-mt-en-fr", "t5-small")
PREFIX = "translate English to French: "
PIECES = 105
MARIAN = {
    "d_model": 512,
    "encoder_layers": 6,
    "decoder_layers": 6,
    "encoder_attention_heads": 8,
    "decoder_attention_heads": 8,
    "encoder_ffn_dim": 2048,
    "decoder_ffn_dim": 2048,
    "max_position_embeddings": 512,
    "activation_function": "swish",
    "scale_embedding": True,
    "share_encoder_decoder_embeddings": True,
    "tie_word_embeddings": True,
}
T5_SMALL = {"d_model": 512, "d_kv": 64, "d_ff": 2048, "num_layers": 6, "num_heads": 8}
SMALL = {
    OPUS: {
        "d_model": 24,
        "encoder_layers": 3,
        "decoder_layers": 3,
        "encoder_attention_heads": 2,
        "decoder_attention_heads": 2,
        "encoder_ffn_dim": 40,
        "decoder_ffn_dim": 40,
    },
    T5: {
        "d_model": 24,
        "d_kv": 12,
        "d_ff": 40,
        "num_layers": 3,
        "num_decoder_layers": 3,
        "num_heads": 2,
    },
}


@cache
def _sentencepiece() -> tuple[bytes, list[tuple[str, float]]]:
    """A unigram model, and its pieces with their scores."""
    import sentencepiece

    from tests.fakes.published import LINES

    written = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(LINES * 20),
        model_writer=written,
        vocab_size=PIECES,
        hard_vocab_limit=False,
        character_coverage=1.0,
        minloglevel=2,
    )
    read = sentencepiece.SentencePieceProcessor(model_proto=written.getvalue())
    pieces = [(read.id_to_piece(one), read.get_score(one)) for one in range(3, len(read))]
    return written.getvalue(), pieces


def marian_tokenizer():
    """As opus-mt has it: two sentencepiece files, a vocabulary, the padding last."""
    from transformers import MarianTokenizer

    model, pieces = _sentencepiece()
    folder = Path(mkdtemp(prefix="marian-"))
    files = [folder / name for name in ("source.spm", "target.spm", "vocab.json")]
    for file in files[:2]:
        file.write_bytes(model)
    names = ["</s>", "<unk>", *(piece for piece, _ in pieces), "<pad>"]
    vocabulary = {name: place for place, name in enumerate(names)}
    files[2].write_text(json.dumps(vocabulary), encoding="utf-8")
    made = MarianTokenizer(*map(str, files), source_lang="en", target_lang="fr")
    made.save_pretrained(folder)  # it copies its files from where they were read
    return made


def t5_tokenizer():
    """A unigram tokenizer with T5's specials."""
    from transformers import T5Tokenizer

    specials = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    return T5Tokenizer(vocab=[*specials, *_sentencepiece()[1]], extra_ids=0)


def translator(space, name, *, sharp=0.02, **sizes):
    """Loaded, as the cache would give it: eager, float32, in evaluation."""
    from transformers import MarianConfig, MarianMTModel, T5Config, T5ForConditionalGeneration

    from tests.fakes.published import fresh

    opus = name == OPUS
    tokenizer = marian_tokenizer() if opus else t5_tokenizer()
    rows = len(tokenizer)
    if opus:
        pad = tokenizer.pad_token_id
        config = MarianConfig(
            **(MARIAN | sizes),
            vocab_size=rows,
            decoder_vocab_size=rows,
            pad_token_id=pad,
            decoder_start_token_id=pad,
            eos_token_id=0,
            forced_eos_token_id=0,
            init_std=sharp,
        )
        model = fresh(MarianMTModel, config)
        model.generation_config.bad_words_ids = [[pad]]  # as published: it never writes padding
    else:
        config = T5Config(
            **(T5_SMALL | sizes), vocab_size=rows, decoder_start_token_id=0, initializer_factor=1.0
        )
        model = fresh(T5ForConditionalGeneration, config)
    size = MARIAN | sizes if opus else T5_SMALL | sizes
    entry = Checkpoint(
        name=name,
        title=name,
        tier="hub",
        capabilities=("translation",),
        licence="none",
        parameters=0,
        layers=size.get("decoder_layers") or size.get("num_decoder_layers") or size["num_layers"],
        heads=size.get("decoder_attention_heads") or size["num_heads"],
        encoder_layers=size.get("encoder_layers") or size["num_layers"],
        architecture="marian" if opus else "t5",
        repo=name,
        revision="main",
        prefix="" if opus else PREFIX,
    )
    return Loaded(entry, tokenizer, model, space.limits)


def small(space, name, **changes):
    """The same architecture, small."""
    return translator(space, name, **({"sharp": 0.5} | SMALL[name] | changes))


def save(name, space=None):
    """A maker of files, as `tiny_published` has them."""

    def make(folder: Path) -> None:
        from core.paths import ROOT
        from core.spacefile import read_spacefile

        made = small(space or read_spacefile(ROOT / "Spacefile"), name)
        made.model.save_pretrained(folder)
        made.tokenizer.save_pretrained(folder)

    return make
