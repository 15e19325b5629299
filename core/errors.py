"""Every error that is foreseen is one sentence: what happened, what is allowed, what to do.

ValueError
├── UserError               a visitor reads it; every other kind is a bug to them
│   ├── NothingYetError     there is no input yet
│   ├── AgainError          what was sent is lost; the page sends it again by itself
│   └── ModelError          a model that was asked for is not available
│       └── NotReadyError   … yet: it is on its way
├── SpacefileError          stops the start
├── FilesError              the files of a model are not right
│   └── UnfitError          they are of a model that cannot do what it is offered for
└── HubError                files did not come from the Hub

The last three are raised below `models.checkpoints`, which makes each the reason of a ModelError
(or, at the start, UnfitError a SpacefileError).
"""

import errno
import logging

from core.calls import ends
from core.progress import Left

log = logging.getLogger(__name__)


class UserError(ValueError):
    """What was wrong with the visitor's input, what is allowed, what was seen: one sentence."""


class NothingYetError(UserError):
    """There is no input to look at yet: one sentence on how to give some."""


class AgainError(UserError):
    """What was sent is lost, through no fault of the visitor; the page sends it again."""


class BusyError(UserError):
    """No turn came in time: how many wait, and when to ask again."""


class ModelError(UserError):
    """A model that the visitor asked for is not there: why, and which one."""

    def __init__(self, sentence: str, *, name: str, title: str) -> None:
        super().__init__(sentence)
        self.name = name
        self.title = title


class NotReadyError(ModelError):
    """A model is on its way: how far it is, and when to ask again."""


class SpacefileError(ValueError):
    """What stops the start: one sentence that names the file, the key and the fix."""


class FilesError(ValueError):
    """What is wrong with the files of a model, and what to do: one sentence."""


class UnfitError(FilesError):
    """A model cannot do what the Spacefile offers it for: why, and what to change there."""


class HubError(ValueError):
    """Why files of a model did not come from the Hub, and what to do: one sentence."""


FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
DISK_IS_FULL = (
    "The disk of this server is full, so nothing can be kept on it just now: an upload or a "
    "download needs room. All else works; ask whoever runs the server, or try again later."
)


def is_full(error: BaseException) -> bool:
    """Whether something could not be written for want of room on the disk."""
    return isinstance(error, OSError) and error.errno in FULL


SHORT = (
    "This page is short of memory just now, and could not do that: nothing is wrong with what you "
    "sent. Ask again in a moment, or for less at once."
)


def short_of_memory(error: BaseException | None) -> bool:
    """Whether an error, or what it came from, says that there was no memory.

    Python, torch, numpy, Pillow and the kernel each have a way of their own to say it.
    """
    while error is not None:
        if isinstance(error, MemoryError):
            return True
        if isinstance(error, OSError) and error.errno == errno.ENOMEM:
            return True
        if isinstance(error, RuntimeError) and any(part in str(error) for part in NO_MEMORY):
            return True
        error = error.__cause__ or error.__context__
    return False


# torch's allocators, and a thread that could not be started for want of a stack.
NO_MEMORY = ("not enough memory", "can't allocate memory", "out of memory", "start new thread")


def foreseen(error: BaseException) -> UserError | None:
    """What a visitor reads of an error that is no bug; None of one that is."""
    if isinstance(error, UserError):
        return error
    if is_full(error):
        return UserError(DISK_IS_FULL)
    return UserError(SHORT) if short_of_memory(error) else None


def as_user_error(error: Exception) -> UserError:
    """What a visitor reads: a UserError itself; of a bug its kind. The log says where it arose."""
    if isinstance(error, Left):  # nothing went wrong, and nobody reads it
        ends("cancelled")
        return UserError("Whoever asked for this has left, so it was not computed.")
    message = foreseen(error)
    if isinstance(message, NothingYetError):
        return message
    if message is not None:
        ends("refused")
        log.info("refused", exc_info=error)
        return message
    ends("failed")
    log.error("an error that nobody foresaw", exc_info=error)
    kind = type(error).__name__
    return UserError(f"Something went wrong here ({kind}): an error of this page, not of yours.")
