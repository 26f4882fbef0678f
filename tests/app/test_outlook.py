"""The header and the list of runs say how long a run may still take."""

from datetime import timedelta

from textual.pilot import Pilot

from flow_tui.app.app import FlowApp
from flow_tui.app.widgets import home_lines
from flow_tui.model import events as ev
from flow_tui.model.breakpoints import Release
from flow_tui.model.estimate import Estimate, Past
from flow_tui.model.ids import StepPath
from flow_tui.model.status import RunStatus
from flow_tui.runtime.messages import CouldNotRead, PastsRead
from flow_tui.runtime.questions import Pasts
from tests.app import fakes
from tests.app.fakes import FakeSession, FixedClock, at, drive, screen_text, settle

PASTS = tuple(Past(took=timedelta(seconds=each), ends={}) for each in (200, 300, 310, 420, 900))


def test_the_header_says_how_long_the_run_may_still_take() -> None:
    """With its range and from how many runs; a late answer about another run changes nothing."""
    clock = FixedClock(134)

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        session = app.session
        assert isinstance(session, FakeSession)
        assert "ETA" not in screen_text(app)
        (asked,) = session.reader.asked
        token = asked.token
        assert asked == Pasts(token=token, root="/home/nina/app", workflow="deploy", until=at(0))
        session.inbox.put(PastsRead(token=token - 1, pasts=PASTS))
        await settle(app, pilot)
        assert "ETA" not in screen_text(app)
        session.inbox.put(PastsRead(token=token, pasts=PASTS))
        await settle(app, pilot)
        assert "ETA ~3m  (3m–5m, p50 of 5 runs)" in screen_text(app)
        clock.set(600)
        await settle(app, pilot)
        assert "longer than usual" in screen_text(app)
        session.inbox.put(CouldNotRead(token=token, why="gone"))
        await settle(app, pilot)
        assert "longer than usual" not in screen_text(app)
        assert len(session.reader.asked) == 1

    drive(script, fakes.running(), size=(160, 50), clock=clock)


def test_the_list_of_runs_says_how_long_those_in_progress_may_still_take() -> None:
    """In a word: there is no room for more."""
    run = fakes.summary("01KDYWA4M8QG3V7ZTRB2H0A1F4", RunStatus.RUNNING, 0, 0, steps_total=4)
    left = timedelta(minutes=80)
    expected = Estimate(typical=left, least=left, most=left, runs=3)
    for estimate, told in ((expected, "0/4 steps  ETA ~1h20m"), (None, "0/4 steps")):
        line = home_lines.run(run, fakes.at(60), 100, 10, is_left=False, estimate=estimate)
        assert line.plain.rstrip().endswith(told)


def test_for_how_long_a_run_pauses_says_nothing_of_how_long_it_takes() -> None:
    """While it pauses nobody can tell; then the pause is left out."""
    clock = FixedClock(134)
    path = StepPath("1")
    story = fakes.started().step(0, "0", "plan").done(21, "0")
    story.add(100, ev.StepPaused(path=path, name="build", kind="script"))

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        session = app.session
        assert isinstance(session, FakeSession)
        session.inbox.put(PastsRead(token=session.reader.asked[0].token, pasts=PASTS))
        clock.set(2000)
        await settle(app, pilot)
        assert "longer than usual" not in screen_text(app)
        fakes.feed(app, story.add(2000, ev.StepReleased(path=path, how=Release.GO_ON)).events[-1:])
        await settle(app, pilot)
        assert "ETA ~4m" in screen_text(app)

    drive(script, story, size=(160, 50), clock=clock)


def test_nothing_is_told_of_how_long_a_run_may_take_while_only_a_person_is_awaited() -> None:
    """Nor is it longer than usual once somebody has answered late."""
    clock, story = FixedClock(134), fakes.waiting()

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        session = app.session
        assert isinstance(session, FakeSession)
        session.inbox.put(PastsRead(token=session.reader.asked[0].token, pasts=PASTS))
        clock.set(4000)
        await settle(app, pilot)
        assert "▲ waiting" in screen_text(app)
        assert "ETA" not in screen_text(app)
        assert "longer than usual" not in screen_text(app)
        answer = ev.GateResolved(path=StepPath("3"), approved=True, by="nina")
        fakes.feed(app, story.add(4000, answer).done(4000, "3").events[-2:])
        await settle(app, pilot)
        assert "ETA ~" in screen_text(app)

    drive(script, story, size=(160, 50), clock=clock)
