"""A list of things that keep their identity while it changes: only what is visible is ever painted."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import BindingType
from textual.content import Content
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.visual import Visual
from typing_extensions import override

from flow_tui.app import keys
from flow_tui.dataclass import dataclass

_EDGE = "▎"
"""Marks the line under the cursor, where colours do not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line: something that can be chosen, or what stands over such things."""

    key: str
    """What it stays, wherever it stands; a line without one cannot be chosen."""
    draw: Callable[[int], Content]
    """Makes the line, for a number of cells."""
    part_of: str = ""
    """The key of the line above, where it goes on with that."""


class Entries(ScrollView, can_focus=True, inherit_bindings=False):
    """Shows lines; the cursor stays on what it is on while others come and go."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.HOME_LIST]
    COMPONENT_CLASSES: ClassVar[set[str]] = {"entries--cursor", "entries--edge"}
    DEFAULT_CSS = """
    Entries {
        overflow-x: hidden;
        scrollbar-size-vertical: 1;
        scrollbar-gutter: auto;
        color: $foreground;
        text-wrap: nowrap;
        text-overflow: ellipsis;

        & > .entries--cursor { background: $block-cursor-blurred-background; }
        &:focus > .entries--cursor { background: $block-cursor-background; }
        & > .entries--edge { color: $foreground 55%; }
        &:focus > .entries--edge { color: $accent; }
    }
    """

    class Highlighted(Message):
        """The cursor came to rest on something else."""

        def __init__(self, entries: "Entries") -> None:
            super().__init__()
            self.entries = entries

    class Opened(Message):
        """Somebody wants more of what is under the cursor."""

        def __init__(self, entries: "Entries", key: str) -> None:
            super().__init__()
            self.entries = entries
            self.key = key

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id)
        self._entries: tuple[Entry, ...] = ()
        self._places: dict[str, int] = {}
        self._choices: tuple[int, ...] = ()
        """The lines that can be chosen."""
        self._ranks: dict[int, int] = {}
        self._key = ""
        self._painted: tuple[object, list[Content]] | None = None
        """What was painted last, and where."""
        self._is_steered = False
        """Somebody moved the cursor."""

    # What the screen calls

    def show(self, entries: Sequence[Entry]) -> None:
        """Show these; whoever was under the cursor keeps it, or leaves it to what takes its place.

        In a list that nobody has been in yet, the cursor stays at the top.
        """
        before, was = self._index, self._key
        offset = before - self.scroll_offset.y if before is not None else 0
        rank = self.highlighted or 0
        self._entries = tuple(entries)
        self._places = {entry.key: index for index, entry in enumerate(entries) if entry.key}
        self._choices = tuple(self._places.values())
        self._ranks = {index: rank for rank, index in enumerate(self._choices)}
        if not (self._is_steered or self.has_focus):
            self._key = self._entries[self._choices[0]].key if self._choices else ""
        elif self._key not in self._places:
            at = min(rank, len(self._choices) - 1)
            self._key = self._entries[self._choices[at]].key if self._choices else ""
        self.virtual_size = Size(0, len(self._entries))
        said: tuple[object, list[Content]] | None = self._said()
        after = self._index
        if after is not None and before is not None and after != before and 0 <= offset < self.size.height:
            self.scroll_to(y=max(0, after - offset), animate=False, force=True)
            said = None
        self._repaint(said)
        if self._key != was:
            self._keep_in_view()
            self.post_message(self.Highlighted(self))

    def go_to(self, key: str) -> None:
        """Put the cursor on something that is shown."""
        index = self._places.get(key)
        if index is not None:
            self._place(self._ranks[index])

    def __len__(self) -> int:
        """Return how many lines there are."""
        return len(self._entries)

    def __bool__(self) -> bool:
        """Be there, even without a line."""
        return True

    @property
    def choices(self) -> int:
        """Return how many things can be chosen."""
        return len(self._choices)

    @property
    def key(self) -> str:
        """Return what is under the cursor, or nothing."""
        return self._key

    @property
    def highlighted(self) -> int | None:
        """Return how many things stand before the cursor."""
        index = self._index
        return self._ranks[index] if index is not None else None

    @property
    def _index(self) -> int | None:
        return self._places.get(self._key)

    # Painting

    def _said(self) -> tuple[object, list[Content]]:
        """Return where the view is, and what the lines in it say."""
        top, (width, height) = self.scroll_offset.y, self.scrollable_content_region.size
        lines = [entry.draw(width - 1) for entry in self._entries[top : top + height]] if width > 1 else []
        return (top, width, self._key, self.has_focus), lines

    def _repaint(self, said: tuple[object, list[Content]] | None) -> None:
        """Paint the lines that say something else than before; all of them where the view is another."""
        before, self._painted = self._painted, said
        if said is None or before is None or said[0] != before[0] or len(said[1]) != len(before[1]):
            self.refresh()
            return
        width = self.size.width
        for y, (now, then) in enumerate(zip(said[1], before[1], strict=True)):
            if not now.is_same(then):
                self.refresh(Region(0, y, width, 1))

    @override
    def render_line(self, y: int) -> Strip:
        """Return one visible line."""
        width = self.scrollable_content_region.width
        index = self.scroll_offset.y + y
        if width <= 0 or index >= len(self._entries):
            return Strip.blank(width, self.rich_style)
        entry = self._entries[index]
        is_here = bool(self._key) and self._key in {entry.key, entry.part_of}
        style = self.get_visual_style("entries--cursor") if is_here else self.visual_style
        painted = Visual.to_strips(self, entry.draw(width - 1), width - 1, 1, style, pad=True)
        line = painted[0] if painted else Strip.blank(width - 1, style.rich_style)
        edge = style.rich_style
        if is_here:
            edge += self.get_component_rich_style("entries--edge", partial=True)
        mark = _EDGE if is_here else " "
        return Strip([Segment(mark, edge), *line], line.cell_length + 1)

    # Moving

    def _place(self, at: int) -> None:
        """Put the cursor on one of what can be chosen."""
        if not self._choices:
            return
        self._is_steered = True
        key = self._entries[self._choices[max(0, min(at, len(self._choices) - 1))]].key
        if key != self._key:
            self._key = key
            self.refresh()
            self.post_message(self.Highlighted(self))
        self._keep_in_view()

    def _keep_in_view(self) -> None:
        index, top, height = self._index, self.scroll_offset.y, self.size.height
        if index is None or height <= 0:
            return
        before = self._entries[index - 1] if index else None
        first = index - 1 if before is not None and not (before.key or before.part_of) else index
        last = index
        while last + 1 < len(self._entries) and self._entries[last + 1].part_of == self._key:
            last += 1
        if first < top:  # with the heading over it
            self.scroll_to(y=first if index - first < height else index, animate=False, force=True)
        elif last > top + height - 1:
            self.scroll_to(y=min(index, last - height + 1), animate=False, force=True)

    def _move(self, by: int) -> None:
        self._place((self.highlighted or 0) + by)

    def action_cursor_down(self) -> None:
        """Go to the next one."""
        self._move(1)

    def action_cursor_up(self) -> None:
        """Go to the one before."""
        self._move(-1)

    @override
    def action_page_down(self) -> None:
        self._move(max(1, self.size.height - 1))

    @override
    def action_page_up(self) -> None:
        self._move(-max(1, self.size.height - 1))

    def action_first(self) -> None:
        """Go to the first one."""
        self._place(0)

    def action_last(self) -> None:
        """Go to the last one."""
        self._place(len(self._choices) - 1)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002 - part of the interface
        """Allow to open what there is."""
        return action != "select" or bool(self._key)

    def action_select(self) -> None:
        """Ask for more of what is under the cursor."""
        if self._key:
            self.post_message(self.Opened(self, self._key))

    def on_click(self, event: events.Click) -> None:
        """Go where somebody points; twice there, open it."""
        place = event.get_content_offset(self)
        index = self.scroll_offset.y + place.y if place is not None else len(self._entries)
        entry = self._entries[index] if index < len(self._entries) else None
        key = (entry.key or entry.part_of) if entry is not None else ""
        if key:
            self._place(self._ranks[self._places[key]])
            if event.chain == 2:
                self.action_select()
