"""The screen as the command line opens it: with something to start, and the word of what cannot be."""

import gc
from typing import assert_never

from typing_extensions import override

from flow_tui.app.app import FlowApp
from flow_tui.cli.failure import diagnosed, said
from flow_tui.cli.session import Dashboard
from flow_tui.cli.wanted import Look, Resume, Start, Wanted
from flow_tui.clock import Clock
from flow_tui.exit_codes import ExitCode
from flow_tui.model.events import Recorded, RunResumed
from flow_tui.runtime.messages import (
    EngineStopped,
    Launch,
    LibraryChanged,
    News,
    OpenRun,
    Refused,
    RunOpened,
    SetWatch,
)
from flow_tui.sanitize import visible_lines


class DashboardApp(FlowApp):
    """Starts what was asked for; leaves when that turns out to be impossible."""

    def __init__(
        self, session: Dashboard, clock: Clock, wanted: Wanted | None, *, leaves_with_run: bool
    ) -> None:
        super().__init__(session, clock)
        self.refusal: tuple[str, ...] = ()
        """Why nothing could be started, as lines for people."""
        self.refusal_code = ExitCode.USAGE
        self._dashboard = session
        self._wanted = wanted
        self._leaves_with_run = leaves_with_run
        self._is_waiting = wanted is not None
        """Nothing has started yet."""

    @override
    def on_mount(self) -> None:  # Textual calls that of every class
        self.call_after_refresh(self._paint_first)

    @override
    def on_unmount(self) -> None:
        state = self.scene.state
        has_begun = state is not None and state.started_at is not None
        if self._is_waiting and not (has_begun or self.refusal or self.crash):
            self.refusal = ("left before the run started",)
            self.refusal_code = self.exit_code or ExitCode.CANCELLED

    def _paint_first(self) -> None:
        """Put on screen what is known already; whatever else there is to do would only be in the way."""
        self.frame()
        gc.freeze()  # nobody has to look through it again
        gc.enable()
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        """Ask for what is wanted, of a thread that starts now."""
        send = self._dashboard.send
        match self._wanted:
            case None:
                pass
            case Start(watching=watching) as wanted:
                if watching is not None:
                    send(
                        SetWatch(
                            armed=True,
                            policy=watching.policy,
                            patterns=watching.patterns,
                            settle=watching.settle,
                            is_cold=watching.is_cold,
                        )
                    )
                send(
                    Launch(
                        workflow=wanted.workflow,
                        inputs=wanted.inputs,
                        options=wanted.options,
                        typed=True,
                        warm_from=wanted.warm_from,
                        pauses=wanted.pauses,
                    )
                )
            case Resume(run_id=run_id):
                send(OpenRun(run_id=run_id))
            case Look(run_id=run_id, speed=speed) if speed:
                self._is_waiting = False
                from flow_tui.app.reach import app_of
                from flow_tui.app.screens import replay

                replay.show(app_of(self), self.scene, run_id, speed, leave=self.exit)
            case Look(run_id=run_id):
                send(OpenRun(run_id=run_id))
            case _:
                assert_never(self._wanted)
        self._dashboard.engine.start()

    @override
    def _is_behind(self) -> bool:
        return self._is_waiting or super()._is_behind()

    @override
    def receive(self, item: News) -> None:
        super().receive(item)
        match item:
            case RunOpened() if isinstance(self._wanted, Resume) and self._is_waiting:
                # All that happened before is on screen: what comes now follows it.
                self._is_waiting = False
                resume, self._wanted = self._wanted, None
                self._dashboard.send(resume.command(self._dashboard.user))
            case Recorded(event=RunResumed()) if self._leaves_with_run:
                self._dashboard.leave_with_run()
            case RunOpened():
                self._is_waiting, self.refusal = False, ()
            case EngineStopped(error="") if self._is_waiting:
                return  # somebody asked for it
            case LibraryChanged() | Refused() | EngineStopped() if self._is_waiting:
                self._refuse(item)
            case _:
                return

    def _refuse(self, item: LibraryChanged | Refused | EngineStopped) -> None:
        """Note why nothing starts, and leave unless a change of a file may mend it."""
        is_watching = isinstance(self._wanted, Start) and self._wanted.watching is not None
        match item:
            case LibraryChanged(diagnostics=diagnostics, excerpts=excerpts):
                harmless = map(visible_lines, excerpts)
                told = zip(diagnostics, harmless, strict=False)  # of very many, not all have one
                self.refusal = tuple(line for pair in told for line in diagnosed(*pair))
                return
            case Refused() if is_watching and self.refusal:
                return
            case Refused(why=why, hint=hint):
                self.refusal = self.refusal or tuple(said(why, hint))
            case EngineStopped(error=error, is_usage=is_usage):
                why, _, hint = error.partition("\n")
                self.refusal = tuple(said(why, hint))
                self.refusal_code = ExitCode.USAGE if is_usage else ExitCode.ENGINE
            case _:
                assert_never(item)
        self.exit()
