"""What the browser is given to move the next-token chart: the spread, packed, and its columns."""

import base64
import json
import re
from html import unescape

import numpy as np
import pytest

from figures.generation.chart import chart_figure
from figures.generation.live import EXACT, STEP, full_bar
from services.generation.generate import generate
from services.generation.settings import Settings
from services.generation.spread import Spread, spread
from services.generation.steps import choose
from tests.fakes.tiny_gpt2 import VOCABULARY, tiny_gpt2
from tests.generation.test_figures import FIVE, plain, step_of

PROMPT = "Once upon a time,"


@pytest.fixture(scope="module")
def gpt2(space):
    return tiny_gpt2(space)


def live(one, settings, logs):
    return chart_figure(one, settings, place=0, branch=0, title="Tiny", spread=Spread(logs))


def unpacked(html):
    """The spread as assets/generation/nexts.js reads it."""
    exact, rest = (re.search(rf'data-{name}="(.*?)"', html)[1] for name in ("exact", "rest"))
    logs = np.frombuffer(base64.b64decode(exact), "<f4").tolist()
    level, start = 0, logs[-1]
    for below in base64.b64decode(rest):
        level += below
        if below < 255:
            logs.append(start - level * STEP)
    return np.array(logs)


def data_of(html):
    return json.loads(unescape(re.search(r'data-live="(.*?)"', html)[1]))


@pytest.mark.parametrize("size", [5, EXACT, EXACT + 1, 9000])
def test_the_browser_reads_every_token_and_no_error_adds_up(size):
    rng = np.random.default_rng(size)
    logs = np.sort(rng.normal(-9, 3, size)).astype(np.float32)[::-1]
    logs[-1] -= 40  # far below the one before: several bytes
    read = unpacked(live(step_of(FIVE, Settings()), Settings(), logs))
    assert len(read) == size
    assert np.abs(read - logs).max() <= STEP / 2 + 1e-6
    assert (read[:EXACT] == logs[:EXACT]).all()


def test_a_spread_is_the_models_own_distribution_likeliest_first(gpt2):
    made = generate(gpt2, PROMPT, Settings(max_new_tokens=3, seed=4))
    whole = spread(gpt2, PROMPT, made.ids[:2], 1.0, 0)
    raw = made.steps[2].choice.candidates.raw
    assert len(whole.logs) == VOCABULARY
    assert np.exp(whole.logs[: len(raw) - 1]) == pytest.approx(raw[:-1], abs=1e-5)
    assert np.exp(whole.logs).sum() == pytest.approx(1, abs=1e-5)


def test_penalties_act_before_and_what_an_ngram_forbids_is_left_out(gpt2):
    settings = Settings(max_new_tokens=6, repetition_penalty=1.5, no_repeat_ngram_size=1, seed=4)
    made = generate(gpt2, PROMPT, settings)
    whole = spread(gpt2, PROMPT, made.ids[:-1], 1.5, 1)
    forbidden = {*made.prompt.ids, *made.ids[:-1]}
    assert len(whole.logs) == VOCABULARY - len(forbidden)
    one = made.steps[-1]
    assert float(np.exp(whole.logs[0])) == pytest.approx(
        float(one.choice.candidates.after[-1].max()), abs=1e-5
    )
    html = live(one, settings, whole.logs)
    gone = re.findall(r'<td class="(?:out|gone)"', html)
    assert data_of(html)["places"].count(-1) == len(gone) / 4  # its column, and the three after


def test_the_three_sliders_always_have_a_column_and_the_rows_know_their_places():
    settings = Settings(top_p=0.75)
    one = step_of(FIVE, settings)
    html = live(one, settings, np.log(np.float32(FIVE)))
    heads = [plain(head) for head in re.findall(r"<th scope=\"col\".*?</th>", html)]
    assert [head[:12] for head in heads] == [
        "token",
        "rawall 5 tok",
        "temper\u00adature",
        "top-k off",
        "top-p 0.75re",
    ]
    assert data_of(html)["places"] == [0, 1, 2, 3, 4]
    assert data_of(html)["settings"]["top_p"] == 0.75
    cells = re.findall(r"<td.*?</td>", re.search(r"<tr><th scope=\"row\">.*?</tr>", html)[0])
    assert len(cells) == 4


def test_greedy_takes_the_likeliest_alone():
    settings = Settings(temperature=0)
    html = live(step_of(FIVE, settings), settings, np.log(np.float32(FIVE)))
    assert "takes the most likely" in html
    assert html.count(">100%<") == 3 + 1  # three columns, and what a full bar is
    assert html.count('class="gone"') == 3 * 4


@pytest.mark.parametrize(("highest", "full"), [(0.003, 0.01), (0.2, 0.2), (0.21, 0.3), (0.9, 1)])
def test_a_full_bar_stands_for_a_round_share(highest, full):
    assert full_bar(highest) == full


def test_what_follows_from_a_spread_is_what_a_step_of_the_text_has(gpt2):
    # A pass of its own, without the cache: the same to a hundred-thousandth.
    import torch

    whole = spread(gpt2, PROMPT, (), 1.0, 0)
    logits = torch.tensor(whole.logs)
    again = choose(logits, torch.tensor([0]), Settings(temperature=0.5), torch.Generator())
    other = generate(gpt2, PROMPT, Settings(max_new_tokens=1, temperature=0.5)).steps[0].choice
    assert again.candidates.after[0][:5] == pytest.approx(other.candidates.after[0][:5], abs=1e-5)
