"""The runs of the project: what was read, brought up to date by what this program does itself; pure."""

from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from typing import TYPE_CHECKING

from flow_tui.app.runs import Runs
from flow_tui.dataclass import dataclass
from flow_tui.model import naming
from flow_tui.model.ids import RunId
from flow_tui.model.state import RunState
from flow_tui.model.values import RunSummary
from flow_tui.runtime.messages import GateListed, RunsListed

if TYPE_CHECKING:
    from flow_tui.model.estimate import Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectRuns:
    """What waits for a person, what goes on, and what is over."""

    gates: tuple[GateListed, ...] = ()
    """The one that expires first in front."""
    active: tuple[RunSummary, ...] = ()
    """Newest first, without those that only wait at one of the gates."""
    recent: tuple[RunSummary, ...] = ()
    """Newest first; what nobody works on any more is among them."""
    interrupted: frozenset[RunId] = frozenset()
    estimates: "Mapping[RunId, Estimate]" = field(default_factory=dict[RunId, "Estimate"])
    """How long those may still take that are in progress."""
    waiting: tuple[RunSummary, ...] = ()
    """Those that only wait at one of the gates."""

    @property
    def every(self) -> tuple[RunSummary, ...]:
        """Return all runs that are known."""
        return (*self.waiting, *self.active, *self.recent)

    @property
    def total(self) -> int:
        """Return how many runs there are to see."""
        at_gates = {gate.whole for gate in self.gates if not gate.is_left}  # what is left is among the recent
        return len(self.active) + len(self.recent) + len(at_gates)


def arranged(listed: RunsListed | None, runs: Runs) -> ProjectRuns:
    """Return the runs on record, those of this program as they stand now, by what they want of a person."""
    own = {state.run_id for state in runs.active()}
    now_known = {state.run_id: state for state in _outermost(runs)}
    told = {run.run_id: run for run in listed.runs} if listed is not None else {}
    for run_id, state in now_known.items():
        if (run_id in own or run_id not in told) and (said := _summary(state)) is not None:
            told[run_id] = said
    left = frozenset(listed.interrupted if listed is not None else ()) - own
    left |= {run_id for run_id, state in now_known.items() if state.is_left}
    gates = [*_own_gates(runs, own), *_other_gates(listed, own, left)]
    gates.sort(key=lambda each: (each.gate.deadline, each.run_id, each.path))
    at_gates = {gate.whole for gate in gates}
    newest_first = sorted(told.values(), key=lambda run: (run.started_at, run.run_id), reverse=True)
    active = [run for run in newest_first if not run.status.is_over and run.run_id not in left]
    return ProjectRuns(
        gates=tuple(gates),
        waiting=tuple(run for run in active if run.run_id in at_gates and run.waiting_for),
        active=tuple(run for run in active if run.run_id not in at_gates or not run.waiting_for),
        recent=tuple(run for run in newest_first if run.status.is_over or run.run_id in left),
        interrupted=left,
        estimates=listed.estimates if listed is not None else {},
    )


def _outermost(runs: Runs) -> Iterator[RunState]:
    """Yield the runs that are known here, but for those of which nothing is on record any more."""
    for each in runs.states.values():
        is_known = each.started_at is not None and (each.is_kept or not each.is_left)
        if each.parent is None and is_known:
            yield each


def _summary(state: RunState) -> RunSummary | None:
    from flow_tui.store.projections import summary  # noqa: PLC0415 - only once something runs here

    return summary(state, owner=None, last_heartbeat_at=state.last_event_at)


def _other_gates(listed: RunsListed | None, own: set[RunId], left: frozenset[RunId]) -> Iterator[GateListed]:
    """Yield what waits in runs that other programs work on, or that nobody does any more."""
    for gate in listed.gates if listed is not None else ():
        if gate.whole not in own:
            yield replace(gate, is_left=gate.whole in left)


def _own_gates(runs: Runs, own: set[RunId]) -> Iterator[GateListed]:
    """Yield what waits in the runs that this program works on."""
    for waiting in runs.waiting:
        state = runs.states[waiting.run_id]
        whole = naming.whole(state, runs.states.get)
        if whole.run_id in own:
            yield GateListed(
                run_id=waiting.run_id,
                path=waiting.step.path,
                whole=whole.run_id,
                workflow=whole.name,
                name=naming.lead(state, runs.states.get) + (waiting.step.name or waiting.gate.gate),
                gate=waiting.gate,
            )
