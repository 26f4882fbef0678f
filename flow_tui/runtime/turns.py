"""Runs that wait until nothing else runs here, in the order in which they were asked for."""

from collections.abc import Callable

from flow_tui.engine.commands import StartRun
from flow_tui.runtime.chores import TurnsChanged


class Turns:
    """Keeps what waits for its turn, and tells every change. Lives on the engine's loop."""

    def __init__(self, deliver: Callable[[TurnsChanged], None]) -> None:
        self._deliver = deliver
        self._waiting: list[StartRun] = []

    def add(self, command: StartRun) -> None:
        """Let a run wait."""
        self._waiting.append(command)
        self._tell()

    def next(self) -> StartRun | None:
        """Return the run whose turn it is, if one waits; it waits no more."""
        if not self._waiting:
            return None
        command = self._waiting.pop(0)
        self._tell()
        return command

    def clear(self) -> None:
        """Let nothing wait any more."""
        if self._waiting:
            self._waiting.clear()
            self._tell()

    def _tell(self) -> None:
        self._deliver(TurnsChanged(workflows=tuple(each.definition.workflow.name for each in self._waiting)))
