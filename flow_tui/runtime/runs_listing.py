"""The newest runs of a project as home shows them, and what waits in them for a person."""

from flow_tui.clock import SystemClock
from flow_tui.engine.keeping import Histories, RunQuery
from flow_tui.runtime import estimating, history, parts
from flow_tui.runtime.gates_waiting import GatesWaiting
from flow_tui.runtime.messages import RunsListed


class RunsListing:
    """Lists them again and again; what it has read once it knows. Belongs to one thread."""

    def __init__(self) -> None:
        self._gates = GatesWaiting()

    def of(self, kept: Histories, token: int, root: str) -> RunsListed:
        """Return the runs of the project in the folder ``root``."""
        now = SystemClock().now()
        runs = (history.settled(kept, run, now) for run in kept.runs(RunQuery(root=root)))
        found = tuple(parts.told(kept, run) for run in runs)
        left = frozenset(run.run_id for run in found if history.is_left(run, now))
        in_hand = [run for run in found if run.run_id not in left and not run.status.is_over]
        interrupted = [run for run in found if run.run_id in left]
        return RunsListed(
            token=token,
            runs=found,
            interrupted=left,
            root=root,
            gates=self._gates.of(kept, (*in_hand, *interrupted)),
            estimates=estimating.still(kept, in_hand, now),
        )
