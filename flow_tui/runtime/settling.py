"""What waits: for quiet, but not for ever, and for what is wrong to last."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Generic, TypeVar

Thing = TypeVar("Thing")


class Settling:
    """Does something when nothing has begun it anew for a while; one at a time."""

    def __init__(self, work: Callable[[], Awaitable[None]]) -> None:
        self._work = work
        self._waiting: asyncio.Task[None] | None = None
        self._since: float | None = None
        """When the wait began that has not ended yet."""
        self._one = asyncio.Lock()
        self._at_work: set[asyncio.Task[None]] = set()

    def begin(self, settle: timedelta, most: timedelta) -> None:
        """Wait for so much quiet, but not longer than ``most`` since the first time."""
        loop = asyncio.get_running_loop()
        since = loop.time() if self._since is None else self._since
        self.forget()
        self._since = since
        delay = max(0.0, min(settle.total_seconds(), since + most.total_seconds() - loop.time()))
        self._waiting = loop.create_task(self._after(delay))

    def at_once(self) -> None:
        """Do it without waiting."""
        self.forget()
        self._waiting = asyncio.get_running_loop().create_task(self._after(0))

    def forget(self) -> None:
        """Do nothing after all; what has begun goes on."""
        if self._waiting is not None:
            self._waiting.cancel()
        self._waiting, self._since = None, None

    def close(self) -> None:
        """Leave off, whatever goes on."""
        self.forget()
        for task in self._at_work:
            task.cancel()

    async def _after(self, delay: float) -> None:
        await asyncio.sleep(delay)
        task, self._waiting, self._since = self._waiting, None, None  # whoever begins anew cancels only waits
        if task is not None:
            self._at_work.add(task)
            task.add_done_callback(self._at_work.discard)
        async with self._one:
            await self._work()


class Lasting(Generic[Thing]):
    """Tells something once it has lasted for a while, and from then on at once."""

    def __init__(self, tell: Callable[[Thing], None], wait: timedelta) -> None:
        self._tell = tell
        self._wait = wait
        self._timer: asyncio.TimerHandle | None = None
        self._newest: Thing | None = None

    @property
    def is_there(self) -> bool:
        """Say whether it goes on, told or not."""
        return self._newest is not None

    @property
    def was_told(self) -> bool:
        """Say whether it goes on, and people know."""
        return self.is_there and self._timer is None

    def found(self, thing: Thing) -> None:
        """Note that it goes on, in this form."""
        was_told, self._newest = self.was_told, thing
        if was_told:
            self._tell(thing)
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._wait.total_seconds(), self._ring)

    def told(self, thing: Thing) -> None:
        """Note that people know of it."""
        self.forget()
        self._newest = thing

    def forget(self) -> None:
        """Note that it is over."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self._newest = None, None

    def _ring(self) -> None:
        self._timer = None
        if self._newest is not None:
            self._tell(self._newest)


def now() -> float:
    """Return the time of the loop, in seconds."""
    return asyncio.get_running_loop().time()
