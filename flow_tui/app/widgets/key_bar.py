"""The line at the bottom: the keys that do something now."""

from collections.abc import Iterable

from textual import events
from textual.binding import Binding
from textual.content import Content
from textual.widget import Widget

from flow_tui.app import key_names, keys, marks
from flow_tui.app.reach import app_of
from flow_tui.dataclass import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """One key with what it does."""

    key: str
    text: Content

    @property
    def width(self) -> int:
        """Return how many cells it takes."""
        return self.text.cell_length


def hint(binding: Binding) -> Hint:
    """Return how a key is shown."""
    key = binding.key.split(",", maxsplit=1)[0].strip()
    shown = binding.key_display or key_names.shown(key)
    return Hint(
        key=key, text=Content.assemble((shown, f"bold {marks.ACCENT}"), (f" {binding.description}", ""))
    )


def fitting(bindings: Iterable[Binding], width: int) -> list[Hint]:
    """Return what fits, the most important first kept, in the order of the table."""
    by_id: dict[str | None, Binding] = {}
    for binding in bindings:
        by_id.setdefault(binding.id, binding)  # the first of its keys
    chosen: dict[str, Hint] = {}
    room = width
    for name in keys.FOOTER:
        if name not in by_id:
            continue
        candidate = hint(by_id[name])
        if candidate.width + 2 <= room:
            chosen[name] = candidate
            room -= candidate.width + 2
    last = ("app.help", "app.palette", "app.quit")
    order = [name for name in keys.FOOTER if name not in last]
    return [chosen[name] for name in (*order, *last) if name in chosen]


class KeyBar(Widget):
    """Paints the keys of the screen that work on the selection now; a click presses one."""

    def __init__(self) -> None:
        super().__init__()
        self._bindings_now: tuple[Binding, ...] = ()

    def show(self, bindings: Iterable[Binding]) -> None:
        """Show those of ``bindings`` that belong here."""
        now = tuple(binding for binding in bindings if binding.id in keys.FOOTER)
        if now != self._bindings_now:
            self._bindings_now = now
            self.refresh()

    def render(self) -> Content:
        """Return the line."""
        return Content("  ").join(each.text for each in self._hints())

    def _hints(self) -> list[Hint]:
        return fitting(self._bindings_now, self.content_size.width + 2)

    def on_click(self, event: events.Click) -> None:
        """Press the key that was clicked."""
        position = event.get_content_offset(self)
        if position is None:
            return
        left = 0
        for each in self._hints():
            if left <= position.x < left + each.width:
                app_of(self).simulate_key(each.key)
                return
            left += each.width + 2
