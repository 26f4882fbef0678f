"""Recorded output, of whatever length: only what is visible is asked for, kept and painted."""

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, Literal, TypeAlias

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual import on
from textual.binding import BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scrollbar import ScrollTo, ScrollUp
from textual.selection import Selection
from textual.strip import Strip
from typing_extensions import override

from flow_tui.app import step_keys
from flow_tui.app.widgets import log_gutter, log_line
from flow_tui.app.widgets.log_lines import LogLines
from flow_tui.app.widgets.log_wrap import Place, moved
from flow_tui.runtime.messages import LogPage
from flow_tui.sanitize import line as clean
from flow_tui.sanitize import plain_log_line
from flow_tui.view import format as fmt

_PREFIX = "log-view--"
Kind: TypeAlias = Literal["pager", "editor"]


class LogView(LogLines, can_focus=True, inherit_bindings=False):
    """Shows the output of one attempt; stays at its end only while it follows."""

    BINDINGS: ClassVar[list[BindingType]] = [*step_keys.LOG_MOVES]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *(f"{_PREFIX}{part}" for part in ("match", "current", "mark", "note")),
        *(f"{_PREFIX}name{number}" for number in range(log_gutter.COLOURS)),
    }
    DEFAULT_CSS = """
    LogView {
        overflow-x: auto;
        overflow-y: auto;
        scrollbar-size-vertical: 1;
        scrollbar-size-horizontal: 0;
        color: $foreground;

        & > .log-view--match { background: $warning 35%; }
        & > .log-view--current { background: $warning; color: $background; }
        & > .log-view--mark { background: $accent 30%; text-style: underline; }
        & > .log-view--note { color: $foreground 55%; }
        & > .log-view--name0 { color: $accent; }
        & > .log-view--name1 { color: $success; }
        & > .log-view--name2 { color: $warning; }
        & > .log-view--name3 { color: $secondary; }
    }
    """

    class Lend(Message):
        """Somebody wants to see the recorded file in a program of their own."""

        def __init__(self, file: Path | None, kind: Kind, line: int = 0) -> None:
            super().__init__()
            self.file = file
            self.kind: Kind = kind
            self.line = line
            """Where to begin, from 1."""

    wraps = False
    """Whether long lines take several rows."""
    times = False
    """Whether it stands before each line when it came, where that is known."""
    _sub = Place(0, 0)
    _width = 0
    _wanted = -1
    """A line that is to be seen, as soon as it is known how many rows the ones around it take."""

    @property
    def text(self) -> str:
        """Return the visible lines as plain text."""
        top = self.scroll_offset.y
        return "\n".join(self.plain(y) for y in range(top, min(self._end_of_sight(), self.total)))

    # Moving

    @override
    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Ask for what came into view."""
        super().watch_scroll_y(old_value, new_value)
        if self.times:
            self.post_message(self.Moved())  # perhaps to another day
        if not self._follows:
            new = self.new
            self._seen = max(self._seen, min(self.total, self._end_of_sight()))
            if self._misses():
                self._ask()
            if new != self.new:
                self.post_message(self.Moved())

    def on_resize(self) -> None:
        """Stay at the end, and fill what has become visible."""
        self._rewrap()
        if self._follows:
            self._to_end()
        if self._misses() or not self._pages.total:
            self._ask()

    def watch_show_vertical_scrollbar(self) -> None:
        """Divide long lines so that none is under the scrollbar."""
        self._rewrap()

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
        if self.wraps:
            self._go(min(self._last_top(), moved(self._top(), lines, self._rows, self.total)))
            return
        self.scroll_to(y=self.scroll_offset.y + lines, animate=False, force=True)

    def action_line(self, by: int) -> None:
        self._by(by)

    def action_page(self, by: int) -> None:
        self._by(by * max(1, self.size.height - 1))

    def action_half_page(self, by: int) -> None:
        self._by(by * max(1, self.size.height // 2))

    def action_top(self) -> None:
        self._stop_following()
        self.scroll_to(y=0, animate=False, force=True)

    def action_bottom(self) -> None:
        self.follow = True

    def action_lend(self, kind: Kind) -> None:
        self.post_message(self.Lend(self.file, kind))

    def action_side(self, by: int) -> None:
        if self.wraps:
            return
        x = self.scroll_offset.x + by * max(1, self._room // 2)
        self.scroll_to(x=max(0, x), animate=False, force=True)

    # Wrapping: scrolling goes by lines, and by rows only from the first visible line on

    def action_wrap(self) -> None:
        """Show long lines on several rows, or on one; what stands at the top stays there."""
        self.wraps = not self.wraps
        self._paint.clear()
        self._sub, self._width = Place(0, 0), self._room
        self._resized()
        self.scroll_to(x=0, y=self.scroll_offset.y, animate=False, force=True)
        if self._follows:
            self._to_end()
        self.refresh()
        self.post_message(self.Moved())

    def _rewrap(self) -> None:
        """Keep the same text at the top of rows that are wider or narrower than before, if they are."""
        if not self.wraps or self._width == self._room:
            return
        line = self.scroll_offset.y
        row = self._sub.row if self._sub.line == line else 0
        self._sub = Place(line, row * self._width // max(1, self._room))
        self._width = self._room
        self._paint.clear()
        self._resized()
        if self._follows:
            self._to_end()
        self.refresh()

    def _top(self) -> Place:
        """Return what stands on the first row."""
        y = self.scroll_offset.y
        if not self.wraps or self._sub.line != y:
            return Place(y, 0)
        return Place(y, min(self._sub.row, self._rows(y) - 1))  # the line may be another one by now

    def _last_top(self) -> Place:
        """Return what stands on the first row when the last one is the end."""
        last = max(0, self.total - 1)
        return moved(Place(last, self._rows(last) - 1), 1 - self.size.height, self._rows, self.total)

    def _go(self, place: Place) -> None:
        self._sub = place
        self.scroll_to(y=place.line, animate=False, force=True)
        self.refresh()

    def _rows(self, index: int) -> int:
        """Return how many rows a line takes; one, as long as it is not at hand."""
        data = self._pages.line(index)
        return 1 if data is None else len(self._wrapped(index, data, None))

    def _wrapped(self, index: int, data: bytes, selected: tuple[int, int] | None) -> list[tuple[int, Text]]:
        rows = self._paint.wrapped(index) if selected is None else None
        if rows is None:
            base, match, span = self._base(index), self._match_style(index), self._span(selected)
            rows = self._paint.wrap(index, data, base, match, span, self._room)
        return rows

    @override
    def _end_of_sight(self) -> int:
        if not self.wraps:
            return super()._end_of_sight()
        return moved(self._top(), self.size.height - 1, self._rows, self.total).line + 1

    @override
    def _centre(self, line: int) -> None:
        if self.wraps:
            self._wanted = line
            self._go(moved(Place(line, 0), -(self.size.height // 2), self._rows, self.total))
        else:
            super()._centre(line)

    @override
    def _take(self, page: LogPage) -> None:
        super()._take(page)
        self._rewrap()
        if self.wraps and self._wanted in self._pages:
            line, self._wanted = self._wanted, -1
            if not self.scroll_offset.y <= line < self._end_of_sight():
                self._go(moved(Place(line, 0), -(self.size.height // 2), self._rows, self.total))

    @override
    def _to_end(self) -> None:
        if self.wraps:
            self._go(self._last_top())
        else:
            super()._to_end()

    @override
    def _resized(self) -> None:
        if not self.wraps:
            size = Size(self._widest + self._gutter, self.total)
            if size != self.virtual_size:
                self.virtual_size = size
            return
        beyond = 0 if self._fits() else max(0, self.size.height - 1)
        size = Size(self._room + self._gutter, self.total + beyond)
        if size != self.virtual_size:
            self.virtual_size = size

    def _fits(self) -> bool:
        """Say whether all rows of all lines are in sight at once."""
        height = self.size.height
        return self.total <= height and sum(map(self._rows, range(self.total))) <= height

    # Times

    def action_times(self) -> None:
        """Show when each line came, or not; what stands at the top stays there."""
        self.times = not self.times
        self._rewrap()
        self._resized()
        self.refresh()
        self.post_message(self.Moved())

    @property
    def _gutter(self) -> int:
        """Return how many cells stand before the lines."""
        times = log_gutter.TIME if self.times and self._pages.is_timed else 0
        return times + self._name_width

    @property
    def _name_width(self) -> int:
        """Return how many cells the names of steps take, where there are any."""
        widest = self._pages.widest_name
        return min(widest + 1, log_gutter.NAME, max(8, self.size.width // 4)) if widest else 0

    @property
    def _room(self) -> int:
        """Return how many cells there are for the lines themselves, beside the scrollbar if there is one."""
        return max(1, self.scrollable_content_region.width - self._gutter)

    @property
    def about_times(self) -> str:
        """Return of which day the first visible line is, or that nobody knows; nothing if not asked."""
        if not (self.times and self.total and self._pages.is_counted):
            return ""
        if not self._pages.is_timed:
            return "no times were recorded"
        return f"times {fmt.day(self._pages.time(self.scroll_offset.y))}".rstrip()

    # Painting

    @override
    def render_line(self, y: int) -> Strip:
        """Return one visible line, after what stands before it."""
        base, before = self.rich_style, self._gutter
        if not before:
            return self._line(y, self._room, base)
        place = (
            moved(self._top(), y, self._rows, self.total) if self.wraps else Place(self._top().line + y, 0)
        )
        line = self._line(y, self._room, base)
        index = -1 if place.row or place.beyond else place.line
        return Strip([*log_gutter.drawn(tuple(self._before(index, base)), line), *line])

    def _before(self, index: int, base: Style) -> Iterator[tuple[str, Style]]:
        """Yield what stands before a line: when it came, and whose it is."""
        pages = self._pages
        if self.times and pages.is_timed:
            faint = base + self.get_component_rich_style(f"{_PREFIX}note")
            yield f"{fmt.time_of_day(pages.time(index))} ", faint
        if self._name_width:
            name = pages.name(index)
            part = f"{_PREFIX}name{log_gutter.colour(name)}"
            yield log_gutter.name(name, self._name_width), base + self.get_component_rich_style(part)

    def _line(self, y: int, width: int, base: Style) -> Strip:
        index, x = self.scroll_offset.y + y, self.scroll_offset.x
        if not self.total and self._note and not y:
            said = Segment(clean(self._note), base + self.get_component_rich_style(f"{_PREFIX}note"))
            return Strip([said]).crop_extend(0, width, base)
        if self.wraps:
            return self._row(y, width, base)
        selected = self._selected(index)
        strip = self._paint.kept(index) if selected is None else None
        if strip is None:
            data = self._pages.line(index) if index < self.total else None
            if data is None:
                return Strip.blank(width, base)
            strip = self._painted(index, data, selected)
        return strip.crop_extend(x, x + width, base).apply_offsets(x, index)

    def _row(self, y: int, width: int, base: Style) -> Strip:
        """Return one row of a wrapped line."""
        index, row, beyond = moved(self._top(), y, self._rows, self.total)
        data = self._pages.line(index) if index < self.total and not beyond else None
        if data is None:
            return Strip.blank(width, base)
        begin, text = self._wrapped(index, data, self._selected(index))[row]
        strip = Strip(log_line.segments(text), text.cell_len)
        return strip.crop_extend(0, width, base).apply_offsets(begin, index)

    def _selected(self, index: int) -> tuple[int, int] | None:
        return self.text_selection.get_span(index) if self.text_selection is not None else None

    def _base(self, index: int) -> Style:
        is_marked = bool(self.marks) and self._pages.number(index) in self.marks
        return self.get_component_rich_style(f"{_PREFIX}mark") if is_marked else self.rich_style

    def _match_style(self, index: int) -> Style:
        is_current = self._at >= 0 and index == self._matches[self._at]
        return self.get_component_rich_style(f"{_PREFIX}{'current' if is_current else 'match'}")

    def _span(self, selected: tuple[int, int] | None) -> tuple[int, int, Style] | None:
        chosen = self.screen.get_component_rich_style("screen--selection")
        return (*selected, chosen) if selected is not None else None

    def _painted(self, index: int, data: bytes, selected: tuple[int, int] | None) -> Strip:
        span = self._span(selected)
        strip = self._paint.strip(data, self._base(index), self._match_style(index), span)
        if selected is None:
            self._paint.keep(index, strip)
        if strip.cell_length > self._widest:
            self._widest = strip.cell_length
            self.call_after_refresh(self._resized)
        return strip

    def plain(self, index: int) -> str:
        """Return a line as text, as far as it has been read."""
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
            line, span = self.plain(index), selection.get_span(index)
            if span is not None:
                lines.append(line[span[0] :] if span[1] < 0 else line[span[0] : span[1]])
        return ("\n".join(lines), "\n") if lines else None
