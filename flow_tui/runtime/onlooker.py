"""Shows a run that is not ours: what happened, then what happens, and when nobody works on it any more."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

from flow_tui import limits
from flow_tui.engine.keeping import Histories, RunQuery
from flow_tui.errors import NotPossibleError
from flow_tui.model import events as ev
from flow_tui.model.fold import apply
from flow_tui.model.ids import RunId
from flow_tui.model.state import RunState
from flow_tui.runtime import history
from flow_tui.runtime.chores import RunGone
from flow_tui.runtime.messages import News, RunLeft, RunOpened

_AT_ONCE = 500
"""After so many events, others get their turn."""


class Onlooker:
    """Delivers one run, read from what was recorded."""

    def __init__(
        self,
        run_id: RunId,
        kept: Histories,
        deliver: Callable[[News], None],
        instant: Callable[[], datetime],
        *,
        known: int = 0,
    ) -> None:
        self._kept = kept
        self._deliver = deliver
        self._instant = instant
        self._known = known
        """How many events were delivered already, by somebody else."""
        self._state = RunState(run_id=run_id)
        self.is_gone = False
        """Somebody has deleted it."""
        self._parts: dict[RunId, Onlooker] = {}
        """The runs that are part of it and in progress."""

    async def open(self, is_ours: Callable[[RunId], bool], inside: Sequence[RunId] = ()) -> None:
        """Deliver all that has happened, and that it is the run to show, or the last of those ``inside``.

        Those are part of one another, from the outside in. Raises ``NotPossibleError`` when nothing has
        happened.
        """
        await self.catch_up()
        if not self._state.seq:
            raise NotPossibleError("show the run", f"there is no run {self._state.run_id}")
        for part in inside:
            await self._part(part).catch_up()
        run_id = self._state.run_id
        shown = inside[-1] if inside else run_id
        self._deliver(RunOpened(run_id=shown, is_elsewhere=not is_ours(run_id)))

    async def follow(self, is_ours: Callable[[RunId], bool]) -> None:
        """Deliver what happens until the run is over, left, or ours: then the engine tells it."""
        run_id = self._state.run_id
        while not is_ours(run_id) and not self._state.status.is_over:
            await self.catch_up()
            if self._is_told_gone() or self._is_left():
                return
            await asyncio.sleep(limits.REQUEST_POLL.total_seconds())

    async def until_more(self, is_ours: Callable[[RunId], bool]) -> None:
        """Return when somebody has made a run go on that was over or left, or deleted it, or it is ours."""
        seq = max(self._state.seq, self._known)
        while not is_ours(self.run_id):
            if next(self._kept.history(self.run_id, seq), None) is not None or self._is_told_gone():
                return
            await asyncio.sleep(limits.REQUEST_POLL.total_seconds())

    @property
    def run_id(self) -> RunId:
        """Return which run it is."""
        return self._state.run_id

    @property
    def is_over(self) -> bool:
        """Say whether nothing more happens unless somebody resumes it."""
        return self._state.status.is_over

    async def catch_up(self) -> None:
        """Deliver what has happened since the last time."""
        state = self._state
        signs = self._kept.signs(state.run_id)
        for count, recorded in enumerate(self._kept.history(state.run_id, state.seq), 1):
            self._take(recorded)
            if count % _AT_ONCE == 0:
                await asyncio.sleep(0)
        await self._catch_up_parts()
        if state.status.is_over:
            return
        for path, at in signs.items():
            step = state.steps.get(path)
            if step is None or step.current is None:
                continue
            if step.last_sign is None or at > step.last_sign:
                beat = ev.Heartbeat(path=path, attempt=step.attempt)
                self._take(ev.Recorded(seq=state.seq, at=at, run_id=state.run_id, event=beat))

    def _part(self, run_id: RunId) -> "Onlooker":
        return Onlooker(run_id, self._kept, self._deliver, self._instant)

    async def _catch_up_parts(self) -> None:
        """Deliver what happens in the parts that are in progress, each to its end."""
        begun = {s.child_run for s in self._state.steps.values() if s.child_run and s.status.is_active}
        for run_id in begun - self._parts.keys():
            self._parts[run_id] = self._part(run_id)
        for run_id, part in tuple(self._parts.items()):
            if not part.is_over:
                await part.catch_up()
            if run_id not in begun:
                del self._parts[run_id]

    def _take(self, recorded: ev.Recorded) -> None:
        apply(self._state, recorded)
        if recorded.is_transient or recorded.seq > self._known:
            self._deliver(recorded)

    def _is_told_gone(self) -> bool:
        """Say, and tell once, whether somebody has deleted the run."""
        heard_of = max(self._state.seq, self._known)
        if not self.is_gone and heard_of and next(self._kept.history(self.run_id), None) is None:
            self.is_gone = True
            self._deliver(RunGone(run_id=self.run_id))
        return self.is_gone

    def _is_left(self) -> bool:
        """Say, and tell, whether nobody works on the run."""
        run_id = self._state.run_id
        found = self._kept.runs(RunQuery(suffix=run_id, parts=True, limit=1))
        now = self._instant()
        if not found or not history.is_left(run := history.settled(self._kept, found[0], now), now):
            return False
        self._deliver(RunLeft(run_id=run_id, at=run.heard_at))
        return True
