"""Files of a model that are damaged, cut, missing or another's: said, and never "ready"."""

import json
import shutil
from dataclasses import replace

import pytest

from core.errors import SpacefileError, UserError
from core.paths import ROOT
from core.spacefile import Space, read_spacefile
from models.checkpoints import Checkpoints
from models.checks import check_vocabulary
from models.serving import Desk
from services.tokenization import tokenize
from tools.hashes import lines_of, written

SHARD = "model-00002-of-00002.safetensors"


def entry_named(space, name):
    return next(entry for entry in space.checkpoints if entry.name == name)


@pytest.fixture
def volume(space, tmp_path):
    """A copy of the pocket GPT-2, its entry, and how to have a cache over it and over BERT."""
    entry = entry_named(space, "pocket-gpt2")
    folder = tmp_path / "pocket-gpt2"
    shutil.copytree(ROOT / entry.path, folder)

    def cache(**changes):
        mine = replace(entry, path=str(folder), **changes)
        return Checkpoints(Space("Test", space.limits, space.queue, (mine, space.checkpoints[0])))

    return folder, cache


def flipped(content, place, count=2):
    """The bytes with so many of them changed."""
    return (
        content[:place]
        + bytes(b ^ 255 for b in content[place : place + count])
        + content[place + count :]
    )


def with_nan(folder):
    """Put one NaN among the weights; the file is otherwise as it should be."""
    from safetensors.torch import load_file, save_file

    weights = load_file(folder / SHARD)
    name = next(iter(sorted(weights)))
    weights[name].view(-1)[7] = float("nan")
    save_file(weights, folder / SHARD, {"format": "pt"})


def changed(name, change):
    """A fault: a file with other bytes."""

    def fault(folder):
        (folder / name).write_bytes(change((folder / name).read_bytes()))

    return fault


def without(name):
    """A fault: a file that is not there."""
    return lambda folder: (folder / name).unlink()


FAULTS = {
    "two bytes": changed(SHARD, lambda content: flipped(content, 3_000_000)),
    "nan": with_nan,
    "cut": changed(SHARD, lambda content: content[: len(content) // 2]),
    "empty": changed(SHARD, lambda content: b""),
    "random": changed(SHARD, lambda content: bytes(range(256)) * (len(content) // 256)),
    "header length": changed(SHARD, lambda content: flipped(content, 0)),
    "no shard": without(SHARD),
    "no index": without("model.safetensors.index.json"),
    "no tokenizer": without("tokenizer.json"),
    "another tokenizer": changed("tokenizer.json", lambda content: content[:-9] + content[-8:]),
    "no configuration": without("config.json"),
    "other configuration": changed("config.json", lambda content: content.replace(b"6", b"5", 1)),
    "not JSON": changed("config.json", lambda content: content[:50]),
}


# One flipped bit, and a valid file of another text, are seen by their hash alone.
BY_HASH = ("two bytes", "another tokenizer", "other configuration")


@pytest.mark.parametrize(
    ("fault", "hashed"),
    [
        *(pytest.param(fault, True, id=f"{fault}, shipped") for fault in FAULTS),
        *(
            pytest.param(fault, False, id=f"{fault}, without hashes")
            for fault in FAULTS
            if fault not in BY_HASH
        ),
    ],
)
def test_a_model_with_a_fault_is_unavailable_and_the_others_work(volume, fault, hashed):
    folder, cache = volume
    FAULTS[fault](folder)
    models = cache() if hashed else cache(sha256=())
    entry = models.default("generation")
    with pytest.raises(UserError, match="GPT-2 \\(pocket\\) is not available: ") as error:
        models.load(entry)
    assert str(ROOT) not in str(error.value)
    assert "\n" not in str(error.value)
    stands = {one["name"]: one for one in models.describe()}
    assert stands["pocket-gpt2"]["state"] == "unavailable"
    assert stands["pocket-gpt2"]["reason"] in str(error.value)
    other = models.named("pocket-bert", "tokenization")
    assert models.tokenizer(other)("the cat")["input_ids"] == [101, 1996, 4937, 102]


@pytest.mark.parametrize("fault", ["two bytes", "no tokenizer"])
def test_retry_has_the_model_when_its_files_are_mended(volume, space, fault):
    folder, cache = volume
    FAULTS[fault](folder)
    models = cache()
    entry = models.default("generation")
    with pytest.raises(UserError):
        models.load(entry)
    with pytest.raises(UserError):  # at once, and without reading it again
        models.load(entry)
    shutil.copytree(ROOT / entry_named(space, "pocket-gpt2").path, folder, dirs_exist_ok=True)
    models.retry(entry.name)
    models._slots[entry.name].forgive()
    assert models.load(entry, patience=60).model is not None
    assert models.describe()[0]["state"] == "ready"


@pytest.mark.parametrize("hashed", [True, False])
def test_without_its_vocabulary_no_text_is_cut_into_nonsense(volume, hashed):
    folder, cache = volume
    (folder / "tokenizer.json").unlink()
    desk = Desk(cache() if hashed else cache(sha256=()))
    said = "tokenizer.json is missing" if hashed else "none of them a piece of a word|not be read"
    with pytest.raises(UserError, match=said):
        desk.tokenize(tokenize, desk.named("pocket-gpt2", "tokenization"), "The cat", "")


def test_weights_that_nothing_is_known_of_are_not_read(volume):
    folder, cache = volume
    shutil.copy(folder / SHARD, folder / "model.safetensors")  # which would be read first
    models = cache()
    with pytest.raises(UserError, match=r"model\.safetensors is not among the files that"):
        models.load(models.default("generation"))


def test_a_number_that_is_not_finite_is_named(volume):
    folder, cache = volume
    with_nan(folder)
    models = cache(sha256=())
    with pytest.raises(UserError, match=r"weights are damaged: transformer\.\S+ holds numbers"):
        models.load(models.default("generation"))


def test_a_tokenizer_with_more_tokens_than_the_model_has_rows_is_anothers(bert):
    config = bert.model.config
    check_vocabulary(bert.tokenizer, config)
    check_vocabulary(bert.tokenizer, {"decoder": {"vocab_size": 40_000}})
    check_vocabulary(bert.tokenizer, {})
    for nested in ({"vocab_size": 30_000}, {"text_config": {"vocab_size": 30_000}}):
        with pytest.raises(UserError.__base__, match=r"knows 30,522 tokens and its config\.json"):
            check_vocabulary(bert.tokenizer, nested)


# The hashes in the Spacefile ---------------------------------------------------------------------


def test_every_file_of_every_pocket_model_has_its_hash_in_the_spacefile(space):
    for entry in space.checkpoints:
        if entry.tier == "pocket":
            assert list(entry.sha256) == lines_of(entry), f"{entry.name}: python -m tools.hashes"


def test_the_tool_writes_what_is_there_and_nothing_else():
    text = (ROOT / "Spacefile").read_text(encoding="utf-8")
    assert written(text) == text
    entry, shard = "pocket-masked", "model.safetensors"
    line = next(
        line
        for line in entry_named(read_spacefile(ROOT / "Spacefile"), entry).sha256
        if line.endswith(shard)
    )
    assert written(text.replace(line, "0" * 64 + "  " + shard)) == text


@pytest.mark.parametrize("line", ["53aa", "0" * 64 + " a", "0" * 64 + "  ../a", "0" * 64 + "  /a"])
def test_a_hash_that_is_none_stops_the_start(tmp_path, line):
    text = (ROOT / "Spacefile").read_text(encoding="utf-8")
    file = tmp_path / "Spacefile"
    first = text.index('  "', text.index("sha256"))
    file.write_text(text[:first] + f"  {json.dumps(line)},\n" + text[first:], encoding="utf-8")
    with pytest.raises(SpacefileError, match=r"checkpoint\[0\]\.sha256 has .* as sha256sum does"):
        read_spacefile(file)
