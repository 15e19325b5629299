"""Generation with the model that ships: endpoints, examples, code; and direct transformers."""

import copy
import json
import math
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from gradio_client.exceptions import AppError

from core.paths import ROOT
from services.examples import read_example
from services.generation.beams import search
from services.generation.duel import duel
from services.generation.generate import Generation, generate
from services.generation.scores import score
from services.generation.settings import Settings
from services.generation.why import lens, occlude
from services.records.record import read_record
from tabs.generation import TAB
from tabs.generation.choices import Choices, beams_of, sampling_of
from tabs.generation.duel import entries
from tabs.generation.writing import text_of
from tabs.kit.examples import read_examples
from tests.generation.test_writing import PLAIN
from tests.weights.held import holds

EXAMPLES = {example["title"]: example for example in read_examples("generation")}
START = next(iter(EXAMPLES.values()))["inputs"]
ONCE = "Once upon a time,"


@pytest.fixture(scope="module")
def gpt2(checkpoints):
    return checkpoints.load(checkpoints.default("generation"))


def choices(title=None, **changed):
    plain = {name: getattr(Settings(), name) for name in Settings.__dataclass_fields__}
    start = {name: plain[name] for name in Choices.__dataclass_fields__ if name in plain}
    named = EXAMPLES[title]["inputs"] if title else {}
    return Choices(**(start | PLAIN | {"model": "pocket-gpt2"} | START | named | changed))


def made(gpt2, title=None):
    chosen = choices(title)
    return generate(gpt2, chosen.prompt, sampling_of(gpt2.limits, chosen))


# The reference -----------------------------------------------------------------------------------


def test_greedy_is_that_of_the_library(gpt2):
    import torch

    ids = torch.tensor([gpt2.tokenizer(ONCE)["input_ids"]])
    library = gpt2.model.generate(ids, max_new_tokens=60, do_sample=False)
    ours = generate(gpt2, ONCE, Settings(max_new_tokens=60, greedy=True))
    assert list(ours.ids) == library[0, ids.shape[1] :].tolist()


def test_beams_are_those_of_the_library(gpt2):
    import torch

    ids = torch.tensor([gpt2.tokenizer(ONCE)["input_ids"]])
    library = gpt2.model.generate(
        ids, max_new_tokens=24, num_beams=4, do_sample=False, return_dict_in_generate=True,
        output_scores=True,
    )  # fmt: skip
    ours = search(gpt2, ONCE, Settings(max_new_tokens=24, beams=4))
    assert list(ours.best.ids) == library.sequences[0, ids.shape[1] :].tolist()
    assert ours.best.score == pytest.approx(float(library.sequences_scores[0]), abs=1e-5)


def test_every_number_of_a_step_is_that_of_one_pass_over_the_text(gpt2):
    import torch

    text = generate(gpt2, ONCE, Settings(max_new_tokens=40, temperature=0.8, top_p=0.9, seed=4))
    every = torch.tensor([[*text.prompt.ids, *text.ids]])
    exact = copy.deepcopy(gpt2.model).double()  # in float32 one pass is itself 8e-6 off
    with torch.inference_mode():
        logs = exact(every).logits[0].log_softmax(-1)[len(text.prompt.ids) - 1 : -1]
    for step, row in zip(text.steps, logs, strict=True):
        choice = step.choice
        assert choice.logprob == pytest.approx(float(row[choice.id]), abs=1e-5)
        assert choice.entropy == pytest.approx(-float((row * row.exp()).sum()), abs=1e-5)
        raw = row.exp()[torch.as_tensor(choice.candidates.ids)]
        np.testing.assert_allclose(choice.candidates.raw, raw.numpy(), atol=1e-5)


# Endpoints ---------------------------------------------------------------------------------------


def test_generate_over_http_gives_what_the_service_gives(client, gpt2):
    said = client.predict(ONCE, temperature=0.8, seed=7, api_name="/generate")
    direct = generate(gpt2, ONCE, Settings(temperature=0.8, seed=7))
    assert said["text"] == direct.text
    assert said["model"] == "pocket-gpt2"
    assert said["seed"] == 7
    assert said["stopped"] == direct.stopped
    assert [token["id"] for token in said["tokens"]] == list(direct.ids)
    for token, step in zip(said["tokens"], direct.steps, strict=True):
        assert token["logprob"] == pytest.approx(step.choice.logprob, abs=1e-5)
        assert token["rank"] == step.choice.rank


def test_the_same_request_gives_the_same_text_among_many_visitors(client):
    def ask(seed):
        return client.predict(ONCE, max_new_tokens=20, seed=seed, api_name="/generate")

    alone = ask(3)
    with ThreadPoolExecutor(8) as pool:
        among = list(pool.map(ask, [3, *range(10, 25), 3]))
    assert among[0] == among[-1] == alone
    assert len({answer["text"] for answer in among}) > 8


def test_score_over_http_gives_what_the_service_gives(client, gpt2):
    said = client.predict("The dog chased the cat.", api_name="/score")
    direct = score(gpt2, "The dog chased the cat.")
    assert said["bits_per_character"] == pytest.approx(direct.bits_per_character, abs=1e-5)
    assert [token["id"] for token in said["tokens"]] == list(direct.ids)
    assert "".join(token["text"] for token in said["tokens"]) == direct.text
    total = sum(token["logprob"] for token in said["tokens"])
    assert -total / math.log(2) / 23 == pytest.approx(said["bits_per_character"], abs=1e-6)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"prompt": "a" * 100_000}, "100,000 characters; at most 20,000"),
        ({"prompt": "word " * 300}, "this model reads at most 256"),
        ({"temperature": "nan"}, "temperature must be a number"),
        ({"temperature": 1e300}, "temperature must be a number from 0.01 to 100"),
        ({"top_p": 0}, "top-p must be a number above 0 and at most 1"),
        ({"seed": -1}, "seed must be a whole number from 0"),
        ({"max_new_tokens": 10**9}, "new tokens must be a whole number from 1 to 200"),
        ({"top_k": 2.5}, "top-k must be a whole number"),
        ({"model": "gpt-5"}, "There is no model 'gpt-5'"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_does_not_fit_is_refused_over_http(client, given, sentence):
    with pytest.raises((AppError, ValueError), match=sentence):
        client.predict(**({"prompt": ONCE} | given), api_name="/generate")


def test_an_empty_prompt_is_gone_on_from_over_http(client):
    assert client.predict("", max_new_tokens=5, api_name="/generate")["tokens"]


# Examples ----------------------------------------------------------------------------------------


def test_the_page_opens_on_what_the_service_gives(gpt2):
    stored = read_example("generation", Generation)
    again = made(gpt2, "Once upon a time")
    assert stored.ids == again.ids
    assert stored.text == again.text
    for one, other in zip(stored.steps, again.steps, strict=True):
        assert one.choice.logprob == pytest.approx(other.choice.logprob, abs=1e-4)
        assert one.choice.candidates.ids.tolist() == other.choice.candidates.ids.tolist()


@holds("generation", "Once upon a time", 1)
@holds("generation", "The same seed, hotter", 1)
def test_hotter_is_less_likely_and_stands_further_down_the_list(gpt2):
    titles = ("Once upon a time", "The same seed, hotter")
    cool, hot = (made(gpt2, title) for title in titles)
    for title in titles:
        assert f"{EXAMPLES[title]['inputs']['temperature']}" in EXAMPLES[title]["look_for"]
    assert hot.mean_logprob < cool.mean_logprob - 1
    far = [sum(step.choice.rank > 100 for step in text.steps) for text in (cool, hot)]
    assert far[1] > 2 * far[0] + 4


def test_greedy_goes_round_in_circles(gpt2):
    chosen = choices("Greedy goes round in circles")
    own = sampling_of(gpt2.limits, chosen)
    greedy, drawn = duel(gpt2, chosen.prompt, {"greedy": own, "drawn": Settings(120, seed=1)})
    assert greedy.repetition > drawn.repetition + 0.2


@holds("generation", "A narrow nucleus", 2)
def test_one_nucleus_is_narrow_and_the_other_wide(gpt2):
    chosen, line = choices("A narrow nucleus"), EXAMPLES["A narrow nucleus"]["look_for"]
    assert f"Top-p {chosen.top_p} keeps the fewest tokens that hold {chosen.top_p:.0%}" in line
    left = []
    for title in ("A narrow nucleus", "A wide nucleus"):
        stages = made(gpt2, title).steps[0].choice.stages
        left.append(next(stage.left for stage in stages if stage.name == "top_p"))
    assert left[0] <= 5
    assert left[1] > 20 * left[0]


@holds("generation", "The Little Red Hen", 1)
def test_a_rightful_second_mention_is_forbidden(gpt2):
    text = made(gpt2, "The Little Red Hen")
    size = choices("The Little Red Hen").no_repeat_ngram_size
    assert f"no-repeat {size} forbids" in EXAMPLES["The Little Red Hen"]["look_for"]
    first = text.steps[0].choice
    stage = first.stages[0]
    assert stage.name == "no_repeat_ngram_size"
    assert stage.removed >= 1
    hen = gpt2.tokenizer(" Hen")["input_ids"][0]
    place = first.candidates.ids.tolist().index(hen)
    assert first.candidates.removed_by[place] == 0
    assert first.id != hen


def test_the_last_beams_share_most_of_their_words(gpt2):
    chosen = choices("Four beams")
    found = search(gpt2, chosen.prompt, beams_of(gpt2.limits, chosen))
    ids = [one.ids for one in found.hypotheses[:4]]
    shared = [sum(a == b for a, b in zip(ids[0], other, strict=False)) for other in ids[1:]]
    assert min(shared) >= len(ids[0]) / 3


def test_in_the_duel_the_likelier_texts_repeat_themselves(gpt2):
    chosen = choices("A duel")
    found = {one.name: one for one in duel(gpt2, chosen.prompt, entries(gpt2.limits, chosen))}
    searched, drawn = ("greedy", "beam"), ("top-k", "top-p")
    assert min(found[name].mean_logprob for name in searched) > max(
        found[name].mean_logprob for name in drawn
    )
    assert max(found[name].repetition for name in searched) > max(
        found[name].repetition for name in drawn
    )


def test_the_crown_speaks_for_the_head(gpt2):
    chosen = choices("Whose head?")
    text = generate(gpt2, chosen.prompt, sampling_of(gpt2.limits, chosen))
    why = occlude(gpt2, chosen.prompt, text.ids[:1])
    changes = {one.word.strip(): one.change for one in why.words}
    assert changes["crown"] > 0
    seen = lens(gpt2, chosen.prompt, text.ids[:1])
    assert int(seen.rank[-1]) == 1
    assert int(seen.rank[0]) > 1


@holds("generation", "The same words in reverse", 1)
def test_reversed_words_need_more_bits(gpt2):
    titles = ("Five words, to be scored", "The same words in reverse")
    forward, back = (score(gpt2, EXAMPLES[title]["inputs"]["text"]) for title in titles)
    assert back.bits_per_character > 1.4 * forward.bits_per_character
    longest = gpt2.model.config.n_positions
    assert f"up to {longest} tokens can be pasted" in EXAMPLES[titles[1]]["look_for"]


# Code and exports --------------------------------------------------------------------------------


def printed(code):
    """What a snippet prints, run by itself from the root of the repository."""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def whole(desk, chosen):
    return text_of(TAB.asked(desk, chosen))


def test_the_code_gives_the_text_on_screen_and_that_of_a_branch(desk):
    first = whole(desk, choices())
    code = TAB.snippet(TAB.asked(desk, choices(), first))
    assert first.texts[0].text.strip() in printed(code)
    other = int(first.texts[0].steps[4].choice.candidates.ids[3])
    if other == first.texts[0].ids[4]:
        other = int(first.texts[0].steps[4].choice.candidates.ids[2])
    chosen = choices(branches=f"0.4.{other}", branch=1)
    grown = whole(desk, chosen)
    assert grown.texts[1].text.strip() in printed(TAB.snippet(TAB.asked(desk, chosen, grown)))


@pytest.mark.parametrize(
    "view", ["write", "branches", "why", "duel", "beams", "score", "training"]
)
def test_every_view_leaves_as_csv_and_json(desk, view):
    sheet, text = TAB.files(desk, choices(view=view, max_new_tokens=8))
    content = json.loads(text)
    assert content["model"] == "pocket-gpt2"
    assert content["inputs"]["view"] == view
    assert len(sheet.splitlines()) >= 2


def test_the_exported_steps_are_those_of_the_service(desk, gpt2):
    _, text = TAB.files(desk, choices())
    content, direct = json.loads(text), made(gpt2)
    assert content["text"] == direct.text
    for told, step in zip(content["steps"], direct.steps, strict=True):
        assert told["choice"]["logprob"] == step.choice.logprob
        assert told["choice"]["rank"] == step.choice.rank


# What shipped ------------------------------------------------------------------------------------


def test_the_record_is_that_of_the_weights(gpt2):
    record = read_record(gpt2.checkpoint)
    content = record.run.content
    assert content["parameters"] == gpt2.model.num_parameters() == gpt2.checkpoint.parameters
    config = gpt2.model.config
    assert (config.n_layer, config.n_head) == (gpt2.checkpoint.layers, gpt2.checkpoint.heads)
    card = (ROOT / gpt2.checkpoint.path / "README.md").read_text(encoding="utf-8")
    assert "bits per character" in card
