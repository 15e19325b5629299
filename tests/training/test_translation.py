"""The making of the pocket translator: sentences, words, batches, loss, average, a small run."""

import json
import lzma
import random
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors import safe_open
from transformers import AutoTokenizer, MarianMTModel

from core.paths import ROOT
from training.engine import loop
from training.engine.average import Average
from training.engine.loop import Stage, processor_seconds, train
from training.engine.trainee import learn
from training.translation import __main__ as translation
from training.translation import trials
from training.translation.data import Epochs, Sentence, apart, plain, read_corpus, typed
from training.translation.model import (
    Recipe,
    Trainee,
    check_size,
    fresh_model,
    next_token_loss,
    save_model,
    shipped_numbers,
    smoke_recipe,
)
from training.translation.restored import restore, told
from training.translation.scores import (
    by_hardness,
    hard_parts,
    lost_questions,
    repeating,
    scored,
    signatures,
    translations,
)
from training.translation.words import as_fast, learn_words

SAMPLES = ROOT / "training" / "samples" / "tatoeba_fr"
RECIPE = replace(smoke_recipe(), references="all", joined=0.0, typed=0.0)


@pytest.fixture(scope="module")
def corpus():
    return read_corpus(SAMPLES, seed=1)


@pytest.fixture(scope="module")
def words(corpus):
    return learn_words(corpus.texts, RECIPE.vocabulary)


@pytest.fixture
def trainee(corpus, words):
    return Trainee(RECIPE, words, Epochs(corpus.train, words, RECIPE), "cpu")


# --- the sentences -------------------------------------------------------------------------------


def test_no_sentence_of_one_part_is_in_another_in_either_language(corpus):
    parts = [corpus.train, corpus.held_back, corpus.dev]
    english = [{plain(one.english) for one in part} for part in parts]
    french = [{plain(text) for one in part for text in one.french} for part in parts]
    for one, other in ((0, 1), (0, 2)):
        assert not english[one] & english[other]
        assert not french[one] & french[other]
    assert corpus.counts["kept_out_for_dev"] == 1  # "Oh, what a fine coat!" has a line of dev
    assert all("fine coat" not in text for text in corpus.texts)


def test_a_sentence_that_shares_a_french_line_with_dev_goes_whole():
    kept_out = [Sentence("It's over.", ("C'est fini.",))]
    train = [
        Sentence("It is finished.", ("C'est terminé.", "C'est fini !")),
        Sentence("it's over", ("Tout est dit.",)),
        Sentence("It's late.", ("Il est tard.",)),
    ]
    assert apart(train, kept_out) == [train[2]]


def test_a_packed_file_is_read_as_a_plain_one(tmp_path, corpus):
    for name in ("train", "dev"):
        with lzma.open(tmp_path / f"{name}.tsv.xz", "wt", encoding="utf-8") as file:
            file.write((SAMPLES / f"{name}.tsv").read_text(encoding="utf-8"))
    assert read_corpus(tmp_path, seed=1) == corpus
    assert read_corpus(tmp_path, seed=2).held_back != corpus.held_back


def test_typed_sentences_keep_their_words():
    chance, text = random.Random(0), "Are you there, Tom?"
    ways = {typed(text, chance) for _ in range(60)}
    assert ways == {
        "Are you there, Tom", "are you there, Tom?", "are you there, Tom", "are you there, tom"
    }  # fmt: skip


# --- the words -----------------------------------------------------------------------------------


def test_words_are_cut_as_both_languages_write_them(tmp_path, words):
    as_fast(words, 40).save_pretrained(tmp_path)
    (tmp_path / "config.json").write_text('{"model_type": "marian"}')
    read = AutoTokenizer.from_pretrained(tmp_path)
    assert read.is_fast
    assert (read.eos_token_id, read.pad_token_id, read.model_max_length) == (0, 1, 40)
    text = "  J’ai  vu l'échelle: don't paint it, as-tu 🙂 ?\n"
    encoded = read(text, return_offsets_mapping=True)
    assert encoded["input_ids"][-1] == read.eos_token_id
    whole = "J'ai vu l'échelle: don't paint it, as-tu 🙂 ?"
    assert read.decode(encoded["input_ids"], skip_special_tokens=True) == whole
    starts = {text[first:last] for first, last in encoded["offset_mapping"]}
    cut = words.pre_tokenizer.pre_tokenize_str(" J'ai vu l'échelle: don't as-tu ?")
    pieces = [" J'ai vu l'échelle: don't as-tu ?"[first:last] for _, (first, last) in cut]
    assert pieces == [" J'", "ai", " vu", " l'", "échelle", ":", " don", "'t", " as", "-tu", " ?"]
    assert not any(piece.startswith(" ") for piece in starts)


def test_a_word_is_the_same_tokens_at_the_start_and_within(words):
    ladder = words.encode("ladder").ids[:-1]
    within = words.encode("the ladder.").ids
    assert within[-2 - len(ladder) : -2] == ladder


# --- the batches ---------------------------------------------------------------------------------


def read_back(words, batches):
    return sorted(
        (words.decode(source.tolist()), words.decode(target.tolist()))
        for batch in batches
        for source, target in zip(*batch, strict=True)
    )


def test_an_epoch_reads_every_pair_once_in_batches_of_like_lengths(corpus, words):
    epochs = Epochs(corpus.train, words, RECIPE)
    batches = epochs.batches(0)
    straight = [
        (one.english.replace("’", "'"), text) for one in corpus.train for text in one.french
    ]
    assert read_back(words, batches) == sorted(straight)
    for batch in batches:
        assert batch.target.shape[0] == batch.source.shape[0]
        assert (batch.target[:, 0] == epochs.pad).all()
        assert batch.target[:, 1:].size <= RECIPE.tokens
    read = sum((batch.target != epochs.pad).sum() for batch in batches)
    assert read > 0.85 * sum(batch.target.size for batch in batches)  # little is filled up
    again = Epochs(corpus.train, words, RECIPE).batches(0)
    assert all(np.array_equal(a.source, b.source) for a, b in zip(batches, again, strict=True))
    other = epochs.batches(1)
    assert [one.target.shape for one in other] != [one.target.shape for one in batches]


def test_one_reference_joined_pairs_and_typed_ones(corpus, words):
    one = Epochs(corpus.train, words, replace(RECIPE, references="one")).pairs(0)
    assert [english for english, _ in one] == [each.english for each in corpus.train]
    assert all(french in each.french for (_, french), each in zip(one, corpus.train, strict=True))
    joined = Epochs(corpus.train, words, replace(RECIPE, joined=1.0)).pairs(0)
    right = {each.english: each.french for each in corpus.train}
    for english, french in joined[:40]:
        splits = [
            (first, second)
            for first in right
            for second in right
            if f"{first} {second}" == english
        ]
        [(first, second)] = splits
        assert french in {f"{a} {b}" for a in right[first] for b in right[second]}
    hurried = Epochs(corpus.train, words, replace(RECIPE, typed=1.0)).pairs(0)
    plainly = Epochs(corpus.train, words, RECIPE).pairs(0)
    assert all(
        a != b and plain(a) == plain(b) for (a, _), (b, _) in zip(hurried, plainly, strict=True)
    )
    assert [french for _, french in hurried] == [french for _, french in plainly]


def test_dropped_merges_cut_differently_and_say_the_same(corpus, words):
    epochs = Epochs(corpus.train, words, replace(RECIPE, piece_dropout=0.5, longest=500))
    straight = [
        (one.english.replace("’", "'"), text) for one in corpus.train for text in one.french
    ]
    assert read_back(words, epochs.batches(0)) == sorted(straight)
    tokens = sum((batch.target != epochs.pad).sum() for batch in epochs.batches(0))
    whole = Epochs(corpus.train, words, RECIPE).batches(0)
    assert tokens > sum((batch.target != epochs.pad).sum() for batch in whole)
    assert words.encode("the ladder").ids == words.encode("the ladder").ids  # the given one stays


def test_pairs_longer_than_the_model_are_left_out(corpus, words):
    short = Epochs(corpus.train, words, replace(RECIPE, longest=9)).batches(0)
    assert short
    assert all(batch.source.shape[1] < 9 and batch.target.shape[1] - 1 < 9 for batch in short)


# --- the loss ------------------------------------------------------------------------------------


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_the_loss_is_the_mean_over_all_tokens_each_pair_read_alone(corpus, words, smoothing):
    model = fresh_model(RECIPE, words, "cpu").eval()
    batch = max(Epochs(corpus.train, words, RECIPE).batches(0), key=lambda one: one.source.size)
    source, target = map(torch.from_numpy, batch)
    pad = model.config.pad_token_id
    assert (source == pad).any()
    assert (target[:, 1:] == pad).any()
    nats = []
    with torch.inference_mode():
        ours = next_token_loss(model, source, target, smoothing)
        for read, said in zip(source, target, strict=True):
            read, wanted = read[read != pad], said[1:][said[1:] != pad]
            for place, token in enumerate(wanted):  # nothing of what comes later is there to see
                given = torch.cat([said[:1], wanted[:place]])
                logits = model(input_ids=read[None], decoder_input_ids=given[None]).logits
                chances = logits[0, -1].log_softmax(-1)
                nats.append(-(1 - smoothing) * chances[token] - smoothing * chances.mean())
    assert ours.item() == pytest.approx(torch.stack(nats).mean().item(), abs=1e-5)


def test_the_model_attends_greedily_and_by_beams(words):
    model = fresh_model(RECIPE, words, "cpu").eval()
    tokenizer = as_fast(words, RECIPE.longest)
    read = tokenizer(["The baker sells the boat."], return_tensors="pt")
    target = torch.tensor([[1, 5, 6]])
    seen = model(**read, decoder_input_ids=target, output_attentions=True)
    length = read["input_ids"].size(1)
    assert seen.encoder_attentions[0].shape[-2:] == (length, length)
    assert seen.decoder_attentions[0].shape[-2:] == (3, 3)
    assert seen.cross_attentions[0].shape[-2:] == (3, length)
    assert model.lm_head.weight is model.model.encoder.embed_tokens.weight
    assert model.lm_head.weight is model.model.decoder.embed_tokens.weight


def test_long_runs_fit_the_repository_and_larger_ones_are_refused(words):
    check_size(fresh_model(Recipe(), words, "cpu"))
    with pytest.raises(ValueError, match="bytes as float16, above 30,000,000"):
        check_size(fresh_model(replace(Recipe(), width=512), words, "cpu"))


# --- the average and the clock -------------------------------------------------------------------


def test_the_average_forgets_what_is_old_and_sooner_at_first():
    layer, places = torch.nn.Linear(1, 1), []
    average = Average(layer, 10)
    for value in range(1, 201):
        torch.nn.init.constant_(layer.weight, value)
        average.take_in()
        places.append(average.copied(layer).weight.item())
    assert layer.weight.item() == 200
    assert places[:3] == [1, 2, 3]
    assert places[3] == 3.5  # two of four by now
    assert places[-1] == pytest.approx(191, abs=0.01)  # a weight of the last ten steps or so
    other = Average(torch.nn.Linear(1, 1), 10)
    other.take_state(average.state())
    assert other.taken == 200
    assert torch.equal(other.copied(layer).weight, average.copied(layer).weight)


def test_a_stage_may_count_the_work_and_not_the_waiting(tmp_path, monkeypatch):
    model = torch.nn.Linear(1, 1)
    seconds = iter(range(1000))
    monkeypatch.setattr(loop.time, "monotonic", lambda: 1e6 * next(seconds))  # a stopped machine
    work = iter(np.arange(0, 1000, 0.5))
    stage = Stage("made", 1e-3, minutes=0.1, now=lambda: next(work))
    loss = lambda batch, step, share: model(torch.ones(1, 1)).sum()  # noqa: E731
    progress = train(model, range(1000), loss, stage, tmp_path / "made.pt")
    assert progress.step == 12  # half a second each
    assert progress.seconds == 6.0


def test_processor_seconds_pass_only_while_there_is_work():
    before = processor_seconds()
    torch.rand(400, 400) @ torch.rand(400, 400)
    assert processor_seconds() > before


# --- the run -------------------------------------------------------------------------------------


class StoppedError(Exception):
    """The machine going away in the middle of a run."""


@pytest.mark.parametrize("optimizer", ["muon", "adamw"])
def test_a_stopped_run_goes_on_as_if_it_had_not_stopped(
    corpus, words, tmp_path, monkeypatch, optimizer
):
    recipe = replace(RECIPE, steps=16, optimizer=optimizer, joined=0.2, typed=0.2)

    def fresh():
        return Trainee(recipe, words, Epochs(corpus.train, words, recipe), "cpu")

    whole = fresh()
    learn(whole, tmp_path / "whole.pt")
    stopped, loss = fresh(), Trainee.loss

    def loss_until(self, step, share):
        if step == 12:
            raise StoppedError
        return loss(self, step, share)

    monkeypatch.setattr(Trainee, "loss", loss_until)
    with pytest.raises(StoppedError):
        learn(stopped, tmp_path / "run.pt", checkpoint_seconds=0.0)
    monkeypatch.setattr(Trainee, "loss", loss)
    resumed, made, batches = fresh(), [], Epochs.batches
    monkeypatch.setattr(
        Epochs, "batches", lambda self, epoch: made.append(epoch) or batches(self, epoch)
    )
    learn(resumed, tmp_path / "run.pt", resume=True)
    assert made == [1]  # not those that were read before
    assert resumed.epochs.epoch == whole.epochs.epoch == 1
    assert resumed.targets == whole.targets
    for name, value in whole.model.state_dict().items():
        torch.testing.assert_close(resumed.model.state_dict()[name], value, atol=1e-5, rtol=1e-4)
    means = [one.average.state()["means"] for one in (whole, resumed)]
    for one, other in zip(*means, strict=True):
        torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-4)


def test_training_learns_the_samples(corpus, words, tmp_path):
    recipe = replace(RECIPE, steps=50, averaged=10, dropout=0.0)
    trainee = Trainee(recipe, words, Epochs(corpus.train, words, recipe), "cpu")
    before = trials.bits_per_character(
        trainee.model, as_fast(words, recipe.longest), corpus.held_back
    )
    learn(trainee, tmp_path / "run.pt")
    model = trainee.average.copied(trainee.model)
    after = trials.bits_per_character(model, as_fast(words, recipe.longest), corpus.held_back)
    assert after < 0.7 * before


def test_an_unknown_optimizer_is_refused(corpus, words):
    recipe = replace(RECIPE, optimizer="sgd")
    with pytest.raises(ValueError, match="use muon or adamw"):
        Trainee(recipe, words, Epochs(corpus.train, words, recipe), "cpu")


# --- what is written -----------------------------------------------------------------------------


def test_the_written_model_is_read_back_the_same(trainee, words, tmp_path):
    save_model(trainee.model, words, tmp_path)
    names = []
    for file in tmp_path.glob("*.safetensors"):
        with safe_open(file, "pt") as shard:
            names += list(shard.keys())
            assert {shard.get_tensor(name).dtype for name in names} == {torch.float16}
    assert names.count("model.shared.weight") == 1
    assert not [name for name in names if "embed_tokens" in name or "embed_pos" in name]
    model, info = MarianMTModel.from_pretrained(
        tmp_path, dtype=torch.float32, output_loading_info=True
    )
    assert not info["missing_keys"]
    assert not info["unexpected_keys"]
    assert shipped_numbers(model) == shipped_numbers(trainee.model)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path)
    read = tokenizer(["Do you see the drum?", "Nora sees it."], padding=True, return_tensors="pt")
    target = torch.tensor([[1, 7, 9], [1, 8, 7]])
    trained = trainee.model.eval()
    with torch.inference_mode():
        ours, theirs = (one(**read, decoder_input_ids=target).logits for one in (trained, model))
    torch.testing.assert_close(ours, theirs, atol=0.01, rtol=0.01)
    said = translations(model, tokenizer, ["The baker.", "Do you see the drum near the river?"])
    alone = translations(model, tokenizer, ["The baker."])
    # Neither the padding nor the order tells; only the room is that of the longest one.
    assert said[0][:40] == alone[0][:40]


def test_the_smoke_run_trains_exports_and_goes_on(tmp_path):
    recipe = replace(smoke_recipe(), steps=4)
    places = (SAMPLES, tmp_path / "model", tmp_path / "work")
    record = translation.run(*places, recipe)
    card = (tmp_path / "model" / "README.md").read_text(encoding="utf-8")
    for heading in ("Data and licence", "Recipe and compute", "Trials", "Scores", "Samples",
                    "Failures", "Limits"):  # fmt: skip
        assert f"## {heading}" in card
    assert f"| dev, greedy: BLEU | {record['dev']['greedy']['bleu']} | at least 50 |" in card
    assert record["signatures"]["bleu"] in card
    assert json.loads((tmp_path / "model" / "training.json").read_text()) == record

    rows = [{"trial": "made", "minutes": 1, "settings": {"width": 64}, "base": {}, "bits": 2.5}]
    (tmp_path / "work" / "trials.json").write_text(json.dumps(rows))
    again = translation.run(*places, Recipe(), only_export=True)
    assert again["recipe"] == record["recipe"]
    assert again["dev"] == record["dev"]
    assert again["trials"] == rows
    longer = translation.run(*places, Recipe(), resume=True, minutes=0.01)
    assert longer["recipe"]["width"] == recipe.width
    assert longer["stages"]["translation"]["step"] > 4
    with pytest.raises(FileNotFoundError, match="there is no checkpoint to export"):
        translation.run(SAMPLES, tmp_path / "no", tmp_path / "none", recipe, only_export=True)


def test_a_lost_checkpoint_is_made_anew_from_what_shipped(corpus, words, trainee, tmp_path):
    save_model(trainee.model, words, tmp_path)
    progress = {"step": 40, "seconds": 120.0, "curve": [], "done": True}
    record = {"epochs": 2, "targets_seen": 7, "stages": {"translation": progress}}
    (tmp_path / "training.json").write_text(json.dumps(record))
    recipe = replace(RECIPE, seed=2)
    lost, found = (
        Trainee(recipe, words, Epochs(corpus.train, words, recipe), "cpu") for _ in range(2)
    )
    restore(lost, words, tmp_path, tmp_path / "run.pt")
    state = torch.load(tmp_path / "run.pt", weights_only=False)
    assert state["progress"] == progress | {"done": False}
    found.load_state_dict(state["model"])
    assert (found.epochs.epoch, found.epochs.began, found.targets) == (3, 40, 7)
    assert found.restored == [2.0]
    assert "After 2 minutes" in told(found.restored)
    assert told([]) == ""
    averaged = found.average.copied(found.model)
    for name, value in trainee.model.named_parameters():
        for model in (found.model, averaged):  # float16 shipped
            torch.testing.assert_close(model.get_parameter(name), value, atol=1e-4, rtol=1e-3)
    others = learn_words(corpus.texts, RECIPE.vocabulary - 1)
    with pytest.raises(ValueError, match="not those learned from this data"):
        restore(lost, others, tmp_path, tmp_path / "run.pt")


def test_trials_are_scored_kept_and_not_run_twice(tmp_path, monkeypatch):
    base = replace(smoke_recipe(), steps=2)
    settings = [{"layers": 1}, {"optimizer": "sgd"}]
    monkeypatch.setitem(trials.TRIALS, "made", settings)
    rows = trials.run_trials("made", base, SAMPLES, tmp_path)
    assert [row["settings"] for row in rows] == settings
    assert rows[0]["bits"] > 1
    assert {"bleu", "chrf", "targets"} <= rows[0].keys()
    assert "use muon or adamw" in rows[1]["failed"]
    runs = []
    monkeypatch.setattr(trials, "_short_run", lambda recipe, _: runs.append(recipe) or {})
    trials.run_trials("made", base, SAMPLES, tmp_path)
    assert [recipe.optimizer for recipe in runs] == ["sgd"]  # what failed is tried again
    with pytest.raises(ValueError, match="there is no trial 'other'"):
        trials.run_trials("other", base, SAMPLES, tmp_path)


def test_every_trial_is_a_recipe():
    for settings in (row for rows in trials.TRIALS.values() for row in rows):
        recipe = replace(Recipe(), **settings)
        assert recipe.width % recipe.head_width == 0


# --- scores --------------------------------------------------------------------------------------

CATS = [
    Sentence("You like the small cats.", ("Tu aimes les petits chats.", "Vous aimez les chats.")),
    Sentence("Where are they?", ("Où sont-ils ?",)),
]


def test_any_right_answer_counts():
    assert scored(["Tu aimes les petits chats.", "Où sont-ils ?"], CATS)["bleu"] == 100
    assert scored(["Vous aimez les chats.", "Où sont-ils ?"], CATS) == {"bleu": 100, "chrf": 100}
    assert scored(["Je vois un bateau.", "Elle est là."], CATS)["bleu"] < 10
    assert signatures(CATS)["bleu"].startswith("nrefs:var|case:mixed|eff:no|tok:13a")


def test_what_goes_wrong_is_counted(corpus):
    assert lost_questions(["Tu aimes les chats.", "Ils sont là."], CATS) == [1]
    assert lost_questions(["Tu aimes les chats.", "Où ?"], CATS) == []
    assert repeating("le chat noir et le chat noir")
    assert not repeating("le chat noir et le chat blanc")
    some = replace(corpus, dev=(CATS[0], Sentence("The boat.", ("Le bateau.",))))
    found = by_hardness(["Tu aimes les petits chats.", "Non."], some, hard_parts(corpus.train))
    assert found["1 to 5 words"]["sentences"] == 2
    assert found["a word that training never had"] == {"sentences": 1, "bleu": 100, "chrf": 100}
    assert "questions" not in found
