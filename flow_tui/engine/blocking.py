"""Runs synchronous code off the loop, and abandons it when it does not end."""

import asyncio
import contextvars
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TypeVar

from flow_tui import limits
from flow_tui.clock import Clock, SystemClock
from flow_tui.engine.ports import Action, ActionParams, Cancellable, SynchronousAction
from flow_tui.engine.stop import Stop
from flow_tui.errors import ActionError
from flow_tui.model.ids import StepPath
from flow_tui.model.values import ActionOutput

Result = TypeVar("Result")


class _Places:
    """Counts the threads that are waited for; one that is left behind counts no more."""

    def __init__(self, most: int) -> None:
        self._free = threading.BoundedSemaphore(most)

    def take(self) -> Callable[[], None]:
        """Return what gives the place back, once; raises ``ActionError`` when there is none."""
        if not self._free.acquire(blocking=False):
            raise ActionError(f"more than {limits.PARALLEL} threads are busy with actions")
        once = threading.Lock()

        def leave() -> None:
            if once.acquire(blocking=False):
                self._free.release()

        return leave


_places = _Places(limits.PARALLEL)


async def in_thread(
    work: Callable[[], Result],
    *,
    stop: Stop | None = None,
    name: str = "action",
    clock: Clock | None = None,
) -> Result:
    """Return what ``work`` returns, run in a thread of its own.

    When cancelled, the code should look at ``stop``, which whoever cancels has set; a thread that has not
    ended after its grace is left behind and its result dropped: nothing can end a thread. It is a daemon, so
    it does not keep the program from leaving.
    """
    leave = _places.take()
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Result] = loop.create_future()
    context = contextvars.copy_context()

    def run() -> None:
        settle: Callable[[], None]
        try:
            settle = partial(done.set_result, context.run(work))
        except BaseException as error:  # noqa: BLE001 - whatever it is, it belongs to the attempt
            settle = partial(done.set_exception, _tame(error))
        finally:
            leave()
        with suppress(RuntimeError):  # the loop is gone: nobody waits any more
            loop.call_soon_threadsafe(_unless_done, done, settle)

    try:
        threading.Thread(target=run, name=f"flow-{name}", daemon=True).start()
    except RuntimeError as error:
        leave()
        raise ActionError(f"no further thread is allowed at the moment: {error}") from error
    try:
        return await asyncio.shield(done)
    except asyncio.CancelledError:
        try:
            await _wind_down(done, stop, clock or SystemClock())
        finally:
            leave()
        raise


def _tame(error: BaseException) -> Exception:
    """Return an error that harms nobody but the attempt."""
    if isinstance(error, SystemExit | KeyboardInterrupt):
        return ActionError(f"the action tried to end the program: {error!r}")
    if isinstance(error, Exception) and not isinstance(error, StopIteration):
        return error
    return ActionError(f"{type(error).__name__}: {error}")


def _unless_done(done: "asyncio.Future[Result]", settle: Callable[[], None]) -> None:
    if not done.done():
        settle()


async def _wind_down(done: "asyncio.Future[Result]", stop: Stop | None, clock: Clock) -> None:
    """Wait for the thread to end, but not for long."""
    patience = asyncio.ensure_future(clock.sleep(stop.grace if stop is not None else limits.ABANDON_AFTER))
    forced = asyncio.ensure_future(stop.forced.wait()) if stop is not None else patience
    done.add_done_callback(lambda late: late.cancelled() or late.exception())
    try:
        await asyncio.wait((done, patience, forced), return_when=asyncio.FIRST_COMPLETED)
    finally:
        patience.cancel()
        forced.cancel()


class _Blocking:
    def __init__(self, action: SynchronousAction) -> None:
        self._action = action

    async def execute(self, params: ActionParams) -> ActionOutput:
        return await in_thread(partial(self._action.execute, params), stop=params.stop, name=params.name)

    def cancel(self, step_id: StepPath) -> None:
        if isinstance(self._action, Cancellable):
            self._action.cancel(step_id)


def blocking(action: SynchronousAction) -> Action:
    """Return an action that runs a synchronous one in a thread, and abandons it when it does not end."""
    return _Blocking(action)
