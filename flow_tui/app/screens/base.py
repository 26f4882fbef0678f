"""A screen that fills the terminal and ends in a line of keys."""

from typing import ClassVar

from textual.screen import Screen
from typing_extensions import override

from flow_tui.app.widgets.key_bar import KeyBar


class FullScreen(Screen[None]):
    """Keeps its line of keys true."""

    shows_runs: ClassVar[bool] = False
    """Whether a run that is opened is shown here."""

    @override
    def refresh_bindings(self) -> None:
        super().refresh_bindings()
        for bar in self.query(KeyBar):
            bar.show(
                each.binding
                for each in self.active_bindings.values()
                if each.enabled and self.in_footer(each.binding.id or "")
            )

    def in_footer(self, name: str) -> bool:  # noqa: ARG002 - for those that leave keys out
        """Say whether a key that works is to be told in the last line."""
        return True
