"""What had been printed at an instant of the past: a reader that knows nothing of what came later."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from flow_tui.app.runs import Runs
from flow_tui.app.session import LineReader
from flow_tui.model.status import AttemptStatus
from flow_tui.runtime.messages import Recording


class Then:
    """Asks another reader for the lines that had come by then of what was still in progress."""

    def __init__(self, reader: LineReader, runs: Callable[[], Runs], now: Callable[[], datetime]) -> None:
        """Know how things stood from ``runs``, at the instant ``now``."""
        self._reader = reader
        self._runs = runs
        self._now = now

    def lines(self, token: int, recording: Recording, first: int, count: int, near: int = -1) -> None:
        """Ask for lines."""
        self._reader.lines(token, self._cut(recording), first, count, near)

    def search(self, token: int, recording: Recording, pattern: str) -> None:
        """Ask where a text occurs."""
        self._reader.search(token, self._cut(recording), pattern)

    def save(self, token: int, recording: Recording, file: Path) -> None:
        """Ask for the lines to be written to a new file."""
        self._reader.save(token, self._cut(recording), file)

    def file(self, recording: Recording) -> Path:
        """Return where all of it is."""
        return self._reader.file(recording)

    def _cut(self, recording: Recording) -> Recording:
        if not self._goes_on(recording):
            return recording
        until = int(self._now().timestamp() * 1000)
        return replace(recording, sight=replace(recording.sight, until=until))

    def _goes_on(self, recording: Recording) -> bool:
        """Say whether something came later."""
        state = self._runs().states.get(recording.run_id)
        if state is None or state.is_stopped or recording.what != "output":
            return state is not None and not state.is_stopped and recording.what == "together"
        step = state.steps.get(recording.path)
        tries = step.attempts if step is not None else ()
        return any(
            each.attempt == recording.attempt and each.status is AttemptStatus.RUNNING for each in tries
        )
