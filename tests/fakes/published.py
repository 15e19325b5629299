"""The published architectures at their real size, with random weights and small vocabularies.

Sizes are those of each repository's config.json. Tokenizers are of the same classes; their
vocabularies are learned from a few lines, and the models get tables of that many rows.
"""

from dataclasses import replace

from core.spacefile import Checkpoint
from models.loaded import Loaded

LINES = [
    "The animal did not cross the street because it was too tired.",
    "The bank of the river was wet; the bank opened a new office in Paris.",
    "Which river flows through Paris? The Seine flows through the city of Paris.",
    "A red bird sat on the green tree, and two brown dogs slept under it.",
    "Once upon a time there was a little hen who lived in a small house.",
    "They wants to going home because the weather are cold.",
    "Der Fluss fließt durch die Stadt, und das Wetter ist schön.",
    "La rivière traverse la ville où j'habite depuis longtemps.",
]
WORDPIECES, BYTES = 400, 420  # tokens of a learned vocabulary
SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


# Tokenizers --------------------------------------------------------------------------------------


def wordpiece(lower: bool = True):
    """A BERT tokenizer, as those of BERT, DistilBERT, MiniLM and BLIP are."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers
    from transformers import BertTokenizer

    made = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer(lowercase=lower)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(
        vocab_size=WORDPIECES, special_tokens=SPECIALS, show_progress=False
    )
    made.train_from_iterator(LINES, trainer)
    return BertTokenizer(vocab=made.get_vocab(), do_lower_case=lower, model_max_length=512)


def byte_level(kind: str, longest: int):
    """A byte-level BPE: GPT-2's, or RoBERTa's with its own special tokens in their places."""
    from transformers import RobertaTokenizer

    from training.engine.bpe import END, as_gpt2, train_bpe

    made = train_bpe(LINES * 3, BYTES)
    if kind == "gpt2":
        return as_gpt2(made, longest)
    merges = as_gpt2(made, longest).backend_tokenizer.to_str()
    import json

    content = json.loads(merges)["model"]
    names = ["<s>", "<pad>", "</s>", "<unk>", *(t for t in content["vocab"] if t != END), "<mask>"]
    return RobertaTokenizer(
        vocab={name: place for place, name in enumerate(names)},
        merges=[tuple(merge) for merge in content["merges"]],
        model_max_length=longest,
    )


# Models ------------------------------------------------------------------------------------------

BERT = {"hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12} | {
    "intermediate_size": 3072,
    "max_position_embeddings": 512,
    "type_vocab_size": 2,
}
MINILM = BERT | {"hidden_size": 384, "num_hidden_layers": 6, "intermediate_size": 1536}
LARGE = BERT | {
    "hidden_size": 1024,
    "num_hidden_layers": 24,
    "num_attention_heads": 16,
    "intermediate_size": 4096,
}
DISTILBERT = {"dim": 768, "n_layers": 6, "n_heads": 12, "hidden_dim": 3072} | {
    "max_position_embeddings": 512,
    "tie_weights_": True,
}
ROBERTA = BERT | {
    "max_position_embeddings": 514,
    "type_vocab_size": 1,
    "layer_norm_eps": 1e-5,
    "bos_token_id": 0,
    "pad_token_id": 1,
    "eos_token_id": 2,
}
GPT2 = {"n_embd": 768, "n_layer": 12, "n_head": 12, "n_positions": 1024}
VIT = {"hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12} | {
    "intermediate_size": 3072,
    "image_size": 224,
    "patch_size": 16,
}
BLIP_TEXT = {"hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12} | {
    "intermediate_size": 3072,
    "encoder_hidden_size": 768,
    "max_position_embeddings": 512,
    "eos_token_id": 2,
    "pad_token_id": 0,
}
BLIP_VISION = VIT | {"image_size": 384, "initializer_range": 0.02}

# name: (capabilities, architecture, class of the model, sizes, cased, layers, heads)
TEXT = {
    "bert-base-uncased": ("bert", "BertModel", BERT, True, 12, 12),
    "bert-base-multilingual-cased": ("bert", "BertModel", BERT, False, 12, 12),
    "all-MiniLM-L6-v2": ("bert", "BertModel", MINILM, True, 6, 12),
    "bert-base-uncased-CoLA": ("bert", "BertForSequenceClassification", BERT, True, 12, 12),
    "roberta-base": ("roberta", "RobertaModel", ROBERTA, True, 12, 12),
    "distilbert-base-cased-distilled-squad": (
        "distilbert",
        "DistilBertForQuestionAnswering",
        DISTILBERT,
        False,
        6,
        12,
    ),
    "bert-large-uncased-whole-word-masking-finetuned-squad": (
        "bert",
        "BertForQuestionAnswering",
        LARGE,
        True,
        24,
        16,
    ),
    "gpt2": ("gpt2", "GPT2LMHeadModel", GPT2, True, 12, 12),
    "distilgpt2": ("gpt2", "GPT2LMHeadModel", GPT2 | {"n_layer": 6}, True, 6, 12),
}
CAPABILITIES = {
    "bert-base-uncased-CoLA": ("grammaticality",),
    "distilbert-base-cased-distilled-squad": ("answering",),
    "bert-large-uncased-whole-word-masking-finetuned-squad": ("answering",),
    "gpt2": ("generation", "attention", "tokenization"),
    "distilgpt2": ("generation", "attention", "tokenization"),
    "blip-image-captioning-base": ("captioning",),
    "vit-gpt2-image-captioning": ("captioning",),
}


def entry_of(name, architecture, layers, heads, encoder_layers=0, **more):
    """The Spacefile's entry of a published model."""
    return Checkpoint(
        name=name,
        title=name,
        tier="hub",
        capabilities=CAPABILITIES.get(name, ("tokenization", "attention", "similarity")),
        licence="none",
        parameters=0,
        layers=layers,
        heads=heads,
        encoder_layers=encoder_layers,
        architecture=architecture,
        repo=name,
        revision="main",
        **more,
    )


def text_model(space, name, *, sharp=0.02, **sizes):
    """Loaded, as the cache would give it: eager, float32, in evaluation."""
    import transformers

    kind, head, published, lower, layers, heads = TEXT[name]
    tokenizer = (
        wordpiece(lower)
        if kind in ("bert", "distilbert")
        else byte_level(kind, 1024 if kind == "gpt2" else 512)
    )
    config = {"bert": "BertConfig", "distilbert": "DistilBertConfig"} | {
        "roberta": "RobertaConfig",
        "gpt2": "GPT2Config",
    }
    ends = {"bos_token_id": 0, "eos_token_id": 0} if kind == "gpt2" else {}
    settings = getattr(transformers, config[kind])(
        **(published | ends | sizes), vocab_size=len(tokenizer), initializer_range=sharp
    )
    model = fresh(getattr(transformers, head), settings)
    entry = entry_of(name, kind, layers, heads)
    return Loaded(entry, tokenizer, model, space.limits)


def fresh(kind, config, seed=1):
    """A random model whose weights any run makes alike, whatever else was drawn."""
    import torch

    state = torch.get_rng_state()
    torch.manual_seed(seed)
    model = kind._from_config(config, attn_implementation="eager", dtype=torch.float32).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.ndim == 1:  # biases of 0 and scales of 1 would hide what is left out
                parameter.add_(0.05 * torch.randn_like(parameter))
            if "position" in name:  # BLIP's begin at almost 0
                parameter.add_(0.02 * torch.randn_like(parameter))
    torch.set_rng_state(state)
    return model


def vit_gpt2(space, *, vit=VIT, gpt2=GPT2, sharp=0.02):
    """vit-gpt2-image-captioning: a ViT, a GPT-2 with cross-attention."""
    from transformers import (
        GPT2Config,
        VisionEncoderDecoderConfig,
        VisionEncoderDecoderModel,
        ViTConfig,
        ViTImageProcessorPil,
    )

    tokenizer = byte_level("gpt2", 1024)
    decoder = GPT2Config(
        **gpt2,
        vocab_size=len(tokenizer),
        bos_token_id=0,
        eos_token_id=0,
        pad_token_id=0,
        add_cross_attention=True,
        is_decoder=True,
        initializer_range=sharp,
    )
    config = VisionEncoderDecoderConfig.from_encoder_decoder_configs(
        ViTConfig(**vit, initializer_range=sharp), decoder
    )
    config.decoder_start_token_id = config.pad_token_id = config.eos_token_id = 0
    config.bos_token_id = 0
    model = fresh(VisionEncoderDecoderModel, config)
    side = vit["image_size"]
    processor = ViTImageProcessorPil(
        size={"height": side, "width": side},
        resample=2,
        image_mean=[0.5] * 3,
        image_std=[0.5] * 3,
    )
    entry = entry_of(
        "vit-gpt2-image-captioning",
        "vision-encoder-decoder",
        gpt2["n_layer"],
        gpt2["n_head"],
        vit["num_hidden_layers"],
    )
    return Loaded(entry, tokenizer, model, space.limits, processor)


def blip(space, *, text=BLIP_TEXT, vision=BLIP_VISION, sharp=0.02):
    """blip-image-captioning-base: its start token stands outside the tokenizer's vocabulary."""
    from transformers import BlipConfig, BlipForConditionalGeneration, BlipImageProcessorPil

    tokenizer = wordpiece()
    known = len(tokenizer)
    config = BlipConfig(
        text_config=text
        | {
            "vocab_size": known + 2,
            "bos_token_id": known,
            "sep_token_id": tokenizer.sep_token_id,
            "initializer_range": sharp,
        },
        vision_config=vision | {"initializer_range": sharp},
    )
    model = fresh(BlipForConditionalGeneration, config)
    side = vision["image_size"]
    processor = BlipImageProcessorPil(size={"height": side, "width": side})
    entry = entry_of(
        "blip-image-captioning-base",
        "blip",
        text["num_hidden_layers"],
        text["num_attention_heads"],
        vision["num_hidden_layers"],
    )
    return Loaded(entry, tokenizer, model, space.limits, processor)


def roomy(loaded, **limits):
    """The same under other limits."""
    return replace(loaded, limits=replace(loaded.limits, **limits))


# All of them -------------------------------------------------------------------------------------

PICTURES = {"blip-image-captioning-base": blip, "vit-gpt2-image-captioning": vit_gpt2}


def model(space, name, **changes):
    """Any of them by its name; `changes` make it smaller."""
    if name in PICTURES:
        return PICTURES[name](space, **changes)
    return text_model(space, name, **changes)


SMALL = {
    "bert": {"hidden_size": 24, "num_hidden_layers": 3, "num_attention_heads": 2}
    | {"intermediate_size": 40},
    "distilbert": {"dim": 24, "n_layers": 3, "n_heads": 2, "hidden_dim": 40},
    "gpt2": {"n_embd": 24, "n_layer": 3, "n_head": 2},
}
SMALL["roberta"] = SMALL["bert"]
SMALL_VIT = {"image_size": 32, "patch_size": 8}


def small(space, name, **changes):
    """The same architecture, small enough to be saved and loaded again in a test."""
    if name == "blip-image-captioning-base":
        sizes = {
            "text": BLIP_TEXT | SMALL["bert"] | {"encoder_hidden_size": 24},
            "vision": BLIP_VISION | SMALL["bert"] | SMALL_VIT,
        }
    elif name == "vit-gpt2-image-captioning":
        sizes = {"vit": VIT | SMALL["bert"] | SMALL_VIT, "gpt2": GPT2 | SMALL["gpt2"]}
    else:
        sizes = SMALL[TEXT[name][0]]
    return model(space, name, **({"sharp": 0.3} | sizes | changes))


def saved(space, name, folder, **changes):
    """A small one's files in a folder, and what the cache loads from them."""
    from core.spacefile import Space
    from models.checkpoints import Checkpoints

    made = small(space, name, **changes)
    made.model.save_pretrained(folder)
    made.tokenizer.save_pretrained(folder)
    if made.processor is not None:
        made.processor.save_pretrained(folder)
    entry = replace(made.checkpoint, path=str(folder), repo="", revision="", architecture="")
    return Checkpoints(Space("Parity", space.limits, space.queue, (entry,))).load(entry)
