"""What is asked of the page, by whom, and that every call which fails ends with a sentence."""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.context import LocalContext

from core.calls import ends
from core.errors import UserError, as_user_error
from core.progress import Here, here


@dataclass(frozen=True)
class Handler:
    """What a call can ask for: an endpoint, or what an event of the page runs."""

    name: str  # of an endpoint, without its slash; of the page's own, ""
    takes: tuple[str, ...]  # its values in their order, those of an endpoint by their names
    defaults: Mapping[str, Any]  # of the last of them
    queued: bool


def handlers(page: gr.Blocks) -> dict[int, Handler]:
    """What can be called, by the numbers that the page's config gives; scripts of it cannot."""
    described = page.get_api_info()["named_endpoints"]
    found = {}
    for number, function in page.fns.items():
        if not function.fn:
            continue
        public = function.api_visibility == "public"
        name = str(function.api_name) if public else ""
        takes = tuple(str(index) for index, _ in enumerate(function.inputs, 1))
        defaults = {}
        if public:
            parameters = described[f"/{name}"]["parameters"]
            takes = tuple(str(each["parameter_name"]) for each in parameters)
            defaults = {
                each["parameter_name"]: each["parameter_default"]
                for each in parameters
                if each["parameter_has_default"]
            }
        found[number] = Handler(name, takes, defaults, bool(function.queue))
    return found


def say_every_error(
    page: gr.Blocks, misfit: Callable[[str, gr.components.Component, Any], str]
) -> None:
    """Have every call of the page that fails end with a sentence.

    Gradio tells nobody of an error that is not its own: a script reads `{"error": null}`.
    `misfit(name, component, value)` is the sentence on a value that its component cannot take.
    """
    preprocess, process = page.preprocess_data, page.process_api

    async def fitting(
        function: Any, values: Any, state: Any, explicit_call: bool = False
    ) -> list[Any]:
        try:
            return await preprocess(function, values, state, explicit_call)
        except gr.Error:
            raise
        except Exception:
            # Each value alone: the error does not say which of them it is about.
            for index, component in enumerate(function.inputs[: len(values)]):
                alone = copy.copy(function)
                alone.inputs, alone.component_prop_inputs = [component], []
                try:
                    await preprocess(alone, values[index : index + 1], state, explicit_call)
                except Exception:
                    names = function.input_parameter_names or [""] * len(values)
                    raise UserError(misfit(names[index] or "", component, values[index])) from None
            raise

    async def speaking(*values: Any, **named: Any) -> dict[str, Any]:
        try:
            return await process(*values, **named)
        except gr.Error as error:
            ends("refused")
            sentence = error.message
        except Exception as error:
            sentence = str(as_user_error(error))
        # Half a character would end the stream that the sentence is sent on.
        sentence = sentence.encode("utf-8", "replace").decode()
        raise gr.Error(sentence, print_exception=False)

    page.preprocess_data = fitting  # type: ignore[method-assign, assignment]
    page.process_api = speaking  # type: ignore[method-assign]


def listening() -> Here:
    """How to know whether whoever asked for the event that runs here still waits for it.

    Gradio lets an event go when its reader has left (`Queue.clean_events`), and takes it from its
    active jobs when it is cancelled; the thread of a handler hears of neither. What the context
    says already (`core.progress.awaited`) holds too.
    """
    outer, name = here(), LocalContext.event_id.get(None)
    page = LocalContext.blocks.get(None)
    if page is None or name is None:  # outside of an event, or one that Gradio does not queue
        return outer
    event = page._queue.event_ids_to_events.get(name)
    jobs = page._queue.active_jobs
    # Its place among them: hundreds who wait ask this twice a second each.
    place = next((at for at, job in enumerate(jobs) if job and event in job), None)

    def waits() -> bool:
        job = jobs[place] if place is not None else None
        return outer() and any(one is event and one.alive for one in job or ())

    return waits


def visitor() -> str | None:
    """The session that asked for the event that runs here; None where there is none."""
    page, name = LocalContext.blocks.get(None), LocalContext.event_id.get(None)
    if page is None or name is None:
        return None
    event = page._queue.event_ids_to_events.get(name)
    return event.session_hash if event else None
