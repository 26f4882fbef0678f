"""Leaving the dashboard before or after there is anything to leave."""

import asyncio
import signal
import sqlite3
from argparse import Namespace
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest

from flow_tui import limits
from flow_tui.cli import screen
from flow_tui.cli.dashboard import DashboardApp
from flow_tui.cli.wanted import Start
from flow_tui.exit_codes import ExitCode
from flow_tui.runtime.messages import EngineStopped
from flow_tui.runtime.ui_settings import UiSettings
from tests.app.fakes import FakeSession, FixedClock, History, completed, feed, press, running, settle
from tests.cli.program import Project
from tests.whole.terminal import Terminal


class IdleEngine:
    """Begins nothing."""

    def start(self) -> None:
        """Do nothing."""


@dataclass(kw_only=True)
class IdleSession(FakeSession):
    """A session whose engine never gets to anything."""

    engine: IdleEngine = field(default_factory=IdleEngine)


def left(
    *keys: str, by: ExitCode | None = None, has_begun: bool = False, story: History | None = None
) -> DashboardApp:
    """Return the dashboard after it was left by keys or by a signal."""
    app = DashboardApp(IdleSession(), FixedClock(), Start(workflow="w"), leaves_with_run=False)  # type: ignore[arg-type]  # all of it that is used

    async def main() -> None:
        async with app.run_test(size=(80, 24)) as pilot:
            if has_begun:
                feed(app, (story or running()).events)
            await press(app, pilot, *keys)
            if by is not None:
                app.on_signal(by)
                app.session.inbox.put(EngineStopped())
                await settle(app, pilot)

    asyncio.run(main())
    return app


@pytest.mark.parametrize("key", ["q", "ctrl+c"])
def test_leaving_before_the_run_has_started_is_not_success(key: str) -> None:
    """One line says that nothing ran, and the exit status does not say that all went well."""
    app = left(key)
    assert app.refusal == ("left before the run started",)
    assert app.refusal_code is ExitCode.CANCELLED


def test_a_signal_before_the_run_has_started_keeps_its_exit_status() -> None:
    """The engine that was asked to end is no failure."""
    app = left(by=ExitCode.TERMINATED)
    assert app.refusal == ("left before the run started",)
    assert app.refusal_code is ExitCode.TERMINATED


def test_a_run_that_has_begun_is_not_said_to_be_missing() -> None:
    """From its first event on, the run itself tells how it ended."""
    assert left("q", "escape", has_begun=True).refusal == ()


@pytest.mark.parametrize(
    ("ui", "asked", "is_told"),
    [
        (UiSettings(), True, True),
        (UiSettings(), False, False),
        (UiSettings(summary=False), True, False),
    ],
)
def test_the_summary_is_left_in_the_terminal_unless_it_is_switched_off(
    ui: UiSettings, asked: bool, is_told: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    """By -q for once, or by a setting for good; never more than 40 lines."""
    app = left("q", has_begun=True, story=completed())
    app.scene.ui = ui
    session = SimpleNamespace(inbox=app.session.inbox, folder=None, is_kept=True)
    code = screen._last_words(app, session, Namespace(summary=asked), None)  # type: ignore[arg-type]  # all of it that is used
    said = capsys.readouterr()
    assert code is ExitCode.COMPLETED
    assert bool(said.out) is is_told
    assert len(said.out.splitlines()) <= limits.SUMMARY_LINES
    assert said.err == ""


@pytest.mark.real_time
@pytest.mark.timeout(60)
@pytest.mark.parametrize("sent", [signal.SIGHUP, signal.SIGTERM, None])
def test_a_dashboard_whose_engine_refused_a_newer_database_can_be_left(
    project: Project, sent: signal.Signals | None
) -> None:
    """Signals and the key end it at once; the exit status says that the engine failed."""
    project.write("w.wf", 'workflow w {\n  script s { run = "true" }\n}')
    assert project.run("run", "w.wf", "--ui", "quiet").code == 0
    (database,) = project.state.rglob("runs.db")
    with sqlite3.connect(database) as connection:
        connection.execute("PRAGMA user_version = 999")
    connection.close()
    with Terminal(state=project.state, cwd=project.folder, size=(100, 30)) as terminal:
        terminal.wait_for("the engine stopped")
        if sent is None:
            terminal.press("q")
        else:
            terminal.process.send_signal(sent)
        assert terminal.end() == ExitCode.ENGINE
