"""The runs that a search finds, however many: only what is visible is asked for, kept near, and painted."""

from collections.abc import Callable
from datetime import datetime
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import BindingType
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.visual import Visual
from typing_extensions import override

from flow_tui.app import past_keys
from flow_tui.app.widgets import history_lines
from flow_tui.model.ids import RunId
from flow_tui.model.values import RunSummary
from flow_tui.runtime.past import HistoryPage

PAGE = 100
_PAGES = 12
"""How many pages are kept: those that were looked at last."""


class RunTable(ScrollView, can_focus=True, inherit_bindings=False):
    """Shows runs; the cursor stays on its run while others come."""

    BINDINGS: ClassVar[list[BindingType]] = [*past_keys.HISTORY_LIST]
    COMPONENT_CLASSES: ClassVar[set[str]] = {"table--cursor", "table--edge"}
    DEFAULT_CSS = """
    RunTable {
        overflow-x: hidden;
        scrollbar-size-vertical: 1;
        color: $foreground;
        text-wrap: nowrap;
        & > .table--cursor { background: $block-cursor-blurred-background; }
        &:focus > .table--cursor { background: $block-cursor-background; }
        & > .table--edge { color: $foreground 55%; }
        &:focus > .table--edge { color: $accent; }
    }
    """

    class Highlighted(Message):
        """The cursor came to another run."""

    class Opened(Message):
        """Somebody wants to see the run under the cursor."""

    def __init__(self, ask: Callable[[int], None]) -> None:
        """Have pages asked for by the index of their first run."""
        super().__init__(id="past-runs")
        self._ask = ask
        self._pages: dict[int, tuple[RunSummary, ...]] = {}
        self._wanted: set[int] = set()
        self._stale: set[int] = set()
        """Pages that are shown, and asked for again."""
        self._left: frozenset[RunId] = frozenset()
        self._total = 0
        self._at = 0
        self._now: datetime | None = None
        self.is_grouped = False
        self.marked: RunSummary | None = None

    # What the screen calls

    def clear(self) -> None:
        """Forget everything; another search begins at its first run."""
        self._pages.clear()
        self._wanted.clear()
        self._stale.clear()
        self._total = self._at = 0
        self.virtual_size = Size(0, 0)
        self.scroll_to(y=0, animate=False, force=True)
        self.refresh()

    def renew(self) -> None:
        """Ask again for what is visible; what is shown stays until the answer is here."""
        self._stale = set(self._pages)
        self._wanted.clear()
        self._need()

    def take(self, page: HistoryPage, now: datetime) -> None:
        """Show a page; the cursor stays on its run if that has moved within what is known."""
        was, before = self.run, self._at
        self._now, self._left, self._total = now, page.left, page.total
        self._wanted.discard(page.first)
        self._stale.discard(page.first)
        self._pages.pop(page.first, None)
        self._pages[page.first] = page.runs
        while len(self._pages) > _PAGES:
            self._pages.pop(next(iter(self._pages)))
        self._at = max(0, min(self._at, self._total - 1))
        if was is not None and (self.run is None or self.run.run_id != was.run_id):
            found = self._index_of(was.run_id)
            self._at = self._at if found is None else found
        self.virtual_size = Size(0, self._total)
        if self._at != before:
            self._keep_in_view()
        self._need()
        self.refresh()
        if self.run is not None and (was is None or was != self.run):
            self.post_message(self.Highlighted())

    def tick(self, now: datetime) -> None:
        """Move the clocks of what goes on."""
        if now != self._now:
            self._now = now
            self.refresh()

    @property
    def run(self) -> RunSummary | None:
        """Return the run under the cursor, once it is read."""
        return self._run_at(self._at)

    @property
    def place(self) -> str:
        """Return which run of how many one is at."""
        return f"{self._at + 1:,}/{self._total:,}" if self._total else ""

    def is_left(self, run: RunSummary) -> bool:
        """Say whether nobody works any more on a run that is not over."""
        return run.run_id in self._left

    def _run_at(self, index: int) -> RunSummary | None:
        page = self._pages.get(index - index % PAGE, ())
        return page[index % PAGE] if index % PAGE < len(page) else None

    def _index_of(self, run_id: RunId) -> int | None:
        for first, page in self._pages.items():
            for number, run in enumerate(page):
                if run.run_id == run_id:
                    return first + number
        return None

    def _need(self) -> None:
        """Ask for the first visible page that is not there; one at a time, the reader answers the newest."""
        top = self.scroll_offset.y
        visible = {index - index % PAGE for index in (top, top + max(1, self.size.height), self._at)}
        for first in sorted(visible):
            is_missing = first not in self._pages or first in self._stale
            if is_missing and (first < self._total or not self._total):
                if not self._wanted:
                    self._wanted.add(first)
                    self._ask(first)
                return

    @override
    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self._need()

    # Painting

    @override
    def render_line(self, y: int) -> Strip:
        """Return one visible line."""
        width = self.scrollable_content_region.width
        index = self.scroll_offset.y + y
        if width <= 1 or index >= self._total:
            return Strip.blank(width, self.rich_style)
        is_here = index == self._at
        style = self.get_visual_style("table--cursor") if is_here else self.visual_style
        painted = Visual.to_strips(self, self._line(index, width - 1), width - 1, 1, style, pad=True)
        line = painted[0] if painted else Strip.blank(width - 1, style.rich_style)
        edge = style.rich_style
        if is_here:
            edge += self.get_component_rich_style("table--edge", partial=True)
        return Strip([Segment("▎" if is_here else " ", edge), *line], line.cell_length + 1)

    def _line(self, index: int, width: int) -> Content:
        run = self._run_at(index)
        if run is None or self._now is None:
            return history_lines.waiting(width)
        above = self._run_at(index - 1) if index > self.scroll_offset.y else None
        return history_lines.run(
            run,
            self._now,
            width,
            is_left=self.is_left(run),
            is_marked=self.marked is not None and self.marked.run_id == run.run_id,
            repeats=self.is_grouped and above is not None and above.workflow == run.workflow,
        )

    # Moving

    def _go(self, index: int) -> None:
        index = max(0, min(index, self._total - 1))
        if index != self._at:
            self._at = index
            self._keep_in_view()
            self._need()
            self.refresh()
            self.post_message(self.Highlighted())

    def _keep_in_view(self) -> None:
        top, height = self.scroll_offset.y, max(1, self.size.height)
        if self._at < top:
            self.scroll_to(y=self._at, animate=False, force=True)
        elif self._at >= top + height:
            self.scroll_to(y=self._at - height + 1, animate=False, force=True)

    def action_move(self, by: int) -> None:
        """Go to another run."""
        self._go(self._at + by)

    @override
    def action_page_down(self) -> None:
        self._go(self._at + max(1, self.size.height - 1))

    @override
    def action_page_up(self) -> None:
        self._go(self._at - max(1, self.size.height - 1))

    def action_first(self) -> None:
        """Go to the first run."""
        self._go(0)

    def action_last(self) -> None:
        """Go to the last run."""
        self._go(self._total - 1)

    def action_open(self) -> None:
        """Show the run under the cursor."""
        if self.run is not None:
            self.post_message(self.Opened())

    def on_click(self, event: events.Click) -> None:
        """Go where somebody points; twice there, open it."""
        place = event.get_content_offset(self)
        if place is not None and self.scroll_offset.y + place.y < self._total:
            self._go(self.scroll_offset.y + place.y)
            if event.chain == 2:
                self.action_open()
