"""The queue that everybody else fills and the screen drains."""

from collections.abc import Callable, Iterator
from queue import Empty, SimpleQueue

from flow_tui.runtime.messages import News
from flow_tui.runtime.step_news import StepBurden


class Inbox:
    """Takes news from any thread; wakes the screen once for all that arrives between two paints."""

    def __init__(self) -> None:
        self._queue: SimpleQueue[News] = SimpleQueue()
        self._later: SimpleQueue[News] = SimpleQueue()
        """What the next frame shows, whenever that is: a frame of its own would double what idling costs."""
        self._wake: Callable[[], None] | None = None
        self._woken = False

    def put(self, news: News) -> None:
        """Add ``news``; callable from any thread, never blocks."""
        if news.__class__ is StepBurden:
            self._later.put(news)
            return
        self._queue.put(news)
        # Without a lock: whoever finds the flag set has queued before the drain that clears it.
        if not self._woken and self._wake is not None:
            self._woken = True
            self._wake()

    def wake(self) -> None:
        """Have the screen look again, at something that is no news; callable from any thread."""
        if self._wake is not None:
            self._wake()

    def attach(self, wake: Callable[[], None]) -> None:
        """Call ``wake``, from whatever thread puts, for the first item after each drain."""
        self._wake = wake
        if not self._queue.empty():
            self._woken = True
            wake()

    def detach(self) -> None:
        """Wake nobody any more; items are still kept."""
        self._wake = None

    def drain(self, limit: int) -> Iterator[News]:
        """Yield at most ``limit`` items, in order."""
        self._woken = False
        for _ in range(limit):
            try:
                news = (self._later if self._queue.empty() else self._queue).get_nowait()
            except Empty:
                return
            yield news

    def __bool__(self) -> bool:
        """Say whether something is left."""
        return not self._queue.empty()
