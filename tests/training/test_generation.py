"""The making of the pocket GPT-2: its text, its BPE, its loss, its scores, a smoke run."""

import itertools
import json
import math
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors import safe_open
from transformers import AutoModelForCausalLM, AutoTokenizer

from core.paths import ROOT
from training.engine.bpe import END, as_gpt2, encoded, train_bpe
from training.engine.command import changed
from training.engine.muon import Muon, orthogonal
from training.engine.trainee import learn
from training.generation import trials as generation_trials
from training.generation.data import Rows, apart, hold_back, prepare, read_documents
from training.generation.model import (
    Recipe,
    Trainee,
    check_size,
    fresh_model,
    gpu_recipe,
    next_token_loss,
    save_model,
    smoke_recipe,
)
from training.generation.scores import bits_per_character, continuation, repeated, windows

SAMPLES = ROOT / "training" / "samples"
STORIES = SAMPLES / "stories"
SHARES = {"wide_share": 0.0, "easy_share": 0.0}


@pytest.fixture(scope="module")
def tokens(tmp_path_factory):
    return prepare(STORIES, tmp_path_factory.mktemp("generation"), 400, ("core", "plus", "easy"))


@pytest.fixture(scope="module")
def trainee(tokens):
    """A little trained, so that its probabilities are not all alike."""
    trainee = Trainee(replace(smoke_recipe(), steps=40, **SHARES), tokens, "cpu")
    learn(trainee, tokens.folder / "trained.pt")
    return trainee


# --- the text ------------------------------------------------------------------------------------


def test_documents_are_what_stands_between_the_end_tokens():
    documents = read_documents(STORIES, "easy_train")
    assert len(documents) == 3
    assert documents[0].startswith("The red boat\n\nThis is a red boat.")
    assert documents[0].endswith("The fish looks at Nora.")


def test_a_packed_file_is_read_as_a_plain_one(tmp_path):
    import lzma

    text = (STORIES / "core_val.txt").read_text(encoding="utf-8")
    with lzma.open(tmp_path / "core_val.txt.xz", "wt", encoding="utf-8") as file:
        file.write(text)
    assert read_documents(tmp_path, "core_val") == read_documents(STORIES, "core_val")


def test_a_document_that_shares_a_paragraph_with_the_report_is_not_trained_on():
    # The easy part repeats a validation story, as the real one does.
    easy, report = read_documents(STORIES, "easy_train"), read_documents(STORIES, "core_val")
    assert [text.split("\n")[0] for text in apart(easy, report)] == ["The red boat", "The hen"]
    assert apart(["Yes.\n\nOf course."], ["Yes.\n\nNo."]) == ["Yes.\n\nOf course."]  # too short


def test_held_back_documents_are_runs_of_neighbours_and_in_no_other_part():
    documents = [str(number) for number in range(2000)]
    train, held = hold_back(documents, seed=1)
    assert sorted(train + held, key=int) == documents
    assert len(held) == 8 * 18
    starts = [int(text) for text in held if str(int(text) - 1) not in held]
    assert len(starts) == 8
    assert hold_back(documents, seed=1)[1] == held
    assert hold_back(documents, seed=2)[1] != held
    assert len(hold_back(documents[:10], seed=1)[1]) == 2


def test_the_streams_hold_the_training_documents_and_nothing_else(tokens):
    core = read_documents(STORIES, "core_train")
    ids, end = tokens.stream("core"), tokens.end
    assert ids.dtype == np.uint16
    ends = np.flatnonzero(ids == end)
    parts = [part for part in np.split(ids, ends + 1) if len(part)]
    written = [tokens.tokenizer.decode(part[:-1].tolist()) for part in parts]
    assert written == [text for text in core if text not in tokens.held_back]
    assert tokens.counts["core"]["tokens"] == len(ids)
    assert tokens.counts["easy"]["documents_kept_out"] == 1


def test_the_cache_is_used_again_and_made_anew_for_other_text(tmp_path):
    stories, folder = tmp_path / "stories", tmp_path / "cache"
    stories.mkdir()
    for name in ("core_train", "core_val", "easy_train"):
        (stories / f"{name}.txt").write_bytes((STORIES / f"{name}.txt").read_bytes())
    prepare(stories, folder, 300, ("core",))
    stream = folder / "tokens-300" / "core.bin"
    made = stream.stat().st_mtime_ns
    prepare(stories, folder, 300, ("core", "easy"))
    assert stream.stat().st_mtime_ns == made
    assert (folder / "tokens-300" / "easy.bin").exists()
    with (stories / "core_train.txt").open("a", encoding="utf-8") as file:
        file.write(f"{END}\nOne more story, which is short.\n")
    before = stream.stat().st_size
    prepare(stories, folder, 300, ("core",))
    assert stream.stat().st_size != before


# --- rows ----------------------------------------------------------------------------------------


def test_an_epoch_reads_every_place_once_and_the_next_one_cuts_elsewhere():
    streams = [np.arange(100, dtype=np.uint16), np.arange(1000, 1061, dtype=np.uint16)]
    rows = Rows(streams, 10, seed=1)
    assert len(rows) == 9 + 5
    first, second = (
        np.concatenate([rows.batch(step, 7) for step in steps]) for steps in ((0, 1), (2, 3))
    )
    for epoch in (first, second):
        assert (np.diff(epoch, axis=1) == 1).all()  # no row crosses from one stream into another
        targets = epoch[:, 1:].ravel()
        assert len(set(targets.tolist())) == len(targets) == 140
    assert {row[0] for row in first.tolist()} != {row[0] for row in second.tolist()}


def test_a_row_depends_on_its_number_alone():
    def rows():
        return Rows([np.arange(400, dtype=np.uint16)], 8, seed=3)

    walked = rows()
    late = [walked.batch(step, 5) for step in range(40)][37]
    np.testing.assert_array_equal(rows().batch(37, 5), late)


def test_text_too_short_for_a_row_is_refused_with_the_numbers():
    with pytest.raises(ValueError, match="no row of 10 tokens can be cut from streams of 15"):
        Rows([np.zeros(15, dtype=np.uint16)], 10, seed=1)


def test_the_easy_part_comes_last_and_plus_first(tokens):
    recipe = replace(smoke_recipe(), wide_share=0.3, easy_share=0.2)
    trainee = Trainee(recipe, tokens, "cpu")
    read = []
    for _, rows in trainee.phases:
        rows.batch = lambda step, size, rows=rows: (
            read.append(rows.streams) or np.zeros((size, 33), dtype=np.int64)
        )
    for share in (0.0, 0.29, 0.31, 0.79, 0.81, 1.0):
        trainee.loss(0, share)
    sizes = {part: len(tokens.stream(part)) for part in ("core", "plus", "easy")}
    assert [[len(stream) for stream in streams] for streams in read] == [
        [sizes["core"], sizes["plus"]],
        [sizes["core"], sizes["plus"]],
        [sizes["core"]],
        [sizes["core"]],
        [sizes["easy"]],
        [sizes["easy"]],
    ]


# --- the BPE -------------------------------------------------------------------------------------


def test_any_text_comes_back_byte_for_byte(tokens):
    everything = "".join(map(chr, itertools.chain(range(0xD800), range(0xE000, 0x110000, 41))))
    for text in (everything, "  two  spaces\n\n\tand a tab \r\n", "naïve 🙂 你好 \u0301", "\x00"):
        [ids] = encoded(tokens.tokenizer, [text])
        assert tokens.tokenizer.decode(ids[:-1].tolist(), skip_special_tokens=False) == text
        assert ids[-1] == tokens.end


def test_every_byte_is_a_token_even_where_no_text_has_it():
    tokenizer = train_bpe(["aaaa aaaa"], 300)
    singles = [word for word in tokenizer.get_vocab() if len(word) == 1]
    assert len(singles) == 256
    assert tokenizer.token_to_id(END) == 0


def test_transformers_cuts_text_as_the_trained_tokenizer_does(tokens, tmp_path):
    as_gpt2(tokens.tokenizer, 32).save_pretrained(tmp_path)
    read = AutoTokenizer.from_pretrained(tmp_path)
    assert type(read).__name__.startswith("GPT2Tokenizer")
    assert read.is_fast
    assert read.bos_token == read.eos_token == END
    assert read.bos_token_id == tokens.end
    assert len(read) == 400
    for text in read_documents(STORIES, "core_val"):
        ids = read(text, verbose=False)["input_ids"]  # nothing is added
        assert ids == tokens.tokenizer.encode(text).ids
        assert read.decode(ids) == text


# --- the loss and the optimizer ------------------------------------------------------------------


@pytest.mark.parametrize("attention", ["eager", "sdpa"])
def test_the_loss_is_the_librarys(tokens, attention):
    model = fresh_model(replace(smoke_recipe(), attention=attention), tokens.end, "cpu").eval()
    rows = torch.randint(0, 400, (3, 33), generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        ours = next_token_loss(model, rows)
        logits = model(rows[:, :-1]).logits
    likely = torch.log_softmax(logits, dim=-1).gather(2, rows[:, 1:, None])
    assert ours.item() == pytest.approx(-likely.mean().item(), abs=1e-6)


def test_orthogonal_matrices_have_singular_values_near_one():
    generator = torch.Generator().manual_seed(0)
    for shape in ((1, 48, 48), (3, 64, 16), (2, 16, 64)):
        values = torch.linalg.svdvals(orthogonal(torch.randn(shape, generator=generator)).float())
        assert values.min() > 0.4
        assert values.max() < 1.3


def test_muon_moves_queries_keys_and_values_each_by_the_same_measure():
    matrix = torch.nn.Parameter(torch.zeros(32, 96))
    muon = Muon({"attn.c_attn.weight": matrix}, rate=0.1, weight_decay=0.0, momentum=0.95)
    muon.factor = 0.5
    gradient = torch.randn(32, 96, generator=torch.Generator().manual_seed(0))
    gradient[:, :32] *= 100  # queries with a larger gradient than the others
    (matrix * gradient).sum().backward()
    assert matrix.grad is None  # nothing is left for the other optimizer
    parts = matrix.detach().chunk(3, dim=1)
    sizes = [part.pow(2).mean().sqrt().item() for part in parts]
    assert sizes == pytest.approx([0.2 * 0.1 * 0.5] * 3, rel=0.25)
    assert all(
        (part * slope).sum() < 0 for part, slope in zip(parts, gradient.chunk(3, 1), strict=True)
    )


@pytest.mark.parametrize("optimizer", ["muon", "adamw"])
def test_training_lowers_the_loss_and_moves_every_weight(tokens, tmp_path, optimizer):
    recipe = replace(smoke_recipe(), steps=40, optimizer=optimizer, **SHARES)
    trainee = Trainee(recipe, tokens, "cpu")
    before = {name: value.clone() for name, value in trainee.model.named_parameters()}
    progress = learn(trainee, tmp_path / "run.pt")
    assert progress.step == 40
    assert progress.curve[-1]["loss"] < progress.curve[0]["loss"] - 0.8
    for name, value in trainee.model.named_parameters():
        assert not torch.equal(value, before[name]), name


def test_warming_up_changes_nothing(tokens):
    trainee = Trainee(smoke_recipe(), tokens, "cpu")
    before = {name: value.clone() for name, value in trainee.model.state_dict().items()}
    trainee.warm()
    for name, value in trainee.model.state_dict().items():
        assert torch.equal(value, before[name]), name
    assert all(not average.any() for average in trainee.muon.averages.values())


class StoppedError(Exception):
    """The machine going away in the middle of a run."""


@pytest.mark.parametrize("optimizer", ["muon", "adamw"])
def test_a_stopped_run_goes_on_as_if_it_had_not_stopped(tokens, tmp_path, monkeypatch, optimizer):
    recipe = replace(smoke_recipe(), steps=24, optimizer=optimizer)
    whole = Trainee(recipe, tokens, "cpu")
    learn(whole, tmp_path / "whole.pt")

    stopped, loss = Trainee(recipe, tokens, "cpu"), Trainee.loss

    def loss_until(self, step, share):
        if step == 15:
            raise StoppedError
        return loss(self, step, share)

    monkeypatch.setattr(Trainee, "loss", loss_until)
    with pytest.raises(StoppedError):
        learn(stopped, tmp_path / "run.pt", checkpoint_seconds=0.0)
    monkeypatch.setattr(Trainee, "loss", loss)
    resumed, steps = Trainee(recipe, tokens, "cpu"), []
    monkeypatch.setattr(
        Trainee,
        "loss",
        lambda self, step, share: steps.append(step) or loss(self, step, share),
    )
    progress = learn(resumed, tmp_path / "run.pt", resume=True)
    assert steps == [0, *range(15, 24)]  # the first of them to warm up
    assert progress.step == 24
    for name, value in resumed.model.state_dict().items():
        torch.testing.assert_close(value, whole.model.state_dict()[name], atol=1e-5, rtol=1e-4)


def test_an_unknown_optimizer_is_refused(tokens):
    with pytest.raises(ValueError, match="use muon or adamw"):
        Trainee(replace(smoke_recipe(), optimizer="sgd"), tokens, "cpu")


# --- scores --------------------------------------------------------------------------------------


@pytest.mark.parametrize("length", [2, 5, 8, 9, 10, 12, 13, 40])
def test_windows_score_every_token_once_and_later_ones_with_context(length):
    ids = list(range(100, 100 + length))
    scored = []
    for number, (inputs, targets) in enumerate(windows(ids, 8)):
        assert len(inputs) == len(targets) <= 8
        for place, target in enumerate(targets):
            if target != -100:
                assert target == inputs[place] + 1
                assert number == 0 or place >= 4
                scored.append(target)
    assert scored == ids[1:]


def brute_force_bits(model, tokenizer, documents):
    """One forward pass for each token, over the context that its window gives it."""
    context, nats = model.config.n_positions, 0.0
    for document in documents:
        ids = [tokenizer.bos_token_id, *tokenizer(document, verbose=False)["input_ids"]]
        for place in range(1, len(ids)):
            half = context // 2
            begin = 0 if place <= context else math.ceil((place - context) / half) * half
            with torch.no_grad():
                logits = model(torch.tensor([ids[begin:place]])).logits[0, -1]
            nats -= torch.log_softmax(logits, dim=-1)[ids[place]].item()
    return nats / math.log(2) / sum(len(document) for document in documents)


def test_bits_per_character_equal_a_brute_force_computation(trainee, tokens):
    tokenizer = as_gpt2(tokens.tokenizer, 32)
    documents = [*tokens.report, "Short.", "É 🙂"]
    ours = bits_per_character(trainee.model, tokenizer, documents)
    assert ours == pytest.approx(brute_force_bits(trainee.model, tokenizer, documents), abs=1e-5)
    rough = bits_per_character(trainee.model, tokenizer, documents, autocast=True)
    assert rough == pytest.approx(ours, abs=0.02)


def test_a_sample_is_known_from_its_seed_and_greedy_is_the_librarys(trainee, tokens):
    tokenizer = as_gpt2(tokens.tokenizer, 32)
    prompt = "The old man"
    said = [continuation(trainee.model, tokenizer, prompt, seed=seed) for seed in (0, 0, 1)]
    assert said[0] == said[1] != said[2]
    ids = torch.tensor([[tokenizer.bos_token_id, *tokenizer(prompt)["input_ids"]]])
    greedy = continuation(trainee.model, tokenizer, prompt, seed=None, length=12)
    reference = trainee.model.generate(
        ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=12,
        pad_token_id=0,
    )[0, ids.size(1) :]  # fmt: skip
    assert greedy == tokenizer.decode(reference, skip_special_tokens=True)


def test_a_continuation_stays_within_the_context(trainee, tokens):
    tokenizer = as_gpt2(tokens.tokenizer, 32)
    said = continuation(trainee.model, tokenizer, "The old man", seed=0, length=1000)
    assert len(tokenizer("The old man" + said)["input_ids"]) <= 31


def test_repetition_counts_runs_of_four_words():
    assert repeated("a b c d e f g h") == 0
    assert repeated("a b c d a b c d") == pytest.approx(1 / 5)
    assert repeated("too short") == 0


# --- what is written -----------------------------------------------------------------------------


def test_the_written_model_gives_the_same_logits_and_holds_its_table_once(
    trainee, tokens, tmp_path
):
    save_model(trainee.model, tokens, tmp_path)
    names = []
    for file in tmp_path.glob("*.safetensors"):
        assert file.stat().st_size < 10_000_000
        with safe_open(file, "pt") as shard:
            names += list(shard.keys())
            assert {shard.get_tensor(name).dtype for name in shard.keys()} == {torch.float16}  # noqa: SIM118
    assert "lm_head.weight" not in names
    assert names.count("transformer.wte.weight") == 1
    model, info = AutoModelForCausalLM.from_pretrained(
        tmp_path, dtype=torch.float32, output_loading_info=True
    )
    assert not info["missing_keys"]
    assert not info["unexpected_keys"]
    assert model.lm_head.weight is model.transformer.wte.weight
    tokenizer = AutoTokenizer.from_pretrained(tmp_path)
    assert tokenizer.model_max_length == model.config.n_positions == 32
    ids = tokenizer("The old man had a coat.", return_tensors="pt")["input_ids"]
    trained = trainee.model.eval()
    with torch.no_grad():
        torch.testing.assert_close(model(ids).logits, trained(ids).logits, atol=0.01, rtol=0.01)
    assert model.generation_config.eos_token_id == tokenizer.eos_token_id
    assert not model.generation_config.do_sample


def test_the_recipes_ship_and_a_table_too_large_for_a_file_is_refused():
    for recipe in (Recipe(), gpu_recipe()):
        check_size(fresh_model(recipe, 0, "cpu"))
    with pytest.raises(ValueError, match="take a smaller vocabulary or width"):
        check_size(fresh_model(replace(Recipe(), vocabulary=16384, width=320), 0, "cpu"))
    with pytest.raises(ValueError, match="above 60,000,000"):
        check_size(fresh_model(replace(Recipe(), width=512, layers=18), 0, "cpu"))


def test_settings_from_the_command_line():
    recipe = changed(Recipe(), ["width=320", "rate=1e-3", "compile=true", "optimizer=adamw"])
    assert (recipe.width, recipe.rate, recipe.compile) == (320, 1e-3, True)
    assert recipe.optimizer == "adamw"
    with pytest.raises(ValueError, match="there is no setting 'wide'; use one of seed"):
        changed(Recipe(), ["wide=3"])
    with pytest.raises(ValueError, match="invalid literal"):
        changed(Recipe(), ["width=wide"])


# --- trials --------------------------------------------------------------------------------------


def test_trials_are_scored_kept_and_not_run_twice(tmp_path, monkeypatch):
    base = replace(smoke_recipe(), steps=3, **SHARES)
    settings = [{"width": 64}, {"optimizer": "sgd"}, {"layers": 1}]
    monkeypatch.setitem(generation_trials.TRIALS, "made", settings)
    rows = generation_trials.run_trials("made", base, STORIES, tmp_path, "cpu")
    assert [row["settings"] for row in rows] == settings
    assert "use muon or adamw" in rows[1]["failed"]
    assert rows[0]["parameters"] > rows[2]["parameters"]
    assert rows[0]["tokens"] == 3 * 8 * 32
    assert 2 < rows[0]["held_back"] < 6
    runs = []
    monkeypatch.setattr(
        generation_trials, "_short_run", lambda recipe, *_, **__: runs.append(recipe) or {}
    )
    generation_trials.run_trials("made", base, STORIES, tmp_path, "cpu")
    assert [recipe.optimizer for recipe in runs] == ["sgd"]  # what failed is tried again
    with pytest.raises(ValueError, match="there is no trial 'other'"):
        generation_trials.run_trials("other", base, STORIES, tmp_path, "cpu")


def test_every_trial_and_measure_is_a_recipe():
    several = [*generation_trials.TRIALS.values(), generation_trials.MEASURES]
    for settings in itertools.chain(*several):
        recipe = replace(Recipe(), **settings)
        assert recipe.width % recipe.head_width == 0


# --- end to end ----------------------------------------------------------------------------------


def run_script(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "training.generation", *map(str, arguments)],
        cwd=ROOT, check=True, timeout=300, capture_output=True, text=True,
    )  # fmt: skip


def test_the_smoke_run_goes_end_to_end(tmp_path):
    output = run_script("--smoke", "--out", tmp_path).stdout
    assert "Once upon a time," in output  # a sample at each watch
    record = json.loads((tmp_path / "training.json").read_text(encoding="utf-8"))
    assert len(record["samples"]) == 20
    assert [row["seed"] for row in record["samples"][:5]] == [0, 1, 2, 3, 4]
    assert record["validation"]["documents"] == 2
    assert record["stages"]["generation"]["curve"][-1]["validation"] > 1
    card = (tmp_path / "README.md").read_text(encoding="utf-8")
    for heading in ("Data and licences", "Recipe and compute", "Trials", "Scores", "Samples",
                    "Limits", "Failures"):  # fmt: skip
        assert f"## {heading}" in card


def test_a_run_is_exported_and_resumed_with_the_recipe_that_it_began_with(tmp_path):
    places = ("--data", SAMPLES, "--checkpoints", tmp_path / "work", "--out", tmp_path / "out")
    settings = [f"--set={name}={value}" for name, value in vars(smoke_recipe()).items()]
    run_script(*places, *settings, "--set=steps=4")
    first = json.loads((tmp_path / "out" / "training.json").read_text(encoding="utf-8"))
    (tmp_path / "out" / "model.safetensors").unlink()
    trials = [{"trial": "made", "minutes": 1, "device": "cpu", "settings": {"width": 64},
               "base": {}, "held_back": 2.5}]  # fmt: skip
    (tmp_path / "work" / "trials.json").write_text(json.dumps(trials), encoding="utf-8")
    run_script(*places, "--export")
    again = json.loads((tmp_path / "out" / "training.json").read_text(encoding="utf-8"))
    assert again["recipe"] == first["recipe"]
    assert again["validation"] == first["validation"]
    assert again["trials"] == trials
    assert "| made | width 64 |" in (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    (tmp_path / "work" / "trials.json").unlink()
    output = run_script(*places, "--resume", "--minutes", "0.02").stdout
    assert "going on with the recipe" in output
    longer = json.loads((tmp_path / "out" / "training.json").read_text(encoding="utf-8"))
    assert longer["stages"]["generation"]["step"] > 4
    assert longer["recipe"]["width"] == 64
    assert longer["trials"] == trials  # from the record that shipped
