"""What a call must be before Gradio sees it: of a handler that is there, with all its values."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from page.serving.refusals import Refused
from page.serving.routes import SESSION
from tabs.kit.gradio_inside.asking import Handler

# Of all that Gradio would read in a call, what its clients send. The rest would make it take a
# value for a batch of values, or one visitor's run for another's.
FIELDS = ("data", "event_data", "fn_index", "trigger_id", "session_hash")
SESSION_NAME = re.compile(SESSION)
Handlers = Mapping[int, Handler]


def checked(handlers: Handlers, path: str, name: str, said: Any) -> dict[str, Any]:
    """A call by place: `{"data": […], "fn_index": …}`, or without a number where `name` has one.

    Values that were left out at the end are the defaults. Raises Refused.
    """
    call = {field: said[field] for field in FIELDS if field in _fields(said)}
    if path == "call":
        call.pop("fn_index", None)  # the name decides
        number = named(handlers, name)
    else:
        number = _index(handlers, call.get("fn_index"))
        if path == "run" and handlers[number].queued:
            raise Refused(404, "This is not answered at once: POST it to /gradio_api/queue/join.")
    session_of(call, needed=path == "queue")
    if not _is_whole(call.get("trigger_id")) and call.get("trigger_id") is not None:
        raise _wrong("trigger_id", "a whole number or null", call["trigger_id"])
    if not isinstance(call.get("data"), list):
        raise _wrong("data", "a list with the values in their order", call.get("data"))
    call["data"] = _filled(handlers[number], call["data"])
    return call


def checked_by_name(handlers: Handlers, name: str, said: Any) -> dict[str, Any]:
    """A call by name: `{"text": …}`. Raises Refused."""
    handler = handlers[named(handlers, name)]
    given = _fields(said)
    for field in given:
        if field not in handler.takes:
            raise Refused(
                422,
                f"{', '.join(handler.takes)} are what /{name} takes; "
                f"got {_safely(field)} as well.",
                name,
            )
    missing = [field for field in handler.takes if field not in {*given, *handler.defaults}]
    if missing:
        raise Refused(422, f"/{name} needs {', '.join(missing)}, which was not given.", name)
    return given


def cancelled(said: Any) -> dict[str, Any]:
    """Which run is not waited for any more. Raises Refused."""
    given = _fields(said)
    session_of(given, needed=True)
    if not _is_whole(given.get("fn_index")):
        raise _wrong("fn_index", "a whole number", given.get("fn_index"))
    if not isinstance(given.get("event_id"), str):
        raise _wrong("event_id", "a text", given.get("event_id"))
    return given


def session_of(given: Mapping[str, Any], *, needed: bool) -> None:
    """Raises Refused where a session has a name that no client gives one."""
    name = given.get("session_hash")
    if name is None and not needed:
        return
    if not isinstance(name, str) or not SESSION_NAME.fullmatch(name):
        raise Refused(
            422,
            "session_hash must be 1 to 64 letters, digits, - or _; got "
            + (f"{len(name):,} characters." if isinstance(name, str) else f"{_kind(name)}."),
            "session_hash",
        )


def named(handlers: Handlers, name: str) -> int:
    """The number of an endpoint. Raises Refused."""
    endpoints = {one.name: number for number, one in handlers.items() if one.name}
    if name not in endpoints:
        known = ", ".join(f"/{known}" for known in sorted(endpoints))
        raise Refused(404, f"There is no endpoint /{name}; there are {known}.")
    return endpoints[name]


def _index(handlers: Handlers, index: Any) -> int:
    if not _is_whole(index):
        raise _wrong("fn_index", "a whole number", index)
    if index not in handlers:
        raise Refused(
            404,
            f"fn_index must be one of the {len(handlers)} handlers that /config lists with "
            f"backend_fn; got {_safely(index)}.",
        )
    return int(index)


def _filled(handler: Handler, data: Sequence[Any]) -> list[Any]:
    """All values, those that were left out by their defaults. Raises Refused."""
    most, given = len(handler.takes), len(data)
    left_out = handler.takes[given:]
    if given > most or any(name not in handler.defaults for name in left_out):
        least = most - len(handler.defaults)
        allowed = f"{most}" if least == most else f"{least} to {most}"
        what = f"/{handler.name}" if handler.name else "This handler"
        raise Refused(422, f"{what} takes {allowed} values; got {given:,}.", "data")
    return [*data, *(handler.defaults[name] for name in left_out)]


def _fields(said: Any) -> dict[str, Any]:
    if not isinstance(said, dict):
        raise Refused(422, f"A call must be a JSON object; got {_kind(said)}.")
    return said


def _wrong(name: str, allowed: str, got: Any) -> Refused:
    return Refused(422, f"{name} must be {allowed}; got {_kind(got)}.", name)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _kind(value: Any) -> str:
    """What sort of JSON this is; what it says stays with who said it."""
    if value is None:
        return "nothing"
    kinds = {bool: "true or false", int: "a number", float: "a number", str: "a text"}
    kinds |= {list: "a list", dict: "an object"}
    return kinds[type(value)]


def _safely(value: object) -> str:
    """The beginning of a name, without what a terminal or a page would act on."""
    return json.dumps(str(value)[:40])
