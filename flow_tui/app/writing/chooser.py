"""A few things to choose from, right where one writes."""

from collections.abc import Callable, Sequence

from textual import events
from textual.content import Content
from textual.geometry import Offset
from textual.widget import Widget
from typing_extensions import override

from flow_tui.app import marks
from flow_tui.app.text import short
from flow_tui.dataclass import dataclass

_ROWS = 8
_WIDEST = 72
_LABEL = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One of them."""

    label: str
    about: str
    choose: Callable[[], object]


class Chooser(Widget):
    """Lies over the text while it is open; the keys go through the text to it."""

    DEFAULT_CSS = """
    Chooser {
        display: none;
        position: absolute;
        overlay: screen;
        constrain: inside inflect;
        width: auto;
        height: auto;
        background: $panel;
        border-left: outer $accent;
        text-wrap: nowrap;
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._items: Sequence[Item] = ()
        self._at = 0

    @property
    def is_open(self) -> bool:
        """Say whether there is something to choose from."""
        return bool(self._items)

    def open(self, items: Sequence[Item], place: Offset) -> None:
        """Show these, below a place of the screen; none at all closes it."""
        self._items, self._at = items, 0
        self.display = bool(items)
        self.styles.offset = (place.x, place.y + 1)
        self.refresh(layout=True)

    def close(self) -> None:
        """Show nothing."""
        if self._items:
            self.open((), Offset())

    def take_key(self, key: str) -> bool:
        """Take a key if it is one for choosing; say whether it is."""
        if not self._items:
            return False
        moves = {"down": 1, "up": -1, "pagedown": _ROWS, "pageup": -_ROWS}
        if key in moves:
            last = len(self._items) - 1
            wraps = abs(moves[key]) == 1
            at = self._at + moves[key]
            self._at = at % (last + 1) if wraps else max(0, min(last, at))
            self.refresh()
        elif key in ("enter", "tab"):
            self._choose(self._at)
        elif key == "escape":
            self.close()
        else:
            return False
        return True

    def _choose(self, at: int) -> None:
        item = self._items[at]
        self.close()
        item.choose()

    @property
    def _first(self) -> int:
        return max(0, min(self._at - _ROWS // 2, len(self._items) - _ROWS))

    @override
    def render(self) -> Content:
        wide = min(_LABEL, max((len(item.label) for item in self._items), default=0))
        rows = [
            self._row(item, wide, is_here=at == self._at)
            for at, item in list(enumerate(self._items))[self._first : self._first + _ROWS]
        ]
        if len(self._items) > _ROWS:
            rows.append(Content.styled(f"   {self._at + 1} of {len(self._items)}", marks.FAINT))
        return Content("\n").join(rows)

    def _row(self, item: Item, wide: int, *, is_here: bool) -> Content:
        label = short(item.label, _LABEL, "bold" if is_here else "")
        label += Content(" " * max(0, wide - label.cell_length))
        about = (
            short(item.about.replace("`", ""), _WIDEST - wide - 4, marks.FAINT) if item.about else Content()
        )
        row = Content.assemble("▸ " if is_here else "  ", label, "  ", about, " ")
        return row.stylize("on $block-cursor-background") if is_here else row

    def on_click(self, event: events.Click) -> None:
        """Choose what somebody points at."""
        event.stop()
        at = self._first + event.y
        if event.y < _ROWS and at < len(self._items):
            self._choose(at)
