"""Shows a run that is not ours: what happened, then what happens, and when nobody works on it any more."""

import asyncio
from collections.abc import Callable
from datetime import datetime

from flow_tui import limits
from flow_tui.engine.keeping import Histories, RunQuery
from flow_tui.errors import NotPossibleError
from flow_tui.model import events as ev
from flow_tui.model.fold import apply
from flow_tui.model.ids import RunId
from flow_tui.model.state import RunState
from flow_tui.runtime import history
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

    async def open(self, is_ours: Callable[[RunId], bool]) -> None:
        """Deliver all that has happened, and that it is the run to show.

        Raises ``NotPossibleError`` when nothing has happened.
        """
        await self._catch_up()
        if not self._state.seq:
            raise NotPossibleError("show the run", f"there is no run {self._state.run_id}")
        run_id = self._state.run_id
        self._deliver(RunOpened(run_id=run_id, is_elsewhere=not is_ours(run_id)))

    async def follow(self, is_ours: Callable[[RunId], bool]) -> None:
        """Deliver what happens until the run is over, left, or ours: then the engine tells it."""
        run_id = self._state.run_id
        while not is_ours(run_id) and not self._state.status.is_over:
            await self._catch_up()
            if self._is_left():
                return
            await asyncio.sleep(limits.REQUEST_POLL.total_seconds())

    async def _catch_up(self) -> None:
        state = self._state
        for count, recorded in enumerate(self._kept.history(state.run_id, state.seq), 1):
            self._take(recorded)
            if count % _AT_ONCE == 0:
                await asyncio.sleep(0)
        if state.status.is_over:
            return
        for path, at in self._kept.signs(state.run_id).items():
            step = state.steps.get(path)
            if step is None or step.current is None:
                continue
            if step.last_sign is None or at > step.last_sign:
                beat = ev.Heartbeat(path=path, attempt=step.attempt)
                self._take(ev.Recorded(seq=state.seq, at=at, run_id=state.run_id, event=beat))

    def _take(self, recorded: ev.Recorded) -> None:
        apply(self._state, recorded)
        if recorded.is_transient or recorded.seq > self._known:
            self._deliver(recorded)

    def _is_left(self) -> bool:
        """Say, and tell, whether nobody works on the run."""
        run_id = self._state.run_id
        found = self._kept.runs(RunQuery(suffix=run_id, parts=True, limit=1))
        if not found or not history.is_left(found[0], self._instant()):
            return False
        self._deliver(RunLeft(run_id=run_id, at=found[0].last_heartbeat_at or found[0].started_at))
        return True
