"""Synchronous code in threads: told to end, and left behind when it does not."""

import asyncio
import contextvars
import threading
from contextlib import suppress
from datetime import timedelta

import pytest

from flow_tui import limits
from flow_tui.engine import blocking
from flow_tui.engine.blocking import in_thread
from flow_tui.engine.ports import Cancellable
from flow_tui.engine.stop import Stop
from flow_tui.errors import ActionError
from flow_tui.model.ids import StepPath
from flow_tui.model.status import Reason
from flow_tui.model.values import ActionOutput

pytestmark = pytest.mark.real_time
word = contextvars.ContextVar("word", default="")


def test_what_it_returns_is_returned_from_another_thread():
    """And it sees the context of whoever started it."""

    async def main():
        word.set("inside")
        return await in_thread(lambda: (threading.current_thread().name, word.get()), name="lint")

    assert asyncio.run(main()) == ("flow-lint", "inside")


@pytest.mark.parametrize(
    ("fault", "kind", "text"),
    [
        (ValueError("odd"), ValueError, "odd"),
        (StopIteration(7), ActionError, "StopIteration: 7"),
        (SystemExit(3), ActionError, "the action tried to end the program: SystemExit(3)"),
        (KeyboardInterrupt(), ActionError, "the action tried to end the program"),
        (GeneratorExit(), ActionError, "GeneratorExit"),
        (asyncio.CancelledError(), ActionError, "CancelledError"),
    ],
)
def test_whatever_it_raises_belongs_to_its_attempt(fault, kind, text):
    """Nothing of it ends the program or is taken for a cancel."""

    def work():
        raise fault

    with pytest.raises(kind, match=text.replace("(", r"\(").replace(")", r"\)")):
        asyncio.run(in_thread(work))


def test_code_that_looks_at_its_stop_signal_ends_when_it_is_told_to():
    """The signal is seen from the thread, with its reason."""
    stop = Stop()
    seen = []
    begun = threading.Event()

    def work():
        begun.set()
        seen.append(stop.wait(10))
        seen.append(stop.reason)

    async def main():
        task = asyncio.ensure_future(in_thread(work, stop=stop))
        await asyncio.get_running_loop().run_in_executor(None, begun.wait)
        stop.set(Reason.TIMEOUT)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert seen == [True, Reason.TIMEOUT]


def test_code_that_does_not_end_is_left_behind_and_counts_no_more(monkeypatch):
    """Its place is free for another, and its result is nobody's."""
    monkeypatch.setattr(blocking, "_places", blocking._Places(1))
    release, ended = threading.Event(), threading.Event()

    def hang():
        release.wait(20)
        ended.set()
        return "late"

    async def main():
        stop = Stop(grace=timedelta(milliseconds=10))
        task = asyncio.ensure_future(in_thread(hang, stop=stop))
        await asyncio.sleep(0)
        with pytest.raises(ActionError, match="threads are busy"):
            await in_thread(int)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        first = await in_thread(lambda: "free")
        release.set()
        await asyncio.get_running_loop().run_in_executor(None, ended.wait)
        return first, await in_thread(lambda: "still one"), task.cancelled()

    assert asyncio.run(main()) == ("free", "still one", True)


def test_a_forced_stop_waits_for_no_thread():
    """Not even for the rest of its grace."""
    release = threading.Event()

    async def main():
        stop = Stop(grace=timedelta(hours=1))
        task = asyncio.ensure_future(in_thread(lambda: release.wait(20), stop=stop))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.sleep(0)
        stop.force()
        with suppress(asyncio.CancelledError):
            await task
        release.set()

    asyncio.run(asyncio.wait_for(main(), 10))


def test_a_thread_that_outlives_the_loop_is_no_trouble():
    """What it returns then goes nowhere."""
    release, ended = threading.Event(), threading.Event()

    def work():
        release.wait(20)
        ended.set()

    async def main():
        task = asyncio.ensure_future(in_thread(work, stop=Stop(grace=timedelta())))
        await asyncio.sleep(0)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    asyncio.run(main())
    release.set()
    assert ended.wait(10)


def test_a_synchronous_action_can_be_used_like_any_other():
    """It runs in a thread, and is told of a cancel if it wants to be."""
    told = []

    class Plain:
        def execute(self, params):
            return ActionOutput(context=params.name)

    class Listening(Plain):
        def cancel(self, step_id):
            told.append(step_id)

    class Params:
        name, stop = "lint", Stop()

    action = blocking.blocking(Listening())
    assert asyncio.run(action.execute(Params())) == ActionOutput(context="lint")
    assert isinstance(action, Cancellable)
    action.cancel(StepPath("0"))
    blocking.blocking(Plain()).cancel(StepPath("1"))
    assert told == [StepPath("0")]
    assert limits.PARALLEL > 1
