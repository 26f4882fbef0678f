"""The way out: asking, stopping, signals, and the exit status."""

from typing_extensions import override

from flow_tui.app import runs
from flow_tui.app.painting import PaintingApp
from flow_tui.app.session import Session
from flow_tui.clock import Clock
from flow_tui.engine.commands import CancelRun
from flow_tui.exit_codes import ExitCode
from flow_tui.model.state import RunState
from flow_tui.sanitize import line


class LeavingApp(PaintingApp, inherit_bindings=False):
    """Ends when a person or a signal asks for it, and everything that runs with it."""

    def __init__(self, session: Session, clock: Clock) -> None:
        super().__init__(session, clock)
        self.left_behind = False
        """Somebody left the screen and its runs to finish."""
        self.crash: BaseException | None = None
        """What the screen itself failed with."""
        self._signal: ExitCode | None = None
        self._engine_is_gone = False
        self._has_hung_up = False

    @property
    def final(self) -> RunState | None:
        """Return the run that was shown last, or that it is part of, for the summary."""
        return self.scene.whole

    @property
    def exit_code(self) -> ExitCode:
        """Return the program's exit status, as far as the screen knows."""
        if self.crash is not None or self.scene.engine_error:
            return ExitCode.ENGINE
        if self._signal is not None:
            return self._signal
        state = self.scene.whole
        if self.session.start_args.home or self.left_behind:
            return ExitCode.COMPLETED
        if state is None or state.started_at is None:
            return ExitCode.CANCELLED if self.scene.stopping else ExitCode.COMPLETED
        if not state.is_stopped and self.scene.stopping:
            return ExitCode.CANCELLED
        return runs.exit_code(state)

    def on_signal(self, code: ExitCode) -> None:
        """End because of a signal: the first one asks, the second one kills."""
        self._signal = self._signal or code
        self.stop()

    def hang_up(self) -> None:
        """End because the terminal is gone; callable from any thread, and before there is anything to end."""
        self._has_hung_up = True
        loop = self._loop_of_screen
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._hung_up)

    def _end_if_hung_up(self) -> None:
        if self._has_hung_up:
            self._hung_up()

    def _hung_up(self) -> None:
        """Take the lost terminal and the signal that comes with it for one."""
        if self._signal is not ExitCode.HANGUP:
            self.on_signal(ExitCode.HANGUP)

    def stop(self) -> None:
        """Ask everything to end and wait for it; asked again, or with nobody left to ask, leave."""
        again = self.scene.stopping
        self.scene.stopping = True
        self.session.stop(again)
        if again or self._engine_is_gone:
            self.exit()
        else:
            self.frame_soon()

    def _engine_stopped(self, error: str) -> None:
        self._engine_is_gone = True
        if error:
            self.scene.engine_error = line(error)
        if self.scene.stopping:
            self.exit()

    def _leave_with_run(self) -> None:
        state = self.scene.whole
        if (
            self.session.start_args.exit_with_run
            and state is not None
            and state.status.is_over
            and not self.scene.runs.active()
        ):
            self.exit()

    def _decided_to_leave(self, answer: str | None) -> None:
        if answer == "cancel":
            self._cancel_all()
        elif answer == "leave":
            self.left_behind = True
            self._let_go()
            on_leave = self.session.start_args.on_leave
            if on_leave is not None:
                on_leave()
            self.exit()

    def _cancel_all(self) -> None:
        """End everything because the person who sits here wants it: that is on record with each run."""
        for state in self.scene.runs.active():
            if state.cancel_requested_at is None:  # asked again, what is tidied up would be cut short
                self.session.send(CancelRun(run_id=state.run_id, by=self.session.user))
        self.stop()

    @override
    async def action_quit(self) -> None:
        """Leave, or ask first: about what somebody has written, then about what runs."""
        for screen in reversed(self.screen_stack):
            asks_before = getattr(screen, "asks_before", None)
            if asks_before is not None and asks_before(lambda: self.call_next(self.action_quit)):
                return
        active = self.scene.runs.active()
        if self._engine_is_gone or not (active or self.scene.stopping):
            self.exit()
            return
        if self.scene.stopping:
            return
        may_leave = self.session.start_args.on_leave is not None
        if self.scene.ui.on_quit == "cancel" or (self.scene.ui.on_quit == "leave" and may_leave):
            self._decided_to_leave(self.scene.ui.on_quit)
            return
        from flow_tui.app.screens import questions  # noqa: PLC0415 - only when somebody asks

        paused: tuple[str, ...] = ()
        if may_leave and self.scene.runs.held:
            from flow_tui.app import letting_go  # noqa: PLC0415 - only where a run pauses

            paused = letting_go.told(self.scene)
        question = questions.leave(active, may_leave=may_leave, paused=paused, queued=self.scene.queued)
        await self.push_screen(question, self._decided_to_leave)

    def _let_go(self) -> None:
        """Have runs pause nowhere any more: nobody stays who could let them go on."""
        if any(state.breakpoints or state.held_at for state in self.scene.runs.states.values()):
            from flow_tui.app import letting_go  # noqa: PLC0415 - only where a run pauses

            for command in letting_go.commands(self.scene):
                self.session.send(command)

    async def action_interrupt(self) -> None:
        """Copy what is selected; else ask, then cancel, then kill."""
        selected = self.screen.get_selected_text()
        if selected:
            self.copy_to_clipboard(selected)
            self.screen.clear_selection()
        elif self.scene.stopping:
            self.stop()
        elif self.screen.has_class("leaving"):
            await self.pop_screen()
            self._cancel_all()
        else:
            await self.action_quit()
