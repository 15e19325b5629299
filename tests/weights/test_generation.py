"""Generation with the model that ships: endpoints, examples, code; and direct transformers."""

import copy
import json
import math
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from gradio_client.exceptions import AppError

from core.paths import ROOT
from figures.parts.prose import paragraph
from services.examples import read_example
from services.generation.beams import search
from services.generation.draws import draw_many
from services.generation.duel import duel
from services.generation.generate import generate
from services.generation.reading import ends_in_a_space
from services.generation.scores import score
from services.generation.settings import Settings
from services.generation.spread import Opening
from services.generation.why import lens, occlude
from services.records.record import read_record
from tabs.generation import TAB
from tabs.generation.choices import Choices, beams_of, sampling_of
from tabs.generation.draws import draws_of
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
    stored = read_example("generation", Opening).text
    again = made(gpt2, "Once upon a time")
    assert stored.ids == again.ids
    assert stored.text == again.text
    for one, other in zip(stored.steps, again.steps, strict=True):
        assert one.choice.logprob == pytest.approx(other.choice.logprob, abs=1e-4)
        assert one.choice.candidates.ids.tolist() == other.choice.candidates.ids.tolist()


@holds("generation", "Once upon a time", 1)
@holds("generation", "The same seed, hotter", 4)
def test_hotter_is_less_likely_and_stands_further_down_the_list(gpt2):
    titles = ("Once upon a time", "The same seed, hotter")
    cool, hot = (made(gpt2, title) for title in titles)
    for title in titles:
        assert f"{EXAMPLES[title]['inputs']['temperature']}" in EXAMPLES[title]["look_for"]
    assert hot.mean_logprob < cool.mean_logprob - 1
    far = [sum(step.choice.rank > 100 for step in text.steps) for text in (cool, hot)]
    assert far[0] == 0
    told = f"{far[1]} of {len(hot.steps)} have a rank beyond 100, against none before"
    assert told in EXAMPLES[titles[1]]["look_for"]


@holds("generation", "Greedy goes round in circles", 1)
def test_greedy_goes_round_in_circles(gpt2):
    chosen = choices("Greedy goes round in circles")
    own = sampling_of(gpt2.limits, chosen)
    greedy, drawn = duel(gpt2, chosen.prompt, {"greedy": own, "drawn": Settings(120, seed=1)})
    assert greedy.repetition > drawn.repetition + 0.2
    phrase, times = re.search(
        r"\*(.+?)\* comes (\d+) times", EXAMPLES["Greedy goes round in circles"]["look_for"]
    ).groups()
    assert greedy.text.lower().count(phrase) == int(times)


@holds("generation", "A narrow nucleus", 3)
@holds("generation", "A wide nucleus", 1)
def test_one_nucleus_is_narrow_and_the_other_wide(gpt2):
    chosen, line = choices("A narrow nucleus"), EXAMPLES["A narrow nucleus"]["look_for"]
    left, first = [], made(gpt2, "A narrow nucleus").steps[0]
    for title in ("A narrow nucleus", "A wide nucleus"):
        stages = made(gpt2, title).steps[0].choice.stages
        left.append(next(stage.left for stage in stages if stage.name == "top_p"))
    best = float(first.choice.candidates.raw.max())
    assert f"{best:.1%}, so top-p {chosen.top_p} leaves {left[0]}." in line
    assert f"{chosen.top_p:.0%}" in EXAMPLES["A narrow nucleus"]["asks"]
    assert f"{left[1]:,} tokens stay" in EXAMPLES["A wide nucleus"]["look_for"]


@holds("generation", "A space at the end", 2)
def test_a_space_at_the_end_takes_the_likeliest_word_away(desk, gpt2):
    chosen, line = choices("A space at the end"), EXAMPLES["A space at the end"]["look_for"]
    with_it = made(gpt2, "A space at the end").steps[0]
    bare = generate(gpt2, chosen.prompt.rstrip(), sampling_of(gpt2.limits, chosen)).steps[0]
    best = [float(step.choice.candidates.raw.max()) for step in (with_it, bare)]
    assert bare.label == " time"
    assert f"goes on with *{with_it.label}*, at {best[0]:.1%}" in line
    assert f"without the space *time* has {best[1]:.1%}." in line
    assert "time" not in with_it.alternatives
    said = paragraph("generation", "prompt_ends_in_a_space")
    assert said in TAB.draw(desk, chosen).picture
    assert said not in TAB.draw(desk, replace(chosen, prompt=chosen.prompt.rstrip())).picture
    # Seen with the views that go on from the prompt alone.
    assert said not in TAB.draw(desk, replace(chosen, view="score")).picture


@pytest.mark.parametrize(
    ("prompt", "alone"),
    [
        ("Once ", True),
        ("Once  ", True),
        ("Once\n", False),
        ("Once", False),
        (" ", True),
        ("", False),
    ],
)
def test_a_space_is_a_token_of_its_own_at_the_end_alone(gpt2, prompt, alone):
    assert ends_in_a_space(gpt2, prompt) == alone


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
    assert (
        f"says *{text.steps[0].text.strip()}* instead"
        in (EXAMPLES["The Little Red Hen"]["look_for"])
    )


@holds("generation", "Four beams", 2)
def test_the_last_beams_share_most_of_their_words(gpt2):
    chosen = choices("Four beams")
    found = search(gpt2, chosen.prompt, beams_of(gpt2.limits, chosen))
    ids = [one.ids for one in found.hypotheses[:4]]
    shared = [sum(a == b for a, b in zip(ids[0], other, strict=False)) for other in ids[1:]]
    assert min(shared) >= len(ids[0]) / 3
    assert all("three sons" in one.text for one in found.hypotheses)
    best, last = found.hypotheses[0].score, found.hypotheses[3].score
    told = f"The best scores {best:.3f}, the fourth {last:.3f}".replace("-", "−")
    assert told in EXAMPLES["Four beams"]["look_for"]


@holds("generation", "A duel", 1)
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
    order = sorted(found.values(), key=lambda one: one.mean_logprob)
    assert (order[-1].name, order[0].name) == ("beam", "top-p")
    assert order[0].repetition == 0
    told = f"{order[-1].repetition:.1%} of its four-token runs"
    assert told in EXAMPLES["A duel"]["look_for"]


@holds("generation", "Whose head?", 3)
def test_the_crown_speaks_for_the_head(gpt2):
    chosen = choices("Whose head?")
    text = generate(gpt2, chosen.prompt, sampling_of(gpt2.limits, chosen))
    why = occlude(gpt2, chosen.prompt, text.ids[:1])
    line = EXAMPLES["Whose head?"]["look_for"]
    without = {one.word.strip(): math.exp(one.logprob) for one in why.words}
    assert f"*{why.label.strip()}* has {math.exp(why.logprob):.1%}" in line
    assert f"without *upon* it falls to {without['upon']:.1%}" in line
    assert f"without *crown* only to {without['crown']:.1%}" in line
    assert without["his"] < 0.0005
    seen = lens(gpt2, chosen.prompt, text.ids[:1])
    assert "leads from the second layer on" in line
    assert seen.rank[:2].min() > 1
    assert set(seen.rank[2:].tolist()) == {1}


@holds("generation", "Five words, to be scored", 1)
@holds("generation", "The same words in reverse", 3)
def test_reversed_words_need_more_bits(gpt2):
    titles = ("Five words, to be scored", "The same words in reverse")
    forward, back = (score(gpt2, EXAMPLES[title]["inputs"]["text"]) for title in titles)
    first, second = (f"{one.bits_per_character:.2f}" for one in (forward, back))
    assert f"needs {first} bits per character" in EXAMPLES[titles[0]]["look_for"]
    told = f"need {second} bits per character instead of {first}"
    assert told in EXAMPLES[titles[1]]["look_for"]
    longest = gpt2.model.config.n_positions
    assert f"up to {longest} tokens can be pasted" in EXAMPLES[titles[1]]["look_for"]


@holds("generation", "200 draws", 6)
def test_two_hundred_draws(gpt2):
    chosen, line = choices("200 draws"), EXAMPLES["200 draws"]["look_for"]
    settings = sampling_of(gpt2.limits, chosen)
    few, many = (draw_many(gpt2, chosen.prompt, settings, times) for times in (chosen.draws, 3200))
    chance = float(few.chances[0])
    assert (
        f"has {chance:.1%} and gets {few.counts[0] / few.times:.1%} of {few.times} draws" in line
    )
    assert f"where {100 * few.spread(chance):.1f} points are usual" in line
    assert f"Of {many.times:,} draws it gets {many.counts[0] / many.times:.1%}" in line


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
    "view", ["write", "draws", "branches", "why", "duel", "beams", "score", "training"]
)
def test_every_view_leaves_as_csv_and_json(desk, view):
    sheet, text = TAB.files(desk, choices(view=view, max_new_tokens=8))
    content = json.loads(text)
    assert content["model"] == "pocket-gpt2"
    assert content["inputs"]["view"] == view
    assert len(sheet.splitlines()) >= 2


def test_the_code_draws_what_is_on_screen(desk):
    asked = TAB.asked(desk, choices("200 draws"))
    found, lines = draws_of(asked), printed(TAB.snippet(asked)).splitlines()
    for line, chance, count in zip(lines, found.chances[:5], found.counts[:5], strict=False):
        assert line.startswith(f"{chance:.4f} {count / found.times:.4f} ")


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


# Headlines ---------------------------------------------------------------------------------------


def headline(desk, chosen):
    return TAB.draw(desk, chosen, text_of(TAB.asked(desk, chosen))).headline


def test_the_headline_of_a_text_is_its_mean_probability(desk, gpt2):
    text = made(gpt2)
    mean = math.exp(text.mean_logprob)
    said = f"{len(text.steps)} tokens, seed 1, mean probability <b>{mean:.1%}</b>"
    assert headline(desk, choices()) == said


def test_the_headline_of_branches_is_how_far_they_are_apart(desk):
    first = whole(desk, choices()).texts[0]
    assert headline(desk, choices(view="branches")) == (
        f"<b>1</b> branch, {sum(s.choice.logprob for s in first.steps):.2f} nats".replace("-", "−")
    )
    own = first.steps[4].choice
    other = next(int(one) for one in own.candidates.ids if int(one) != first.ids[4])
    chosen = choices(view="branches", branches=f"0.4.{other}", branch=1, other=0)
    change = whole(desk, chosen).tree.compare(0, 1).change
    said = f"{change:+.2f}".replace("-", "−")
    assert headline(desk, chosen) == f"Branch 1 against 0: <b>{said}</b> nats"
    alone = headline(desk, choices(view="branches", branches=chosen.branches, branch=0, other=0))
    assert alone == f"<b>2</b> branches, most likely: <b>{int(change > 0)}</b>"


def test_the_headline_of_why_is_the_word_that_moves_the_token_most(desk, gpt2):
    chosen = choices("Whose head?")
    text = generate(gpt2, chosen.prompt, sampling_of(gpt2.limits, chosen))
    why = occlude(gpt2, chosen.prompt, text.ids[:1])
    said = headline(desk, chosen)
    assert f"<b>{math.exp(why.logprob):.1%}</b>, without <i>his</i> ≈ 0%" in said


def test_the_headline_of_a_duel_is_who_repeats_how_much(desk, gpt2):
    chosen = choices("A duel")
    found = {one.name: one for one in duel(gpt2, chosen.prompt, entries(gpt2.limits, chosen))}
    said = f"Repetition: Beam search <b>{found['beam'].repetition:.1%}</b>, Top-p 0%"
    assert headline(desk, chosen) == said


def test_the_headline_of_beams_is_the_best_score(desk, gpt2):
    chosen = choices("Four beams")
    best = search(gpt2, chosen.prompt, beams_of(gpt2.limits, chosen)).best
    said = f"Best of 4 beams: score <b>{best.score:.2f}</b>".replace("-", "−")
    assert headline(desk, chosen) == said


def test_the_headline_of_a_score_is_its_bits(desk, gpt2):
    bits = score(gpt2, choices().text).bits_per_character
    assert headline(desk, choices(view="score")) == f"<b>{bits:.2f}</b> bits per character"
