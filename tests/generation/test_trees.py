"""Pictures of branches and of beam search, and where their parts stand; asserted by their data."""

import json
import re
from dataclasses import replace
from math import exp, log

import pytest

from figures.generation.beams import beams_figure, beams_table, end_tokens
from figures.generation.branches import branches_figure, branches_table
from figures.generation.compare import comparison_table, times
from figures.generation.layout import alike, ancestors, lanes, rows
from figures.parts.style import minus
from models.tokens import pieces
from services.generation.beams import DROPPED, FINISHED, KEPT, Beams, Hypothesis, Node, search
from services.generation.branches import forced_ids, path_of
from services.generation.generate import generate
from services.generation.reading import Prompt
from services.generation.settings import Settings
from services.generation.tree import Path, Tree
from tests.fakes.tiny_gpt2 import tiny_gpt2

HOSTILE = "</script><img src=x onerror=alert(1)>"
LOG2 = log(0.5)


def plain(drawn):
    """The words of a figure, without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", drawn))


def picks(drawn):
    return [json.loads(found) for found in re.findall(r"data-pick='([^']*)'", drawn)]


def path(*ids, nats=LOG2):
    return Path(ids, (nats,) * len(ids))


def grown(*paths):
    tree = Tree()
    for one in paths:
        tree, _ = tree.add(one)
    return tree


def texts(tree):
    return [[f" w{token}" for token in tree.path(n).ids] for n in range(len(tree.branches))]


def drawn_branches(tree, *, branch=0, other=-1, prompt="Once", said=None):
    return branches_figure(
        tree, said or texts(tree), branch=branch, other=other, prompt=prompt, title="T"
    )


# Where branches stand ----------------------------------------------------------------------------


def test_a_branch_stands_below_its_parent_and_no_connection_crosses_another():
    tree = grown(
        path(1, 2, 3, 4, 5, 6),
        path(1, 9, 9, 9, 9, 9),  # 1 leaves 0 after 1
        path(1, 2, 3, 4, 8, 8),  # 2 leaves 0 after 4
        path(1, 9, 9, 7, 7, 7),  # 3 leaves 1 after 3
        path(1, 2, 3, 4, 7, 7),  # 4 leaves 0 after 4
        path(5, 5),  # 5 leaves 0 at its beginning
    )
    found = rows(tree)
    assert [row.number for row in found] == [0, 2, 4, 1, 3, 5]
    assert [row.up for row in found] == [0, 1, 2, 3, 1, 5]
    for place, row in enumerate(found):
        between = found[place - row.up + 1 : place]
        own = tree.branches[row.number].at
        assert all(tree.branches[one.number].at >= own for one in between)


# Branches ----------------------------------------------------------------------------------------


def test_one_branch_says_how_to_make_more():
    drawn = drawn_branches(grown(path(1, 2, 3)))
    assert "click a token and then an alternative" in plain(drawn)
    assert "3 tokens, −2.08 nats, −0.693 per token." in plain(drawn)
    assert "Compare" not in drawn
    assert "compared" not in drawn


def test_no_text_at_all_is_said():
    assert "There is no text yet." in drawn_branches(Tree(), said=[])


def test_a_branch_says_where_it_leaves_which_and_what_stood_there():
    tree = grown(path(1, 2, 3, 4), Path((1, 2, 7), (LOG2, LOG2, log(0.1))))
    said = plain(drawn_branches(tree))
    assert "Branch 1 leaves branch 0 after 2 tokens: ·w7 (10.0%) instead of ·w3 (50.0%)." in said
    assert "2 branches of one text" in said
    assert "The most likely one as a whole is branch 0, with −2.77 nats" in said


def test_the_shared_beginning_is_muted_and_what_is_left_out_of_it_is_counted():
    tree = grown(path(*range(1, 30)), path(*range(1, 21), 99, 98))
    drawn = drawn_branches(tree)
    shared = " ".join(f"w{token}" for token in range(9, 21))
    assert f'<span class="shared">[8 tokens more] … {shared}</span><mark> w99</mark> w98' in drawn
    assert '<span class="shared">w1' not in drawn
    whole = plain(branches_table(tree, texts(tree)))
    assert " ".join(f"w{token}" for token in [*range(1, 21), 99, 98]) in whole


def test_a_numbered_button_stands_in_the_text_where_another_branch_leaves():
    tree = grown(path(1, 2, 3), path(1, 7, 8), path(1, 7, 9))
    drawn = drawn_branches(tree)
    item = re.search(r"<b>Branch 0.*?</li>", drawn, re.DOTALL).group()
    assert re.search(r"w1<button [^>]*class=fork [^>]*>.*?>1</b></button> w2 w3", item)
    assert "Branch 2 leaves here" not in item
    assert drawn.count("class=fork") == 2


def test_a_branch_that_goes_on_where_its_parent_ends_is_drawn():
    tree = grown(path(1, 2), path(1, 2, 3))
    said = plain(drawn_branches(tree, branch=1, other=0))
    assert "after 2 tokens: ·w3 (50.0%) instead of its end." in said
    assert "Branch 1 continues where branch 0 ends" in said
    assert "Branch 1 is 2.00 times less likely under the model than branch 0" in said


def test_a_button_looks_at_a_branch_where_it_leaves_or_compares_it_from_the_fork():
    tree = grown(path(1, 2, 3, 4), path(1, 2, 7, 8), path(1, 2, 7, 9))
    drawn = drawn_branches(tree, branch=0, other=1)
    chosen = re.search(r'<ol class="map".*?</ol>', drawn, re.DOTALL).group()
    assert picks(chosen) == [
        [0, 1, 0],
        [1, 0, 2],  # who was compared is looked at; who was looked at is compared
        [2, 1, 3],
        [0, 2, 2],  # 0 stays; 2 is compared with it from their fork on
    ]
    assert plain(chosen).count("looked at") == plain(chosen).count("compared") == 1
    assert chosen.count("aria-pressed=true") == 1
    # A first comparison is with the branch that was looked at before.
    assert [1, 0, 2] in picks(drawn_branches(tree, branch=0, other=-1))


def test_lines_are_as_long_as_texts_and_hang_where_a_branch_leaves():
    tree = grown(path(1, 2, 3, 4), path(1, 7, 8))
    items = re.findall(r'<li class="[^"]*" style=.*?</li>', drawn_branches(tree, branch=1))
    assert 'class="line" style="left:0%;width:100%"' in items[0]
    assert 'class="line one" style="left:0%;width:25%"' in items[0]
    assert "--up:1;--at:25%" in items[1]
    assert 'class="line one" style="left:25%;width:50%"' in items[1]
    assert [item.count('class="up') for item in items] == [0, 1]


@pytest.mark.parametrize(("branch", "other"), [(99, 0), (0, 99), (-5, -5), (0, 0)])
def test_a_branch_that_is_not_there_does_no_harm(branch, other):
    drawn = drawn_branches(grown(path(1, 2), path(1, 3)), branch=branch, other=other)
    chosen = re.search(r'<ol class="map".*?</ol>', drawn, re.DOTALL).group()
    assert plain(chosen).count("looked at") == 1
    assert ("compared" in plain(drawn)) == (branch == 99)


def test_what_a_visitor_or_a_token_says_stays_text():
    tree = grown(path(1, 2), path(3, 4))
    said = [[HOSTILE, "a"], [f" {HOSTILE}", "b"]]
    drawn = drawn_branches(tree, branch=0, other=1, prompt=HOSTILE, said=said)
    drawn += branches_table(tree, said) + comparison_table(tree, said, branch=0, other=1)
    drawn += branches_figure(tree, said, branch=0, other=1, prompt="", title=HOSTILE)
    assert "<img" not in drawn
    assert "</script" not in drawn
    assert "&lt;img src" in drawn


def test_a_token_that_adds_nothing_says_why():
    tree = grown(path(1, 2, 3), path(1, 5, 6), path(1, 0))
    said = [[" a", " b", ""], [" a", "", "é"], [" a", ""]]
    found = plain(drawn_branches(tree, said=said))
    assert "part of a character (50.0%) instead of ·b" in found
    assert "end of text (50.0%) instead of ·b" in found


# Two branches ------------------------------------------------------------------------------------


def test_a_comparison_says_the_factor_the_means_and_what_length_does():
    tree = grown(
        Path((1, 2, 3), (log(0.9), log(0.5), log(0.5))), Path((1, 7), (log(0.9), log(0.1)))
    )
    said = plain(drawn_branches(tree, branch=1, other=0))
    assert "Branch 1 is 2.50 times less likely under the model than branch 0 (−0.916 nats)" in said
    assert "per token −2.30 against −0.693 nats" in said
    assert "the lengths differ, 1 and 2 tokens, and the total favours the shorter" in said
    assert "·w7 (10.0%) against ·w2 (50.0%)" in said
    assert "alone accounts for −1.61 nats of the difference, all that follows for +0.693" in said
    back = plain(drawn_branches(tree, branch=0, other=1))
    assert "Branch 0 is 2.50 times more likely under the model than branch 1 (+0.916" in back


def test_equal_lengths_and_equal_likelihoods_are_said():
    tree = grown(path(1, 2), path(1, 3))
    said = plain(drawn_branches(tree, branch=0, other=1))
    assert "about as likely under the model" in said
    assert "Both have 1 token after the fork" in said


@pytest.mark.parametrize(
    ("nats", "said"),
    [
        (log(3.4), "3.40"),
        (log(850_000), "850,000"),
        (35 * log(10), "1.00 × 10<sup>35</sup>"),
        (log(2.5) + 5000 * log(10), "2.50 × 10<sup>5000</sup>"),
    ],
)
def test_a_factor_of_any_size_can_be_read(nats, said):
    assert times(nats) == said


def test_a_comparison_token_by_token_ends_in_the_whole_change(space):
    gpt2 = tiny_gpt2(space, seed=1)
    settings = Settings(max_new_tokens=8, seed=5)
    first = generate(gpt2, "Once", settings)
    other = next(n for n in range(300) if n not in (0, first.ids[3]))
    forced = forced_ids(grown(path_of(first)), 0, 3, other)
    made = [first, generate(gpt2, "Once", settings, forced=forced)]
    tree = grown(*map(path_of, made))
    said = [pieces(gpt2.tokenizer, one.ids) for one in made]
    assert len(tree.branches) == 2
    table = plain(comparison_table(tree, said, branch=1, other=0).replace("</td>", " | "))
    change = sum(tree.path(1).logprobs) - sum(tree.path(0).logprobs)
    shown = re.findall(r"[+−][\d.,e]+", table)[-1]
    assert float(shown.replace("−", "-").replace(",", "")) == pytest.approx(change, rel=5e-3)
    drawn = branches_figure(tree, said, branch=1, other=0, prompt="Once", title="T")
    factor = re.search(r"Branch 1 is ([\d.,]+) times (more|less)", plain(drawn))
    signed = log(float(factor[1].replace(",", ""))) * (1 if factor[2] == "more" else -1)
    assert signed == pytest.approx(change, abs=5e-3)
    assert f"{minus(tree.path(1).total)} nats" in plain(drawn)


# Beam search -------------------------------------------------------------------------------------


def node(parent, step, token, fate, total, label=None):
    return Node(parent, step, token, label or f" w{token}", -1.0, total, total / (step + 1), fate)


@pytest.fixture
def small():
    """Two beams, three steps; the best text branches off late, another has ended."""
    nodes = (
        node(-1, 0, 1, KEPT, -1.0),
        node(-1, 0, 2, KEPT, -1.5),
        node(-1, 0, 3, DROPPED, -2.0),
        node(0, 1, 4, KEPT, -2.0),
        node(1, 1, 5, KEPT, -2.1),
        node(0, 1, 0, FINISHED, -2.2, "<end>"),
        node(1, 1, 6, DROPPED, -3.3, f" {HOSTILE}"),
        node(4, 2, 7, FINISHED, -2.4),
        node(4, 2, 8, FINISHED, -2.7),
        node(3, 2, 9, DROPPED, -4.44),
    )
    found = (
        Hypothesis(7, (2, 5, 7), " w2 w5 w7", -2.4, -0.8, "length"),
        Hypothesis(8, (2, 5, 8), f" w2 w5 {HOSTILE}", -2.7, -0.9, "length"),
    )
    settings = Settings(max_new_tokens=3, beams=2)
    return Beams(Prompt("Once upon", (1, 2), False), settings, nodes, found, 3)


def test_the_best_text_is_a_straight_line_and_no_two_nodes_stand_on_one_place(small):
    placed = lanes(small)
    assert placed.best == {1, 4, 7}
    assert {placed.lane[n] for n in placed.best} == {0}
    assert placed.count == 3  # the second step kept two and finished one
    assert placed.alive == {1, 4, 7, 8}
    assert placed.followed == {0, 1, 4}
    assert placed.lane[3] == placed.lane[0]  # goes on in its parent's lane


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("beams", [2, 8])
def test_lanes_hold_every_node_that_stayed_once(space, seed, beams):
    gpt2 = tiny_gpt2(space, seed=seed, sharp=0.3, end_bias=2.0)
    found = search(gpt2, "Once upon a time", Settings(max_new_tokens=12, beams=beams))
    placed = lanes(found)
    stayed = [n for n, one in enumerate(found.nodes) if one.fate != DROPPED]
    assert sorted(placed.lane) == stayed
    places = {(found.nodes[n].step, lane) for n, lane in placed.lane.items()}
    assert len(places) == len(stayed)
    assert max(placed.lane.values()) < placed.count
    assert {placed.lane[n] for n in placed.best} == {0}
    assert sorted(placed.best) == ancestors(found.nodes, found.best.node)


def test_a_step_shows_what_was_kept_and_what_was_dropped_with_its_score(small):
    drawn = beams_figure(small, title="T")
    step = re.findall(r"<li><b title=.*?</ul></li>", drawn, re.DOTALL)[1]
    kept, dropped = step.split('<ul class="dropped"')
    assert re.findall(r'class="cell (\w+(?: done)?)"', kept) == ["best", "dies", "dies done"]
    assert re.findall(r"<small>(.*?)</small>", kept) == ["−1.05", "−1.00", "−1.10"]
    assert plain(kept).count("×") == 2  # one was not gone on from, one ended and was outscored
    assert ">end<" in kept
    assert "−1.65" in dropped
    assert "<i>a</i>" in dropped  # it would have gone on from the best text's lane
    assert len(re.findall(r"<li><b title=", drawn)) == small.steps


def test_the_texts_are_ranked_with_score_total_and_length(small):
    said = plain(beams_figure(small, title="T"))
    assert "#1 Score −0.80000 (the best): −2.40 nats over 3 tokens" in said.replace("#1", "#1 ")
    assert said.index("−0.80000 (the best)") < said.rindex("Score −0.90000")
    assert "The best score: −2.4000 / 3 = −0.80000" in said
    assert "The 2 texts found begin with the same 2 tokens" in said
    assert "10 candidates considered: 3 dropped at once, 2 kept at first" in said
    assert "Holtzman et al. 2020" in said
    assert "Model: T. 2 beams." in said


def test_what_a_text_shares_with_the_best_is_muted_and_counted_where_it_is_long(small):
    start = "\n\n" + " ".join(f"word{place}" for place in range(40)) + " "
    ends = [
        replace(one, text=start + end) for one, end in zip(small.hypotheses, "ab", strict=True)
    ]
    drawn = beams_figure(replace(small, hypotheses=tuple(ends)), title="T")
    (muted,) = re.findall(
        r'<span class="shared">\[(\d+) characters as in #1\] … (.*?)</span>b<', drawn
    )
    assert start.endswith(muted[1])
    assert int(muted[0]) + len(muted[1]) == len(start)
    assert '<i class="ws">↵↵</i> word0 word1' in drawn  # the best is whole
    assert drawn.count("word0 ") == 1


def test_beams_escape_what_the_model_and_the_visitor_said(small):
    drawn = beams_figure(small, title=HOSTILE) + beams_table(small)
    assert "<img" not in drawn
    assert "</script" not in drawn
    assert "&lt;img" in drawn


def test_end_tokens_are_known_from_texts_that_ended(small):
    assert end_tokens(small) == {0}


def test_the_table_of_beams_has_every_candidate(small):
    table = beams_table(small)
    assert table.count("<tr>") == 1 + len(small.nodes)
    assert "finished, text 1" in table
    assert "finished, text 2" in table
    assert f"{100 * exp(-1):.1f}%" in table


@pytest.mark.parametrize("seed", range(6))
def test_what_greedy_search_would_have_taken_is_told_truly(space, seed):
    gpt2 = tiny_gpt2(space, seed=seed, sharp=0.3)
    settings = Settings(max_new_tokens=6, beams=3)
    found = search(gpt2, "Once upon a time", settings)
    greedy = generate(gpt2, "Once upon a time", Settings(max_new_tokens=6, greedy=True))
    ids = [one.ids for one in found.hypotheses]
    said = plain(beams_figure(found, title="T"))
    kept = alike([greedy.ids, max(ids, key=lambda one: alike([one, greedy.ids]))])
    if greedy.ids in ids:
        assert f"each time, is text {ids.index(greedy.ids) + 1}" in said
    else:
        step = int(re.search(r"each time, was dropped at step (\d+)", said)[1])
        assert step >= kept


def test_a_long_search_of_eight_beams_stays_one_page(space):
    gpt2 = tiny_gpt2(space, seed=2, sharp=0.3)
    found = search(gpt2, "Once", Settings(max_new_tokens=50, beams=8))
    drawn = beams_figure(found, title="T")
    assert len(re.findall(r"<li><b title=", drawn)) == found.steps
    assert len(drawn) / len(found.nodes) < 400  # bytes for each candidate
