"""Permalinks: the address bar follows the visitor, and a link opens exactly what it names."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

import gradio as gr

from core.errors import UserError
from core.settings import LOOPBACK
from core.text import checked_text, number_in, written
from tabs.kit.events import IN_BROWSER, INSIDE
from tabs.kit.examples import read_examples
from tabs.kit.gradio_inside import page_being_built
from tabs.kit.notes import note_html
from tabs.kit.places import sentence_of
from tabs.kit.room import Ends, Field, Room

MOST_BYTES = 2000  # of a query string; above it a state is offered as a file (docs/api.md)
MOST_FILE_BYTES = 1_000_000
MODELS = ("model", "beside")  # the settings that name a model
Pairs = list[tuple[str, str]]


def wire_links(tabs: gr.Tabs, rooms: Sequence[Room], items: Sequence[gr.Tab], limit: int) -> None:
    """Connect every room to the address bar, and draw the area with the link and its QR code.

    `items` are the gr.Tab of each room; `limit` is the longest text, in characters.
    """
    note = gr.HTML("", elem_classes=["note"], min_height=0, elem_id="link-note")
    with gr.Column(elem_id="link-area", min_width=0):
        gr.HTML(_LINK_AREA, js_on_load="lectern.link()")
        file = gr.File(
            label="Open a saved state: drop its file here",
            height=180,
            elem_id="state-file",
        )
    for room, item in zip(rooms, items, strict=True):
        follow = f"(...values) => lectern.follow({json.dumps(room.stem)}, values)"
        triggers = [control.change for control in room.controls] + [item.select]  # type: ignore[attr-defined]
        gr.on(triggers, None, room.controls, None, js=follow, **IN_BROWSER)
    controls = [control for room in rooms for control in room.controls]

    def open_link(request: gr.Request) -> list[Any]:
        return restored(list(request.query_params.multi_items()), rooms, limit)

    def open_file(path: str | None) -> list[Any]:
        if path is None:
            return [gr.skip()] * (len(controls) + 2)
        try:
            return restored(read_state(path), rooms, limit)
        except UserError as error:
            return [gr.skip(), *[gr.skip()] * len(controls), note_html(error)]

    def open_again(query: str, there: bool) -> list[Any]:
        """Where the visitor was before: all that the query does not name is as at the start.

        Who is `there` already may have gone on when the answer comes, and is not fetched back.
        """
        updates = restored(parse_qsl(query, keep_blank_values=True), rooms, limit, whole=True)
        return [gr.skip(), *updates[1:]] if there else updates

    outputs = [tabs, *controls, note]
    known = {room.stem: _spec(room, item) for room, item in zip(rooms, items, strict=True)}
    come = f"() => lectern.arrive({json.dumps(known)})"
    page_being_built().load(None, None, None, js=come, **IN_BROWSER)
    # Pressed where the address names more than a tab: the server reads it.
    reader = gr.Button(visible="hidden", elem_id="read-link")
    opened = reader.click(
        open_link, None, outputs, show_progress="hidden", api_visibility="private"
    )
    opened.then(None, js="() => lectern.begin()", **IN_BROWSER)
    again = gr.Button(visible="hidden", elem_id="reopen")
    asked = [gr.Textbox(visible=False), gr.Checkbox(visible=False)]
    # It computes nothing, so it does not wait behind the models.
    at_once = INSIDE | {"concurrency_id": "tokens"}
    again.click(open_again, asked, outputs, js="() => lectern.wanted()", **at_once)
    file.upload(open_file, file, outputs, show_progress="hidden", api_visibility="private")


def _spec(room: Room, item: gr.Tab) -> dict[str, Any]:
    """What the script in the page needs to know of a room: what it starts with, its examples."""
    return {
        "title": item.label,
        "sentence": sentence_of(room.stem),  # the control of it; ways.js
        "models": [name for one in room.fields if one.name == "model" for name in offered(one)],
        "fields": [[field.name, field.lines, field.control.value] for field in room.fields],
        "examples": [
            [one.get("name", ""), one["inputs"], one["title"]] for one in read_examples(room.stem)
        ],
    }


def offered(field: Field) -> list[str]:
    """The values that a choice of one of many has."""
    return [value for _, value in getattr(field.control, "choices", None) or ()]


def restored(pairs: Pairs, rooms: Sequence[Room], limit: int, *, whole: bool = False) -> list[Any]:
    """An update for the tabs, for every control, and for the note, in that order.

    With `whole`, what a query does not name goes back to where the page started.
    """
    named = [value for name, value in pairs if name == "tab"]
    asked = named[-1] if named else None
    known = {room.stem: room for room in rooms}
    ignored: list[str] = []
    values: dict[str, Any] = {}
    room = known.get(asked or "")
    if room is None and (asked is not None or _names_a_field(pairs, rooms)):
        seen = "no tab" if asked is None else f"tab={asked[:40]!r}"
        ignored.append(f"all of it, for it names {seen} (use one of {', '.join(known)})")
    if room is not None:
        start = {field.name: field.control.value for field in room.fields} if whole else {}
        shown, pairs, ignored = read_example_of(room.stem, pairs)
        read, remarks = read_fields(room.fields, pairs, limit, start | shown)
        values, ignored = start | shown | read, ignored + remarks
        if len(named) > 1:
            ignored.insert(0, _repeated("tab", named))
    updates: list[Any] = [gr.Tabs(selected=room.stem) if room else gr.skip()]
    for other in rooms:
        for field in other.fields:
            chosen = other is room and field.name in values
            updates.append(values[field.name] if chosen else gr.skip())
    sentence = f"Ignored in the link: {'; '.join(ignored)}." if ignored else ""
    return [*updates, note_html(sentence)]


def read_example_of(stem: str, pairs: Pairs) -> tuple[dict[str, Any], Pairs, list[str]]:
    """The inputs of the example that a link names, the other pairs, and remarks."""
    rest = [pair for pair in pairs if pair[0] != "example"]
    named = [value for name, value in pairs if name == "example"]
    if not named:
        return {}, rest, []
    asked = named[-1]
    notes = [_repeated("example", named)] if len(named) > 1 else []
    known = {one.get("name"): one["inputs"] for one in read_examples(stem)}
    if asked in known:
        return known[asked], rest, notes
    names = ", ".join(name for name in known if name)
    return {}, rest, [*notes, f"example must be one of {names}; got {asked[:40]!r}"]


def read_fields(
    fields: Sequence[Field], pairs: Pairs, limit: int, shown: Mapping[str, Any] | None = None
) -> tuple[dict[str, Any], list[str]]:
    """The values of a link that fit, by name, and a remark on each thing that does not.

    What they must fit beside is in `shown`: the models. Gradio's own names (they begin with two
    underscores) and `present`, which is about the page, are passed over in silence.
    """
    given: dict[str, list[str]] = {}
    for name, value in pairs:
        if name not in ("tab", "present") and not name.startswith("__"):
            given.setdefault(name, []).append(value)
    start = {field.name: field.control.value for field in fields} | dict(shown or {})
    values: dict[str, Any] = {}
    ignored: list[str] = []
    # The models first: the ranges of other settings end where theirs do.
    for field in sorted(fields, key=lambda field: field.name not in MODELS):
        texts = given.pop(field.name, None)
        if texts is None:
            continue
        if len(texts) > 1 and not _takes_many(field):
            ignored.append(_repeated(field.name, texts))
        now = start | values
        try:
            values[field.name] = read_value(field, texts, limit, [now.get(m) for m in MODELS])
        except UserError as error:
            ignored.append(str(error).rstrip("."))
    ignored.extend(f"{name[:40]!r} is not a setting of this tab" for name in given)
    return values, ignored


def read_value(field: Field, texts: list[str], limit: int, models: Sequence[Any] = ()) -> Any:
    """One field's value, checked as its control would check it; `models` are those shown.

    Raises UserError.
    """
    control = field.control
    texts = [dict(field.aliases).get(text, text) for text in texts]
    if field.lines:
        return checked_text("\n".join(texts), name=field.name, limit=limit, empty=True)
    if isinstance(control, gr.Dropdown | gr.Radio | gr.CheckboxGroup):
        allowed = [value for _, value in control.choices or []]
        counting = texts if _takes_many(field) else texts[-1:]
        for text in counting:
            if text not in allowed:
                raise UserError(
                    f"{field.name} must be one of {_listed(allowed)}; got {text[:40]!r}"
                )
        return texts if _takes_many(field) else texts[-1]
    text = texts[-1]
    if isinstance(control, gr.Checkbox):
        if text not in ("0", "1"):
            raise UserError(f"{field.name} must be 0 or 1; got {text[:40]!r}")
        return text == "1"
    if isinstance(control, gr.Slider | gr.Number):
        return _number(field, text, models)
    if field.has:
        field.has(text, models)
    return checked_text(text, name=field.name, limit=limit, empty=True)


def _takes_many(field: Field) -> bool:
    """Whether a link repeats the name for each of several values."""
    control = field.control
    many = isinstance(control, gr.CheckboxGroup) or getattr(control, "multiselect", False)
    return field.lines or bool(many)


def _repeated(name: str, texts: Sequence[str]) -> str:
    """The last of them counts, as it always did; whoever made the link may have meant another."""
    return f"all but the last of {len(texts)} values for {name}, which takes one"


def _names_a_field(pairs: Pairs, rooms: Sequence[Room]) -> bool:
    """Whether a query without a tab was meant as a link; Gradio has names of its own in it."""
    known = {field.name for room in rooms for field in room.fields} - {"view"}
    return any(name in known for name, _ in pairs)


def _listed(values: Sequence[object]) -> str:
    """All of a few values, the first and the last of many."""
    names = [str(value) or "empty" for value in values]
    return ", ".join(names if len(names) < 10 else [*names[:3], f"… {names[-1]}"])


def _number(field: Field, text: str, models: Sequence[Any]) -> float | int:
    """What the control takes for the models that are shown: with two, for either.

    Raises UserError with their range: the control's own is that of the largest model offered.
    """
    control = field.control
    own = Ends(control.minimum, control.maximum)  # type: ignore[attr-defined]
    low, high, more = field.ends(models) if field.ends else own
    number, whole = number_in(text), getattr(control, "step", None) == 1
    if (
        number is None
        or (low is not None and number < low)
        or (high is not None and number > high)
        or (whole and number % 1)
    ):
        kind = "a whole number" if whole else "a number"
        lowest, highest = ("any" if end is None else written(end) for end in (low, high))
        raise UserError(
            f"{field.name} must be {kind} from {lowest} to {highest}{more}; got {text[:40]!r}"
        )
    return int(number) if whole else number


def read_state(path: str) -> Pairs:
    """The pairs of a saved state: the query string that was too long for a link.

    Raises UserError when the file is not one of ours.
    """
    with open(path, "rb") as stream:
        content = stream.read(MOST_FILE_BYTES + 1)
    if len(content) > MOST_FILE_BYTES:
        raise UserError(
            f"A saved state has at most {MOST_FILE_BYTES:,} bytes; this file has more. "
            "Drop a file that this page has saved."
        )
    try:
        query = json.loads(content)["lectern"]
        return parse_qsl(query, keep_blank_values=True, strict_parsing=True, max_num_fields=10_000)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UserError(
            "This file is not a saved state: drop one that this page has saved."
        ) from error


def phone_note(address: str) -> str:
    """What to say where phones cannot reach this page; empty where they can."""
    if any(f"//{host}" in address for host in (*LOOPBACK, "[::1]")):
        return (
            "This page is served to this computer alone, so phones cannot reach it: "
            "start it with make hall."
        )
    return ""


_LINK_AREA = """
<div id="link">
  <img id="link-qr" alt="QR code of the link below" width="240" height="240" loading="lazy">
  <div>
    <p id="link-phones"></p>
    <label for="link-text">Link to exactly this</label>
    <input id="link-text" readonly>
    <p><button type="button" id="link-copy">Copy the link</button>
    <button type="button" id="link-big">Show the QR code large</button>
    <button type="button" id="link-save" data-save-state>Save this state as a file</button>
    <button type="button" id="link-api">Ask this page from a script</button></p>
    <p id="link-size" role="status"></p>
  </div>
</div>
"""
