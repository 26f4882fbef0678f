"""The frame: woken by news, never faster than it should be, never by more than one timer."""

import ast
import asyncio
import gc
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.events import Key
from textual.pilot import Pilot

import flow_tui.app
from flow_tui import limits
from flow_tui.app.app import FlowApp
from flow_tui.app.widgets.step_tree import StepTree
from flow_tui.model import events as ev
from flow_tui.model.ids import StepPath
from flow_tui.runtime.messages import News, RunLeft, RunOpened, RunPlanned
from tests.app import fakes
from tests.app.fakes import RUN, at, drive, press, screen_text, settle

PACKAGE = Path(flow_tui.app.__file__).parent


@pytest.mark.real_time
def test_news_from_another_thread_is_painted_by_itself() -> None:
    """Nobody has to ask: the first item wakes the screen."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        writer = threading.Thread(
            target=lambda: [app.session.inbox.put(one) for one in fakes.failed().events]
        )
        writer.start()
        writer.join()
        for _ in range(500):
            await pilot.pause(0.01)
            if "assert 401 == 200" in screen_text(app):
                return
        raise AssertionError(screen_text(app))

    drive(script)


def test_a_flood_is_taken_in_portions_and_nothing_is_lost() -> None:
    """One frame folds so much and no more; the next ones take the rest."""
    story = fakes.running()
    for number in range(3 * limits.EVENTS_PER_FRAME):
        story.add(132, ev.OutputGrew(path=StepPath("2/1"), attempt=2, size=number))

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        for recorded in story.events:
            app.session.inbox.put(recorded)
        app.frame()
        assert app.session.inbox
        while app.session.inbox:
            app.frame()
        step = app.scene.runs.states[RUN].steps[StepPath("2/1")]
        assert step.attempts[-1].output_size == 3 * limits.EVENTS_PER_FRAME - 1

    drive(script)


class _Loop:
    """A loop on which time stands still until somebody moves it."""

    def __init__(self) -> None:
        self.now = 100.0
        self.due: list[tuple[float, asyncio.TimerHandle]] = []

    def time(self) -> float:
        return self.now

    def call_at(self, when: float, callback: Callable[..., object], *args: object) -> asyncio.TimerHandle:
        handle = asyncio.TimerHandle(when, callback, args, asyncio.get_running_loop())
        self.due.append((when, handle))
        return handle

    @property
    def waiting(self) -> list[float]:
        return [when for when, handle in self.due if not handle.cancelled()]


def test_a_frame_of_the_clock_takes_the_place_of_the_one_that_was_due() -> None:
    """However long much happens, no second comes with more frames than it should have."""
    took = 0.0

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        loop = app._loop_of_screen = _Loop()  # type: ignore[assignment]  # all that is used of it
        app.session.inbox.detach()
        receive = app.receive

        def slowly(item: News) -> None:
            loop.now += took
            receive(item)

        app.receive = slowly  # type: ignore[method-assign]
        app.frame()
        app.frame_soon()
        app.frame_soon()
        assert loop.waiting == [pytest.approx(100 + 1 / limits.FRAMES_PER_SECOND)]
        loop.now = 100.01
        app.frame()
        app.frame_soon()
        assert loop.waiting == [pytest.approx(100.01 + 1 / limits.FRAMES_PER_SECOND)]
        nonlocal took
        took, loop.now = 0.02, 101
        app.session.inbox.put(fakes.started().events[0])
        app.frame()
        app.frame_soon()
        assert loop.waiting == [pytest.approx(101 + 2 * took)]  # then keys have their turn
        app._loop_of_screen = None

    drive(script)


def test_a_key_goes_before_the_frame_that_is_due_and_keys_do_not_keep_frames_away() -> None:
    """What a key does goes out first; however fast keys come, only the first puts a frame off."""
    frame = 1 / limits.FRAMES_PER_SECOND

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        loop = app._loop_of_screen = _Loop()  # type: ignore[assignment]  # all that is used of it
        app.session.inbox.detach()
        answered, app._answered = app._answered, lambda: None  # type: ignore[method-assign]
        app.frame()
        app.frame_soon()
        loop.now += 0.9 * frame
        await app.on_event(Key("j", "j"))
        latest = loop.now + 2 * frame
        assert loop.waiting == [pytest.approx(latest)]
        loop.now += 0.4 * frame
        await app.on_event(Key("j", "j"))
        assert loop.waiting == [pytest.approx(latest)]
        answered()
        assert loop.waiting == [pytest.approx(loop.now + 0.003)]
        loop.now += 0.003
        app.frame()
        app.frame_soon()
        assert loop.waiting == [pytest.approx(100 + 2 * frame)]  # the next one is on time again
        app._loop_of_screen = None

    drive(script)


def test_clocks_move_with_the_clock_alone() -> None:
    """No event is needed for an age to grow and a countdown to shrink."""
    clock = fakes.FixedClock(134)

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        assert "4m19s left" in screen_text(app)
        clock.set(140)
        await press(app, pilot)
        await fakes.settle(app, pilot)
        assert "4m13s left" in screen_text(app)
        assert "♥ 9s ago" in screen_text(app)

    drive(script, fakes.running(), clock=clock)


def test_the_cursor_goes_with_the_run_until_somebody_moves_it_and_again_when_asked() -> None:
    """Reading is never interrupted; one key goes back to what happens now."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        tree = app.screen.query_one(StepTree)
        await press(app, pilot, "g")
        story = fakes.running().done(134, "2/1").done(134, "2/2")
        story.add(134, ev.StepStarted(path=StepPath("3"), name="approve-deploy", kind="gate"))
        story.add(135, ev.GateOpened(path=StepPath("3"), gate="human_approval", deadline=at(900)))
        fakes.feed(app, story.events)
        await fakes.settle(app, pilot)
        assert tree.path == StepPath("0")
        await press(app, pilot, "f")
        assert tree.path == StepPath("3")

    drive(script, fakes.running())


def test_the_steps_are_there_before_the_run_and_stay_where_they_are() -> None:
    """A plan is shown as soon as it is known; who has moved in it by then is not moved by the beginning."""
    begun = fakes.started().events[:1]
    started = begun[0].event
    assert isinstance(started, ev.RunStarted)
    planned = RunPlanned(workflow=started.workflow, title=started.title, file=started.file, plan=started.plan)

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        tree = app.screen.query_one(StepTree)
        assert "test-api" in screen_text(app)
        assert "○ starting" in screen_text(app)
        await press(app, pilot, "x", "r", "a", "j", "j")
        assert app.scene.session.sent == []
        selected = tree.path
        assert selected is not None
        for item in (*begun, RunOpened(run_id=RUN)):
            app.session.inbox.put(item)
        await settle(app, pilot)
        assert (tree.path, app.scene.runs.active()) == (selected, (app.scene.state,))
        assert "○ starting" not in screen_text(app)

    drive(script, news=[planned])


def test_the_application_has_one_timer() -> None:
    """Whoever wants to move something does it in the frame."""
    makers = {"set_interval", "set_timer"}
    found = [
        f"{module.relative_to(PACKAGE)}:{node.func.attr}"
        for module in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(module.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in makers
    ]
    assert found == ["painting.py:set_timer"]


@pytest.mark.real_time
@pytest.mark.usefixtures("unmeasured")
def test_the_first_frame_needs_little() -> None:
    """Neither the parser nor a database, neither the models of the edges nor what is opened later."""
    late = (
        "pydantic",
        "lark",
        "sqlite3",
        "watchfiles",
        "yaml",
        "textual.widgets._text_area",
        "textual.widgets._footer",
        "flow_tui.app.screens.gate",
        "flow_tui.app.screens.help",
        "flow_tui.app.screens.home",
        "flow_tui.app.palette",
    )
    code = f"import sys, flow_tui.app.app; print([name for name in {late!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_nothing_is_markup() -> None:
    """Every static text says so; nothing is built from markup."""
    calls = [
        (module.name, node)
        for module in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(module.read_text("utf-8")))
        if isinstance(node, ast.Call)
    ]
    names = [(name, ast.unparse(node.func), node) for name, node in calls]
    assert not [name for name, called, _ in names if called.endswith(("from_markup", "Text.from_markup"))]
    loose = [
        f"{name}:{node.lineno}"
        for name, called, node in names
        if called in {"Static", "Label", "OptionList"}
        and not any(word.arg == "markup" and ast.unparse(word.value) == "False" for word in node.keywords)
    ]
    assert loose == []


def test_what_a_step_prints_elsewhere_is_looked_for_with_every_second_and_once_more_at_the_end() -> None:
    """Another process tells nobody how much it has printed, so a log that says "follow" looks by itself."""
    clock = fakes.FixedClock(134)
    asked: list[int] = []

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        session = app.session
        assert isinstance(session, fakes.FakeSession)
        lines = session.reader.lines

        def counted(token: int, *rest: Any, **more: Any) -> None:
            asked.append(token)
            lines(token, *rest, **more)

        session.reader.lines = counted

        async def later(seconds: float, *told: News) -> bool:
            clock.set(seconds)
            session.reader.text += (b"printed at %d" % seconds,)
            asked.clear()
            for item in told:
                session.inbox.put(item)
            await fakes.settle(app, pilot)
            return bool(asked)

        assert not await later(135)  # of our own run we are told
        assert await later(136, RunOpened(run_id=RUN, is_elsewhere=True))
        assert await later(137)
        assert "printed at 137" in screen_text(app)
        assert await later(138, RunLeft(run_id=RUN, at=at(138)))
        assert not await later(139)
        assert "printed at 138" in screen_text(app)

    drive(script, fakes.running(), clock=clock)


def test_what_is_closed_does_not_stay_in_memory_for_good() -> None:
    """A frame looks only for young garbage; a screen that was open for a while goes with the next rest."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        await press(app, pilot, "question_mark")
        closed = weakref.ref(app.screen)
        await press(app, pilot, "escape")
        assert closed() is not app.screen
        for _ in range(61):
            gc.collect(1)
        app._tidy()
        assert closed() is None

    drive(script, fakes.completed())
