"""ZeroGPU, a kind of Space that starts only where some function is announced for its GPU."""

import importlib
import importlib.util


def announce() -> bool:
    """Whether a function was announced, with the package `spaces` that such a Space brings.

    It is never called: everything is computed on the processor (docs/hosting.md says why).
    """
    if importlib.util.find_spec("spaces") is None:
        return False
    importlib.import_module("spaces").GPU(_never_called)
    return True


def _never_called() -> None:
    """Here so that there is something to announce."""
