"""The badge: where every model stands, how far a download is, and a way to try again."""

import html
import re

import gradio as gr
import pytest

from core.errors import ModelError, NotReadyError, UserError
from page.header import entry_html, moving, note_of, summary
from tabs.kit.notes import note_html, shows_user_errors

COUNTS = {"bytes_done": 0, "bytes_total": 0, "seconds_left": None, "parameters": 124_439_808}
STILL = {"reason": "", "absent": False, **COUNTS}
POCKET = {"name": "pocket-bert", "title": "BERT", "tier": "pocket", "state": "ready", **STILL}
FAR = {"name": "gpt2", "title": "GPT-2 <small>", "tier": "hub", "state": "cold", **STILL}
COMING = FAR | {
    "state": "loading",
    "bytes_done": 120_400_000,
    "bytes_total": 548_100_000,
    "seconds_left": 41,
}
FAILED = FAR | {"state": "unavailable", "reason": "the Hub has a fault (500) & more"}
ABSENT = FAR | {"state": "unavailable", "reason": "it is on the Hub", "absent": True}


def test_a_download_is_a_bar_in_bytes_with_the_time_left():
    shown = entry_html(COMING)
    assert "GPT-2 &lt;small&gt;: " in shown
    assert '<span class="far">120 MB of 548 MB, about 41 s left</span>' in shown
    assert '<progress value="120400000" max="548100000">' in shown
    assert summary([POCKET, COMING]) == ("loading", "GPT-2 <small>: 22% fetched")


def test_what_failed_says_why_and_has_a_button():
    shown = entry_html(FAILED)
    assert "not available: the Hub has a fault (500) &amp; more" in shown
    assert re.search(r'<button [^>]*data-retry="gpt2" [^>]*>Retry</button>', shown)
    assert summary([POCKET, FAILED]) == ("unavailable", "GPT-2 <small> is not available")


def test_what_was_never_asked_for_is_no_failure():
    assert "button" not in entry_html(ABSENT)
    assert summary([POCKET, POCKET, ABSENT, FAR]) == ("ready", "2 models ready")


def test_how_large_a_model_is_stands_there_before_it_is_fetched():
    assert "not loaded yet, about 498 MB" in entry_html(FAR)
    assert "not on this machine, about 498 MB" in entry_html(ABSENT)
    assert "about" not in entry_html(POCKET | {"state": "cold"})


def test_models_of_the_hub_count_once_they_are_here():
    assert summary([POCKET, FAR | {"state": "ready"}]) == ("ready", "2 models ready")


@pytest.mark.parametrize(
    ("entries", "moves"),
    [
        ([POCKET, FAR], False),
        ([POCKET, FAILED, ABSENT], False),
        ([POCKET, COMING], True),
        ([POCKET | {"state": "cold"}, FAR], True),
        ([POCKET, FAR | {"state": "loading"}], True),
    ],
)
def test_the_page_asks_again_only_while_something_moves(entries, moves):
    assert moving(entries) == moves


def test_whoever_is_told_to_wait_wakes_the_badge_and_names_the_model():
    told = {"name": "gpt2", "title": "GPT-2 <small>"}
    waits = note_html(NotReadyError("GPT-2 <small> is on its way (1 of 2 MB).", **told))
    assert ' data-waits="gpt2"' in waits
    assert "GPT-2 &lt;small&gt; is on its way. The other models" in waits
    failed = note_html(ModelError("GPT-2 is not available: no & never", **told))
    assert ' data-waits="gpt2"' in failed  # it may come all the same, after Retry
    assert "GPT-2 is not available: no &amp; never" in failed
    assert "data-waits" not in note_html(UserError("The text is empty."))
    assert note_html("") == ""


def test_an_error_that_nobody_foresaw_is_one_sentence_and_the_log_has_all_of_it(caplog):
    note = gr.HTML()
    handler = shows_user_errors(note)(lambda text: {}[text])
    told = handler("secret words")[note]
    assert "(KeyError): an error of this page, not of yours" in told
    assert "secret" not in told
    assert "secret words" in caplog.text


def test_two_notes_on_one_model_are_never_the_same_text():
    """Gradio draws nothing where the text is the same, and the first was changed in the page."""
    error = NotReadyError("It is on its way.", name="gpt2", title="GPT-2")
    assert note_html(error) != note_html(error)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (COMING, "GPT-2 <small> is on its way. The other models work meanwhile, and this tab go"),
        (FAILED, "GPT-2 <small> is not available: the Hub has a fault (500) & more. Retry in the"),
        (ABSENT, "GPT-2 <small> is not available: it is on the Hub."),
        (FAR, ""),
        (POCKET, ""),
    ],
    ids=["coming", "failed", "absent", "cold", "ready"],
)
def test_the_badge_carries_what_a_note_is_to_say_of_each_model(entry, said):
    assert note_of(entry).startswith(said)
    assert bool(note_of(entry)) == bool(said)
    shown = entry_html(entry)
    assert f'data-model="{entry["name"]}" data-state="{entry["state"]}"' in shown
    assert f'data-says="{html.escape(note_of(entry))}"' in shown
