"""The other runs of the project on the run screen."""

from dataclasses import replace

from textual.pilot import Pilot

from flow_tui.app.app import FlowApp
from flow_tui.app.project_runs import ProjectRuns
from flow_tui.app.widgets import home_lines, run_lines
from flow_tui.app.widgets.run_list import RunList
from flow_tui.app.widgets.step_tree import StepTree
from flow_tui.model.ids import RunId
from flow_tui.model.status import Reason, RunStatus
from flow_tui.runtime.messages import CouldNotRead, OpenRun
from flow_tui.view import format as fmt
from tests.app import fakes
from tests.app.fakes import NOON, drive, press, screen_text, settle


def test_a_wide_terminal_shows_the_other_runs_and_opens_them() -> None:
    """What waits, goes on, is over; the one on screen is under the cursor until somebody moves it."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        await settle(app, pilot)
        text = screen_text(app)
        assert all(said in text for said in ("1 Runs", "finished", "2 Steps", "3 test-api", "H full history"))
        runs = app.screen.query_one(RunList)
        await press(app, pilot, "1", "G", "enter")
        assert runs.entries.has_focus
        assert app.session.sent == [OpenRun(run_id=fakes.HISTORY[2].run_id)]
        await press(app, pilot, "tab")
        assert app.screen.focused is app.screen.query_one(StepTree)
        await press(app, pilot, "shift+tab", "escape")
        assert app.screen.is_at_steps

    drive(script, fakes.running(), size=(160, 50))


def test_where_there_is_no_room_the_runs_take_the_place_of_the_steps() -> None:
    """For as long as somebody is there; what is on record is not read before."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        assert not app.screen.query(RunList)
        await press(app, pilot, "1")
        await settle(app, pilot)
        text = screen_text(app)
        assert "1 Runs" in text
        assert "2 Steps" not in text
        await press(app, pilot, "escape")
        assert "2 Steps" in screen_text(app)
        assert "1 Runs" not in screen_text(app)

    drive(script, fakes.running())


def test_a_history_that_cannot_be_read_is_said_to_be_so() -> None:
    """It is never shown as empty."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        def lost(token: int) -> None:
            app.session.inbox.put(CouldNotRead(token=token, why="no such table"))

        app.session.reader.runs = lost
        await press(app, pilot, "1")
        runs = app.screen.query_one(RunList)
        runs._asked_at = None
        await settle(app, pilot)
        assert runs._why == "the history cannot be read just now: no such table"
        assert "now: no such table" in screen_text(app)

    drive(script, fakes.running())


def test_an_input_that_sounds_secret_is_not_in_the_line_of_a_run() -> None:
    """Its name is, its value is not."""
    run = replace(fakes.HISTORY[1], inputs={"env": "prod", "api_token": "s3cret"}, error="")
    said = home_lines.run(run, NOON, 120, 10, is_left=False).plain
    assert "env=prod" in said
    assert "s3cret" not in said


def test_each_run_has_a_line_with_its_id_and_one_for_what_there_is_to_say() -> None:
    """How far it is, what it waits for, or why it ended; of one that completed there is nothing to say."""
    left = RunId("01KDYWA4M8QG3V7ZTRB2H0LEFT")
    on = fakes.summary("01KDYWA4M8QG3V7ZTRB2H0GO0N", RunStatus.RUNNING, 5, 0, inputs={"env": "prod"})
    done = fakes.summary("01KDYWA4M8QG3V7ZTRB2H0DONE", RunStatus.COMPLETED, 2, 1)
    failed = replace(
        done, status=RunStatus.FAILED, error="step 'a' failed after 1 attempt: script 'a' exited with code 3"
    )
    stopped = replace(done, status=RunStatus.CANCELLED, reason=Reason.USER)
    shown = ProjectRuns(
        waiting=(replace(on, waiting_for="sure"),),
        active=(on,),
        recent=(done, failed, stopped, replace(on, run_id=left)),
        interrupted=frozenset({left}),
    )
    lines = [entry.draw(28).plain.rstrip() for entry in run_lines.entries(shown, NOON)]
    heads = [line for line in lines if "#" in line]
    assert len(heads) == 6
    assert all(fmt.width(line) <= 28 for line in lines)
    below = [line.strip() for line in lines if "#" not in line and "finished" not in line]
    share = fmt.share(on.steps_done, on.steps_total)
    assert below == [
        "waits: sure",
        f"{share} steps · env=prod",
        "a: exit 3",
        "by a person",
        "its program is gone",
    ]
