"""Runs synchronous code off the loop, and abandons it when it does not end."""

import asyncio
import contextvars
import threading
from collections.abc import Callable
from typing import TypeVar

from flow_tui import limits
from flow_tui.clock import Clock, SystemClock
from flow_tui.engine.ports import Stop

Result = TypeVar("Result")

_slots = threading.BoundedSemaphore(limits.PARALLEL)


async def in_thread(
    work: Callable[[], Result],
    *,
    stop: Stop | None = None,
    cancel: Callable[[], None] | None = None,
    name: str = "action",
    clock: Clock | None = None,
) -> Result:
    """Return what ``work`` returns, run in a thread of its own.

    When cancelled, ``cancel`` is called and ``stop`` is what the code should look at; a thread that has not ended
    after the grace is left behind and its result dropped: nothing can end a thread. It is a daemon, so it does not
    keep the program from leaving.
    """
    if not _slots.acquire(blocking=False):
        message = f"more than {limits.PARALLEL} threads are busy with actions"
        raise RuntimeError(message)
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Result] = loop.create_future()
    context = contextvars.copy_context()

    def settle(result: Result | None, error: BaseException | None) -> None:
        if done.done():
            return
        if error is not None:
            done.set_exception(error)
        else:
            done.set_result(result)  # type: ignore[arg-type]  # without an error there is a result

    def run() -> None:
        result: Result | None = None
        error: BaseException | None = None
        try:
            result = context.run(work)
        except (SystemExit, KeyboardInterrupt) as exit_:
            error = RuntimeError(f"the action tried to end the program: {exit_!r}")
        except BaseException as caught:  # noqa: BLE001 - whatever it is, it belongs to the attempt
            error = caught
        finally:
            _slots.release()
        try:
            loop.call_soon_threadsafe(settle, result, error)
        except RuntimeError:  # the loop is gone: nobody waits any more
            return

    threading.Thread(target=run, name=f"flow-{name}", daemon=True).start()
    try:
        return await asyncio.shield(done)
    except asyncio.CancelledError:
        await _wind_down(done, stop, cancel, clock or SystemClock())
        raise


async def _wind_down(
    done: asyncio.Future[Result], stop: Stop | None, cancel: Callable[[], None] | None, clock: Clock
) -> None:
    if cancel is not None:
        cancel()
    patience = asyncio.ensure_future(clock.sleep(stop.grace if stop is not None else limits.ABANDON_AFTER))
    waits: set[asyncio.Future[object]] = {patience}
    if stop is not None:
        waits.add(asyncio.ensure_future(stop.forced.wait()))
    try:
        await asyncio.wait({done, *waits}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for waiting in waits:
            waiting.cancel()
        if done.done() and not done.cancelled():
            done.exception()  # looked at, so that nobody complains about it
        else:
            done.add_done_callback(lambda future: future.cancelled() or future.exception())
