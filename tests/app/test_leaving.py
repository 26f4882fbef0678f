"""The ways out: quit, Ctrl-C, signals, a run that is over, an engine that is gone."""

import asyncio
from typing import Literal

import pytest
from textual.pilot import Pilot

from flow_tui.app.app import FlowApp
from flow_tui.app.screens.confirm import Confirm
from flow_tui.app.screens.run import RunScreen
from flow_tui.app.session import StartArgs
from flow_tui.engine.commands import CancelRun
from flow_tui.exit_codes import ExitCode
from flow_tui.model.status import Reason, RunStatus
from flow_tui.runtime.messages import EngineStopped, Refused, RunLost, RunOpened
from flow_tui.runtime.ui_settings import UiSettings
from tests.app import fakes
from tests.app.fakes import RUN, History, drive, press, screen_text, settle


def after(story: History | None, *keys: str, start: StartArgs | None = None) -> FlowApp:
    """Return the application after some keys."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        await press(app, pilot, *keys)

    return drive(script, story, start_args=start or StartArgs())


def test_quitting_asks_only_while_something_runs() -> None:
    """A finished run is left at once, with its exit status."""
    app = after(fakes.failed(), "q")
    assert (app._exit, app.exit_code, app.session.stops) == (True, ExitCode.FAILED, [])
    app = after(fakes.running(), "q")
    assert (app._exit, app.session.stops) == (False, [])


@pytest.mark.parametrize(
    ("on_quit", "may_leave", "is_gone", "stops"),
    [("cancel", True, False, [False]), ("leave", True, True, []), ("leave", False, False, [])],
)
def test_who_has_set_what_becomes_of_runs_is_not_asked(
    on_quit: Literal["cancel", "leave"], may_leave: bool, is_gone: bool, stops: list[bool]
) -> None:
    """Runs are cancelled, or left to finish where that can be; else there is a question nevertheless."""
    left: list[bool] = []
    start = StartArgs(
        ui=UiSettings(on_quit=on_quit), on_leave=(lambda: left.append(True)) if may_leave else None
    )
    app = after(fakes.running(), "q", start=start)
    assert (app.session.stops, app._exit, left) == (stops, is_gone, [True] * is_gone)


def test_quitting_does_not_ask_about_a_run_that_is_only_looked_at() -> None:
    """It goes on whether or not anybody looks; once it is ours, leaving would end it."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        app.session.inbox.put(RunOpened(run_id=RUN, is_elsewhere=True))
        await settle(app, pilot)
        app.session.inbox.put(RunOpened(run_id=RUN))
        await press(app, pilot, "q")
        assert not app._exit
        await press(app, pilot, "escape")
        app.session.inbox.put(RunLost(run_id=RUN, why="another process works on it now"))
        await settle(app, pilot)
        assert "another process works on it now" in screen_text(app)
        await press(app, pilot, "q")
        assert app._exit

    assert drive(script, fakes.running()).session.stops == []


def test_what_is_refused_on_the_way_out_harms_nobody() -> None:
    """The last news may come when there is no screen any more."""
    app = after(fakes.running(), "q", "c")
    assert not app.screen_stack
    app.receive(Refused(what="Watch", why="it is over"))
    assert app.crash is None


def test_quitting_a_running_run_cancels_it_and_waits_for_the_engine() -> None:
    """The screen stays until the engine says that everything has ended."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        await press(app, pilot, "q", "c")
        assert app.session.sent == [CancelRun(run_id=RUN, by="nina")]
        assert app.session.stops == [False]
        assert "stopping" in screen_text(app)
        assert not app._exit
        app.session.inbox.put(
            fakes.running().over(135, RunStatus.CANCELLED, reason=Reason.SHUTDOWN).events[-1]
        )
        app.session.inbox.put(EngineStopped())
        await settle(app, pilot)
        assert app._exit

    assert drive(script, fakes.running()).exit_code is ExitCode.CANCELLED


def test_a_screen_on_which_something_runs_does_not_go_to_the_shell_and_says_why() -> None:
    """The engine would stop with it, and the steps would look dead."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        await press(app, pilot, "ctrl+z")
        assert "the steps would stop with the" in screen_text(app)

    drive(script, fakes.running())


def test_ctrl_c_climbs_the_ladder() -> None:
    """First it asks, then it cancels, then it kills."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        await press(app, pilot, "ctrl+c")
        assert app.session.stops == []
        assert not isinstance(app.screen, RunScreen)
        await press(app, pilot, "ctrl+c")
        assert app.session.stops == [False]
        assert isinstance(app.screen, RunScreen)
        await press(app, pilot, "ctrl+c")
        assert app.session.stops == [False, True]
        assert app.session.sent == [CancelRun(run_id=RUN, by="nina")]

    drive(script, fakes.running())


def test_ctrl_c_works_in_a_text_field_and_over_any_dialog() -> None:
    """The key that stops everything is never typed away."""
    for keys in (("a", "tab", "tab", "ctrl+c", "ctrl+c"), ("question_mark", "ctrl+c", "ctrl+c")):
        assert after(fakes.waiting(), *keys).session.stops == [False]


def test_runs_are_left_to_finish_where_that_is_possible() -> None:
    """Leaving calls who goes on with them, stops nothing, and is offered only where somebody does."""
    left: list[bool] = []
    app = after(fakes.running(), "q", "l", start=StartArgs(on_leave=lambda: left.append(True)))
    assert (left, app.left_behind, app._exit, app.session.stops) == ([True], True, True, [])
    app = after(fakes.running(), "q", "l")
    assert (app.left_behind, app._exit) == (False, False)


def test_the_question_whether_to_quit_goes_away_with_its_reason() -> None:
    """When the last run ends meanwhile, the dialog closes."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        await press(app, pilot, "q")
        app.session.inbox.put(fakes.running().over(135, RunStatus.COMPLETED).events[-1])
        await settle(app, pilot)
        assert isinstance(app.screen, RunScreen)

    drive(script, fakes.running())


@pytest.mark.parametrize("code", [ExitCode.TERMINATED, ExitCode.HANGUP, ExitCode.QUIT, ExitCode.CANCELLED])
def test_a_signal_asks_and_a_second_one_kills(code: ExitCode) -> None:
    """The exit status is that of the first signal, whatever becomes of the run."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        app.on_signal(code)
        app.on_signal(ExitCode.TERMINATED)
        assert app.session.stops == [False, True]
        app.session.inbox.put(EngineStopped())
        await settle(app, pilot)

    app = drive(script, fakes.running())
    assert (app._exit, app.exit_code) == (True, code)


@pytest.mark.parametrize(
    ("outcome", "reason", "code"),
    [
        (RunStatus.COMPLETED, Reason.NONE, ExitCode.COMPLETED),
        (RunStatus.FAILED, Reason.NONE, ExitCode.FAILED),
        (RunStatus.CANCELLED, Reason.TIMEOUT, ExitCode.TIMED_OUT),
        (RunStatus.FAILED, Reason.GATE_REJECTED, ExitCode.GATE),
        (RunStatus.FAILED, Reason.GATE_EXPIRED, ExitCode.GATE),
        (RunStatus.FAILED, Reason.ENGINE, ExitCode.ENGINE),
        (RunStatus.FAILED, Reason.LEASE_LOST, ExitCode.OWNED),
        (RunStatus.CANCELLED, Reason.USER, ExitCode.CANCELLED),
    ],
)
def test_the_screen_leaves_with_its_run(outcome: RunStatus, reason: Reason, code: ExitCode) -> None:
    """Where that was asked for, the end of the run ends the program, with the run's exit status."""
    app = after(fakes.running().over(140, outcome, reason=reason), start=StartArgs(exit_with_run=True))
    assert (app._exit, app.exit_code) == (True, code)
    assert app.final is not None
    assert app.final.status is outcome


def test_the_screen_stays_open_at_the_end() -> None:
    """Otherwise one can still look around."""
    assert not after(fakes.completed())._exit


def test_an_engine_that_dies_is_an_error_on_screen() -> None:
    """Nobody is thrown out; what is known stays, and the exit status says it."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        app.session.inbox.put(EngineStopped(error="the disk is gone"))
        await settle(app, pilot)
        assert "the engine stopped: the disk is gone" in screen_text(app)
        await press(app, pilot, "q")
        assert app._exit

    assert drive(script, fakes.running()).exit_code is ExitCode.ENGINE


@pytest.mark.parametrize("error", ["the database is newer than this program", ""])
@pytest.mark.parametrize("code", [ExitCode.TERMINATED, ExitCode.HANGUP, None])
def test_with_the_engine_gone_every_way_out_leaves_at_once(error: str, code: ExitCode | None) -> None:
    """A signal and the key find nobody to wait for, whatever was in progress."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        app.session.inbox.put(EngineStopped(error=error))
        await settle(app, pilot)
        assert not app._exit
        if code is None:
            await press(app, pilot, "q")
        else:
            app.on_signal(code)
        assert app._exit

    drive(script, fakes.running())


def test_the_second_request_to_end_leaves_without_waiting() -> None:
    """An engine that does not answer keeps nobody; a lost terminal and its signal are one request."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        app.on_signal(ExitCode.HANGUP)
        app.hang_up()
        await settle(app, pilot)
        assert (app.session.stops, app._exit) == ([False], False)
        app.on_signal(ExitCode.TERMINATED)
        assert (app.session.stops, app._exit) == ([False, True], True)

    drive(script, fakes.running())


def test_a_terminal_that_is_lost_before_there_is_a_screen_ends_it() -> None:
    """A page that is closed while it loads leaves nothing behind that nobody sees."""

    async def main() -> list[bool]:
        app = fakes.flow_app()
        app.hang_up()
        async with app.run_test():
            return app.session.stops

    assert asyncio.run(main()) == [False]


def test_a_dialog_that_is_closed_while_it_lays_itself_out_takes_nothing_with_it() -> None:
    """What it still wanted to do finds its parts gone; the screen behind goes on."""

    async def script(app: FlowApp, pilot: Pilot[None]) -> None:
        await press(app, pilot, "q")
        dialog = app.screen
        assert isinstance(dialog, Confirm)
        dialog.call_after_refresh(dialog._fit)
        await app.pop_screen()
        await press(app, pilot, "q")
        assert "Quit while something runs?" in screen_text(app)

    app = drive(script, fakes.running())
    assert app.crash is None
