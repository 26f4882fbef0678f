"""The only writer of a run's history: stored first, folded second, shown third."""

import asyncio
import logging
from collections.abc import Sequence

from flow_tui import limits
from flow_tui.clock import Clock
from flow_tui.engine.ports import Lease, Sink, Store
from flow_tui.errors import StoreBusyError, StoreFullError
from flow_tui.model.events import Event, Recorded, StorageWaited, Transient
from flow_tui.model.fold import apply
from flow_tui.model.state import RunState

logger = logging.getLogger(__name__)


class Journal:
    """Makes events facts, in order, for one run."""

    def __init__(
        self, *, store: Store, lease: Lease, state: RunState, clock: Clock, sinks: Sequence[Sink]
    ) -> None:
        self.state = state
        self.lease = lease
        self._store = store
        self._clock = clock
        self._sinks = tuple(sinks)
        self._queue = asyncio.Lock()

    async def record(self, *events: Event) -> None:
        """Store events, all or none, then fold and publish them.

        Returns at once when the storage takes them. While it is locked or full the run stands still here and
        the write is tried again; being cancelled meanwhile loses nothing. Raises ``LeaseLostError``.
        """
        if not self._queue.locked():
            try:
                self._write(events)
            except (StoreBusyError, StoreFullError) as error:
                self.show(StorageWaited(reason=str(error)))
            else:
                return
        writing = asyncio.ensure_future(self._write_when_possible(events))
        cancelled: asyncio.CancelledError | None = None
        while not writing.done():
            try:
                await asyncio.shield(writing)
            except asyncio.CancelledError as error:
                if writing.cancelled():
                    raise
                cancelled = error
        writing.result()
        if cancelled is not None:
            raise cancelled

    async def _write_when_possible(self, events: Sequence[Event]) -> None:
        async with self._queue:
            waited = ""
            while True:
                try:
                    self._write(events)
                except (StoreBusyError, StoreFullError) as error:
                    if str(error) != waited:
                        waited = str(error)
                        self.show(StorageWaited(reason=waited))
                    await self._clock.sleep(limits.STORE_RETRY)
                else:
                    break
            if self.state.storage_waits:
                self.show(StorageWaited(reason=""))

    def _write(self, events: Sequence[Event]) -> None:
        for recorded in self._store.append(self.lease, events, self._clock.now()):
            apply(self.state, recorded)
            self._publish(recorded)

    def show(self, event: Transient) -> None:
        """Fold and publish something that is not stored."""
        recorded = Recorded(seq=self.state.seq, at=self._clock.now(), run_id=self.state.run_id, event=event)
        apply(self.state, recorded)
        self._publish(recorded)

    def _publish(self, recorded: Recorded) -> None:
        for sink in self._sinks:
            try:
                sink(recorded)
            except Exception:  # someone else's code must not harm the run
                logger.exception("a sink failed on %s of run %s", recorded.event.type, recorded.run_id)
