"""The wish that an attempt end, as its work sees it."""

import asyncio
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from flow_tui import limits
from flow_tui.model.status import Reason


class Stop:
    """Tells code that it should end, why, and how long it may take. Safe to read from any thread."""

    __slots__ = ("_event", "_told", "deadline", "forced", "grace", "reason", "silence")

    def __init__(self, *, deadline: datetime | None = None, grace: timedelta = limits.GRACE) -> None:
        self._event = threading.Event()
        self._told: Callable[[], None] | None = None
        self.deadline = deadline
        """When the attempt runs out of time."""
        self.silence: timedelta | None = None
        """How long the attempt may give no sign of life."""
        self.grace = grace
        """How long a process may take between TERM and KILL."""
        self.forced = asyncio.Event()
        """Set, on the loop, when not even the rest of the grace is to be waited for."""
        self.reason = Reason.NONE

    def is_set(self) -> bool:
        """Say whether to end now."""
        return self._event.is_set()

    def wait(self, seconds: float) -> bool:
        """Sleep that long in a thread, or until told to end; return whether told to end."""
        return self._event.wait(seconds)

    def tell(self, listener: Callable[[], None]) -> None:
        """Have ``listener`` called when the end is asked for; there is one at most."""
        self._told = listener

    def set(self, reason: Reason) -> None:
        """Ask for the end; the first reason stays."""
        if self._event.is_set():
            return
        self.reason = reason
        self._event.set()
        if self._told is not None:
            self._told()

    def force(self) -> None:
        """End without waiting; on the loop only."""
        self.set(Reason.USER)
        self.forced.set()
