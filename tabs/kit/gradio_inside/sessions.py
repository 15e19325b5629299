"""A visitor's session in Gradio, without what this page has no use for."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import gradio as gr
from gradio import route_utils
from gradio.blocks import Block
from gradio.routes import App
from gradio.state_holder import SessionState, StateHolder

UNSEEN = ("value", "render")  # arguments of a component that Gradio changes by itself


class Unkept(dict[int, Any]):
    """Takes everything and keeps nothing."""

    def __setitem__(self, key: int, value: Any) -> None:
        """Forget it."""


class Session(SessionState):
    """What Gradio keeps of a visitor: their `gr.State`, and components that look different.

    Gradio's own begins with the configuration of every component of the page, 35 ms of the event
    loop and 0.7 MB, and keeps the last value of each: all for deep links, which this page does not
    have. Here a session begins with two copied dicts.
    """

    def __init__(self, blocks: gr.Blocks) -> None:
        # Gradio configures the components that it finds in `blocks`: there are none.
        super().__init__(SimpleNamespace(default_config=blocks.default_config, blocks=()))  # type: ignore[arg-type]
        self.config_values = Unkept()

    def __setitem__(self, key: int, value: Any) -> None:
        """Keep a state; of a component only one that looks different from what it replaces.

        An event that leaves a component as it is has Gradio make that component anew.
        """
        before = self.blocks_config.blocks.get(key)
        if isinstance(value, Block) and before and _look(value) == _look(before):
            return
        super().__setitem__(key, value)

    def _update_config(self, key: int) -> None:
        """There is no configuration."""

    def _update_value_in_config(self, key: int, value: Any) -> None:
        """There is no configuration, so no value is kept in it."""


class Sessions(StateHolder):
    """The sessions of an app, which takes these instead of its own.

    `admit(name)` is asked before a new one is made, and refuses it by raising.
    """

    def __init__(self, app: App, admit: Callable[[str], None]) -> None:
        super().__init__()
        self._admit = admit
        self.set_blocks(app.get_blocks())
        app.state_holder = self

    def __getitem__(self, name: str) -> SessionState:
        """The session of that name; it is made when it is first asked for."""
        if name not in self.session_data:
            self._admit(name)
            self.session_data[name] = Session(self.blocks)
        return super().__getitem__(name)

    def forget(self, name: str) -> None:
        """Nobody comes back for this one."""
        self.session_data.pop(name, None)
        self.time_last_used.pop(name, None)


def _look(block: Block) -> dict[str, Any]:
    return {name: value for name, value in block.constructor_args.items() if name not in UNSEEN}


# For a call without a session Gradio makes one beside its holder, and throws it away.
route_utils.SessionState = Session  # type: ignore[misc]
