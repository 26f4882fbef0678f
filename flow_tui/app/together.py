"""The outputs of all steps inside of a block, or of a run, asked for as if they were one."""

from dataclasses import replace
from pathlib import Path

from flow_tui.app.session import LineReader
from flow_tui.model.ids import StepPath
from flow_tui.model.naming import Known
from flow_tui.model.state import RunState
from flow_tui.runtime.log_sources import Inside, Sources
from flow_tui.runtime.messages import Recording

FEW = 500
"""So many are looked for with every frame; more, once a second."""


class Together:
    """A reader of what is inside of one block."""

    def __init__(self, reader: LineReader, state: RunState, path: StepPath) -> None:
        self.reader = reader
        self.state = state
        self.path = path
        self.inside: tuple[Inside, ...] = ()
        self._sources = Sources()
        self._looked: object = None

    @property
    def recording(self) -> Recording:
        """Return what to ask for."""
        return Recording(run_id=self.state.run_id, path=self.path, attempt=0, what="together")

    def look(self, known: Known, now: object) -> bool:
        """Find what is inside by now; return whether there may be more to read, as far as that says so.

        As long as the run goes on there may be with every second, whatever is heard of it.
        """
        is_later = now != self._looked
        if len(self.inside) > FEW and not is_later:
            return False
        before, self._looked = self.inside, now
        self.inside = tuple(self._sources.inside(self.state, self.path, known))
        return self.inside != before or (is_later and not self.state.is_stopped)

    def lines(self, token: int, recording: Recording, first: int, count: int, near: int = -1) -> None:
        """Ask for lines."""
        self.reader.lines(token, self._with(recording), first, count, near)

    def search(self, token: int, recording: Recording, pattern: str) -> None:
        """Ask where a text occurs."""
        self.reader.search(token, self._with(recording), pattern)

    def save(self, token: int, recording: Recording, file: Path) -> None:
        """Ask for the lines to be written to a new file."""
        self.reader.save(token, self._with(recording), file)

    def file(self, recording: Recording) -> Path:  # noqa: ARG002 - as of other readers
        """Return that they are not in one file."""
        return Path()

    def _with(self, recording: Recording) -> Recording:
        return replace(recording, inside=self.inside)
