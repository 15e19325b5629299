"""Tiny random models with the architectures of the published ones, and their kind of files."""

from pathlib import Path

from tests.fakes import translators
from tests.fakes.tiny_gpt2 import CONTEXT, END, TEXT, VOCABULARY

LAYERS, HEADS, WIDTH = 2, 2, 32
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "cat", "##s", "sat", "mat", "on"]
SIDE, PATCH = 32, 16
PADDING = 5000  # rows of an embedding table: a file that takes more than one packet


def save_all(into: Path) -> dict[str, Path]:
    """Repository to folder, for every model of the Hub that the Spacefile names."""
    import torch
    from transformers import set_seed

    makers = {
        "google-bert/bert-base-uncased": bert("BertForMaskedLM"),
        "google-bert/bert-base-multilingual-cased": bert("BertForMaskedLM"),
        "FacebookAI/roberta-base": roberta,
        "textattack/bert-base-uncased-CoLA": bert("BertForSequenceClassification"),
        "openai-community/gpt2": gpt2,
        "distilbert/distilgpt2": gpt2,
        "distilbert/distilbert-base-cased-distilled-squad": distilbert,
        "google-bert/bert-large-uncased-whole-word-masking-finetuned-squad": bert(
            "BertForQuestionAnswering"
        ),
        "Salesforce/blip-image-captioning-base": blip,
        "nlpconnect/vit-gpt2-image-captioning": vit_gpt2,
        "Helsinki-NLP/opus-mt-en-fr": translators.save(translators.OPUS),
        "google-t5/t5-small": translators.save(translators.T5),
    }
    folders = {}
    state = torch.get_rng_state()
    for repo, make in makers.items():
        set_seed(0)
        folders[repo] = into / repo.replace("/", "--")
        make(folders[repo])
        if repo in PICKLED:
            as_pickle(folders[repo])
    torch.set_rng_state(state)
    return folders


# Their repositories publish no safetensors at the revisions of the Spacefile.
PICKLED = (
    "textattack/bert-base-uncased-CoLA",
    "Salesforce/blip-image-captioning-base",
    "nlpconnect/vit-gpt2-image-captioning",
    "Helsinki-NLP/opus-mt-en-fr",
)


def as_pickle(folder: Path) -> None:
    """The same weights in the file that torch writes, instead of safetensors."""
    import torch
    from safetensors.torch import load_file

    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()


def bert(architecture: str):
    def make(folder: Path) -> None:
        import transformers

        size = {"hidden_size": WIDTH, "num_hidden_layers": LAYERS, "num_attention_heads": HEADS}
        config = transformers.BertConfig(vocab_size=PADDING, intermediate_size=64, **size)
        getattr(transformers, architecture)(config).save_pretrained(folder)
        if architecture == "BertForMaskedLM":
            as_published_in_2018(folder / "model.safetensors")
        wordpieces(folder)

    return make


def as_published_in_2018(file: Path) -> None:
    """The published BERTs name the two parts of a layer norm so, and have a pooler and more."""
    import torch
    from safetensors.torch import load_file, save_file

    old = {"LayerNorm.weight": "LayerNorm.gamma", "LayerNorm.bias": "LayerNorm.beta"}
    weights = {}
    for name, weight in load_file(file).items():
        for new, before in old.items():
            name = name.replace(new, before)
        weights[name] = weight.contiguous()
    weights["bert.pooler.dense.weight"] = torch.eye(WIDTH)
    weights["bert.pooler.dense.bias"] = torch.zeros(WIDTH)
    weights["cls.seq_relationship.weight"] = torch.randn(
        2, WIDTH, generator=torch.Generator().manual_seed(0)
    )
    weights["cls.seq_relationship.bias"] = torch.zeros(2)
    save_file(weights, file, {"format": "pt"})


def roberta(folder: Path) -> None:
    from transformers import RobertaConfig, RobertaForMaskedLM, RobertaTokenizer

    size = {"hidden_size": WIDTH, "num_hidden_layers": LAYERS, "num_attention_heads": HEADS}
    config = RobertaConfig(
        vocab_size=PADDING, intermediate_size=64, max_position_embeddings=130, **size
    )
    RobertaForMaskedLM(config).save_pretrained(folder)  # like the published one, without pooler
    vocabulary, merges = byte_level_bpe()
    shifted = {"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3}
    shifted |= {token: number + 4 for token, number in vocabulary.items()}
    shifted |= {"<mask>": len(shifted)}
    RobertaTokenizer(vocab=shifted, merges=merges).save_pretrained(folder)


def gpt2(folder: Path) -> None:
    from transformers import GPT2LMHeadModel

    GPT2LMHeadModel(gpt2_config()).save_pretrained(folder)
    gpt2_tokenizer(folder)


def gpt2_config(**more):
    from transformers import GPT2Config

    return GPT2Config(
        vocab_size=VOCABULARY,
        n_positions=CONTEXT,
        n_embd=WIDTH,
        n_layer=LAYERS,
        n_head=HEADS,
        bos_token_id=END,
        eos_token_id=END,
        **more,
    )


def gpt2_tokenizer(folder: Path) -> None:
    from training.engine.bpe import as_gpt2, train_bpe

    as_gpt2(train_bpe(TEXT, VOCABULARY), CONTEXT).save_pretrained(folder)


def byte_level_bpe():
    import json

    from training.engine.bpe import train_bpe

    model = json.loads(train_bpe(TEXT, VOCABULARY).to_str())["model"]
    return model["vocab"], [tuple(merge) for merge in model["merges"]]


def distilbert(folder: Path) -> None:
    from transformers import DistilBertConfig, DistilBertForQuestionAnswering

    config = DistilBertConfig(
        vocab_size=PADDING, dim=WIDTH, hidden_dim=64, n_layers=LAYERS, n_heads=HEADS
    )
    DistilBertForQuestionAnswering(config).save_pretrained(folder)
    wordpieces(folder)


def wordpieces(folder: Path) -> None:
    from transformers import BertTokenizer

    vocabulary = {word: number for number, word in enumerate(WORDS)}
    BertTokenizer(vocab=vocabulary).save_pretrained(folder)


def blip(folder: Path) -> None:
    from transformers import BlipConfig, BlipForConditionalGeneration, BlipImageProcessorPil

    layers = {"num_hidden_layers": LAYERS, "num_attention_heads": HEADS, "intermediate_size": 64}
    config = BlipConfig(
        text_config={
            **layers,
            "vocab_size": PADDING,
            "hidden_size": WIDTH,
            "encoder_hidden_size": WIDTH,
        },
        vision_config={**layers, "hidden_size": WIDTH, "image_size": SIDE, "patch_size": PATCH},
        projection_dim=WIDTH,
        image_text_hidden_size=WIDTH,
    )
    BlipForConditionalGeneration(config).save_pretrained(folder)
    BlipImageProcessorPil(size={"height": SIDE, "width": SIDE}).save_pretrained(folder)
    wordpieces(folder)


def vit_gpt2(folder: Path) -> None:
    from transformers import (
        GPT2LMHeadModel,
        VisionEncoderDecoderModel,
        ViTConfig,
        ViTImageProcessorPil,
        ViTModel,
    )

    layers = {"num_hidden_layers": LAYERS, "num_attention_heads": HEADS, "intermediate_size": 64}
    vit = ViTModel(ViTConfig(hidden_size=WIDTH, image_size=SIDE, patch_size=PATCH, **layers))
    decoder = GPT2LMHeadModel(gpt2_config(add_cross_attention=True, is_decoder=True))
    model = VisionEncoderDecoderModel(encoder=vit, decoder=decoder)
    model.config.decoder_start_token_id = model.config.pad_token_id = END
    model.save_pretrained(folder)
    ViTImageProcessorPil(size={"height": SIDE, "width": SIDE}).save_pretrained(folder)
    gpt2_tokenizer(folder)
