"""A page in a browser instead of a terminal: when it goes away, so does the dashboard."""

import os
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from textual.app import App
from textual.drivers.web_driver import WebDriver
from textual.events import AppFocus
from typing_extensions import override

_FOR_US = ("TEXTUAL_DRIVER", "COLUMNS", "ROWS")
"""What tells this process that it paints a page; what it runs has none."""


class Web(WebDriver):
    """Textual's driver for pages, for those that may be closed at any moment."""

    def __init__(self, app: App[Any], **options: Any) -> None:
        super().__init__(app, **options)
        self._write = self._send  # type: ignore[assignment]  # returns nothing that anybody reads
        for name in _FOR_US:
            os.environ.pop(name, None)
        with suppress(OSError):
            os.setpgid(0, 0)  # Ctrl-C in its terminal is for the server, which ends its pages in order

    def _send(self, data: bytes) -> None:
        """Write ``data``, or nothing once nobody reads it."""
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(self.fileno, rest) :]
        except OSError:
            self._lost()

    @override
    def start_application_mode(self) -> None:
        """Begin to paint."""
        super().start_application_mode()
        self.use_mouse(getattr(self._app, "has_mouse", True))
        # It takes itself for a window in the background, whatever the page has said while it started.
        self._app.call_later(self._app.post_message, AppFocus())

    @override
    def stop_application_mode(self) -> None:
        """Say that the page is over; what is printed after that is for nobody."""
        super().stop_application_mode()
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.fileno)
        os.close(nowhere)

    def use_mouse(self, wanted: bool) -> None:
        """Listen to the mouse, or leave it to the browser."""
        if wanted:
            self._enable_mouse_support()
        else:
            self._disable_mouse_support()

    def entitle(self, title: str) -> None:
        """Do nothing: the page has the name of the project."""

    @override
    def run_input_thread(self) -> None:
        """Read keys until the dashboard ends or the page is gone."""
        super().run_input_thread()
        if not self.exit_event.is_set():
            self._lost()

    def _lost(self) -> None:
        hang_up: Callable[[], None] | None = getattr(self._app, "hang_up", None)
        if hang_up is not None:
            hang_up()
