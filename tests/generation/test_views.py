"""Generation: duel, why, lens and score as pictures, and the code that reproduces numbers."""

import re
from dataclasses import asdict, replace
from types import SimpleNamespace

import numpy as np
import pytest

from figures.generation.colours import COLOURS, colour_legend, token_paper
from figures.generation.duel import duel_figure, duel_table, repeated, settings_in_words
from figures.generation.lens import lens_figure, lens_table
from figures.generation.score import score_figure, score_table
from figures.generation.why import why_figure, why_table
from services.generation.beams import search
from services.generation.duel import Contestant, duel, line_up
from services.generation.generate import generate
from services.generation.scores import Scored, score
from services.generation.settings import Settings
from services.generation.why import Lens, Why, Without, lens, occlude
from tabs.kit.snippets import filled
from tests.fakes.tiny_gpt2 import LAYERS, tiny_gpt2

PROMPT = "The little hen said that"
HOSTILE = "</script><img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def gpt2(space):
    return tiny_gpt2(space)


@pytest.fixture(scope="module")
def folder(gpt2, tmp_path_factory):
    """The tiny model as files, as a clone of the repository holds the pocket one."""
    home = tmp_path_factory.mktemp("tiny-gpt2")
    gpt2.model.save_pretrained(home)
    gpt2.tokenizer.save_pretrained(home)
    return str(home)


def plain(html):
    """What is read of a figure."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def run(name, folder, **values):
    names = {}
    exec(compile(filled(name, folder=folder, **values), name, "exec"), names)
    return SimpleNamespace(**names)


# Code --------------------------------------------------------------------------------------------


SETTINGS = [
    Settings(max_new_tokens=25, seed=7),
    Settings(max_new_tokens=12, greedy=True, repetition_penalty=1.3, no_repeat_ngram_size=3),
    Settings(max_new_tokens=25, temperature=0.7, top_k=40, top_p=0.9, min_p=0.02, seed=3),
    Settings(max_new_tokens=12, temperature=0.0, top_k=5),
    Settings(max_new_tokens=25, typical_p=0.6, repetition_penalty=1.2, seed=2**32 - 1),
]


def options(settings):
    """The settings that the snippet of one text knows."""
    left_out = ("beams", "length_penalty", "early_stopping")
    return {name: value for name, value in asdict(settings).items() if name not in left_out}


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("prompt", [PROMPT, ""])
def test_the_code_of_a_text_writes_that_text(gpt2, folder, capsys, settings, prompt):
    made = run("generation/generation", folder, prompt=prompt, **options(settings))
    found = generate(gpt2, prompt, settings)
    assert (tuple(made.new_ids), made.text) == (found.ids, found.text)
    printed = capsys.readouterr().out
    assert printed.endswith(f"{prompt}{found.text}\n")
    lines = [line.split()[:2] for line in printed.splitlines()[: len(found.ids)]]
    np.testing.assert_allclose(
        [float(logprob) for logprob, _ in lines],
        [step.choice.logprob for step in found.steps],
        atol=1e-4,  # what is printed has four decimals
    )
    assert [int(rank) for _, rank in lines] == [step.choice.rank for step in found.steps]


def test_the_code_of_a_branch_says_what_was_chosen_first(gpt2, folder):
    settings = Settings(max_new_tokens=15, seed=4)
    first = generate(gpt2, PROMPT, settings)
    forced = [*first.ids[:6], (first.ids[6] + 1) % 300]
    made = run("generation/generation", folder, prompt=PROMPT, forced=forced, **options(settings))
    found = generate(gpt2, PROMPT, settings, forced=forced)
    assert tuple(made.new_ids) == found.ids
    assert made.new_ids[:7] == forced
    assert found.ids[7:] != first.ids[7:]


@pytest.fixture(scope="module")
def ending(space, tmp_path_factory):
    """A model whose end token is one that greedy search says soon, and its files."""
    model = tiny_gpt2(space)
    said = generate(model, PROMPT, Settings(max_new_tokens=20, greedy=True)).ids
    end = said[4]
    model.model.generation_config.eos_token_id = end
    home = tmp_path_factory.mktemp("ending-gpt2")
    model.model.save_pretrained(home)
    model.tokenizer.save_pretrained(home)
    return model, str(home)


def test_the_code_stops_at_the_end_token_as_the_page_does(ending):
    model, folder = ending
    settings = Settings(max_new_tokens=20, greedy=True)
    found = generate(model, PROMPT, settings)
    made = run("generation/generation", folder, prompt=PROMPT, **options(settings))
    assert found.stopped == "end"
    assert (tuple(made.new_ids), made.text) == (found.ids, found.text)


@pytest.mark.parametrize("text", ["The little hen.", "naïve 😀\n'\"\\"])
def test_the_code_of_scores_gives_them(gpt2, folder, text):
    made = run("generation/score", folder, text=text)
    found = score(gpt2, text)
    np.testing.assert_allclose(made.logprobs, found.logprobs, atol=1e-5)
    np.testing.assert_allclose(made.entropies, found.entropies, atol=1e-5)
    assert made.ranks == found.ranks.tolist()
    assert made.bits_per_character == pytest.approx(found.bits_per_character, abs=1e-5)
    assert made.perplexity == pytest.approx(found.perplexity, rel=1e-5)


@pytest.mark.parametrize("prompt", [PROMPT, "  two \n words ", ""])
def test_the_code_of_why_gives_occlusion_and_lens(gpt2, folder, prompt):
    said = list(generate(gpt2, prompt, Settings(max_new_tokens=5, seed=1)).ids)
    made = run("generation/why", folder, prompt=prompt, new_ids=said)
    why, seen = occlude(gpt2, prompt, said), lens(gpt2, prompt, said)
    assert made.whole == pytest.approx(why.logprob, abs=1e-5)
    np.testing.assert_allclose(made.changes, [one.change for one in why.words], atol=1e-5)
    np.testing.assert_allclose(made.chances, seen.chance, atol=1e-5)
    assert made.ranks == seen.rank.tolist()
    assert len(made.changes) == len(prompt.split())


@pytest.mark.parametrize("penalty", [1.0, 0.0, 2.0])
def test_the_code_of_beams_gives_their_scores(ending, penalty):
    model, folder = ending
    settings = Settings(max_new_tokens=12, beams=3, length_penalty=penalty)
    values = {"beams": 3, "max_new_tokens": 12, "length_penalty": penalty}
    made = run("generation/beams", folder, prompt=PROMPT, **values)
    found = search(model, PROMPT, settings).hypotheses
    assert [text for _, _, text in made.hypotheses] == [one.text for one in found]
    for (value, total, _), one in zip(made.hypotheses, found, strict=True):
        assert value == pytest.approx(one.score, abs=1e-5)
        assert total == pytest.approx(one.total, abs=1e-4)


def test_the_code_of_a_duel_gives_its_numbers(ending):
    model, folder = ending
    own = Settings(max_new_tokens=20, temperature=0.6, min_p=0.05, typical_p=0.9, seed=5)
    entries = line_up(own)
    values = {name: asdict(settings) for name, settings in entries.items()}
    made = run("generation/duel", folder, prompt=PROMPT, entries=values)
    for one in duel(model, PROMPT, entries):
        expected = (one.mean_logprob, one.repetition, *one.distinct)
        np.testing.assert_allclose(made.results[one.name], expected, atol=1e-5)


def test_the_code_of_a_duel_needs_only_what_is_not_off(gpt2, folder, capsys):
    given = {"beam": {"beams": 3}, "top-k": {"top_k": 50}, "own": {"temperature": 0.8}}
    plain = Settings(max_new_tokens=10, seed=2)
    entries = {name: replace(plain, **one) for name, one in given.items()}
    values = {"entries": given, "max_new_tokens": 10, "seed": 2}
    made = run("generation/duel", folder, prompt=PROMPT, **values)
    found = duel(gpt2, PROMPT, entries)
    assert list(made.results) == [one.name for one in found]
    printed = capsys.readouterr().out
    for one in found:
        assert made.results[one.name][0] == pytest.approx(one.mean_logprob, abs=1e-5)
        assert one.text in printed


# Duel --------------------------------------------------------------------------------------------


def contestant(name="greedy", ids=(1, 2, 3, 4), *, logprob=-1.0, **more):
    given = {
        "settings": Settings(greedy=True),
        "tokens": tuple(f" t{number}" for number in ids),
        "stopped": "length",
    } | more
    return Contestant(
        name=name,
        text="".join(given["tokens"]),
        ids=tuple(ids),
        logprobs=np.full(len(ids), logprob),
        ranks=np.ones(len(ids), dtype=int),
        **given,
    )


LOOP = contestant(ids=(1, 2, 3, 4, 1, 2, 3, 4), logprob=-0.25)
VARIED = contestant("top-k", range(10, 18), logprob=-3.5, settings=Settings(top_k=50, seed=3))


def test_tokens_of_a_gram_that_had_been_there_are_marked():
    assert repeated((1, 2, 3, 4, 1, 2, 3, 4)) == [False] * 4 + [True] * 4
    assert repeated((1, 2, 3, 4, 9, 1, 2, 3)) == [False] * 8
    assert repeated((7,) * 6) == [False] + [True] * 5
    assert repeated(()) == []
    drawn = duel_figure([LOOP, VARIED], title="Tiny")
    assert drawn.count("<mark>") == 1
    assert "t4<mark> t1 t2 t3 t4</mark>" in drawn


@pytest.mark.parametrize("seed", range(5))
def test_the_marks_and_the_repetition_rate_agree(gpt2, seed):
    made = duel(gpt2, PROMPT, {"own": Settings(max_new_tokens=40, temperature=0.3, seed=seed)})[0]
    assert any(repeated(made.ids)) == (made.repetition > 0)


def test_a_duel_is_read_in_a_sentence_that_names_no_winner():
    said = plain(duel_figure([VARIED, LOOP], title="Tiny"))
    assert "Here the more likely text repeats itself more." in said
    assert "The most likely text, Greedy, has −0.250 nats per token" in said
    assert (
        "repeats 20.0% of its 4-grams; the least likely, Top-k, has −3.50 and repeats 0%" in said
    )
    assert "No number here says which text is best" in said
    assert "Another seed gives other texts." in said
    assert "Other seeds" not in duel_figure([LOOP, replace(LOOP, name="beam")], title="Tiny")


def test_a_third_text_that_loops_most_is_named():
    beam = replace(VARIED, name="beam", logprobs=np.full(8, -0.1), ids=(1, 2, 3, 4, 5, 6, 7, 8))
    said = plain(duel_figure([LOOP, beam, VARIED], title="Tiny"))
    assert "Most repetitive is Greedy: 20.0%." in said
    assert "Most repetitive" not in duel_figure([LOOP, VARIED], title="Tiny")


def test_a_likely_text_that_is_varied_is_not_called_a_loop():
    likely = replace(VARIED, logprobs=np.full(8, -0.1))
    said = plain(duel_figure([likely, LOOP], title="Tiny"))
    assert "Here the more likely text repeats itself less." in said
    assert "repeats itself more." not in said


def test_every_measure_stands_on_one_scale_over_all_contestants():
    drawn = duel_figure([LOOP, VARIED], title="Tiny")
    panels = re.findall(r"<section><h4>(.*?)</h4>.*?</section>", drawn)
    assert panels == [
        "Mean log-probability", "Repetition rate", "Distinct-1", "Distinct-2", "Distinct-3",
    ]  # fmt: skip
    places = re.findall(r'left:([\d.]+)%"></i></span><b>([^<]+)</b>', drawn)
    assert places == [
        ("93.8", "−0.250"), ("12.5", "−3.50"),  # from −4 to 0
        ("20.0", "20.0%"), ("0.0", "0%"),
        ("50.0", "50.0%"), ("100.0", "100%"),
        ("57.1", "57.1%"), ("100.0", "100%"),
        ("66.7", "66.7%"), ("100.0", "100%"),
    ]  # fmt: skip
    assert "<span>−4</span><span>0</span>" in drawn


def test_what_cannot_be_counted_is_a_dash_and_no_number():
    nothing = contestant("own", (), stopped="end")
    short = contestant("top-p", (1, 2), stopped="end")
    said = plain(duel_figure([nothing, short], title="Tiny"))
    assert "no token: it ended at once" in said
    assert "at its end token, after 2 tokens" in said
    assert "There are no two texts of at least 4 tokens" in said
    row = re.findall(r"<tr>.*?</tr>", duel_table([nothing, short]))[1]
    assert re.findall(r"number>([^<]*)<", row) == ["0", "–", "–", "–", "–", "–"]


def test_equal_texts_are_called_equal():
    twin = replace(LOOP, name="beam")
    said = plain(duel_figure([LOOP, twin], title="Tiny"))
    assert "Token for token the text of Greedy." in said
    assert "Here all texts are the same." in said


def test_what_others_wrote_stays_text():
    bad = contestant(HOSTILE, tokens=(HOSTILE, "&", "<b>", "x"))
    for drawn in (duel_figure([bad, LOOP], title=HOSTILE), duel_table([bad])):
        assert "<img" not in drawn
        assert "&lt;img src=x onerror=alert(1)&gt;" in drawn
        assert "&lt;b&gt;" in drawn


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (Settings(), "drawn from all tokens, seed 0"),
        (Settings(greedy=True), "the most likely token each time"),
        (Settings(temperature=0), "temperature 0: the most likely token each time"),
        (Settings(beams=4), "the best of 4 beams, length penalty 1"),
        (Settings(temperature=0.8, top_p=0.9, seed=2),
         "drawn at temperature 0.8, from the fewest tokens that hold 90%, seed 2"),
        (Settings(top_k=1000, no_repeat_ngram_size=3, repetition_penalty=1.2),
         "drawn from the 1,000 most likely, seed 0; repetition penalty 1.2; no 3-gram twice"),
    ],
)  # fmt: skip
def test_settings_are_told_in_words(settings, said):
    assert settings_in_words(settings) == said


def test_the_table_of_a_duel_has_every_number(gpt2):
    found = duel(gpt2, PROMPT, line_up(Settings(max_new_tokens=12, temperature=0.5)))
    rows = re.findall(r"<tr>.*?</tr>", duel_table(found))[1:]
    assert len(rows) == 5
    cells = re.findall(r"number>([^<]*)<", rows[0])
    assert cells[0] == "12"
    assert float(cells[1].replace("−", "-")) == pytest.approx(found[0].mean_logprob, rel=0.01)
    assert float(cells[2].rstrip("%")) / 100 == pytest.approx(found[0].repetition, abs=0.005)
    shares = [float(cell.rstrip("%")) / 100 for cell in cells[3:]]
    assert shares == pytest.approx(found[0].distinct, abs=0.005)


# Why ---------------------------------------------------------------------------------------------


def why_of(prompt="Once upon a time", changes=(2.0, -0.5, 0.0, 0.25), label=" hen"):
    words = [
        Without(match[0], *match.span(), -1.0 - change, change)
        for match, change in zip(re.finditer(r"\S+", prompt), changes, strict=True)
    ]
    return Why(prompt, 5, label, -1.0, tuple(words))


def test_each_word_of_the_running_prompt_carries_its_change():
    drawn = why_figure(why_of(), title="Tiny")
    text = plain(drawn)
    assert "·hen" in text.replace(" ", "")
    assert "36.8%" in text
    assert "Once +2.00 upon −0.500 a 0 time +0.250" in text
    assert "a ≈ 0 time" in plain(why_figure(why_of(changes=(2, -1, 2e-4, 1)), title="Tiny"))
    assert "Without Once it falls to 4.98%: no word speaks more strongly for it" in text
    assert "Without upon it rises to 60.7%" in text
    papers = re.findall(r'why-word" style="background:(#\w+)', drawn)
    assert papers[0] == "#053061"  # the strongest word ends the scale
    assert papers[2] != papers[1] != papers[3]


def test_a_word_that_stands_twice_is_named_with_its_place():
    text = plain(why_figure(why_of("a hen a", (0.5, 0.2, 1.5)), title="Tiny"))
    assert "Without a (word 3) it falls" in text
    assert "rises" not in text


def test_little_effect_is_called_little():
    text = plain(why_figure(why_of("a b", (0.01, -0.02)), title="Tiny"))
    assert "No word changes it much: none by more than 0.0200 nats" in text
    assert "spoke" not in text


def test_an_empty_prompt_has_no_word_to_leave_out():
    text = plain(why_figure(why_of("", ()), title="Tiny"))
    assert "The prompt has no word that could be left out." in text
    assert "changes do not add up" not in text


def test_the_prompt_keeps_its_line_ends_and_stays_text():
    bad = why_of(f"one\n\n {HOSTILE} two", (1, 2, 3, 4, 5), label=HOSTILE)
    for drawn in (why_figure(bad, title=HOSTILE), why_table(bad)):
        assert "<img" not in drawn
        assert "&lt;img" in drawn
    assert "\n\n <span" in why_figure(bad, title="Tiny")


def test_the_table_of_why_has_each_word_without_it():
    rows = re.findall(r"<tr>.*?</tr>", why_table(why_of()))[1:]
    assert re.findall(r">([^<]+)<", rows[1]) == [
        "2", "upon", "5 to 9", "60.7%", "−0.500", "−0.500",
    ]  # fmt: skip


# Lens --------------------------------------------------------------------------------------------


def lens_of(ranks, **more):
    rows = len(ranks)
    given = {
        "id": 5,
        "label": " hen",
        "guesses": np.array([[5, 1] if rank == 1 else [1, 2] for rank in ranks]),
        "labels": tuple((" hen", "a") if rank == 1 else ("a", "\n") for rank in ranks),
        "chances": np.tile(np.array([0.5, 0.25]), (rows, 1)),
        "chance": np.array([0.5 if rank == 1 else 0.01 for rank in ranks]),
        "rank": np.array(ranks),
        "logits": np.zeros(6, dtype=np.float32),
    } | more
    return Lens(**given)


@pytest.mark.parametrize(
    ("ranks", "said"),
    [
        ((80, 7, 1, 1), "first leads at layer 1 and leads to the last."),
        ((80, 1, 2, 1), "first leads at layer 0, and not at every one after."),
        ((80, 1, 2, 3), "first leads at layer 0, but not at the last."),
        ((80, 7, 3, 1), "first leads at layer 2, the last."),
        ((1, 1, 1, 1), "first leads at the embedding and leads to the last."),
        ((1234, 7, 3, 2), "leads at no layer; its best rank is 2, at layer 2, the"),
    ],
)
def test_where_the_token_first_leads_is_said(ranks, said):
    assert said in plain(lens_figure(lens_of(ranks), title="Tiny"))


def test_the_lens_has_a_row_for_the_embedding_and_each_layer(gpt2):
    said = generate(gpt2, PROMPT, Settings(max_new_tokens=3, greedy=True)).ids
    found = lens(gpt2, PROMPT, said)
    drawn = lens_figure(found, title="Tiny")
    names = re.findall(r'lens-layer">([^<]+)<', drawn)
    assert names == ["Embedding", *(f"Layer {number}" for number in range(LAYERS - 1)),
                     f"Layer {LAYERS - 1}, the last"]  # fmt: skip
    assert drawn.count('class="lens-cell') == 5 * (LAYERS + 1)
    last = drawn.split("<li>")[-1]
    assert 'class="lens-cell own"' in last.split("</span>")[4] + last  # greedy: the first guess
    assert f"rank {found.rank[0]:,}<" in drawn
    for phrase in ("final LayerNorm", "nostalgebraist 2020", "approximation"):
        assert phrase in drawn


def test_only_the_chosen_token_is_framed_in_the_lens():
    drawn = lens_figure(lens_of((3, 1)), title="Tiny")
    first, second = drawn.split("<li>")[1:]
    assert "lens-cell own" not in first
    assert second.count("lens-cell own") == 1


def test_tokens_of_the_lens_stand_visibly_and_stay_text():
    bad = lens_of((9, 9), label=HOSTILE, labels=((HOSTILE, "\n"), (" a", "<b>")))
    for drawn in (lens_figure(bad, title=HOSTILE), lens_table(bad)):
        assert "<img" not in drawn
        assert "<b>a" not in drawn
        assert "↵" in drawn


def test_the_table_of_the_lens_has_probability_and_rank():
    rows = re.findall(r"<tr>.*?</tr>", lens_table(lens_of((1234, 1))))[1:]
    assert re.findall(r"number>([^<]*)<", rows[0]) == ["1.00%", "1,234"]
    assert re.findall(r"number>([^<]*)<", rows[1]) == ["50.0%", "1"]


# Score -------------------------------------------------------------------------------------------


def scored_of(tokens, chances, ranks=None, entropies=None, labels=None):
    text = "".join(tokens)
    return Scored(
        text=text,
        ids=tuple(range(len(tokens))),
        tokens=tuple(tokens),
        labels=tuple(labels or tokens),
        logprobs=np.log(np.array(chances)),
        ranks=np.array(ranks or [1] * len(tokens)),
        entropies=np.array(entropies or [0.5] * len(tokens)),
    )


FOX = scored_of(
    ["The", " old", " fox", " sang", "."],
    [0.5, 0.25, 0.125, 0.001, 0.5],
    [1, 7, 60, 2345, 1],
    [1.5, 2.5, 3.5, 4.5, 0.25],
)


@pytest.mark.parametrize("colour", COLOURS)
def test_the_text_is_coloured_as_the_legend_says(colour):
    drawn = score_figure(FOX, colour=colour, title="Tiny")
    papers = re.findall(r'data-told="[^"]*" style="background:(#\w+)', drawn)
    assert papers == [
        token_paper(colour, *numbers)
        for numbers in zip(FOX.logprobs, FOX.ranks.tolist(), FOX.entropies, strict=True)
    ]
    assert len(set(papers)) >= 3
    legend = colour_legend(colour, FOX.logprobs, FOX.ranks.tolist(), FOX.entropies)
    assert legend in drawn


def test_each_token_tells_its_numbers():
    drawn = score_figure(FOX, colour="rank", title="Tiny")
    told = re.findall(r'data-told="([^"]*)"', drawn)
    assert len(told) == 5
    assert told[3] == ("“ sang”: probability 0.100%, rank 2,345 (beyond 1,000), entropy 4.50 nats")
    assert 'tabindex="0"' in drawn


def test_bits_perplexity_and_rank_classes_are_told():
    text = plain(score_figure(FOX, colour="entropy", title="Tiny"))
    bits = (1 + 2 + 3 + np.log2(1000) + 1) / len("The old fox sang.")
    assert f"{bits:.3f} bits per character" in text
    assert f"perplexity {2 ** ((7 + np.log2(1000)) / 5):.1f}" in text
    assert "5 tokens, 17 characters" in text
    assert "1 to 10 60.0% 3 11 to 100 20.0% 1 101 to 1,000 0% 0 beyond 1,000 20.0% 1" in text


def test_the_most_surprising_tokens_are_named_with_what_stands_before():
    drawn = score_figure(FOX, colour="probability", title="Tiny")
    listed = plain(drawn).split("The most surprising tokens")[1]
    places = [listed.replace(" ", "").index(sign) for sign in ("·sang", "·fox", "·old")]
    assert places == sorted(places)
    assert "The old fox<" in drawn.replace("</bdi>", "")
    long = scored_of(["word " * 30, "end"], [0.9, 0.01])
    assert "… word word" in score_figure(long, colour="rank", title="Tiny")


def test_a_share_of_the_bits_is_told_where_tokens_are_left_out():
    chances = [0.5] * 15 + [0.5**9] * 5
    drawn = plain(score_figure(scored_of(["a"] * 20, chances), colour="rank", title="Tiny"))
    assert "These 5 of 20 tokens take 75.0% of all bits." in drawn
    alone = plain(score_figure(scored_of(["a"], [0.5]), colour="rank", title="Tiny"))
    assert "of all bits" not in alone
    assert "1 token, 1 character." in alone


def test_a_score_claims_no_authorship():
    text = plain(score_figure(FOX, colour="probability", title="Tiny"))
    assert "What a score does not prove" in text
    assert "does not detect machine text" in text
    assert "only between models with the same tokenizer" in text


def test_a_pasted_text_stays_text():
    bad = scored_of(["a", HOSTILE, ' "\'&', "\n", "", "é"], [0.5] * 6,
                    labels=["a", HOSTILE, ' "\'&', "\n", "0xC3", "é"])  # fmt: skip
    drawn = score_figure(bad, colour="probability", title=HOSTILE)
    for html in (drawn, score_table(bad)):
        assert "<img" not in html
        assert "&lt;img" in html
    assert ">C3<" in drawn
    assert "↵" in drawn


def test_the_text_of_a_model_is_the_text_that_is_drawn(gpt2):
    found = score(gpt2, 'Once upon a time,\n\nthe naïve 😀 hen  said "so".')
    drawn = score_figure(found, colour="probability", title="Tiny")
    shown = re.search(r'<p class="text ribbon"[^>]*>(.*?)</p>', drawn, re.DOTALL)[1]
    for part in ("Once", "hen", "said", "so"):
        assert part in re.sub(r"<[^>]+>", "", shown)
    assert shown.count("data-told") == len(found.ids)


def test_the_table_of_scores_has_a_row_for_each_token():
    rows = re.findall(r"<tr>.*?</tr>", score_table(FOX))[1:]
    assert re.findall(r"number>([^<]*)<", rows[3]) == [
        "3", "3", "0.100%", "−6.91", "2,345", "4.50",
    ]  # fmt: skip
    assert len(rows) == 5
