"""The work of one attempt: watched while it goes on, and ended when it has to be."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from enum import Enum, auto
from typing import Any

from flow_tui import limits
from flow_tui.clock import Clock
from flow_tui.engine.run import Live
from flow_tui.engine.signs import Signs
from flow_tui.engine.stop import Stop
from flow_tui.model.status import Reason


class End(Enum):
    """Why an attempt is over."""

    DONE = auto()
    """It ended by itself, or because somebody cancelled the step."""
    OUT_OF_TIME = auto()
    SILENT = auto()


async def watch(
    clock: Clock,
    task: "asyncio.Future[object]",
    live: Live,
    signs: Signs,
    *,
    limit: timedelta | None,
    silence: timedelta | None,
) -> End:
    """Wait for the work, its time limit, its silence or a person; end the work unless it ended itself."""
    over = None if limit is None else clock.monotonic() + limit.total_seconds()
    while True:
        silent = None if silence is None else signs.last + silence.total_seconds()
        ends = [at for at in (over, silent) if at is not None]
        timeout = max(0.0, min(ends) - clock.monotonic()) if ends else None
        await _first(task, live.cancelled, timeout)
        if task.done():
            return End.DONE
        if live.cancelled.done():
            await end(clock, task, live.stop, Reason.USER)
            return End.DONE
        now = clock.monotonic()
        if over is not None and now >= over:
            await end(clock, task, live.stop, Reason.TIMEOUT)
            return End.OUT_OF_TIME
        if silence is not None and now >= signs.last + silence.total_seconds():
            await end(clock, task, live.stop, Reason.TIMEOUT)
            return End.SILENT


async def _first(one: "asyncio.Future[object]", other: "asyncio.Future[bool]", seconds: float | None) -> None:
    """Wait until one of them is done, at most so many seconds: half the price of ``asyncio.wait``."""
    if one.done() or other.done():
        return
    loop = asyncio.get_running_loop()
    woken = loop.create_future()

    def wake(_: object = None) -> None:
        if not woken.done():
            woken.set_result(None)

    timer = None if seconds is None else loop.call_later(seconds, wake)
    one.add_done_callback(wake)
    other.add_done_callback(wake)
    try:
        await woken
    finally:
        one.remove_done_callback(wake)
        other.remove_done_callback(wake)
        if timer is not None:
            timer.cancel()


async def end(clock: Clock, task: "asyncio.Future[Any]", stop: Stop, reason: Reason) -> None:
    """End the work: ask, cancel, wait for as long as ending may take, then leave it behind.

    A cancellation of whoever waits here does not shorten the wait, and is for them to look at afterwards: who
    is in a hurry forces the stop.
    """
    if task.done():
        return
    stop.set(reason)
    task.cancel()
    patience = asyncio.ensure_future(_patience(clock, stop))
    try:
        while not (task.done() or patience.done()):
            with suppress(asyncio.CancelledError):
                await asyncio.wait((task, patience), return_when=asyncio.FIRST_COMPLETED)
    finally:
        patience.cancel()
    if not task.done():
        task.add_done_callback(lambda late: late.cancelled() or late.exception())


async def _patience(clock: Clock, stop: Stop) -> None:
    """Return when nobody needs to wait any longer for the work to end."""
    grace = asyncio.ensure_future(clock.sleep(stop.grace))
    forced = asyncio.ensure_future(stop.forced.wait())
    try:
        await asyncio.wait((grace, forced), return_when=asyncio.FIRST_COMPLETED)
    finally:
        grace.cancel()
        forced.cancel()
    await clock.sleep(limits.ABANDON_AFTER)
