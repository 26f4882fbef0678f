"""Runs that change what starts them: noticed before they do so for ever."""

from collections.abc import Iterable, Mapping

from flow_tui import limits
from flow_tui.dataclass import dataclass

_TIGHT = (0.03, 0.03)
"""By how many seconds, or what share, two changes may differ that come at the very same point of two runs."""
_LOOSE = (0.05, 0.25)
"""The same of programs that take now longer, now shorter."""
_BEFORE = 0.05
"""So many seconds before a run is known to have begun it may have changed something."""
_TEXT = ".wf"
"""What people write while they watch: hardly any run writes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Streak:
    """How often in a row runs changed a file that had started them, at nearly the same point."""

    count: int = 1
    alike: int = 1
    """How often at the very same point."""
    at: float
    """How far the last one had come, in seconds."""

    def after(self, at: float) -> "_Streak":
        """Return what becomes of it by the next run, which had come so far."""
        is_alike, is_near = (_near(at, self.at, limit) for limit in (_TIGHT, _LOOSE))
        count = self.count + 1 if is_near else 1
        return _Streak(count=count, alike=self.alike + 1 if is_alike else 1, at=at)

    def is_loop(self, file: str) -> bool:
        """Say whether nobody saves a file like that."""
        if file.endswith(_TEXT):
            return self.count >= 2 * limits.LOOPS
        return self.alike >= limits.LOOPS_ALIKE or self.count >= limits.LOOPS


def _near(at: float, before: float, limit: tuple[float, float]) -> bool:
    seconds, share = limit
    return abs(at - before) <= max(seconds, before * share)


class Feedback:
    """Follows which files change while a run goes on, and start the next one."""

    def __init__(self) -> None:
        self._began: float | None = None
        self._ended: float | None = None
        self._during: dict[str, float] = {}
        """What has changed while the present run went on, and how far it had come."""
        self._streaks: dict[str, _Streak] = {}

    def run_began(self, now: float) -> None:
        """Note that a run begins, at a number of seconds."""
        self._began, self._ended = now, None
        self._during = {}

    def run_ended(self, now: float) -> None:
        """Note that it is over."""
        self._ended = now

    def changed(self, files: Mapping[str, float]) -> None:
        """Note when files changed: a run that was in progress then may have done that, and no other."""
        if self._began is None:
            return
        for file, when in files.items():
            if when >= self._began - _BEFORE and (self._ended is None or when <= self._ended):
                self._during.setdefault(file, max(0.0, when - self._began))

    def begins(self, causes: Iterable[str]) -> str:
        """Note that changes of ``causes`` start the next run; return the file that keeps doing so."""
        during = {file: self._during[file] for file in causes if file in self._during}
        before = self._streaks
        self._streaks = {
            file: before[file].after(at) if file in before else _Streak(at=at) for file, at in during.items()
        }
        self._during = {}
        return next((file for file, streak in self._streaks.items() if streak.is_loop(file)), "")

    def forget(self) -> None:
        """Begin anew: a person has started a run, or wants to go on."""
        self._streaks, self._during = {}, {}
