"""The application: what it consists of, the way in, and the keys that work everywhere."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import BindingType
from textual.command import Provider
from textual.driver import Driver
from textual.events import Event, Key
from textual.screen import Screen
from typing_extensions import override

from flow_tui.app import keys, signals
from flow_tui.app.looks import LooksApp
from flow_tui.app.reach import app_of
from flow_tui.app.session import Session
from flow_tui.clock import Clock

if TYPE_CHECKING:
    from flow_tui.app.widgets.log_view import LogView

logger = logging.getLogger(__name__)


def _palette() -> type[Provider]:
    from flow_tui.app.palette import KeyCommands  # noqa: PLC0415 - only when it is opened

    return KeyCommands


class FlowApp(LooksApp, inherit_bindings=False):
    """Shows what happens to runs and sends what people want."""

    CSS_PATH = Path(__file__).with_name("app.tcss")
    TITLE = "flow-tui"
    BINDINGS: ClassVar[list[BindingType]] = [*keys.GLOBAL]
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {_palette}
    ENABLE_SELECT_AUTO_SCROLL = True

    def __init__(self, session: Session, clock: Clock) -> None:
        super().__init__(session, clock)
        first = "home" if session.start_args.home else "run"
        self.css_path.append(Path(__file__).with_name("screens") / f"{first}.tcss")  # the others load theirs
        self.opened: Callable[[], bool] = bool
        """Says, to whoever is about to give the program a screen of its own, whether it has it already."""

    last_key = ""
    """What was pressed last."""

    @override
    async def on_event(self, event: Event) -> None:
        if isinstance(event, Key):
            self.last_key = event.key
        await super().on_event(event)

    # The way in

    @override
    def get_driver_class(self) -> type[Driver]:
        chosen = super().get_driver_class()
        if chosen.__name__ == "WebDriver":
            from flow_tui.app.web import Web  # noqa: PLC0415 - only behind a page in a browser

            return Web
        if chosen.__name__ != "LinuxDriver":
            return chosen
        from flow_tui.app.terminal import Terminal  # noqa: PLC0415 - not on every platform

        return Terminal

    @override
    def get_default_screen(self) -> Screen[None]:
        if self.session.start_args.home:
            from flow_tui.app.screens.home import HomeScreen  # noqa: PLC0415 - only where it is first

            return HomeScreen()
        from flow_tui.app.screens.run import RunScreen  # noqa: PLC0415 - the same

        return RunScreen(self.scene)

    def on_mount(self) -> None:
        """Begin to listen."""
        if not self.is_headless:
            signals.listen(asyncio.get_running_loop(), self.on_signal)
        self.begin()
        self.tell_troubles()
        self._end_if_hung_up()

    @on(Driver.SignalResume)
    def paint_all(self) -> None:
        """Paint what the shell has painted over."""
        self.refresh(layout=True)

    def on_unmount(self) -> None:
        """Stop listening."""
        self.session.inbox.detach()
        self._loop_of_screen = None

    # Keys that work everywhere

    def action_suspend(self) -> None:
        """Go to the shell and come back with ``fg``; where that cannot be, say why."""
        from flow_tui.process import job_control  # noqa: PLC0415 - only when somebody asks

        if self.scene.runs.active() or self.scene.stopping:
            self.notify("the steps would stop with the screen; leave with q, or open another terminal")
        elif not job_control.can_be_woken():
            self.notify("no shell is behind this screen that could wake it; leave with q")
        else:
            self.action_suspend_process()

    def on_log_view_lend(self, event: "LogView.Lend") -> None:
        """Lend the terminal to a pager or an editor; the runs go on meanwhile."""
        from flow_tui.app import lending  # noqa: PLC0415 - only when somebody asks

        why = lending.show(self, event.file, event.kind, self.on_signal, event.line)
        if why:
            self.notify(why, title=event.kind.capitalize(), severity="warning")

    def action_history(self) -> None:
        """Look through all runs on record."""
        from flow_tui.app.screens import history  # noqa: PLC0415 - only when somebody asks

        history.show(app_of(self), self.scene)

    @override
    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "author":
            return hasattr(type(self.screen), "written")
        return super().check_action(action, parameters)

    def action_author(self) -> None:
        """Write the workflow that is selected, or that of the run on screen."""
        from flow_tui.app.screens import authoring  # noqa: PLC0415 - only when somebody asks

        file, line = getattr(self.screen, "written", None) or (None, 0)
        if file is None:
            self.notify("no workflow is selected", timeout=2)
        else:
            authoring.show(app_of(self), self.scene, file, line)

    def action_help(self) -> None:
        """Show every key."""
        from flow_tui.app.screens.help import Help  # noqa: PLC0415 - only when somebody asks

        active = self.screen.active_bindings.values()
        here = {each.binding.id for each in active if each.binding.id}
        self.push_screen(Help(here, self.troubles, getattr(self.screen, "off", ())))

    @override
    def _fatal_error(self) -> None:
        """End after a fault of our own: the command line says what it was, the log says where."""
        self.crash = self._exception
        logger.error("the screen failed", exc_info=self._exception)
        self._close_messages_no_wait()
