"""What becomes of news: folded, shown at once, or handed to the screens that asked for it."""

from contextlib import suppress

from textual.css.query import NoMatches
from textual.notifications import SeverityLevel
from typing_extensions import override

from flow_tui import limits
from flow_tui.app.calling import Calls
from flow_tui.app.leaving import LeavingApp
from flow_tui.app.session import Session
from flow_tui.clock import Clock
from flow_tui.model import ids
from flow_tui.model.events import Recorded, StepNoted
from flow_tui.model.ids import RunId
from flow_tui.runtime import messages as news
from flow_tui.runtime.chores import NotOnDesktop, RunGone, RunsForgotten, TurnsChanged, Unused
from flow_tui.sanitize import line


class ReceivingApp(LeavingApp, inherit_bindings=False):
    """Takes in what engine and reader have to say."""

    def __init__(self, session: Session, clock: Clock) -> None:
        super().__init__(session, clock)
        self._calls = Calls()

    @override
    def _after_frame(self) -> None:
        self._ring()
        self._leave_with_run()

    @override
    def receive(self, item: news.News) -> None:
        """Take one piece of news in; painting is the frame's business."""
        match item:
            case Recorded():
                self.scene.lag.note(item.at, self._clock.now())
                self.scene.runs.take(item)
                self._call_people(item)
                if self.scene.state is None and not self.session.start_args.home:
                    self.scene.runs.show(item.run_id)
            case news.RunPlanned():
                if not self.session.start_args.home:
                    self.scene.runs.announce(item)
            case news.RunOpened():
                self._opened(item)
            case news.RunLost(run_id=run_id, why=why):
                self.scene.runs.place(run_id, is_elsewhere=True)
                self.notify(why, title=f"Run {ids.short(run_id)}", severity="warning", timeout=8)
            case news.RunLeft(run_id=run_id, at=at, why=why):
                self.scene.runs.leave(run_id, at, why)
            case RunsForgotten(run_ids=run_ids):
                self.scene.runs.forget(run_ids)
                self.tell_screens(item)
            case RunGone():
                self._gone(item)
            case news.ConsentAsked():
                self._ask_consent(item)
            case TurnsChanged(workflows=workflows):
                self.scene.queued = workflows
            case NotOnDesktop(text=text):
                self._tell_in_terminal(text)
            case news.LibraryChanged():
                self.scene.library = item
            case news.WatchChanged():
                self.scene.watch = item
            case news.Refused() if self._says_why_nothing_runs():
                return
            case news.Refused() if self._is_told_where_it_was_asked(item):
                return
            case news.Refused(what=what, why=why, hint=hint):
                self.notify(f"{why}\n{hint}".strip(), title=what, severity="warning", timeout=8)
            case Unused(why=why):
                self.scene.unused += (why,)
            case news.EngineStopped(error=error):
                self._engine_stopped(error)
            case _:
                self.tell_screens(item)

    def tell_screens(self, item: news.News) -> None:
        """Let every screen take what it has asked for."""
        for screen in self.screen_stack:
            answer = getattr(screen, "answer", None)
            if answer is not None and screen.is_mounted:
                with suppress(NoMatches):  # as where it is painted
                    answer(item)

    def _is_told_where_it_was_asked(self, item: news.Refused) -> bool:
        """Say whether the dialog that asked for it is still there, and says why not."""
        asked = (getattr(screen, "refused", None) for screen in self.screen_stack[-1:])  # none on the way out
        return any(refused is not None and refused(item) for refused in asked)

    def _gone(self, item: RunGone) -> None:
        """Say that a run was deleted; what is on screen of it is all that is left."""
        self.tell_screens(item)
        whole, run_id = self.scene.whole, item.run_id
        if whole is not None and whole.run_id == run_id:
            why = item.why or "it was deleted: what is on screen is all that is left of it"
            self.scene.runs.lose(run_id, self.scene.now, why)
            self.notify(why, title=f"Run {ids.short(run_id)}", severity="warning", timeout=8)

    def _ask_consent(self, asked: news.ConsentAsked) -> None:
        from flow_tui.app.screens import questions  # noqa: PLC0415 - only when somebody has to be asked

        def answer(given: str | None) -> None:
            if given == "run":
                self.session.send(asked.command)
            elif asked.launch is not None:
                from flow_tui.app.screens.launch import LaunchDialog  # noqa: PLC0415 - as above

                self.push_screen(LaunchDialog.wishing(self.scene, asked.launch))

        self.push_screen(questions.consent(asked, self.scene.watch), answer)

    def _says_why_nothing_runs(self) -> bool:
        """Say whether the errors of the definition are on screen, which say more than a notice over them."""
        return self.scene.is_broken and self.scene.state is None and not self.session.start_args.home

    def _opened(self, opened: news.RunOpened) -> None:
        """Show a run, or, where a part of it is on screen and goes on with it, that."""
        shown, run_id = self.scene.runs.shown, opened.run_id
        if opened.goes_on and shown is not None and self.scene.runs.goes_on_with(shown, run_id):
            run_id = shown.run_id
        self._open(run_id)
        whole = self.scene.whole
        self.scene.runs.place(whole.run_id if whole is not None else run_id, is_elsewhere=opened.is_elsewhere)

    def _open(self, run_id: RunId) -> None:
        state = self.scene.runs.show(run_id)
        is_other = self.scene.library is not None and self.scene.library.file != state.file
        if is_other and state.parent is None:
            self.scene.library = None
        if not any(getattr(screen, "shows_runs", False) for screen in self.screen_stack):
            from flow_tui.app.screens.run import RunScreen  # noqa: PLC0415 - a project is looked at without

            self.push_screen(RunScreen(self.scene))

    def _call_people(self, recorded: Recorded) -> None:
        """Show what a step has for people, unless it is long ago."""
        event = recorded.event
        if isinstance(event, StepNoted) and event.rings and self._clock.now() - recorded.at < limits.NEWS:
            self.notify(event.text, timeout=8)
            self.bell()

    def _ring(self) -> None:
        """Call people once when something begins to wait for them, or has ended."""
        said = self._calls.due(self.scene)
        if said and self.scene.ui.notify != "off":
            self.bell()
            if self.scene.ui.notify == "all":
                self.session.call(said)

    def _tell_in_terminal(self, text: str) -> None:
        """Have the terminal show a notice of its own, where it can: others leave it out."""
        if self._driver is not None:
            self._driver.write(f"\x1b]9;flow-tui: {line(text, 200)}\x07")

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
