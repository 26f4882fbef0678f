"""Recorded output, of whatever length: only what is visible is asked for, kept and painted."""

from typing import ClassVar

from rich.segment import Segment
from textual import on
from textual.binding import BindingType
from textual.scrollbar import ScrollTo, ScrollUp
from textual.selection import Selection
from textual.strip import Strip
from typing_extensions import override

from flow_tui.app import keys
from flow_tui.app.widgets.log_lines import LogLines
from flow_tui.sanitize import line as clean
from flow_tui.sanitize import plain_log_line

_PREFIX = "log-view--"


class LogView(LogLines, can_focus=True, inherit_bindings=False):
    """Shows the output of one attempt; stays at its end only while it follows."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.LOG_MOVES]
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"{_PREFIX}{part}" for part in ("match", "current", "note")}
    DEFAULT_CSS = """
    LogView {
        overflow-x: auto;
        overflow-y: auto;
        scrollbar-size-vertical: 1;
        scrollbar-size-horizontal: 0;
        color: $foreground;

        & > .log-view--match { background: $warning 35%; }
        & > .log-view--current { background: $warning; color: $background; }
        & > .log-view--note { color: $foreground 55%; }
    }
    """

    @property
    def text(self) -> str:
        """Return the visible lines as plain text."""
        top = self.scroll_offset.y
        return "\n".join(self._plain(y) for y in range(top, min(top + self.size.height, self.total)))

    # Moving

    @override
    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Ask for what came into view."""
        super().watch_scroll_y(old_value, new_value)
        if not self._follows:
            new = self.new
            self._seen = max(self._seen, min(self.total, self.scroll_offset.y + self.size.height))
            if self._misses():
                self._ask()
            if new != self.new:
                self.post_message(self.Moved())

    def on_resize(self) -> None:
        """Stay at the end, and fill what has become visible."""
        if self._follows:
            self._to_end()
        if self._misses() or not self._pages.total:
            self._ask()

    def on_mouse_scroll_up(self) -> None:
        """Who scrolls up wants to read."""
        if self.scroll_offset.y > 0:
            self._stop_following()

    @on(ScrollUp)
    @on(ScrollTo)
    def _dragged(self) -> None:
        self._stop_following()

    def _by(self, lines: int) -> None:
        if lines < 0 and self.scroll_offset.y > 0:
            self._stop_following()
        self.scroll_to(y=self.scroll_offset.y + lines, animate=False, force=True)

    def action_line(self, by: int) -> None:
        self._by(by)

    def action_page(self, by: int) -> None:
        self._by(by * max(1, self.size.height - 1))

    def action_top(self) -> None:
        self._stop_following()
        self.scroll_to(y=0, animate=False, force=True)

    def action_bottom(self) -> None:
        self.follow = True

    def action_side(self, by: int) -> None:
        x = self.scroll_offset.x + by * max(1, self.size.width // 2)
        self.scroll_to(x=max(0, x), animate=False, force=True)

    # Painting

    @override
    def render_line(self, y: int) -> Strip:
        """Return one visible line."""
        index = self.scroll_offset.y + y
        width, x = self.size.width, self.scroll_offset.x
        base = self.rich_style
        if not self.total and self._note and not y:
            said = Segment(clean(self._note), base + self.get_component_rich_style(f"{_PREFIX}note"))
            return Strip([said]).crop_extend(0, width, base)
        selected = self.text_selection.get_span(index) if self.text_selection is not None else None
        strip = self._paint.kept(index) if selected is None else None
        if strip is None:
            data = self._pages.line(index) if index < self.total else None
            if data is None:
                return Strip.blank(width, base)
            strip = self._painted(index, data, selected)
        return strip.crop_extend(x, x + width, base).apply_offsets(x, index)

    def _painted(self, index: int, data: bytes, selected: tuple[int, int] | None) -> Strip:
        is_current = self._at >= 0 and index == self._matches[self._at]
        match = self.get_component_rich_style(f"{_PREFIX}{'current' if is_current else 'match'}")
        chosen = self.screen.get_component_rich_style("screen--selection")
        span = (*selected, chosen) if selected is not None else None
        strip = self._paint.strip(data, self.rich_style, match, span)
        if selected is None:
            self._paint.keep(index, strip)
        if strip.cell_length > self._widest:
            self._widest = strip.cell_length
            self.call_after_refresh(self._resized)
        return strip

    def _plain(self, index: int) -> str:
        data = self._pages.line(index)
        return "" if data is None else plain_log_line(data)

    @override
    def notify_style_update(self) -> None:
        """Forget what was painted with other colours."""
        super().notify_style_update()
        self._paint.clear()

    @override
    def selection_updated(self, selection: Selection | None) -> None:
        """Paint what is selected, or no longer is."""
        self.refresh()

    @override
    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Return the selected text without anything around it."""
        begin = selection.start.y if selection.start is not None else 0
        end = selection.end.y if selection.end is not None else self.total - 1
        lines: list[str] = []
        for index in sorted(i for i in self._pages if begin <= i <= end):
            line, span = self._plain(index), selection.get_span(index)
            if span is not None:
                lines.append(line[span[0] :] if span[1] < 0 else line[span[0] : span[1]])
        return ("\n".join(lines), "\n") if lines else None
