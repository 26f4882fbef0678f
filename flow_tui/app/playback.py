"""A recorded run on the move: what was known of it at any instant, forwards and backwards; no Textual."""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime, timedelta

from flow_tui.app.runs import Runs
from flow_tui.dataclass import replace
from flow_tui.model.events import Recorded
from flow_tui.model.ids import RunId
from flow_tui.model.state import RunState

SPEEDS = (0.25, 0.5, 1, 2, 5, 10, 30, 100, 300, 1000)
GAP = timedelta(seconds=2)
"""For so long nothing may happen on the screen where idle time is shortened."""
_SNAPSHOTS = 32
_APART = 200
"""Snapshots are no closer than so many events."""


class Playback:
    """Knows every event of a run and its parts, and where in them one is."""

    def __init__(
        self,
        run_id: RunId,
        events: Sequence[Recorded],
        speed: float = 1,
        *,
        until: datetime | None = None,
        is_left: bool = False,
    ) -> None:
        """Begin at the first event; of a run that is not over one knows ``until`` when it was heard of.

        With ``is_left`` nobody has worked on it since.
        """
        self.run_id = run_id
        self.events = tuple(events)
        self._until = until or self.events[-1].at
        self._is_left = is_left
        self.runs = self._anew()
        self.runs.show(run_id)
        self.at = 0
        """How many events have happened."""
        self.now = self.begin
        self.speed = speed
        self.plays = True
        self.shortens = False
        """Time in which nothing happens passes quickly."""
        self._times = [recorded.at for recorded in self.events]
        self._apart = max(_APART, len(self.events) // _SNAPSHOTS)
        self._snapshots: dict[int, tuple[RunState, ...]] = {}

    # Where one is

    @property
    def begin(self) -> datetime:
        """Return when the first thing happened."""
        return self.events[0].at

    @property
    def end(self) -> datetime:
        """Return when the last thing happened, or when a run that is not over was last heard of."""
        return max(self.events[-1].at, self._until)

    @property
    def length(self) -> timedelta:
        """Return how long it is from the first event to the end."""
        return self.end - self.begin

    @property
    def share(self) -> float:
        """Return how much of the time has passed, from 0 to 1."""
        return (self.now - self.begin) / self.length if self.length else 1.0

    @property
    def is_at_end(self) -> bool:
        """Say whether nothing more happens."""
        return self.at == len(self.events) and self.now >= self.end

    # Moving

    def advance(self, passed: timedelta) -> bool:
        """Let time pass, as much as the speed makes of ``passed``; return whether something happened."""
        if not self.plays or self.is_at_end:
            self.plays = False
            return False
        wait = min(passed * self.speed, self.end - self.now)
        until = self.now + wait
        if self.shortens:
            following = self.events[self.at].at if self.at < len(self.events) else self.end
            longest = GAP * self.speed
            if following - until > longest:
                until = following - longest
        before = self.at
        self.seek_time(until)
        return self.at != before

    def seek_time(self, at: datetime) -> None:
        """Go to an instant: everything has happened that was recorded then or before."""
        at = max(self.begin, min(at, self.end))
        self._go(bisect_right(self._times, at))
        self._come_to(at)

    def seek_event(self, at: int) -> None:
        """Go to where so many events have happened, at the instant of the last; beyond that, to the end."""
        self._go(max(0, min(at, len(self.events))))
        self._come_to(self.end if at > len(self.events) else self.events[max(0, self.at - 1)].at)

    def faster(self, by: int) -> None:
        """Choose the next speed, or the one before."""
        nearest = min(range(len(SPEEDS)), key=lambda index: abs(SPEEDS[index] - self.speed))
        self.speed = SPEEDS[max(0, min(nearest + by, len(SPEEDS) - 1))]

    def _come_to(self, now: datetime) -> None:
        """Be at an instant; at the end of a run that was left, nobody works on it any more."""
        was_at_end, self.now = self.is_at_end, now
        if self._is_left and self.is_at_end:
            self.runs.leave(self.run_id, self.end)
        elif self._is_left and was_at_end:  # what was left was going on before
            at = self.at
            self._back(at)
            self._go(at)

    def _anew(self) -> Runs:
        """Return that no run is known yet; those to come are only looked at."""
        runs = Runs()
        runs.place(self.run_id, is_elsewhere=True)
        return runs

    def _go(self, at: int) -> None:
        if at < self.at:
            self._back(at)
        while self.at < at:
            self._take(self.events[self.at])
            self.at += 1
            if self.at % self._apart == 0 and self.at not in self._snapshots:
                self._snapshots[self.at] = tuple(state.copy() for state in self.runs.states.values())

    def _take(self, recorded: Recorded) -> None:
        """Let an event happen; later signs of life were not recorded, so that none are known."""
        self.runs.take(recorded)
        path = getattr(recorded.event, "path", None)
        state = self.runs.states[recorded.run_id]
        step = state.steps.get(path) if path is not None else None
        if step is not None and step.last_sign is not None:
            state.steps[step.path] = replace(step, last_sign=None)

    def _back(self, at: int) -> None:
        """Begin again from the last snapshot before, or from the beginning."""
        kept = max((place for place in self._snapshots if place <= at), default=0)
        shown = self.runs.shown.run_id if self.runs.shown is not None else self.run_id
        self.runs = self._anew()
        for state in self._snapshots.get(kept, ()):
            self.runs.restore(state.copy())
        self.at = kept
        self.runs.show(shown if kept == 0 or shown in self.runs.states else self.run_id)
