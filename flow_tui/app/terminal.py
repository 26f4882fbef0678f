"""A terminal that may go away: writing to it never kills a thread, and that it is gone is said once."""

import sys
from collections.abc import Callable
from typing import IO, Protocol, TypeGuard, cast

from textual.drivers.linux_driver import LinuxDriver
from typing_extensions import override

from flow_tui.sanitize import line


class HangsUp(Protocol):
    """An application that wants to know."""

    def hang_up(self) -> None:
        """Take notice that the terminal is gone; called from any thread."""
        ...


def _hangs_up(app: object) -> TypeGuard[HangsUp]:
    return hasattr(app, "hang_up")


_KEEP_TITLE, _TAKE_TITLE = "\x1b[22;2t", "\x1b[23;2t"
"""Puts the title of the window aside, and takes it back."""
_TITLE_BYTES = 120
_ENTER = "\x1b[?1049h"
"""Gives a program a screen of its own, and wipes it."""


class Lifeline:
    """A file that swallows what can no longer be written, and says so once."""

    def __init__(self, file: IO[str], lost: Callable[[], None]) -> None:
        self._file = file
        self._lost = lost
        self._gone = False

    def write(self, text: str) -> int:
        """Write ``text``, or nothing."""
        if not self._gone:
            try:
                return self._file.write(text)
            except OSError:
                self._lose()
        return len(text)

    def flush(self) -> None:
        """Flush, or do nothing."""
        if not self._gone:
            try:
                self._file.flush()
            except OSError:
                self._lose()

    def fileno(self) -> int:
        """Return the number of the file."""
        return self._file.fileno()

    def isatty(self) -> bool:
        """Say whether it is a terminal."""
        return self._file.isatty()

    def _lose(self) -> None:
        self._gone = True
        self._lost()


class Terminal(LinuxDriver):
    """Textual's driver, for terminals that may be closed at any moment."""

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]  # handed on as they came
        self._titled = False
        file = cast("IO[str]", self._file)
        if not file.isatty() and sys.__stdout__ is not None and sys.__stdout__.isatty():
            file = sys.__stdout__  # what goes to stderr goes into a file: a person looks at the terminal
        self._file = Lifeline(file, self._lost)  # type: ignore[assignment]  # all that the driver uses of it

    @override
    def write(self, data: str) -> None:
        """Write ``data``; a screen that shows something already is not entered, and wiped, once more."""
        opened: Callable[[], bool] = getattr(self._app, "opened", bool)
        if data == _ENTER and opened():
            return
        super().write(data)

    def start_application_mode(self) -> None:
        """Begin to paint, with the title that was there put aside."""
        super().start_application_mode()  # type: ignore[no-untyped-call]  # Textual leaves it open
        self.write(_KEEP_TITLE)
        self._titled = True

    def stop_application_mode(self) -> None:
        """Leave the terminal as it was, its title too."""
        if self._titled:
            self._titled = False
            self.write(_TAKE_TITLE)
        super().stop_application_mode()

    def entitle(self, title: str) -> None:
        """Name the window; nothing in the name acts."""
        if self._titled:
            self.write(f"\x1b]2;{line(title, _TITLE_BYTES)}\x1b\\")
            self.flush()

    def use_mouse(self, wanted: bool) -> None:
        """Listen to the mouse, or leave it to the terminal."""
        if wanted:
            self._mouse = True
            self._enable_mouse_support()
        else:
            self._disable_mouse_support()
            self._mouse = False

    def run_input_thread(self) -> None:
        """Read keys until the application ends or the terminal is gone."""
        try:
            super().run_input_thread()
        except OSError:
            self._lost()

    def _lost(self) -> None:
        self.exit_event.set()  # a terminal that is gone always has "something to read"
        if _hangs_up(self._app):
            self._app.hang_up()
