"""A screen that fills the terminal and ends in a line of keys."""

from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar

from textual.binding import Binding
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip
from typing_extensions import override

from flow_tui.app.key_names import is_letter
from flow_tui.app.reach import while_shown
from flow_tui.app.widgets.key_bar import KeyBar
from flow_tui.app.widgets.plain_pane import alike


class FullScreen(Screen[None]):
    """Keeps its line of keys true."""

    shows_runs: ClassVar[bool] = False
    """Whether a run that is opened is shown here."""

    @override
    def call_after_refresh(self, callback: Callable[..., object], *args: object, **named: object) -> bool:
        return super().call_after_refresh(while_shown(self, callback), *args, **named)

    @override
    def render_lines(self, crop: Region) -> list[Strip]:
        return alike(super().render_lines, crop)

    @override
    def refresh_bindings(self) -> None:
        super().refresh_bindings()
        bars = self.query(KeyBar)
        if not bars:
            return
        told = [
            self.told(each.binding)
            for each in self.active_bindings.values()
            if each.enabled and self.in_footer(each.binding.id or "")
        ]
        if self.is_typing:
            told = [_without_letter(each) for each in told if not is_letter(each.key)]
        for bar in bars:
            bar.show(told)

    @property
    def is_typing(self) -> bool:
        """Say whether letters are only text now."""
        return self.focused is not None and self.focused.check_consume_key("q", "q")

    def told(self, binding: Binding) -> Binding:
        """Return a key as the last line tells it."""
        return binding

    def in_footer(self, name: str) -> bool:  # noqa: ARG002 - for those that leave keys out
        """Say whether a key that works is to be told in the last line."""
        return True


def _without_letter(binding: Binding) -> Binding:
    """Return ``binding`` told with the key it has, where another of its keys is told otherwise."""
    return replace(binding, key_display=None) if len(binding.key_display or "") == 1 else binding
