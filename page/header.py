"""What stands above the tabs: what this is, and which models are ready."""

import html
from typing import Any

import gradio as gr

from models.checkpoints import Checkpoints
from models.hub.progress import Progress, megabytes
from tabs.kit.events import IN_BROWSER
from tabs.kit.notes import on_its_way
from tabs.kit.picked import Picked

SENTENCE = (
    "Transformers, opened up: type a sentence and see what a real model does with it, "
    "number by number."
)
# What stands at the right of the header; address.js, theme.js and present.js listen.
TOOLS = (
    '<button type="button" id="theme" aria-label="Light or dark" title="Light or dark (D)">'
    "◐</button>"
    '<button type="button" id="share" aria-haspopup="dialog" title="Link and QR code (Q)">'
    "QR<span> code</span></button>"
    '<button type="button" id="present" title="Present (P)">▶ Present</button>'
)
# On a phone, at the foot of the screen: what opens over the picture's lower half.
PHONE_BAR = (
    '<div class="phone-bar" role="group" aria-label="More">'
    '<button type="button" data-toggle="sheet" aria-expanded="false">Settings</button>'
    '<button type="button" data-toggle="explained" aria-expanded="false">Explain</button>'
    '<button type="button" data-toggle="link" aria-expanded="false">Share</button>'
    '<a class="here" href="?tab=map" data-way hidden>Map</a></div>'
    '<p id="told" class="sr-only" role="status"></p>'
)
# Beside the area of the link, which may be closed while its code fills the screen.
LARGE_CODE = (
    '<dialog id="link-large" aria-label="The QR code, large"><img alt="QR code of the link">'
    '<p></p><button type="button">Close</button></dialog>'
)
# Over the page, for it is said when a text grows too long, wherever that is typed; address.js.
LONG_STATE = (
    '<div id="link-long" class="note" hidden><p role="status"><span></span> '
    '<button type="button" data-save-state>Save it as a file</button> '
    '<button type="button" data-close>Close</button></p></div>'
)
KEYS = {
    "P": "present, or stop",
    "→ ←, Page Down, Page Up": "next example, previous example",
    "R": "reveal the number and the answer",
    "1 to 9": "a tab",
    "V": "next view",
    "E": "type a text of your own",
    "S": "settings",
    "I": "explanation",
    "Q": "the QR code, large",
    "D": "light or dark",
    "B": "black screen",
    "+ −": "larger, smaller",
    "F": "full screen",
    "?": "this list",
}
WORDS = {
    "cold": "not loaded yet",
    "loading": "loading",
    "ready": "ready",
    "unavailable": "not available",
}
# What a note is told that waits for a model, beside what `describe` says of it.
RETRY = "Retry in the badge above the tabs tries again."
# No question is dropped because another is under way, as Gradio's default would have it.
QUIETLY: dict[str, Any] = {
    "show_progress": "hidden",
    "trigger_mode": "always_last",
    "queue": False,
    "api_visibility": "private",
}


def build_header(checkpoints: Checkpoints) -> None:
    """Title, one sentence, the models' badge; it stops asking when nothing moves.

    It asks where the models stand when it is pressed and when a visitor is told to wait
    (badge.js); its buttons say by name which model to try again.
    """
    with gr.Row(elem_classes=["masthead"]):
        gr.HTML(f'<h1 title="{SENTENCE}">{html.escape(checkpoints.space.title)}</h1>')
        badges = Picked(badges_html(checkpoints), elem_id="badges")
        gr.HTML(TOOLS + keys_html(), elem_classes=["tools"])
        gr.HTML(PHONE_BAR + LARGE_CODE + LONG_STATE)
    picked = gr.Textbox("", visible=False)
    timer = gr.Timer(1.0)

    def refresh() -> tuple[str, gr.Timer]:
        return badges_html(checkpoints), gr.Timer(active=moving(checkpoints.describe()))

    def retry(name: str) -> tuple[str, gr.Timer]:
        checkpoints.retry(name)
        return badges_html(checkpoints), gr.Timer(active=True)

    named = "() => lectern.picked('badges')"
    each = QUIETLY | {"trigger_mode": "multiple"}  # two presses may name two models
    asked = [
        timer.tick(refresh, None, [badges, timer], **QUIETLY),
        badges.expand(refresh, None, [badges, timer], **QUIETLY),
        badges.retry(retry, picked, [badges, timer], js=named, **each),
    ]
    heard = "(badges) => lectern.heard(badges)"
    for answered in asked:  # a note that waits for a model hears what the badge heard
        answered.success(None, badges, None, js=heard, **IN_BROWSER)

    def models() -> list[dict[str, Any]]:
        """Every checkpoint that this page offers, with what it is and where it stands."""
        return checkpoints.describe()

    gr.api(models, api_name="models")


def keys_html() -> str:
    """The keys of a lecture, shown by `?`; present.js acts on them."""
    rows = "".join(f"<dt>{key}</dt><dd>{sentence}</dd>" for key, sentence in KEYS.items())
    return (
        f'<dialog id="keys" aria-label="Keys"><b>Keys</b><dl>{rows}</dl>'
        '<button type="button">Close</button></dialog>'
    )


def moving(entries: list[dict[str, Any]]) -> bool:
    """Whether something will look different soon, though nobody asks for it."""
    return any(
        entry["state"] == "loading" or (entry["tier"] == "pocket" and entry["state"] == "cold")
        for entry in entries
    )


def badges_html(checkpoints: Checkpoints) -> str:
    """How many models are ready, in words as well as in colour; opened, each with its state."""
    entries = checkpoints.describe()
    state, sentence = summary(entries)
    pocket = [entry_html(entry) for entry in entries if entry["tier"] == "pocket"]
    hub = [entry_html(entry) for entry in entries if entry["tier"] == "hub"]
    more = f"<p>From the Hub, when they are asked for</p><ul>{''.join(hub)}</ul>" if hub else ""
    return (
        f'<details class="badge {state}"><summary><span>{html.escape(sentence)}</span></summary>'
        f"<div><ul>{''.join(pocket)}</ul>{more}</div></details>"
    )


def summary(entries: list[dict[str, Any]]) -> tuple[str, str]:
    """The state of all models and a line on it; those of the Hub count once asked for."""
    told = [
        entry
        for entry in entries
        if entry["tier"] == "pocket" or entry["state"] in ("loading", "ready") or failed(entry)
    ]
    ready = sum(entry["state"] == "ready" for entry in told)
    missing = [entry for entry in told if entry["state"] == "unavailable"]
    coming = [entry for entry in told if entry["bytes_total"]]
    if coming:
        done = coming[0]["bytes_done"] / coming[0]["bytes_total"]
        return "loading", f"{coming[0]['title']}: {done:.0%} fetched"
    if missing:
        return "unavailable", f"{missing[0]['title']} is not available"
    if ready == len(told):
        return "ready", f"{ready} models ready" if ready > 1 else "The model is ready"
    return "loading", f"{ready} of {len(told)} models ready"


def failed(entry: dict[str, Any]) -> bool:
    """Whether a model of the Hub was tried in vain: without the Hub none was tried."""
    return bool(entry["state"] == "unavailable" and not entry["absent"])


def entry_html(entry: dict[str, Any]) -> str:
    """One model, where it stands, and what a note says whose tab waits for it."""
    look = "cold" if entry["absent"] else entry["state"]
    name, state, says = map(html.escape, (entry["name"], entry["state"], note_of(entry)))
    return (
        f'<li class="{look}" data-model="{name}" data-state="{state}" data-says="{says}">'
        f"{html.escape(entry['title'])}: {stands(entry)}</li>"
    )


def stands(entry: dict[str, Any]) -> str:
    """The state in words, how far it is, or why it is not here and a button."""
    title, state = html.escape(entry["title"]), entry["state"]
    if entry["bytes_total"]:
        progress = Progress(entry["bytes_done"], entry["bytes_total"], entry["seconds_left"])
        bar = f'<progress value="{progress.done}" max="{progress.total}"></progress>'
        return f'<span class="far">{html.escape(progress.in_words())}</span> {bar}'
    size = f"about {megabytes(4 * entry['parameters'])}"  # its files hold float32
    if entry["absent"]:
        return f"not on this machine, {size}"
    if state == "cold" and entry["tier"] == "hub":
        return f"{WORDS[state]}, {size}"
    if state != "unavailable":
        return WORDS[state]
    name = html.escape(entry["name"])
    return (
        f"{WORDS[state]}: {html.escape(entry['reason'])} "
        f'<button type="button" data-retry="{name}" aria-label="Retry {title}">Retry</button>'
    )


def note_of(entry: dict[str, Any]) -> str:
    """What a note says while its tab waits for this model; nothing once there is no need to."""
    if entry["state"] == "loading":
        return on_its_way(entry["title"])
    if entry["state"] != "unavailable":
        return ""
    sentence = f"{entry['title']} is not available: {entry['reason']}."
    return sentence if entry["absent"] else f"{sentence} {RETRY}"
