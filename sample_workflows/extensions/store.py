"""A store: where histories are kept. One's own has the methods of ``flow_tui.engine.keeping.Store``.

Prints: 6 events kept, 1 run found again
"""

from collections.abc import Sequence
from datetime import datetime

from flow_tui import Engine
from flow_tui.engine.keeping import Lease, RunQuery
from flow_tui.model.events import Event, Recorded
from flow_tui.store.memory import MemoryStore


class CountingStore(MemoryStore):
    """Counts what it keeps; every other promise is that of the store in memory."""

    kept = 0

    def append(self, lease: Lease, events: Sequence[Event], at: datetime) -> tuple[Recorded, ...]:
        """Keep events, all or none of them; refused when the lease is not the latest one."""
        recorded = super().append(lease, events, at)
        self.kept += len(recorded)
        return recorded


store = CountingStore(is_alive=lambda _: True)
engine = Engine()
engine.store(store)
engine.action("a", lambda _: None)
engine.run("workflow w { call a }")
print(f"{store.kept} events kept, {len(store.runs(RunQuery()))} run found again")
