"""The dashboard from the command line: opened at once, left in order."""

import os
import signal
import sys
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from flow_tui.cli import out, program_log
from flow_tui.cli.failure import said
from flow_tui.cli.leaving import EXIT_CODES
from flow_tui.cli.ui import is_page
from flow_tui.cli.wanted import Start, Wanted
from flow_tui.exit_codes import ExitCode
from flow_tui.model.events import Recorded
from flow_tui.runtime import remembered, ui_settings
from flow_tui.runtime.remembered import Memory
from flow_tui.runtime.settings import Settings
from flow_tui.runtime.ui_settings import UiSettings

if TYPE_CHECKING:
    from flow_tui.app.scene import Scene
    from flow_tui.cli.dashboard import DashboardApp
    from flow_tui.cli.session import Dashboard

FRAMES = "500"
"""Of Textual's own clock, a second: keys are painted sooner, for no measurable work."""
SWITCH = 0.001
"""Seconds after which another thread gets its turn: sooner than usual, so that keys do not wait."""


def execute(
    wanted: Wanted | None, chosen: Settings, options: Namespace, *, title: str, opened: Callable[[], bool]
) -> int:
    """Show the dashboard, on what is wanted or at home; return the exit status.

    ``opened`` hands the terminal over when it is wanted, and says whether it is set up already.
    """
    program_log.begin(options)
    os.environ.setdefault("TEXTUAL_FPS", FRAMES)
    sys.setswitchinterval(SWITCH)
    from flow_tui.app.session import StartArgs
    from flow_tui.cli.dashboard import DashboardApp
    from flow_tui.cli.session import Dashboard
    from flow_tui.clock import SystemClock

    ui, place = ui_settings.read(os.environ), str(Path.cwd())
    args = StartArgs(
        title=title,
        home=wanted is None,
        exit_with_run=isinstance(wanted, Start) and options.exit,
        on_leave=None if is_page(os.environ) else _nothing_more,
        ui=ui,
        memory=left_as(chosen, place, ui),
    )
    session = Dashboard(chosen, args)
    session.is_given = bool(options.state)
    app = DashboardApp(session, SystemClock(), wanted, leaves_with_run=options.exit)
    going_on: ExitCode | None = None
    _listen(app.on_signal)
    try:
        app.opened = opened
        drive = getattr(options, "drive", None)
        if drive is None:
            app.run()
        else:
            from flow_tui.cli.driving import run

            run(app, drive)
        leave_as(chosen, place, app.scene, args.memory)
        _listen(_hurry(session))
        if app.left_behind:
            from flow_tui.cli.going_on import until_over

            going_on = until_over(app, session)
    finally:
        _listen(_hurry(session))
        session.close()
    return _last_words(app, session, options, going_on)


def left_as(chosen: Settings, place: str, ui: UiSettings) -> Memory:
    """Return how the dashboard of a folder was left, if it is wanted so again."""
    return remembered.read(chosen.state, place) if ui.restore else Memory()


def leave_as(chosen: Settings, place: str, scene: "Scene", before: Memory) -> None:
    """Keep how the dashboard of a folder is left, if that is another way than it was opened and is wanted."""
    if scene.ui.restore and scene.memory != before:
        remembered.write(chosen.state, place, scene.memory)


def _nothing_more() -> None:
    """Let the screen go; what becomes of its runs is seen to afterwards."""


def _listen(then: Callable[[ExitCode], None]) -> None:
    """Have signals taken while no loop of the screen does."""

    def take(number: int, _frame: FrameType | None) -> None:
        then(EXIT_CODES[signal.Signals(number)])

    for number in EXIT_CODES:
        signal.signal(number, take)


def _hurry(session: "Dashboard") -> Callable[[ExitCode], None]:
    """Return what a signal does on the way out: kill, and after another one, leave whatever happens."""
    asked: list[ExitCode] = []

    def hurry(code: ExitCode) -> None:
        if asked:
            os._exit(code)
        asked.append(code)
        session.stop(kill=True)
        session.engine.kill_children()

    return hurry


def _last_words(
    app: "DashboardApp", session: "Dashboard", options: Namespace, going_on: ExitCode | None
) -> int:
    """Say what remains to be said, on the terminal as it was before; return the exit status.

    ``going_on`` is that of the runs that went on without the screen, if they did.
    """
    for news in session.inbox.drain(sys.maxsize):
        if isinstance(news, Recorded):
            app.scene.runs.take(news)
    if app.crash is not None:
        place = program_log.keep_traceback(app.crash, options)
        what = f"the screen failed: {type(app.crash).__name__}: {app.crash}"
        out.words("\n".join(said(what, f"the details are in {place}")))
    if app.refusal:
        out.words("\n".join(app.refusal))
        return app.refusal_code
    final = app.final
    is_wanted = app.scene.ui.summary and getattr(options, "summary", True)
    if is_wanted and final is not None and final.started_at is not None and not app.left_behind:
        from flow_tui.cli.last_words import last_words
        from flow_tui.runtime.ui_settings import draws_ascii
        from flow_tui.view.glyphs import in_ascii

        known = app.scene.runs.states.get
        for text in last_words(final, session.folder, is_kept=session.is_kept, known=known):
            out.shown(in_ascii(text) if draws_ascii(app.scene.ui, os.environ) else text)
    if app.scene.engine_error:
        out.words("\n".join(said(f"the engine ended: {app.scene.engine_error}")))
    return app.exit_code if going_on is None else going_on
