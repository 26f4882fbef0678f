"""The lines of a recorded output that are at hand: a bounded part of it."""

from collections.abc import Iterator
from typing import NamedTuple

from flow_tui.runtime.messages import LogPage
from flow_tui.view import format as fmt

_LINES = 2_000
_BYTES = 8 * 1024 * 1024


class Taken(NamedTuple):
    """What a page changed."""

    shift: int
    """By how much the numbers of all lines grew: those before them have been counted."""
    changed: tuple[int, ...]
    """The lines that are not what they were."""


class LogPages:
    """Keeps the newest pages; forgets what is far from them."""

    def __init__(self) -> None:
        self.total = 0
        self._lines: dict[int, bytes] = {}
        self._numbers: dict[int, int] = {}
        self._times: dict[int, int] = {}
        self._names: dict[int, str] = {}
        self.widest_name = 0
        self.is_timed = False
        """Whether it is known of any line when it came."""
        self._counts_from_end = False

    def __contains__(self, index: int) -> bool:
        return index in self._lines

    def __iter__(self) -> Iterator[int]:
        return iter(self._lines)

    def line(self, index: int) -> bytes | None:
        """Return a line, if it is at hand."""
        return self._lines.get(index)

    def number(self, index: int) -> int:
        """Return which line of the file it is; the same, unless only some are looked at."""
        return self._numbers.get(index, index)

    def time(self, index: int) -> int:
        """Return when a line came, in milliseconds since 1970; 0 if that is not known."""
        return self._times.get(index, 0)

    def name(self, index: int) -> str:
        """Return whose line it is, where those of several are shown."""
        return self._names.get(index, "")

    @property
    def is_counted(self) -> bool:
        """Say whether the numbers of the lines are those of the file, or of all that are looked at."""
        return not self._counts_from_end

    def clear(self) -> None:
        """Forget everything."""
        self._lines.clear()
        self._numbers.clear()
        self._times.clear()
        self._names.clear()
        self.widest_name = 0
        self.total, self._counts_from_end, self.is_timed = 0, False, False

    def take(self, page: LogPage) -> Taken:
        """Add a page; one that counts from the end stands alone until the lines before it are counted."""
        if page.first < 0:
            return self._take_end(page)
        shift = 0
        if self._counts_from_end:
            shift = max(0, page.total - self.total)
            self._lines = {index + shift: line for index, line in self._lines.items()}
            self._counts_from_end = False
        if page.total < self.total:
            self._lines.clear()
        self.total = page.total
        new = dict(enumerate(page.lines, page.first))
        times = dict(enumerate(page.times, page.first))
        changed = tuple(
            index
            for index, line in new.items()
            if self._lines.get(index) != line or self._times.get(index) != times.get(index)
        )
        self._make_room(page.first, len(new), sum(map(len, page.lines)))
        self._lines.update(new)
        self.is_timed = bool(times) or (self.is_timed and not new)
        known = {index: time for index, time in self._times.items() if index in self._lines}
        self._times = {**known, **times}
        if page.names:
            names = {index: name for index, name in self._names.items() if index in self._lines}
            self._names = {**names, **dict(enumerate(page.names, page.first))}
            self.widest_name = max(self.widest_name, *map(fmt.width, set(page.names)))
        if page.numbers:
            known = {index: number for index, number in self._numbers.items() if index in self._lines}
            self._numbers = {**known, **dict(enumerate(page.numbers, page.first))}
        return Taken(shift, changed)

    def _take_end(self, page: LogPage) -> Taken:
        if self.total and not self._counts_from_end:
            return Taken(0, ())  # what is known is better than that
        self._lines = dict(enumerate(page.lines))
        self.total, self._counts_from_end = len(page.lines), True
        return Taken(0, tuple(self._lines))

    def _make_room(self, first: int, count: int, size: int) -> None:
        if len(self._lines) + count <= _LINES and sum(map(len, self._lines.values())) + size <= _BYTES:
            return
        near = range(first - _LINES // 4, first + count + _LINES // 4)
        kept = {index: line for index, line in self._lines.items() if index in near}
        self._lines = kept if sum(map(len, kept.values())) + size <= _BYTES else {}
