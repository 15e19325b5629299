"""What of a picture is there at once says what all of it says, and gives way to it."""

import uuid
from dataclasses import replace

import pytest

from core.errors import UserError
from models.serving import Desk
from tests.kit.as_the_page import run_outputs
from tests.kit.stages import EVIL, HOSTILE, chosen, stages_of, texts_of
from tests.kit.test_tabs import VIEWS, in_view, with_text

EARLY = {name: both for name, both in VIEWS.items() if both[1].early}


@pytest.mark.parametrize("name", EARLY)
def test_what_is_early_says_what_the_whole_says_and_does_not_come_again(checkpoints, name):
    desk = Desk(checkpoints)
    tab, view = EARLY[name]
    choices, kept = chosen(stages_of(desk)[tab.stem], **in_view(tab, view))
    asked = tab.asked(desk, choices, kept)
    early, whole = tab.early(asked), tab.drawn(asked)
    assert early.headline == whole.headline
    assert early.picture != whole.picture
    assert tab.early(asked) is None  # all of it is kept, and comes as soon


def test_what_is_said_of_a_text_is_found_out_once_for_all_pictures_that_come(desk, monkeypatch):
    from tabs.kit import tab as module

    tab, view = VIEWS["translation-translate"]
    choices, kept = chosen(stages_of(desk)["translation"], **in_view(tab, view))
    choices = replace(choices, text="The hen </s> sleeps in the old house.")
    calls, note = [], module.signs_note
    monkeypatch.setattr(module, "signs_note", lambda *args: calls.append(1) or note(*args))
    pictures = [drawn.picture for drawn in tab.coming(tab.asked(desk, choices, kept))]
    assert len(pictures) > 5
    assert all("<code>&lt;/s&gt;</code>" in picture for picture in pictures)
    assert len(calls) == 1


@pytest.mark.parametrize("name", EARLY)
def test_hostile_text_is_escaped_in_what_is_early(desk, name):
    tab, view = EARLY[name]
    stage = stages_of(desk)[tab.stem]
    choices, kept = chosen(stage, **in_view(tab, view))
    for field in texts_of(tab, stage):
        try:
            early = tab.early(tab.asked(desk, with_text(tab, choices, field, HOSTILE), kept))
        except UserError:
            continue
        assert early is None or f"<{EVIL}" not in early.picture + early.headline


def test_the_verdict_comes_before_its_words_and_both_come(server, client):
    typed = f"A {uuid.uuid4().hex} are here."
    outputs = run_outputs(server.url, "grammaticality", "She go to school yesterday.", typed)
    pictures = ['class=\\"early\\"' in one for one in outputs if "figure grammaticality" in one]
    assert pictures == [True, False]
