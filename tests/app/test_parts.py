"""Runs inside of the run on screen: opened, left, and what waits in them."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from textual.pilot import Pilot

from flow_tui import limits
from flow_tui.app.app import FlowApp
from flow_tui.app.project_runs import arranged
from flow_tui.app.session import StartArgs
from flow_tui.app.widgets.notices import Notices
from flow_tui.app.widgets.status_bar import StatusBar
from flow_tui.app.widgets.step_tree import StepTree
from flow_tui.engine.commands import ResolveGate
from flow_tui.model import events as ev
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.status import Redo, RunStatus
from flow_tui.model.values import FanOutItem
from flow_tui.runtime.chores import RunGone
from flow_tui.runtime.messages import OpenRun, Rerun, RunOpened
from flow_tui.runtime.ways import AgainTold, Way, WayTold
from tests.app import fakes
from tests.app.fakes import RUN, FixedClock, History, at, drive, node, press, settle

Compare = Callable[..., bool]
PART = RunId("01KDYWA4M8QG3V7ZTRB2H0C41D")
ITEMS = tuple(FanOutItem(id=str(n), ref=f"docs/{n}") for n in range(30))
START = StartArgs(title="deploy", on_leave=lambda: None)


def begin(path: str, name: str, kind: str) -> list[ev.Event]:
    """Return that a step began."""
    return [
        ev.StepStarted(path=StepPath(path), name=name, kind=kind),
        ev.AttemptStarted(path=StepPath(path), attempt=1),
    ]


def whole() -> History:
    """Return a run that calls a workflow and has a fan-out in progress."""
    plan = (node("0", "call_workflow", "publish"), node("1", "foreach", "each", note="over files"))
    story = History().add(0, ev.RunStarted(workflow="release", title="Release", plan=plan))
    events = [
        *begin("0", "publish", "call_workflow"),
        ev.ChildRunStarted(path=StepPath("0"), attempt=1, child_run=PART),
        *begin("1", "each", "foreach"),
        ev.FanOutCollected(path=StepPath("1"), items=ITEMS),
    ]
    for number in range(12):
        events += begin(f"1/{number}", ITEMS[number].label, "item")
    for second, event in enumerate(events, 1):
        story.add(second, event)
    for number in range(9):
        story.done(60 + number, f"1/{number}", result_text="workflow 'one' completed")
    return story.failed(80, "1/9", "workflow 'one' failed: step 'work' failed")


def part(*, waits: bool = True) -> History:
    """Return the run of the called workflow, which may wait at a gate."""
    plan = (node("0", "script", "build"), node("1", "gate", "sure"), node("2", "script", "upload"))
    story = History(PART).add(
        2,
        ev.RunStarted(
            workflow="publish", plan=plan, parent=RUN, parent_path=StepPath("0"), inputs={"part": "docs"}
        ),
    )
    story.step(3, "0", "build", "script")
    if not waits:
        return story
    story.done(20, "0", result_text="built").add(
        20, ev.StepStarted(path=StepPath("1"), name="sure", kind="gate")
    )
    opened = ev.GateOpened(path=StepPath("1"), gate="human_approval", prompt="Publish?", deadline=at(1820))
    return story.add(20, opened)


def both(*, waits: bool = True) -> History:
    """Return both runs as they happened."""
    story = whole()
    story.events += part(waits=waits).events
    return story


def header(app: FlowApp) -> str:
    """Return the line at the top."""
    return app.screen.query_one(StatusBar).render().plain


def opened(app: FlowApp) -> None:
    """Show the whole, whatever was told last."""
    app.session.inbox.put(RunOpened(run_id=RUN))


async def at_whole(app: FlowApp, pilot: Pilot[None]) -> None:
    """Begin at the first row of the whole."""
    opened(app)
    await settle(app, pilot)
    await press(app, pilot, "g")


@pytest.mark.parametrize("back", ["escape", "backspace"])
def test_the_run_of_a_step_is_opened_and_left_again(back: str) -> None:
    """The line at the top says where one is; going back ends on the row one came from."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        await at_whole(app, pilot)
        await press(app, pilot, "enter")
        assert header(app).startswith("Release ▸ publish  #c41d")
        assert app.scene.state is app.scene.runs.states[PART]
        await press(app, pilot, back)
        assert header(app).startswith("Release  #a1f3")
        assert app.screen.query_one(StepTree).path == "0"

    app = drive(script, both(), size=(120, 30))
    assert app.session.sent == []


def test_the_run_of_a_step_that_is_not_known_is_read() -> None:
    """Of a run that is over, or of another process; what is shown changes when it has arrived."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        await at_whole(app, pilot)
        await press(app, pilot, "enter")
        assert app.scene.state is app.scene.whole
        fakes.feed(app, part().events)
        await settle(app, pilot)
        assert header(app).startswith("Release ▸ publish  #c41d")

    app = drive(script, whole(), size=(120, 30))
    assert app.session.sent == [OpenRun(run_id=PART)]


def test_what_concerns_the_whole_is_asked_of_the_whole() -> None:
    """Inside of a part, too: going on, running anew, the exit status."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        await at_whole(app, pilot)
        await press(app, pilot, "enter")
        await press(app, pilot, "R", "s")

    story = both(waits=False)
    story.events += History(PART).over(90, RunStatus.FAILED, "broken").events
    story.events[-1] = ev.Recorded(seq=99, at=at(90), run_id=PART, event=story.events[-1].event)
    end = ev.RunFinished(outcome=RunStatus.FAILED, error="broken")
    story.events.append(ev.Recorded(seq=999, at=at(91), run_id=RUN, event=end))
    app = drive(script, story, size=(120, 30))
    assert app.session.sent == [Rerun(run_id=RUN)]
    assert app.final is app.scene.runs.states[RUN]


def test_a_gate_inside_is_told_and_answered_from_the_whole() -> None:
    """The bar says where it is; the key opens it, wherever the cursor is."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        await at_whole(app, pilot)
        assert "sure in publish waits for you" in app.screen.query_one("#attention", Notices).render().plain
        await press(app, pilot, "G", "a")
        assert "in publish" in fakes.screen_text(app)
        await press(app, pilot, "tab", "tab", "enter")

    app = drive(script, both(), size=(120, 30))
    (answer,) = app.session.sent
    assert isinstance(answer, ResolveGate)
    assert (answer.run_id, answer.path) == (PART, "1")


def test_it_rings_once_for_each_gate() -> None:
    """Also when another one was answered in the same moment."""
    rung: list[int] = []

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        app.bell = lambda: rung.append(1)  # type: ignore[method-assign]  # to hear it
        fakes.feed(app, both().events, opened=False)
        await settle(app, pilot)
        assert len(rung) == 1
        answered = ev.GateResolved(path=StepPath("1"), approved=True)
        again = ev.GateOpened(path=StepPath("1"), gate="human_approval", prompt="?", deadline=at(1820))
        known = part().events[-1].seq
        for number, event in enumerate((answered, again), 1):
            app.session.inbox.put(ev.Recorded(seq=known + number, at=at(30), run_id=PART, event=event))
        await settle(app, pilot)
        assert len(rung) == 2

    drive(script)


def test_what_a_step_has_for_people_is_shown_over_everything_else() -> None:
    """With the bell, and only while it is news; what acts in it is shown, as everywhere."""
    rung: list[int] = []

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        app.bell = lambda: rung.append(1)  # type: ignore[method-assign]  # to hear it
        fakes.feed(app, both(waits=False).events, opened=False)
        await settle(app, pilot)
        now, known = at(134), part().events[-1].seq
        for number, (text, when) in enumerate(
            (("it is old", now - limits.NEWS), ("[b]it is[/b] \x1bdone", now)), 1
        ):
            noted = ev.StepNoted(path=StepPath("0"), text=text, rings=True)
            app.session.inbox.put(ev.Recorded(seq=known + number, at=when, run_id=PART, event=noted))
        await settle(app, pilot)
        assert len(rung) == 1
        shown = fakes.screen_text(app)
        assert "[b]it is[/b] ␛done" in shown
        assert "it is old" not in shown

    drive(script, size=(120, 30))


def test_what_happens_inside_is_painted_on_the_row_of_the_step() -> None:
    """At once, not with the next tick of the clock."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        await at_whole(app, pilot)
        assert "0/3" in fakes.screen_text(app).splitlines()[2]
        done = ev.StepFinished(path=StepPath("0"), outcome=fakes.StepStatus.COMPLETED)
        app.session.inbox.put(ev.Recorded(seq=99, at=at(30), run_id=PART, event=done))
        await settle(app, pilot)
        assert "1/3" in fakes.screen_text(app).splitlines()[2]

    drive(script, both(waits=False), size=(120, 30))


def test_reading_several_steps_together_is_quiet_while_nothing_happens() -> None:
    """An answer asks nothing again: only what is heard of the run does, and the next second."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        await at_whole(app, pilot)
        await press(app, pilot, "j")
        asked: list[int] = []
        ask = app.session.reader.lines

        def lines(token: int, *question: object) -> None:
            asked.append(token)
            ask(token, *question)

        app.session.reader.lines = lines
        for _ in range(5):
            await settle(app, pilot)
        assert asked == []
        app.session.inbox.put(
            ev.Recorded(seq=999, at=at(90), run_id=RUN, event=begin("1/12", "12", "item")[0])
        )
        await settle(app, pilot)
        assert len(asked) == 1

    drive(script, whole(), size=(120, 30))


def pressing(*keys: str) -> Callable[[Pilot[None]], object]:
    """Return what presses keys before the picture is taken."""

    async def run_before(pilot: Pilot[None]) -> None:
        app = pilot.app
        assert isinstance(app, FlowApp)
        await settle(app, pilot)
        await press(app, pilot, "g", *keys)
        await settle(app, pilot)

    return run_before


@pytest.mark.parametrize(
    "keys",
    [("j",), ("j", "j", "j"), ("enter",), ("a",)],
    ids=["fan-out", "item", "inside", "gate"],
)
@pytest.mark.parametrize("size", [(80, 24), (160, 50)], ids=["80x24", "160x50"])
def test_pictures(snap_compare: Compare, keys: tuple[str, ...], size: tuple[int, int]) -> None:
    """A run with runs inside, one of which waits."""
    app = fakes.flow_app(FixedClock(120), start_args=START)
    for recorded in both().events:
        app.session.inbox.put(recorded)
    opened(app)
    assert snap_compare(app, terminal_size=size, run_before=pressing(*keys))


def test_a_run_whose_database_is_gone_is_not_known_any_more_and_no_time_passes() -> None:
    """Nobody says that it was interrupted, and home does not list it: whether it goes on, nobody knows."""
    clock = FixedClock(134)

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        app.session.inbox.put(RunGone(run_id=RUN, why="the database was deleted or replaced: put it back"))
        await settle(app, pilot)
        before = header(app)
        clock.set(300)
        await settle(app, pilot)
        assert "not known any more" in before
        assert header(app) == before
        assert "the database was deleted" in fakes.screen_text(app)
        assert "interrupted" not in fakes.screen_text(app)
        assert "cancelled" not in fakes.screen_text(app)
        assert arranged(None, app.scene.runs).total == 0

    drive(script, fakes.running(), clock=clock)


def failed_inside() -> History:
    """Return a run that failed because an item of a fan-out in the part of it did."""
    plan = (node("0", "call_workflow", "publish"), node("1", "script", "tell"))
    story = History().add(0, ev.RunStarted(workflow="release", title="Release", plan=plan))
    inner = History(PART)
    inner.add(2, ev.RunStarted(workflow="publish", plan=(), parent=RUN, parent_path=StepPath("0")))
    for event in (
        *begin("0", "each", "foreach"),
        ev.FanOutCollected(path=StepPath("0"), items=ITEMS[:2]),
        *begin("0/0", "good", "item"),
        *begin("0/1", "bad", "item"),
    ):
        inner.add(3, event)
    inner.done(4, "0/0").failed(4, "0/1", "oh").failed(5, "0", "oh").over(5, RunStatus.FAILED, "oh")
    for event in (
        *begin("0", "publish", "call_workflow"),
        ev.ChildRunStarted(path=StepPath("0"), attempt=1, child_run=PART),
    ):
        story.add(1, event)
    story.failed(6, "0", "oh").over(6, RunStatus.FAILED, "oh")
    story.events += inner.events
    return story


def test_running_again_is_told_for_the_part_on_screen_and_one_stays_there_while_it_goes_on() -> None:
    """What of it runs again, and why its failed items are no choice; begun anew, the whole is shown."""
    resumed = ev.RunResumed(generation=2)

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        app.session.reader.again_told = told
        await at_whole(app, pilot)
        await press(app, pilot, "enter", "r")
        text = fakes.screen_text(app)
        assert "Here is publish, a part of #a1f3" in text
        assert all(said in text for said in ("here again  2: each, bad", "here kept   1: good"))
        await press(app, pilot, "escape", "R")
        text = " ".join(fakes.screen_text(app).replace("│", " ").split())
        assert "those that failed are in a part (1: each[bad]): r, going on, runs them again" in text
        assert "here all of it again" in text
        await press(app, pilot, "escape", "end", "space", "r")
        text = " ".join(fakes.screen_text(app).replace("│", " ").split())
        assert "what is marked is in a part: mark its step, or its item, in the whole run" in text
        await press(app, pilot, "escape")
        app.session.inbox.put(ev.Recorded(seq=6, at=at(9), run_id=RUN, event=resumed))
        app.session.inbox.put(RunOpened(run_id=RUN, goes_on=True))
        await settle(app, pilot)
        assert app.scene.state is app.scene.runs.states[PART]
        anew = replace(resumed, generation=3, redo=Redo.EVERYTHING)
        app.session.inbox.put(ev.Recorded(seq=7, at=at(9), run_id=RUN, event=anew))
        app.session.inbox.put(RunOpened(run_id=RUN, goes_on=True))
        await settle(app, pilot)
        assert app.scene.state is app.scene.runs.states[RUN]

    told = AgainTold(
        token=0,
        run_id=RUN,
        name="release",
        ways=tuple(
            WayTold(way=way, again=("publish",), why_not="none" if way is Way.ITEMS else "") for way in Way
        ),
    )
    drive(script, failed_inside(), size=(110, 36))
