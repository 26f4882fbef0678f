"""Lending the terminal to a pager or an editor while the runs go on."""

import asyncio
import os
import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from textual.app import App, SuspendNotSupported

from flow_tui.app import signals
from flow_tui.app.widgets.log_view import Kind
from flow_tui.exit_codes import ExitCode
from flow_tui.process import foreground

_VARIABLES = {"pager": ("PAGER",), "editor": ("VISUAL", "EDITOR")}
_OTHERWISE = {"pager": "less -R", "editor": "vi"}


def show(
    app: App[Any], file: Path | None, kind: Kind, on_signal: Callable[[ExitCode], None], line: int = 0
) -> str:
    """Let somebody's own program show ``file``, and return what went wrong, in words; or nothing."""
    if file is None or not file.is_file():
        return f"there is no file {file}" if line else "nothing was recorded"
    try:
        command = foreground.chosen(os.environ, _VARIABLES[kind], _OTHERWISE[kind])
        if line:
            command, file = foreground.at_line(command, file, line)
        with app.suspend(), _uninterrupted(on_signal):
            foreground.run(command, file)
    except SuspendNotSupported:
        return "this terminal cannot be lent to another program"
    except ValueError as reason:
        return str(reason)
    except OSError as reason:
        return reason.strerror or str(reason)
    return ""


@contextmanager
def _uninterrupted(on_signal: Callable[[ExitCode], None]) -> Generator[None]:
    """Keep ``ctrl+c`` in a pager from ending the program that lent it the terminal."""
    loop = asyncio.get_running_loop()
    listened = loop.remove_signal_handler(signal.SIGINT)
    before = signal.signal(signal.SIGINT, _nothing)
    try:
        yield
    finally:
        if listened:  # not before the loop has read, and forgotten, what was pressed in the meantime
            loop.call_soon(loop.call_soon, signals.listen, loop, on_signal)
        else:
            signal.signal(signal.SIGINT, before)


def _nothing(_number: int, _frame: FrameType | None) -> None:
    """Do nothing; a handler, unlike being deaf, is not handed on to the program that is started."""
