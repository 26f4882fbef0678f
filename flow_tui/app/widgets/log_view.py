"""Recorded output, of whatever length: only what is visible is asked for, kept and painted."""

import itertools
import re
from typing import ClassVar

from rich.segment import Segment
from textual import on
from textual.binding import BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.scrollbar import ScrollTo, ScrollUp
from textual.selection import Selection
from textual.strip import Strip
from typing_extensions import override

from flow_tui.app import keys
from flow_tui.app.session import Reader
from flow_tui.app.widgets import log_line
from flow_tui.app.widgets.log_pages import LogPages
from flow_tui.model.ids import RunId, StepPath
from flow_tui.runtime.log_search import finder
from flow_tui.runtime.messages import CouldNotRead, Kept, LogMatches, LogPage
from flow_tui.sanitize import line as clean
from flow_tui.sanitize import plain_log_line
from flow_tui.view import format as fmt

_PREFIX = "log-view--"
_MARGIN = 100
"""How many lines beyond the visible ones are asked for."""
_STRIPS = 256
_TOKENS = itertools.count(1_000_000)  # told apart from the tokens of others who ask the same reader


class LogView(ScrollView, can_focus=True, inherit_bindings=False):
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

    class Moved(Message):
        """What the view says about itself changed: position, length, following, matches."""

    def __init__(self, *, name: str | None = None) -> None:
        super().__init__(name=name)
        self._reader: Reader | None = None
        self._source: tuple[RunId, StepPath, int] | None = None
        self._what: Kept = "output"
        self._pages = LogPages()
        self._strips: dict[int, Strip] = {}
        self._token = self._search_token = 0
        self._is_asking = self._asks_again = False
        self._follows = True
        self._seen = 0
        self._widest = 0
        self._note = ""
        self._pattern = ""
        self._finder: re.Pattern[str] | None = None
        self._matches: tuple[int, ...] = ()
        self._at = -1

    # What the screen calls

    def open(
        self, reader: Reader, run_id: RunId, path: StepPath, attempt: int, what: Kept = "output"
    ) -> None:
        """Show the output of an attempt, from its end, or its prompt; the same one again changes nothing."""
        source = (run_id, path, attempt)
        if (self._source, self._what) == (source, what) and self._reader is reader:
            return
        self.close()
        self._reader, self._source, self._what = reader, source, what
        self._follows = what == "output"
        self._ask()
        if self._pattern:
            self._search()

    def close(self, note: str = "") -> None:
        """Show nothing but ``note``."""
        self._source = None
        self._token = self._search_token = 0
        self._is_asking = self._asks_again = False
        self._pages.clear()
        self._strips.clear()
        self._follows, self._seen, self._widest, self._note = True, 0, 0, note
        self._matches, self._at = (), -1
        self._resized()
        self.scroll_to(x=0, y=0, animate=False, force=True)
        self.refresh()
        self.post_message(self.Moved())

    def grew(self) -> None:
        """Look for more: the output may have become longer."""
        self._ask()

    def answer(self, item: LogPage | LogMatches | CouldNotRead) -> None:
        """Take what the reader found; answers to older questions are dropped."""
        if isinstance(item, LogMatches):
            if item.token == self._search_token:
                self._found(item)
        elif isinstance(item, LogPage):
            if item.token == self._token:
                self._take(item)
        elif item.token in (self._token, self._search_token):
            self._note = item.why
            self._is_asking = False
            self.refresh()
            self.post_message(self.Moved())

    def search(self, pattern: str) -> None:
        """Find ``pattern`` in all of the output, and go to the first match from here on; empty ends it."""
        self._pattern = pattern
        self._finder = finder(pattern)
        self._matches, self._at = (), -1
        self._strips.clear()
        self._search()
        self.refresh()
        self.post_message(self.Moved())

    def next_match(self, by: int = 1) -> None:
        """Go to the next match, or with a negative ``by`` to the one before."""
        if not self._matches:
            return
        self._at = (self._at + by) % len(self._matches)
        self._go_to_match()

    @property
    def follow(self) -> bool:
        """Say whether the view stays at the end."""
        return self._follows

    @follow.setter
    def follow(self, follows: bool) -> None:
        if self._follows is follows:
            return
        self._follows = follows
        if follows:
            self._seen = 0
            self._to_end()
            self._ask()
        self.post_message(self.Moved())

    @property
    def total(self) -> int:
        """Return how many lines are known."""
        return self._pages.total

    @property
    def new(self) -> int:
        """Return how many lines came that nobody has seen."""
        return 0 if self._follows else max(0, self._pages.total - self._seen)

    @property
    def hint(self) -> str:
        """Return what is below: ``▼ 214 new``; nothing while following."""
        return f"▼ {fmt.number(self.new)} new" if self.new else ""

    @property
    def pattern(self) -> str:
        """Return what was searched for."""
        return self._pattern

    @property
    def place_in_matches(self) -> str:
        """Return which match of how many one is at: ``3/17``."""
        if not self._pattern:
            return ""
        return f"{fmt.number(self._at + 1)}/{fmt.number(len(self._matches))}"

    @property
    def has_matches(self) -> bool:
        """Say whether what was searched for is there."""
        return bool(self._matches)

    @property
    def note(self) -> str:
        """Return why there is nothing to see, or nothing."""
        return self._note

    @property
    def text(self) -> str:
        """Return the visible lines as plain text."""
        top = self.scroll_offset.y
        return "\n".join(self._plain(y) for y in range(top, min(top + self.size.height, self.total)))

    # Asking

    def _ask(self) -> None:
        """Ask for what is visible, or for the end while following; one question at a time."""
        if self._reader is None or self._source is None or not self.is_mounted:
            return
        if self._is_asking:
            self._asks_again = True
            return
        self._is_asking, self._asks_again = True, False
        self._token = next(_TOKENS)
        count = self.size.height + 2 * _MARGIN
        first = -1 if self._follows else max(0, self.scroll_offset.y - _MARGIN)
        self._reader.lines(self._token, *self._source, first, count, self._what)

    def _search(self) -> None:
        if self._reader is not None and self._source is not None:
            self._search_token = next(_TOKENS)
            self._reader.search(self._search_token, *self._source, self._pattern, self._what)

    def _take(self, page: LogPage) -> None:
        before, top = self._pages.total, self.scroll_offset.y
        shift, changed = self._pages.take(page)
        self._note = ""
        for index in changed:
            self._strips.pop(index, None)
        if shift:
            self._strips.clear()
            self._seen += shift
        self._resized()
        if self._follows:
            self._to_end()
        elif shift:
            self.scroll_to(y=top + shift, animate=False, force=True)
        if changed or shift or before != self._pages.total:
            self.refresh()
            self.post_message(self.Moved())
        if page.first >= 0:
            self._is_asking = False
            if self._asks_again or (changed and self._misses()):
                self._ask()

    def _misses(self) -> bool:
        """Say whether a visible line is not there."""
        top = self.scroll_offset.y
        return any(y not in self._pages for y in range(top, min(top + self.size.height, self.total)))

    # Matches

    def _found(self, item: LogMatches) -> None:
        self._matches = item.lines
        here = self.scroll_offset.y
        after = (i for i, line in enumerate(self._matches) if line >= here)
        self._at = next(after, 0) if self._matches else -1
        if self._matches:
            self._go_to_match()
        self.post_message(self.Moved())

    def _go_to_match(self) -> None:
        self._stop_following()
        line, top, height = self._matches[self._at], self.scroll_offset.y, self.size.height
        if not top <= line < top + height:
            self.scroll_to(y=max(0, line - height // 2), animate=False, force=True)
        self._strips.clear()
        self.refresh()
        self.post_message(self.Moved())

    # Moving

    def _stop_following(self) -> None:
        if self._follows:
            self._seen = self.total
            self.follow = False

    def _to_end(self) -> None:
        self.scroll_to(y=max(0, self.total - self.size.height), animate=False, force=True)

    def _resized(self) -> None:
        size = Size(self._widest, self.total)
        if size != self.virtual_size:
            self.virtual_size = size

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
        strip = self._strips.get(index) if selected is None else None
        if strip is None:
            data = self._pages.line(index) if index < self.total else None
            if data is None:
                return Strip.blank(width, base)
            strip = self._paint(index, data, selected)
        return strip.crop_extend(x, x + width, base).apply_offsets(x, index)

    def _paint(self, index: int, data: bytes, selected: tuple[int, int] | None) -> Strip:
        line = log_line.text(data)
        is_current = self._at >= 0 and index == self._matches[self._at]
        part = "current" if is_current else "match"
        log_line.mark(line, self._finder, self.get_component_rich_style(f"{_PREFIX}{part}"))
        if selected is not None:
            begin, end = selected
            chosen = self.screen.get_component_rich_style("screen--selection")
            line.stylize(chosen, begin, len(line.plain) if end < 0 else end)
        line.stylize_before(self.rich_style)
        strip = Strip(log_line.segments(line), line.cell_len)
        if selected is None:
            if len(self._strips) >= _STRIPS:
                self._strips.clear()
            self._strips[index] = strip
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
        self._strips.clear()

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
