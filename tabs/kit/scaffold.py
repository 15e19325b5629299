"""A tab while it is drawn."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import gradio as gr

from core.errors import UserError
from core.spacefile import Checkpoint
from models.serving import Desk
from tabs.kit.room import Ends, Field
from tabs.kit.settings import Setting
from tabs.kit.tab import Choices, Tab


@dataclass
class Scaffold:
    """A tab as it is drawn: its parts on the page, for what stands beside the kit's own."""

    tab: Tab
    desk: Desk
    controls: dict[str, gr.components.Component] = field(default_factory=dict)
    more: list[gr.components.Component] = field(default_factory=list)  # beside the choices
    watched: list[gr.components.Component] = field(default_factory=list)  # of `more`: they redraw
    parts: dict[str, Any] = field(default_factory=dict)  # what the tab's hooks have drawn, by name
    note: gr.HTML = None  # type: ignore[assignment]  # drawn with the first area
    status: gr.HTML = None  # type: ignore[assignment]
    picture: gr.HTML = None  # type: ignore[assignment]
    table: gr.HTML = None  # type: ignore[assignment]
    code: gr.Code = None  # type: ignore[assignment]
    plots: list[gr.Plot] = field(default_factory=list)
    chooser: gr.HTML | None = None  # where the tab has one

    @property
    def outputs(self) -> list[gr.components.Component]:
        """What a run shows, in the order of `kit.build.show_all`."""
        shown = [self.picture, self.table, self.code, *self.plots]
        return [*shown, self.chooser] if self.chooser else shown

    @property
    def fields(self) -> tuple[Field, ...]:
        """The controls as a link names them."""
        return tuple(
            Field(
                name,
                self.controls[name],
                lines=setting.lines,
                aliases=setting.aliases,
                ends=None if setting.low is None else self._ends_of(setting),
                has=self._has(setting) if setting.has else None,
            )
            for name, setting in self.tab.settings.items()
        )

    def _ends_of(self, setting: Setting) -> Callable[[Sequence[str]], Ends]:
        """Where a number's range ends for the models that are shown: with two, for either."""

        def ends(models: Sequence[str]) -> Ends:
            shown = self._shown(models)
            high = setting.widest(shown, self.desk.limits)
            return Ends(setting.low, high, setting.said_of(shown))

        return ends

    def _has(self, setting: Setting) -> Callable[[str, Sequence[str]], None]:
        """Refuses a text that names what none of the models shown has."""

        def check(text: str, models: Sequence[str]) -> None:
            refused = None
            for entry in self._shown(models):
                try:
                    return setting.has(text, entry) if setting.has else None
                except UserError as error:
                    refused = error
            if refused:
                raise refused

        return check

    def _shown(self, models: Sequence[str]) -> list[Checkpoint]:
        """The entries of these names; the default where none has one."""
        named = [one for one in self.desk.offered(self.tab.stem) if one.name in models]
        return named or [self.desk.default(self.tab.stem)]

    @property
    def inputs(self) -> list[gr.components.Component]:
        """What a run is given: every control in the order of the choices, then what is kept."""
        return [*(self.controls[name] for name in self.tab.settings), *self.more]

    def chosen(self, values: Sequence[Any]) -> tuple[Choices, Any]:
        """The values of `inputs` as choices, and as what the tab keeps. Raises UserError."""
        count = len(self.tab.settings)
        choices = self.tab.choices(*values[:count])
        return choices, self.tab.gathered(self.desk, choices, values[count:])

    @property
    def opened(self) -> Choices:
        """What the page starts with."""
        return self.tab.choices(*(self.controls[name].value for name in self.tab.settings))
