"""Our events under the names of the upstream engine's, for programs that were made for those."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from flow_tui.dataclass import dataclass
from flow_tui.model import events as ev
from flow_tui.model.fold import apply, replay
from flow_tui.model.ids import RunId, parent, without_passes
from flow_tui.model.plan import ITEM, walk
from flow_tui.model.state import RunState, StepState
from flow_tui.model.status import AttemptStatus, RunStatus, StepStatus

_METRICS = {"total_cost": "cost_usd", "total_turns": "num_turns", "total_duration_ms": "duration_ms"}


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamEvent:
    """An event as the upstream engine tells it; ``timestamp`` is in whole seconds since 1970."""

    timestamp: int
    run_id: RunId
    event: str
    payload: Mapping[str, str | float]


class UpstreamSink:
    """A sink; ``history``, such as that of the store, tells what happened to runs before they go on."""

    def __init__(
        self,
        deliver: Callable[[UpstreamEvent], None],
        history: Callable[[RunId], Iterable[ev.Recorded]] = lambda _: (),
    ) -> None:
        self._deliver, self._history = deliver, history
        self._runs: dict[RunId, _Run] = {}

    def __call__(self, recorded: ev.Recorded) -> None:
        """Take one of our events, and hand on those of upstream that say the same."""
        run_id, at = recorded.run_id, int(recorded.at.timestamp())
        if run_id not in self._runs:
            before = (one for one in self._history(run_id) if one.seq < recorded.seq)
            self._runs[run_id] = _Run(replay(run_id, before))
        for name, payload in self._runs[run_id].told(recorded):
            self._deliver(UpstreamEvent(timestamp=at, run_id=run_id, event=name, payload=payload))
        if isinstance(recorded.event, ev.RunFinished | ev.EngineFailed):
            del self._runs[run_id]


class _Run:
    def __init__(self, state: RunState) -> None:
        self._state, self._at_once = state, frozenset[str]()

    def told(self, recorded: ev.Recorded) -> Iterator[tuple[str, Mapping[str, str | float]]]:
        apply(self._state, recorded)
        match recorded.event:
            case ev.RunStarted() | ev.RunResumed() as event:
                self._at_once = frozenset(n.path for n in walk(self._state.plan) if n.kind == "parallel")
                steps = self._state.steps.values()
                is_anew = bool(steps) and not any(step.status is StepStatus.COMPLETED for step in steps)
                name = "RunStarted" if is_anew else type(event).__name__
                yield name, {"workflow_name": self._state.workflow}
            case ev.RunFinished(outcome=RunStatus.CANCELLED, reason=reason):
                yield "RunCancelled", {"reason": reason.value}
            case ev.RunFinished(outcome=outcome):
                yield "RunCompleted", {"succeeded": outcome is RunStatus.COMPLETED}
            case ev.EngineFailed(error=error, traceback=backtrace):
                yield "Panicked", {"message": error, "backtrace": backtrace}
            case ev.MetricsUpdated(totals=used):
                yield "MetricsUpdated", {name: used.get(ours, 0) for name, ours in _METRICS.items()}
            case ev.FanOutCollected(items=items):
                yield "FanOutItemsCollected", {"count": len(items)}
            case ev.GateOpened(path=path):
                yield "GateWaiting", {"gate_name": self._state.steps[path].name}
            case ev.GateResolved(path=path, approved=approved):
                yield "GateResolved", {"gate_name": self._state.steps[path].name, "approved": approved}
            case ev.AttemptStarted(path=path) | ev.StepFinished(path=path) as event:
                yield from self._tried(event, self._state.steps[path])
            case _:
                return

    def _tried(self, event: ev.Event, step: StepState) -> Iterator[tuple[str, Mapping[str, str | float]]]:
        """Yield what upstream tells of attempts: of calls, but for those that run at once with others."""
        tried, done = step.attempts[step.tried_before :], isinstance(event, ev.StepFinished)
        end: dict[str, str | float] = {"succeeded": step.status is StepStatus.COMPLETED} if done else {}
        if step.kind == ITEM and tried:
            fan_out, number = self._state.steps[parent(step.path)].fan_out, int(step.path.rpartition("/")[2])
            item = fan_out.items[number].id if fan_out is not None else step.name
            yield f"FanOutItem{'Completed' if done else 'Started'}", {"item_id": item, **end}
        elif (
            step.kind in {"call", "call_workflow"} and without_passes(parent(step.path)) not in self._at_once
        ):
            name = step.name if step.kind == "call" else f"workflow:{step.name}"
            if not done and len(tried) > 1 and tried[-2].status is not AttemptStatus.INTERRUPTED:
                yield "StepRetrying", {"step_name": name, "attempt": len(tried) - 1}
            if step.kind == "call" and (not done or step.status is StepStatus.COMPLETED):
                yield f"Step{'Completed' if done else 'Started'}", {"step_name": name, **end}
