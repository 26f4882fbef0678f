"""The wish that an attempt end, as its work sees it."""

import asyncio
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from flow_tui import limits
from flow_tui.model.status import Reason


class Stop:
    """Tells code that it should end, why, and how long it may take. Safe to read from any thread."""

    __slots__ = ("_asked", "_event", "_lock", "_told", "deadline", "forced", "grace", "reason", "silence")

    def __init__(self, *, deadline: datetime | None = None, grace: timedelta = limits.GRACE) -> None:
        self._asked = False
        self._event: threading.Event | None = None
        """Made for the first who waits: most attempts never look."""
        self._lock = threading.Lock()
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
        return self._asked

    def wait(self, seconds: float) -> bool:
        """Sleep that long in a thread, or until told to end; return whether told to end."""
        with self._lock:
            if self._asked:
                return True
            event = self._event = self._event or threading.Event()
        return event.wait(seconds)

    def tell(self, listener: Callable[[], None]) -> None:
        """Have ``listener`` called when the end is asked for; there is one at most."""
        self._told = listener

    def set(self, reason: Reason) -> None:
        """Ask for the end; the first reason stays."""
        with self._lock:
            if self._asked:
                return
            self.reason = reason
            self._asked = True
            if self._event is not None:
                self._event.set()
        if self._told is not None:
            self._told()

    def force(self) -> None:
        """End without waiting; on the loop only."""
        self.set(Reason.USER)
        self.forced.set()
