"""The gates that wait for a person in runs on record, read again only where something has changed."""

from collections.abc import Iterable
from dataclasses import replace

from flow_tui.engine.keeping import Histories
from flow_tui.model.ids import RunId
from flow_tui.model.values import RunSummary
from flow_tui.runtime import history
from flow_tui.runtime.messages import GateListed
from flow_tui.runtime.parts import Family
from flow_tui.runtime.run_query import ACTIVE

_RUNS = 50
"""In how many runs at most it is looked for: each has to be read as a whole."""


class GatesWaiting:
    """Knows what waited in a run when it was read last. Belongs to one thread."""

    def __init__(self) -> None:
        self._known: dict[RunId, tuple[RunSummary, tuple[GateListed, ...]]] = {}

    def of(self, kept: Histories, runs: Iterable[RunSummary]) -> tuple[GateListed, ...]:
        """Return what waits in these runs and their parts, the one that expires first in front."""
        waiting = [run for run in runs if run.waiting_for and run.status in ACTIVE][:_RUNS]
        known = {run.run_id: self._in_one(kept, run) for run in waiting}
        self._known = known
        found = (each for _, gates in known.values() for each in gates)
        return tuple(sorted(found, key=lambda each: (each.gate.deadline, each.run_id, each.path)))

    def _in_one(self, kept: Histories, run: RunSummary) -> tuple[RunSummary, tuple[GateListed, ...]]:
        """Return what waits in a run, with the line of history that was true then."""
        line = replace(run, last_heartbeat_at=None, last_event_at=None)
        before = self._known.get(run.run_id)
        if before is not None and before[0] == line:
            return before
        family = Family(kept, history.state_of(kept, run.run_id))
        gates = tuple(
            GateListed(
                run_id=place.state.run_id,
                path=place.step.path,
                whole=run.run_id,
                workflow=run.title or run.workflow,
                name=place.name or place.step.gate.gate,
                gate=place.step.gate,
            )
            for place in family.waiting()
            if place.step.gate is not None
        )
        return line, gates
