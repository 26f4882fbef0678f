"""The application: wiring, the frame, signals and the way out."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import App
from textual.binding import BindingType
from textual.command import Provider
from textual.css.query import NoMatches
from textual.driver import Driver
from textual.filter import LineFilter
from textual.notifications import SeverityLevel
from textual.reactive import Reactive
from textual.screen import Screen
from textual.theme import Theme
from typing_extensions import override

from flow_tui import limits
from flow_tui.app import keys, runs, signals
from flow_tui.app.scene import Scene
from flow_tui.app.screens.run import RunScreen
from flow_tui.app.session import Session
from flow_tui.app.text import ControlFilter
from flow_tui.app.themes import ANSI, DUSK
from flow_tui.app.widgets.log_view import LogView
from flow_tui.clock import Clock
from flow_tui.exit_codes import ExitCode
from flow_tui.model import ids
from flow_tui.model.events import Recorded, StepNoted
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.state import RunState
from flow_tui.runtime import messages as news
from flow_tui.sanitize import line

logger = logging.getLogger(__name__)

_FRAME = 1 / limits.FRAMES_PER_SECOND


def _palette() -> type[Provider]:
    from flow_tui.app.palette import KeyCommands  # noqa: PLC0415 - only when it is opened

    return KeyCommands


class FlowApp(App[None], inherit_bindings=False):
    """Shows what happens to runs and sends what people want."""

    CSS_PATH = Path(__file__).with_name("app.tcss")
    TITLE = "flow-tui"
    BINDINGS: ClassVar[list[BindingType]] = [*keys.GLOBAL]
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {_palette}
    ENABLE_SELECT_AUTO_SCROLL = True
    ansi_theme_dark = Reactive(ANSI, init=False)
    theme = Reactive(DUSK.name)  # from the beginning: a change would have every style sheet read twice

    def __init__(self, session: Session, clock: Clock) -> None:
        super().__init__()
        self.session = session
        self.scene = Scene(session=session, runs=runs.Runs(), now=clock.now().replace(microsecond=0))
        self.opened: Callable[[], bool] = bool
        """Says, to whoever is about to give the program a screen of its own, whether it has it already."""
        self.left_behind = False
        """Somebody left the screen and its runs to finish."""
        self.crash: BaseException | None = None
        """What the screen itself failed with."""
        self._clock = clock
        self._control_filter = ControlFilter()
        self._loop_of_screen: asyncio.AbstractEventLoop | None = None
        self._frame_due = False
        self._painted_at = 0.0
        self._signal: ExitCode | None = None
        self._engine_is_gone = False
        self._gates_seen: set[tuple[RunId, StepPath, datetime]] = set()

    # The way in

    @property
    @override
    def available_themes(self) -> dict[str, Theme]:
        return {DUSK.name: DUSK, **super().available_themes}

    @override
    def get_driver_class(self) -> type[Driver]:
        chosen = super().get_driver_class()
        if chosen.__name__ != "LinuxDriver":
            return chosen
        from flow_tui.app.terminal import Terminal  # noqa: PLC0415 - not on every platform

        return Terminal

    @override
    def get_default_screen(self) -> Screen[None]:
        if self.session.start_args.home:
            from flow_tui.app.screens.home import HomeScreen  # noqa: PLC0415 - only where it is first

            return HomeScreen()
        return RunScreen(self.scene)

    @override
    def get_line_filters(self) -> Sequence[LineFilter]:
        return [*super().get_line_filters(), self._control_filter]

    def on_mount(self) -> None:
        """Begin to listen."""
        loop = self._loop_of_screen = asyncio.get_running_loop()
        if not self.is_headless:
            signals.listen(loop, self.on_signal)
        self.session.inbox.attach(self._wake)
        self._tick()

    @on(Driver.SignalResume)
    def paint_all(self) -> None:
        """Paint what the shell has painted over."""
        self.refresh(layout=True)

    def on_unmount(self) -> None:
        """Stop listening."""
        self.session.inbox.detach()
        self._loop_of_screen = None

    # The frame

    def _wake(self) -> None:
        """Ask for a frame; called from whatever thread has news."""
        loop = self._loop_of_screen
        if loop is not None and not loop.is_closed():
            try:
                loop.call_soon_threadsafe(self._frame_soon)
            except RuntimeError:  # closed in between
                return

    def _frame_soon(self) -> None:
        """Paint as soon as the last paint is long enough ago."""
        if self._frame_due or self._loop_of_screen is None:
            return
        self._frame_due = True
        wait = self._painted_at + _FRAME - self._loop_of_screen.time()
        if wait <= 0:
            self.call_next(self.frame)
        else:
            self._loop_of_screen.call_later(wait, self.call_next, self.frame)

    def _tick(self) -> None:
        """Move the clocks on every whole second."""
        self.frame()
        self.set_timer(1 - self._clock.now().microsecond / 1_000_000, self._tick)

    def frame(self) -> None:
        """Fold what has arrived, then paint once."""
        self._frame_due = False
        for item in self.session.inbox.drain(limits.EVENTS_PER_FRAME):
            self.receive(item)
        self.scene.now = self._clock.now().replace(microsecond=0)
        for screen in self.screen_stack:
            paint = getattr(screen, "paint", None)
            if paint is not None and screen.is_mounted:
                with suppress(NoMatches):  # a screen that is being taken apart has lost some of its widgets
                    paint(self.scene)
        self.scene.runs.painted()
        self._ring()
        self._leave_with_run()
        if self._loop_of_screen is not None:
            self._painted_at = self._loop_of_screen.time()
            if self.session.inbox:
                self._frame_soon()

    def receive(self, item: news.News) -> None:
        """Take one piece of news in; painting is the frame's business."""
        match item:
            case Recorded():
                self.scene.runs.take(item)
                self._call_people(item)
                if self.scene.state is None and not self.session.start_args.home:
                    self.scene.runs.show(item.run_id)
            case news.RunPlanned():
                if not self.session.start_args.home:
                    self.scene.runs.announce(item)
            case news.RunOpened(run_id=run_id, is_elsewhere=is_elsewhere):
                self._open(run_id)
                whole = self.scene.whole
                run_id = whole.run_id if whole is not None else run_id
                self.scene.runs.place(run_id, is_elsewhere=is_elsewhere)
            case news.RunLost(run_id=run_id, why=why):
                self.scene.runs.place(run_id, is_elsewhere=True)
                self.notify(why, title=f"Run {ids.short(run_id)}", severity="warning", timeout=8)
            case news.RunLeft(run_id=run_id, at=at, why=why):
                self.scene.runs.leave(run_id, at, why)
            case news.ConsentAsked():
                self._ask_consent(item)
            case news.LibraryChanged():
                self.scene.library = item
            case news.WatchChanged():
                self.scene.watch = item
            case news.Refused() if self._says_why_nothing_runs():
                return
            case news.Refused(what=what, why=why, hint=hint):
                self.notify(f"{why}\n{hint}".strip(), title=what, severity="warning", timeout=8)
            case news.EngineStopped(error=error):
                self._engine_stopped(error)
            case _:
                for screen in self.screen_stack:
                    answer = getattr(screen, "answer", None)
                    if answer is not None and screen.is_mounted:
                        with suppress(NoMatches):  # as above
                            answer(item)

    def _ask_consent(self, asked: news.ConsentAsked) -> None:
        from flow_tui.app.screens import questions  # noqa: PLC0415 - only when somebody has to be asked

        def answer(given: str | None) -> None:
            if given == "run":
                self.session.send(asked.command)

        self.push_screen(questions.consent(asked), answer)

    def _says_why_nothing_runs(self) -> bool:
        """Say whether the errors of the definition are on screen, which say more than a notice over them."""
        return self.scene.is_broken and self.scene.state is None and not self.session.start_args.home

    def _open(self, run_id: RunId) -> None:
        state = self.scene.runs.show(run_id)
        is_other = self.scene.library is not None and self.scene.library.file != state.file
        if is_other and state.parent is None:
            self.scene.library = None
        if not any(isinstance(screen, RunScreen) for screen in self.screen_stack):
            self.push_screen(RunScreen(self.scene))

    def _call_people(self, recorded: Recorded) -> None:
        """Show what a step has for people, unless it is long ago."""
        event = recorded.event
        if isinstance(event, StepNoted) and event.rings and self._clock.now() - recorded.at < limits.NEWS:
            self.notify(event.text, timeout=8)
            self.bell()

    def _ring(self) -> None:
        """Ring once when something begins to wait for a person."""
        waiting = {(each.run_id, each.step.path, each.gate.opened_at) for each in self.scene.runs.waiting}
        if not waiting <= self._gates_seen:
            self.bell()
        self._gates_seen = waiting

    # The way out

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
        """End because the terminal is gone; callable from any thread."""
        loop = self._loop_of_screen
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._hung_up)

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
            self._frame_soon()

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
            self.stop()
        elif answer == "leave":
            self.left_behind = True
            on_leave = self.session.start_args.on_leave
            if on_leave is not None:
                on_leave()
            self.exit()

    @override
    async def action_quit(self) -> None:
        """Leave, or ask first."""
        active = self.scene.runs.active()
        if self._engine_is_gone or not (active or self.scene.stopping):
            self.exit()
            return
        if self.scene.stopping:
            return
        from flow_tui.app.screens import questions  # noqa: PLC0415 - only when somebody asks

        may_leave = self.session.start_args.on_leave is not None
        await self.push_screen(questions.leave(active, may_leave=may_leave), self._decided_to_leave)

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
            self.stop()
        else:
            await self.action_quit()

    def action_suspend(self) -> None:
        """Go to the shell and come back with ``fg``; while something runs, say why not."""
        if self.scene.runs.active() or self.scene.stopping:
            self.notify("the steps would stop with the screen; leave with q, or open another terminal")
        else:
            self.action_suspend_process()

    @on(LogView.Lend)
    def lend(self, event: LogView.Lend) -> None:
        """Lend the terminal to a pager or an editor; the runs go on meanwhile."""
        from flow_tui.app import lending  # noqa: PLC0415 - only when somebody asks

        why = lending.show(self, event.file, event.kind, self.on_signal)
        if why:
            self.notify(why, title=event.kind.capitalize(), severity="warning")

    def action_help(self) -> None:
        """Show every key."""
        from flow_tui.app.screens.help import Help  # noqa: PLC0415 - only when somebody asks

        self.push_screen(Help())

    @override
    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = False,
    ) -> None:
        """Show a notice that is never markup, whatever is in it."""
        shown = "\n".join(line(each) for each in message.split("\n")[:6])
        super().notify(shown, title=line(title, 60), severity=severity, timeout=timeout, markup=False)

    @override
    def _fatal_error(self) -> None:
        """End after a fault of our own: the command line says what it was, the log says where."""
        self.crash = self._exception
        logger.error("the screen failed", exc_info=self._exception)
        self._close_messages_no_wait()
