"""The call that is being answered, and what comes of it: for the log and the counters."""

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal

Outcome = Literal["done", "refused", "failed", "cancelled"]


@dataclass
class Call:
    """One call of a visitor's page or script, from its turn in the queue to its last answer."""

    kind: str  # the endpoint, or the page's own handler; nothing that a visitor typed
    outcome: Outcome = "done"


# What runs in a thread of its own sees it where it was started in a copy of the context.
NOW: ContextVar[Call | None] = ContextVar("call", default=None)


def ends(outcome: Outcome) -> None:
    """Say what came of the call that runs now; outside of a call nothing.

    What was said first holds: a fault is told to the visitor in a sentence, as a refusal is.
    """
    call = NOW.get()
    if call is not None and call.outcome == "done":
        call.outcome = outcome
