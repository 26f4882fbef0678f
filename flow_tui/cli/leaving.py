"""Signals that end the program: the first one asks, the second one kills."""

import asyncio
import os
import signal
from collections.abc import Callable

from flow_tui import limits
from flow_tui.exit_codes import ExitCode

EXIT_CODES = {
    signal.SIGINT: ExitCode.CANCELLED,
    signal.SIGTERM: ExitCode.TERMINATED,
    signal.SIGHUP: ExitCode.HANGUP,
    signal.SIGQUIT: ExitCode.QUIT,
}


class Leaving:
    """Listens for signals on the running loop."""

    def __init__(self, kill: Callable[[], None]) -> None:
        self.code: ExitCode | None = None
        """Of the first signal, once there was one."""
        self.asked = asyncio.Event()
        self._kill = kill
        self._loop = asyncio.get_running_loop()
        for number in EXIT_CODES:
            self._loop.add_signal_handler(number, self._on_signal, number)

    def close(self) -> None:
        """Listen no more."""
        for number in EXIT_CODES:
            self._loop.remove_signal_handler(number)

    def _on_signal(self, number: signal.Signals) -> None:
        if number == signal.SIGQUIT:
            from flow_tui.cli import program_log

            program_log.dump_threads()
        if self.code is None:
            self.code = EXIT_CODES[number]
            self.asked.set()
            return
        self._kill()
        self._loop.call_later(limits.HARD_EXIT.total_seconds(), os._exit, int(self.code))
