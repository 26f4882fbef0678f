"""Signs of life of one attempt: gathered, thinned out and published."""

import asyncio

from flow_tui import limits
from flow_tui.engine.run import Run
from flow_tui.model import events as ev
from flow_tui.model.ids import StepPath

_SOON = 0.05
"""Seconds for which growing output is gathered before it is shown."""


class Signs:
    """What an attempt reports while it works. ``last`` is the loop's time of the latest sign."""

    def __init__(self, run: Run, path: StepPath, attempt: int) -> None:
        self._run = run
        self._path = path
        self._attempt = attempt
        self._loop = asyncio.get_running_loop()
        self._size = 0
        self._shown = float("-inf")
        self._timer: asyncio.TimerHandle | None = None
        self._open = True
        self.last = run.clock.monotonic()

    def beat(self) -> None:
        """Give a sign of life; from any thread, at any time."""
        try:
            self._loop.call_soon_threadsafe(self.alive)
        except RuntimeError:  # the loop is gone, and so is everybody who cares
            return

    def alive(self) -> None:
        """Give a sign of life, on the loop; shown at most once a second."""
        if not self._open:
            return
        self._note()
        if self.last - self._shown >= limits.SIGN_OF_LIFE_EVERY.total_seconds():
            self._shown = self.last
            self._run.show(ev.Heartbeat(path=self._path, attempt=self._attempt))

    def grew(self, size: int) -> None:
        """Count ``size`` more bytes of output, on the loop."""
        if not self._open:
            return
        self._note()
        self._size += size
        if self._timer is None:
            self._timer = self._loop.call_later(_SOON, self._show_size)

    def grew_from_anywhere(self, size: int) -> None:
        """Count ``size`` more bytes of output, from any thread."""
        try:
            self._loop.call_soon_threadsafe(self.grew, size)
        except RuntimeError:  # as above
            return

    def close(self) -> None:
        """Show what was gathered; later signs are ignored."""
        if self._timer is not None:
            self._show_size()
        self._open = False

    def _note(self) -> None:
        self.last = self._run.clock.monotonic()
        self._run.signs[self._path] = self._run.clock.now()

    def _show_size(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._open:
            self._shown = self.last
            self._run.show(ev.OutputGrew(path=self._path, attempt=self._attempt, size=self._size))
