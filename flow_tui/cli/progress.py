"""How far long work is, on one line of a terminal that is gone afterwards."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import TextIO, TypeVar

from flow_tui.cli import out
from flow_tui.clock import Clock

AFTER = timedelta(milliseconds=500)
"""What takes no longer is not worth a line."""
EVERY = timedelta(milliseconds=100)

T = TypeVar("T")


class Progress:
    """Says how many of how many things are done, where somebody is waiting for them."""

    def __init__(self, clock: Clock, stream: TextIO | None, environ: Mapping[str, str]) -> None:
        self._clock = clock
        self._stream = stream if _can_show(stream, environ) else None
        self._next = clock.monotonic() + AFTER.total_seconds()
        self._is_shown = False

    def through(self, things: Iterable[T], total: int, what: str) -> Iterator[T]:
        """Yield the things one by one, and show how many there have been."""
        try:
            for done, thing in enumerate(things, 1):
                yield thing
                self._show(f"{what} {done:,} of {total:,}")
        finally:
            self._write("\r\x1b[K" if self._is_shown else "")

    def _show(self, text: str) -> None:
        if self._stream is None or (now := self._clock.monotonic()) < self._next:
            return
        self._next = now + EVERY.total_seconds()
        self._is_shown = True
        self._write(f"\r\x1b[K{text}")

    def _write(self, text: str) -> None:
        """Write to somebody who may have left."""
        if self._stream is None or not text:
            return
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):
            self._stream = None


def _can_show(stream: TextIO | None, environ: Mapping[str, str]) -> bool:
    return out.is_terminal(stream) and environ.get("TERM", "dumb") != "dumb" and not environ.get("CI")
