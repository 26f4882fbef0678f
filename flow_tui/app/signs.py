"""When steps gave signs of life lately: as much as a few cells of a chart can tell."""

from collections import deque
from datetime import datetime, timedelta

from flow_tui.dataclass import dataclass
from flow_tui.model.ids import RunId, StepPath

_STEPS = 512
"""Of so many steps signs are remembered, those that gave one last."""
_SECONDS = 64
"""In so many different seconds a step may have given signs."""
_HEIGHTS = "▁▂▃▄▅▆▇█"


@dataclass(slots=True)
class _Second:
    at: int
    count: int = 1


class Signs:
    """Remembers signs of life, second by second."""

    def __init__(self) -> None:
        self._seconds: dict[tuple[RunId, StepPath], deque[_Second]] = {}

    def note(self, run_id: RunId, path: StepPath, at: datetime) -> None:
        """Remember that a step is alive."""
        second, key = int(at.timestamp()), (run_id, path)
        known = self._seconds.get(key)
        if known is None:
            if len(self._seconds) >= _STEPS:
                del self._seconds[next(iter(self._seconds))]
            known = self._seconds[key] = deque(maxlen=_SECONDS)
        if known and known[-1].at == second:
            known[-1].count += 1
        else:
            known.append(_Second(second))

    def chart(self, run_id: RunId, path: StepPath, now: datetime, span: timedelta, cells: int) -> str:
        """Return how many signs a step gave over ``span`` up to ``now``, the latest in the last cell."""
        counts = [0] * cells
        until, each = now.timestamp() + 1, span.total_seconds() / cells
        for second in self._seconds.get((run_id, path), ()):
            cell = cells - 1 - int((until - second.at - 0.5) / each)
            if 0 <= cell < cells:
                counts[cell] += second.count
        most = max(counts, default=0)
        if not most:
            return ""
        return "".join(_HEIGHTS[(len(_HEIGHTS) - 1) * count // most] for count in counts)
