"""How somebody looks at a run, and how they looked at it before: what is undone, step by step."""

from collections import deque
from dataclasses import replace

from flow_tui.dataclass import dataclass
from flow_tui.model.ids import RunId, StepPath
from flow_tui.view.noise import Noise

LEVELS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a person has chosen to see of a run."""

    run_id: RunId
    view: str = "tree"
    is_zoomed: bool = False
    collapsed: frozenset[StepPath] = frozenset()
    opened: frozenset[StepPath] = frozenset()
    cursor: StepPath | None = None
    """The step selected; nothing while the cursor goes with the run."""
    attempt: int | None = None
    noise: Noise = "all"
    """How much of the tree is shown."""
    pattern: str = ""
    """Which lines of output are shown."""


class Looks:
    """Remembers looks at one run; going from step to step is one change, however far it goes."""

    def __init__(self) -> None:
        self._past: deque[Look] = deque(maxlen=LEVELS)
        self._now: Look | None = None
        self._moves = False
        """The last change was only of the selection."""

    def __bool__(self) -> bool:
        """Say whether there is something to undo."""
        return bool(self._past)

    @property
    def now(self) -> Look | None:
        """Return the look that was noted last."""
        return self._now

    def note(self, look: Look) -> None:
        """Know how the run is looked at now."""
        before, self._now = self._now, look
        if before is None or before.run_id != look.run_id:
            self._past.clear()
            self._moves = False
        elif look != before:
            moves = replace(look, cursor=before.cursor, attempt=before.attempt) == before
            if not (moves and self._moves):
                self._past.append(before)
            self._moves = moves

    def back(self) -> Look | None:
        """Return the look before the last change, which is forgotten; nothing where there was none."""
        if not self._past:
            return None
        self._now, self._moves = self._past.pop(), False
        return self._now

    def take(self, look: Look) -> None:
        """Know that an earlier look is in force again, as far as that was possible."""
        self._now = look
