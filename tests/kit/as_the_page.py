"""Asking as the page does, over HTTP: the events of its tabs are private, in no contract."""

import json
import uuid
from collections.abc import Iterator
from typing import Any

import httpx


def clicked(config: dict[str, Any], name: str, value: str) -> tuple[int, dict[str, Any]]:
    """The button with this property, and the event of a click on it."""
    button = next(p["id"] for p in config["components"] if p["props"].get(name) == value)
    events = config["dependencies"]
    return button, next(e for e in events if (button, "click") in map(tuple, e["targets"]))


def messages(url: str, session: str) -> Iterator[dict[str, Any]]:
    """What the server tells, one message at a time."""
    address = f"{url}/gradio_api/queue/data?session_hash={session}"
    with httpx.stream("GET", address, timeout=60) as answer:
        for line in answer.iter_lines():
            if line.startswith("data:"):
                yield json.loads(line[5:])


def run_outputs(url: str, stem: str, start: str, typed: str) -> Iterator[str]:
    """The outputs, as JSON, of one run of a tab with `typed` where its `start` value stands."""
    config = httpx.get(f"{url}/config", timeout=30).json()
    _, event = clicked(config, "elem_id", f"{stem}-runner")
    values = {part["id"]: part["props"].get("value") for part in config["components"]}
    data = [values.get(one) for one in event["inputs"]]
    data[data.index(start)] = typed
    session = uuid.uuid4().hex
    body = {"data": data, "fn_index": event["id"], "session_hash": session}
    httpx.post(f"{url}/gradio_api/queue/join", json=body, timeout=60).raise_for_status()
    for message in messages(url, session):
        yield json.dumps(message.get("output"))
        if message.get("msg") == "process_completed":
            return
