"""What is done with the runs that are marked at home: after one question that lists them."""

from textual.pilot import Pilot

from flow_tui.app.app import FlowApp
from flow_tui.app.session import StartArgs
from flow_tui.engine.commands import CancelRun, KillRun, ResumeRun
from flow_tui.model.ids import RunId
from flow_tui.model.status import RunStatus
from flow_tui.runtime.chores import ForgetRuns, RunsForgotten
from flow_tui.runtime.messages import Rerun
from tests.app import fakes
from tests.app.fakes import drive, press, screen_text, settle

ACTIVE, DONE, FAILED = (RunId(f"01KDYWA4M8QG3V7ZTRB2H0A{name}") for name in ("1AA", "1BB", "1CC"))
RUNS = (
    fakes.summary(ACTIVE, RunStatus.RUNNING, 0, 0, steps_done=2, steps_total=5, owner="x"),
    fakes.summary(DONE, RunStatus.COMPLETED, -100, 50),
    fakes.summary(FAILED, RunStatus.FAILED, -200, 72, error="no"),
)


def at_home(script: fakes.Script) -> FlowApp:
    """Run ``script`` at home, at the first of three runs."""

    async def begin(app: FlowApp, pilot: Pilot[None]) -> None:
        app.session.reader.listed, app.session.reader.gates = RUNS, ()
        app.screen.on_screen_resume()
        await press(app, pilot, "2")
        await script(app, pilot)

    return drive(begin, start_args=StartArgs(home=True), size=(100, 30))


def test_marked_runs_are_acted_on_together() -> None:
    """Each key takes those of them that it can mean; without marks the selected one; escape unmarks."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        sent = app.session.sent
        await press(app, pilot, "space", "space", "space")
        assert "3 marked" in screen_text(app)
        await press(app, pilot, "R")
        assert all(name in screen_text(app) for name in ("#a1aa", "#a1bb", "#a1cc", "with the same inputs"))
        await press(app, pilot, "enter")
        assert sent == []
        await press(app, pilot, "R", "y", "x", "c", "X", "X", "X")
        assert KillRun(run_id=ACTIVE, by="nina") not in sent
        await press(app, pilot, "y")
        assert sent == [
            *(Rerun(run_id=run_id) for run_id in (ACTIVE, DONE, FAILED)),
            CancelRun(run_id=ACTIVE, by="nina"),
            KillRun(run_id=ACTIVE, by="nina"),
        ]
        await press(app, pilot, "D", "D", "D")
        assert not any(isinstance(each, ForgetRuns) for each in sent)
        await press(app, pilot, "y")
        assert sent[-1] == ForgetRuns(run_ids=(DONE, FAILED))
        await press(app, pilot, "escape")
        assert "marked" not in screen_text(app)
        await press(app, pilot, "r", "y")
        assert sent[-1] == ResumeRun(run_id=FAILED, by="nina")
        app.session.inbox.put(RunsForgotten(run_ids=(DONE,)))
        before = app.screen._token
        await settle(app, pilot)
        assert app.screen._token > before

    at_home(script)


def test_what_cannot_be_done_with_a_run_says_why() -> None:
    """A completed run does not go on, one that goes on is not deleted, and nothing is about workflows."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        await press(app, pilot, "D", "r", "j", "r", "x", "1", "space", "x", "D")
        assert app.screen.marked == set()
        assert len(app.screen_stack) == 1
        assert [each.message for each in app._notifications] == [
            "#a1aa goes on: x cancels it, then it can be deleted",
            "#a1aa goes on already",
            "#a1bb has completed",
            "#a1bb is over: completed",
        ]

    at_home(script)


def test_an_interrupted_run_is_deleted_after_asking_and_says_why_it_is_not_cancelled() -> None:
    """Nobody works on it, so there is nothing to stop; what is left of it is ended when it is deleted."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        app.session.reader.left = frozenset({ACTIVE})
        app.screen.on_screen_resume()
        await press(app, pilot, "g", "x", "X")
        why = "nobody works on #a1aa any more: r goes on with it, D deletes it"
        assert [each.message for each in app._notifications] == [why, why]
        footer = screen_text(app).splitlines()[-1]
        assert "Cancel" not in footer
        await press(app, pilot, "D")
        assert "What is left of interrupted ones is ended first." in " ".join(screen_text(app).split())
        await press(app, pilot, "y")
        assert app.session.sent == [ForgetRuns(run_ids=(ACTIVE,))]

    at_home(script)
