"""What of a picture is there at once says what all of it says, and gives way to it."""

import json
import uuid

import httpx
import pytest

from core.errors import UserError
from models.serving import Desk
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
    with httpx.Client(base_url=f"{server.url}/gradio_api", timeout=60) as web:
        config = httpx.get(f"{server.url}/config", timeout=30).json()
        parts = {part["id"]: part["props"] for part in config["components"]}
        (event,) = [
            event
            for event in config["dependencies"]
            for target, kind in event["targets"]
            if kind == "click" and parts[target].get("elem_id") == "grammaticality-runner"
        ]
        values = [parts[one].get("value") for one in event["inputs"]]
        values[values.index("She go to school yesterday.")] = f"A {uuid.uuid4().hex} are here."
        session = uuid.uuid4().hex
        body = {"data": values, "fn_index": event["id"], "session_hash": session}
        assert web.post("/queue/join", json=body).status_code == 200
        pictures = []
        with web.stream("GET", f"/queue/data?session_hash={session}") as stream:
            for line in stream.iter_lines():
                message = json.loads(line[5:]) if line.startswith("data:") else {}
                said = json.dumps(message.get("output"))
                if "figure grammaticality" in said:
                    pictures.append('class=\\"early\\"' in said)
                if message.get("msg") == "process_completed":
                    break
    assert pictures == [True, False]
