"""What a visitor is told who asked for what cannot be had; the same for a script."""

import functools
import html
import time
from collections.abc import Callable
from typing import Any

import gradio as gr

from core.errors import AgainError, ModelError, NotReadyError, UserError, as_user_error


def note_area() -> gr.HTML:
    """Where a tab tells the visitor what was wrong; read aloud when it changes."""
    return gr.HTML("", elem_classes=["note"], min_height=0)


def note_html(message: str | UserError) -> str:
    """One sentence for the visitor, escaped; badge.js keeps it true while a model is awaited."""
    if isinstance(message, ModelError):
        return _waiting_html(message)
    again = " data-again" if isinstance(message, AgainError) else ""  # runs.js asks again
    return f'<p role="alert"{again}>{html.escape(str(message))}</p>' if str(message) else ""


def _waiting_html(error: ModelError) -> str:
    sentence = on_its_way(error.title) if isinstance(error, NotReadyError) else str(error)
    # The moment makes it another text each time: Gradio draws nothing where the text is the same.
    return (
        f'<p role="alert" data-waits="{html.escape(error.name)}" '
        f'data-since="{time.monotonic_ns()}"><span>{html.escape(sentence)}</span> '
        '<span class="far" aria-live="off"></span></p>'
    )


def on_its_way(title: str) -> str:
    """What a visitor is told who waits for a model; how far it is stands beside it."""
    return (
        f"{title} is on its way. The other models work meanwhile, and this tab goes on by itself "
        "when it is here."
    )


def shows_user_errors(note: gr.HTML) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorate a handler whose last output is `note`: a UserError goes there, the rest stays."""

    def decorate(handler: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(handler)
        def wrapped(*values: Any) -> Any:
            try:
                results = handler(*values)
            except Exception as error:
                return {note: note_html(as_user_error(error))}
            return (*(results if isinstance(results, tuple) else (results,)), "")

        return wrapped

    return decorate


def raises_user_errors(endpoint: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate an endpoint: whatever it raises reaches the script that called it as a sentence."""

    @functools.wraps(endpoint)
    def wrapped(*values: Any, **named: Any) -> Any:
        try:
            return endpoint(*values, **named)
        except Exception as error:  # the log has it from `as_user_error`, without what was typed
            raise gr.Error(str(as_user_error(error)), print_exception=False) from error

    return wrapped
