"""The first thing a person sees: a line, painted before the dashboard is even loaded."""

import gc
import os
import shutil
import signal
import sys
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import NoReturn, assert_never

from flow_tui.cli import out
from flow_tui.cli.places import names_file
from flow_tui.cli.ui import DRIVEN
from flow_tui.cli.wanted import Look, Resume, Start, Wanted
from flow_tui.errors import UsageError
from flow_tui.runtime.settings import make_private, settings
from flow_tui.sanitize import line

BACKGROUND, PANEL, TEXT = (0x15, 0x17, 0x1C), (0x22, 0x26, 0x2E), (0xD3, 0xD7, 0xDE)
"""As in the theme of the dashboard, which is not loaded yet."""
USUAL = (24, 80)
"""Lines and columns of a terminal of which nothing else is known."""
_ENTER, _LEAVE = "\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l"
_ENDING = (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


class Opening:
    """The screen as long as the dashboard is being loaded; leaves no trace when that fails."""

    def __init__(self, text: str, environ: Mapping[str, str]) -> None:
        self._stream = next(filter(out.is_terminal, (sys.__stderr__, sys.__stdout__)), None)
        """The terminal, where the dashboard looks for it too: what goes to stderr may go into a file."""
        self._is_up = self._stream is not None and not environ.get(DRIVEN)
        if self._stream is None or not self._is_up:
            return
        for number in _ENDING:
            signal.signal(number, _end)
        give_size(self._stream.fileno())
        self._write(_ENTER + painted(text, shutil.get_terminal_size().columns, environ))

    def hand_over(self) -> bool:
        """Leave the terminal to the dashboard; return whether it is set up already."""
        was_up, self._is_up = self._is_up, False
        return was_up

    def close(self) -> None:
        """Leave the terminal as it was, unless somebody else has taken it over."""
        if self.hand_over():
            self._write(f"\x1b[0m{_LEAVE}")

    def _write(self, text: str) -> None:
        """Write where the dashboard will; a terminal that is gone is noticed there."""
        try:
            if self._stream is not None:
                self._stream.write(text)
                self._stream.flush()
        except (OSError, ValueError):
            return


def give_size(terminal: int) -> None:
    """Give a terminal that says that it has no size the usual one: in none nothing can be laid out.

    Whoever sets its size later is followed as ever.
    """
    import termios

    try:
        lines, columns = termios.tcgetwinsize(terminal)
        if not (lines and columns):
            termios.tcsetwinsize(terminal, (lines or USUAL[0], columns or USUAL[1]))
    except (OSError, termios.error):  # it is gone, or does not let us: it stays as it is
        return


def _end(number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)


def painted(text: str, width: int, environ: Mapping[str, str]) -> str:
    """Return what paints the first line of the dashboard, in its colours where the terminal has them."""
    has_colours = environ.get("COLORTERM", "") in {"truecolor", "24bit"} and not environ.get("NO_COLOR")
    shown = f" {line(text, 60)}"[: max(width - 1, 0)]
    if not has_colours:
        return f"\x1b[2J\x1b[H\x1b[1m{shown}\x1b[0m"
    whole, bar = (f"\x1b[48;2;{r};{g};{b}m" for r, g, b in (BACKGROUND, PANEL))
    red, green, blue = TEXT
    return f"{whole}\x1b[2J\x1b[H{bar}\x1b[K\x1b[1;38;2;{red};{green};{blue}m{shown}\x1b[0m"


def execute(wanted: Wanted | None, options: Namespace) -> int:
    """Show the dashboard, on what is wanted or at home; return the exit status."""
    chosen = settings(options.state, os.environ)
    _look_first(wanted, chosen.state)
    title = _title(wanted)
    opening = Opening(f"{title}  ○ starting" if title else "flow-tui", os.environ)
    gc.disable()  # until the first frame: all that is loaded for it stays
    try:
        from flow_tui.cli import screen

        return screen.execute(wanted, chosen, options, title=title, opened=opening.hand_over)
    finally:
        opening.close()


def _look_first(wanted: Wanted | None, state: Path | None) -> None:
    """Find what can be found without loading anything: nobody wants to see a screen come and go."""
    if state is not None:
        make_private(state)
    if isinstance(wanted, Start) and names_file(wanted.workflow):
        file = Path(wanted.workflow)
        if not file.exists():
            raise UsageError(f"there is no file {file}")
        if not file.is_file():
            raise UsageError(f"{file} is not a file")


def _title(wanted: Wanted | None) -> str:
    match wanted:
        case None:
            return ""
        case Start(workflow=workflow):
            return Path(workflow).stem
        case Resume(title=title) | Look(title=title):
            return title
        case _:
            assert_never(wanted)
