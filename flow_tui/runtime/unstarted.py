"""A definition that nothing could be started from yet, and what would mend it."""

from collections.abc import Callable
from pathlib import Path

from flow_tui.dataclass import dataclass
from flow_tui.dsl.loader import project_of
from flow_tui.runtime.places import Places, below, state
from flow_tui.runtime.watched import Watched


@dataclass(slots=True, kw_only=True)
class Unstarted:
    """What somebody wants to run as soon as it is sound."""

    file: Path
    start: Callable[[], None]
    """Tries once more."""
    places: Places
    """What was in each place that decides about it, when it was read last."""
    is_mended: bool = False
    """It became sound while nothing was to start by itself."""

    @property
    def watched(self) -> Watched:
        """Return what to watch until it is sound."""
        return below(project_of(self.file).root, (str(self.file),), self.places)


def unstarted(file: Path, start: Callable[[], None], places: Places) -> Unstarted:
    """Return what waits for ``file`` to change, or for what it names to come to be."""
    name = str(file.absolute())
    return Unstarted(file=file, start=start, places=places or {name: state(name)})
