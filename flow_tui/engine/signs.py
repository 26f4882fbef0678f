"""Signs of life of one attempt: gathered, thinned out and published."""

import asyncio
import threading
from collections.abc import Mapping
from contextlib import suppress

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
        self._metrics: dict[str, float] = {}
        self._told = self._metrics
        self._timer: asyncio.TimerHandle | None = None
        self._open = True
        self._lock = threading.Lock()
        self._unheard = -1
        """Bytes that other threads have written since the loop last looked; below 0 when it need not look."""
        self._note()
        self._shown = self.last  # whoever shows the start of the attempt shows a sign of life

    def beat(self) -> None:
        """Give a sign of life; from any thread, at any time."""
        self.grew_from_anywhere(0)

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

    def measured(self, metrics: Mapping[str, float]) -> None:
        """Take in what was used up so far, on the loop."""
        if self._open and metrics != self._metrics:
            self._metrics = dict(metrics)
            self.grew(0)

    def grew_from_anywhere(self, size: int) -> None:
        """Count ``size`` more bytes of output, from any thread; however often, the loop is woken once."""
        with self._lock:
            is_first = self._unheard < 0
            self._unheard = max(0, self._unheard) + size
        if is_first:
            with suppress(RuntimeError):  # the loop is gone, and so is everybody who cares
                self._loop.call_soon_threadsafe(self._hear)

    def close(self) -> None:
        """Show what was gathered; later signs are ignored."""
        self._hear()
        if self._timer is not None:
            self._show_size()
        self._open = False
        self._run.signs.pop(self._path, None)

    def _hear(self) -> None:
        with self._lock:
            size, self._unheard = self._unheard, -1
        if size > 0:
            self.grew(size)
        elif size == 0:
            self.alive()

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
            if self._metrics != self._told:
                self._told = self._metrics
                self._run.show(
                    ev.AttemptMeasured(path=self._path, attempt=self._attempt, metrics=self._metrics)
                )
