"""Lines that are made here and read like those of a file."""

from bisect import bisect_left
from collections.abc import Iterable
from pathlib import Path

from flow_tui.app.inbox import Inbox
from flow_tui.runtime.log_news import LogMatches, LogSaved
from flow_tui.runtime.log_search import MOST, finder
from flow_tui.runtime.messages import ALL, LogPage, Recording, Sight
from flow_tui.sanitize import plain_log_line


class Sheet:
    """A page of text, which can become longer."""

    def __init__(self, inbox: Inbox, lines: Iterable[str] = ()) -> None:
        self._inbox = inbox
        self._lines = [line.encode(errors="replace") for line in lines]
        self._rows: tuple[Sight, int, list[int]] = (ALL, 0, [])

    def __len__(self) -> int:
        """Return how many lines there are."""
        return len(self._lines)

    def add(self, lines: Iterable[str]) -> None:
        """Add lines at the end."""
        self._lines += [line.encode(errors="replace") for line in lines]

    def lines(self, token: int, recording: Recording, first: int, count: int, near: int = -1) -> None:
        """Deliver some lines of those in sight."""
        sight = recording.sight
        rows = self._in_sight(sight)
        at = min(bisect_left(rows, near), len(rows) - 1) if near >= 0 else -1
        begin = max(0, len(rows) - count) if first < 0 else first
        begin = begin if at < 0 else max(0, at - count // 2)
        numbers = tuple(rows[begin : begin + count])
        self._inbox.put(
            LogPage(
                token=token,
                run_id=recording.run_id,
                path=recording.path,
                attempt=recording.attempt,
                first=begin,
                lines=tuple(self._lines[number] for number in numbers),
                total=len(rows),
                size=0,
                numbers=numbers if sight != ALL else (),
                of=len(self._lines) if sight != ALL else 0,
                at=at,
            )
        )

    def search(self, token: int, recording: Recording, pattern: str) -> None:
        """Deliver where a text occurs."""
        rows, found = self._in_sight(recording.sight), finder(pattern)
        matches = [
            row
            for row, number in enumerate(rows)
            if found is not None and found.search(plain_log_line(self._lines[number]))
        ]
        self._inbox.put(
            LogMatches(
                token=token,
                run_id=recording.run_id,
                path=recording.path,
                attempt=recording.attempt,
                pattern=pattern,
                lines=tuple(matches[:MOST]),
            )
        )

    def text(self, sight: Sight = ALL) -> str:
        """Return the lines in sight, fit for a file."""
        return "".join(f"{plain_log_line(self._lines[number])}\n" for number in self._in_sight(sight))

    def save(self, token: int, recording: Recording, file: Path) -> None:  # noqa: ARG002 - as of other readers
        """Say that whoever shows a page has its text, and writes it."""
        self._inbox.put(LogSaved(token=token, file=str(file), lines=0, is_over=True, why="it is no output"))

    def file(self, recording: Recording) -> Path:  # noqa: ARG002 - as of other readers
        """Return that there is none."""
        return Path()

    def _in_sight(self, sight: Sight) -> list[int]:
        """Return which lines are looked at."""
        if (sight, len(self._lines)) != self._rows[:2]:
            self._rows = (sight, len(self._lines), self._sifted(sight))
        return self._rows[2]

    def _sifted(self, sight: Sight) -> list[int]:
        wanted = not sight.pattern.startswith("!")
        found = finder(sight.pattern.removeprefix("!"))
        numbers = range(sight.since, len(self._lines))
        if found is None:
            return [*numbers]
        return [n for n in numbers if (found.search(plain_log_line(self._lines[n])) is not None) is wanted]
