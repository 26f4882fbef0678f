"""The one place for time."""

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop


def instant_text(at: datetime) -> str:
    """Return ``at`` as RFC 3339 with microseconds, in UTC."""
    if at.tzinfo is not UTC:
        at = at.astimezone(UTC)
    return f"{at.isoformat(timespec='microseconds').removesuffix('+00:00')}Z"


def milliseconds() -> int:
    """Return the wall-clock time since 1970: for facts that are noted all the time, as cheaply as can be."""
    return time.time_ns() // 1_000_000


class Clock(Protocol):
    """Tells the time and waits for it."""

    def now(self) -> datetime:
        """Return the wall-clock time, aware and in UTC: for facts, never for measuring."""
        ...

    def monotonic(self) -> float:
        """Return seconds that only go forward: for measuring."""
        ...

    async def sleep(self, delay: timedelta) -> None:
        """Return after ``delay``."""
        ...


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        """Return the wall-clock time in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds since some instant in the past."""
        return time.monotonic()

    async def sleep(self, delay: timedelta) -> None:
        """Sleep on the running loop."""
        await _sleep(delay)


class LoopClock:
    """A clock that follows an event loop: with a virtual loop, hours pass in no time."""

    def __init__(self, loop: "AbstractEventLoop", start: datetime) -> None:
        self._loop = loop
        self._start = start
        self._zero = loop.time()

    def now(self) -> datetime:
        """Return ``start`` plus what the loop says has passed."""
        return self._start + timedelta(seconds=self._loop.time() - self._zero)

    def monotonic(self) -> float:
        """Return the loop's own time in seconds."""
        return self._loop.time()

    async def sleep(self, delay: timedelta) -> None:
        """Sleep on the running loop."""
        await _sleep(delay)


async def _sleep(delay: timedelta) -> None:
    import asyncio  # noqa: PLC0415 - who only asks for the time loads no loop

    await asyncio.sleep(max(0.0, delay.total_seconds()))
