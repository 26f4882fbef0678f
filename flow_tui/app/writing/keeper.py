"""Has what is typed and not saved kept, a moment after somebody stops typing."""

from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import ClassVar

from flow_tui.runtime.drafts import Keep
from flow_tui.runtime.step_news import OfDraft

_TOKENS = count(7_900_000)


class Keeper:
    """Knows what is to be kept, and when; whoever it asks does that elsewhere."""

    pause: ClassVar[float] = 1.0
    """Seconds after the last key."""
    longest: ClassVar[float] = 5.0
    """Seconds after the first one of those that are not kept yet."""

    def __init__(self, file: Path, ask: Callable[[OfDraft], None]) -> None:
        self._file = file
        self._ask = ask
        self._text: str | None = None
        self._first = self._due = 0.0
        self._is_waiting = self._is_kept = False
        self._instead_of = ""

    def know(self, text: str | None, now: float) -> None:
        """Know what is not saved as of ``now``; nothing where everything is, or may be lost."""
        if text is None:
            self._is_waiting = False
            if self._is_kept or self._instead_of:
                self._is_kept = False
                self._send(None)
            return
        if not self._is_waiting:
            self._first, self._is_waiting = now, True
        self._text, self._due = text, min(now + self.pause, self._first + self.longest)

    def take_over(self, name: str) -> None:
        """Forget what was left behind under a name as soon as what it is part of now is kept or saved."""
        self._instead_of = name

    def look(self, now: float) -> None:
        """Have it kept if it is time."""
        if now >= self._due:
            self.flush()

    def flush(self) -> None:
        """Have it kept at once."""
        if self._is_waiting:
            self._is_waiting, self._is_kept = False, True
            self._send(self._text)

    def _send(self, text: str | None) -> None:
        before, self._instead_of = self._instead_of, ""
        self._ask(Keep(token=next(_TOKENS), file=self._file, text=text, instead_of=before))
