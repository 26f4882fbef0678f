"""Runs that change what starts them: noticed before they do so for ever."""

from collections.abc import Iterable

from flow_tui import limits
from flow_tui.dataclass import dataclass

_NEAR = 0.25
"""Seconds by which two changes may differ that come at the same point of two runs."""
_SHARE = 0.1
"""The same, as a share of how far the runs had come."""
_AFTER = 1.0
"""So many seconds after the end of a run a change may still be one of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Streak:
    """How often in a row runs changed a file that had started them."""

    count: int = 1
    alike: int = 1
    """How often at the same point."""
    at: float = 0
    """How far the last one had come, in seconds."""

    @property
    def is_loop(self) -> bool:
        return self.alike >= limits.LOOPS_ALIKE or self.count >= limits.LOOPS


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

    def changed(self, files: Iterable[str], now: float) -> None:
        """Note that files changed: a run in progress may have done that, or one that has just ended."""
        if self._began is None or (self._ended is not None and now - self._ended > _AFTER):
            return
        at = (now if self._ended is None else self._ended) - self._began
        for file in files:
            self._during.setdefault(file, at)

    def begins(self, causes: Iterable[str]) -> str:
        """Note that changes of ``causes`` start the next run; return the file that keeps doing so."""
        found: dict[str, _Streak] = {}
        for file in causes:
            at = self._during.get(file)
            if at is None:
                continue
            before = self._streaks.get(file)
            if before is None:
                found[file] = _Streak(at=at)
            else:
                is_near = abs(at - before.at) <= max(_NEAR, before.at * _SHARE)
                alike = before.alike + 1 if is_near else 1
                found[file] = _Streak(count=before.count + 1, alike=alike, at=at)
        self._streaks, self._during = found, {}
        return next((file for file, streak in found.items() if streak.is_loop), "")

    def forget(self) -> None:
        """Begin anew: a person has started a run, or wants to go on."""
        self._streaks, self._during = {}, {}
