"""Signals that end the program: the first one asks, the second one kills."""

import asyncio
import signal
from collections.abc import Callable, Mapping
from types import MappingProxyType

from flow_tui.exit_codes import ExitCode

EXIT_CODES: Mapping[signal.Signals, ExitCode] = MappingProxyType(
    {
        signal.SIGINT: ExitCode.CANCELLED,
        signal.SIGTERM: ExitCode.TERMINATED,
        signal.SIGHUP: ExitCode.HANGUP,
        signal.SIGQUIT: ExitCode.QUIT,
    }
)


def listen(loop: asyncio.AbstractEventLoop, on_signal: Callable[[ExitCode], None]) -> None:
    """Call ``on_signal`` on the loop, as long as it lives, for every signal that asks the program to end."""
    for number, code in EXIT_CODES.items():
        try:
            loop.add_signal_handler(number, on_signal, code)
        except (RuntimeError, ValueError, NotImplementedError):
            return  # not the main thread: signals are somebody else's business
