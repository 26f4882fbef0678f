"""What is known of a run as rows for other programs; pure."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
from hashlib import sha256

from flow_tui.clock import instant_text
from flow_tui.dataclass import dataclass
from flow_tui.engine.keeping import Owner
from flow_tui.model.ids import RunId, StepPath, child, passes_of, without_passes
from flow_tui.model.state import AttemptState, GateState, RunState, StepState
from flow_tui.model.status import AttemptStatus, StepStatus
from flow_tui.model.values import AT_BREAKPOINT, AUTO_APPROVED, ActionOutput, FanOutItem, RunSummary
from flow_tui.store.rows import ItemRow, RunRow, RunStartRow, StepRow
from flow_tui.store.run_summary import iteration, run_summary

ROLES = {
    "call": "actor",
    "script": "script",
    "gate": "gate",
    "call_workflow": "workflow",
    "foreach": "foreach",
}
"""The kinds that have rows, and what their rows call them."""

ROWS_VERSION = 4
"""Counts how often it was changed what rows say of the same events."""
NO_ITEMS = (None, 0, 0, 0)
"""The counters of a row that no items belong to."""
_MILLISECOND = timedelta(milliseconds=1)
SHUT_DOWN = "executor shutdown requested"
INTERRUPTED = "interrupted: the program ended before the step did"

_NAMES = {"call_workflow": "workflow:", "foreach": "foreach:"}
_ATTEMPTS = {
    AttemptStatus.RUNNING: "running",
    AttemptStatus.COMPLETED: "completed",
    AttemptStatus.FAILED: "failed",
    AttemptStatus.TIMED_OUT: "timed_out",
    AttemptStatus.CANCELLED: "failed",
    AttemptStatus.INTERRUPTED: "failed",
}
_ITEMS = {
    StepStatus.PENDING: "pending",
    StepStatus.COMPLETED: "completed",
    StepStatus.SKIPPED: "skipped",
    StepStatus.FAILED: "failed",
    StepStatus.TIMED_OUT: "failed",
    StepStatus.CANCELLED: "failed",
}


def summary(state: RunState, *, owner: Owner | None, last_heartbeat_at: datetime | None) -> RunSummary | None:
    """Return the line of history of a run, unless it has not begun."""
    if state.started_at is None:
        return None
    waiting = first_waiting(state)
    done, failed = _counted(state)
    return RunSummary(
        run_id=state.run_id,
        workflow=state.workflow,
        title=state.title,
        root=state.root,
        file=state.file,
        status=state.status,
        reason=state.reason,
        error=state.error,
        started_at=state.started_at,
        ended_at=state.ended_at,
        away=away(state.started_at, state.last_event_at or state.started_at, worked_ms(state) or 0),
        steps_done=done,
        steps_failed=failed,
        steps_total=state.steps_total,
        owner=owner.label if owner is not None else "",
        owner_process=owner.process if owner is not None else None,
        last_heartbeat_at=last_heartbeat_at,
        last_event_at=state.last_event_at,
        waiting_for=gate_name(waiting) if waiting is not None else "",
        inputs=state.inputs,
        parent=state.parent,
        trigger=state.options.trigger,
        resumed=state.generation,
        totals=state.totals,
        is_trial=state.options.mock or state.options.dry_run,
        is_warm=state.warm_from is not None,
    )


def first_waiting(state: RunState) -> StepState | None:
    """Return the gate that has waited for a person since before all others, or else the step held so."""
    if state.counts[StepStatus.WAITING]:
        return next((step for step in state.steps.values() if step.status is StepStatus.WAITING), None)
    return state.steps[state.held_at[0]] if state.held_at else None


def gate_name(step: StepState) -> str:
    """Return what people call what they are waited for at: the gate that ``step`` is, or where it is held."""
    if step.held is not None:
        return f"{step.name}{AT_BREAKPOINT}"
    return step.name or (step.gate.gate if step.gate is not None else "")


def _counted(state: RunState) -> tuple[int, int]:
    """Return how many steps are done, and how many failed, as people are told.

    A step that was cancelled has not failed, although the status in its row says so to other programs.
    """
    counts = state.counts
    return state.steps_done, counts[StepStatus.FAILED] + counts[StepStatus.TIMED_OUT]


def run_start_row(state: RunState) -> RunStartRow:
    """Return what the first event of a run said."""
    return RunStartRow(
        id=state.run_id,
        workflow_name=state.workflow,
        workflow_title=state.title or None,
        file=state.file,
        root=state.root,
        parent_run_id=state.parent,
        dry_run=int(state.options.dry_run),
        trigger=state.options.trigger,
        started_at=instant_text(state.started_at) if state.started_at is not None else "",
        definition=sha256(state.source.encode(errors="surrogatepass")).hexdigest(),
        inputs=_json(dict(state.inputs)),
        exec_options=_json(asdict(state.options) | ({"warm": True} if state.warm_from is not None else {})),
        steps_total=state.steps_total,
    )


def run_row(state: RunState) -> RunRow:
    """Return where a run stands."""
    done, failed = _counted(state)
    waiting = first_waiting(state)
    return RunRow(
        status=state.status.value,
        ended_at=_text(state.ended_at),
        result_summary=run_summary(state, _statuses) if state.ended_at is not None else None,
        error=state.error or None,
        reason=state.reason.value,
        iteration=state.generation,
        blocked_on=_blocked_on(waiting) if waiting is not None else None,
        total_duration_ms=worked_ms(state),
        metrics=_json(dict(state.totals)) if state.totals else None,
        cancel_requested_at=_text(state.cancel_requested_at),
        cancel_reason=state.reason.value if state.cancel_requested_at is not None else None,
        steps_done=done,
        steps_failed=failed,
    )


def worked_ms(state: RunState) -> int | None:
    """Return for how long a run had been worked on when its latest event happened."""
    if state.started_at is None:
        return None
    return state.took(state.last_event_at or state.started_at) // _MILLISECOND


def away(started_at: datetime, last_event_at: datetime, worked: int) -> timedelta:
    """Return for how long nobody worked on a run, of which ``worked`` is known in milliseconds."""
    return max(0, (last_event_at - started_at) // _MILLISECOND - worked) * _MILLISECOND


def _blocked_on(step: StepState) -> str:
    if step.held is not None:
        return _json({"gate_name": gate_name(step), "type": "breakpoint"})
    blocked: dict[str, object] = {"gate_name": gate_name(step)}
    if (gate := step.gate) is not None:
        blocked |= {"type": gate.gate, "prompt": gate.prompt, "options": list(gate.options)}
    return _json(blocked)


def row_id(run_id: RunId, path: StepPath, index: int) -> str:
    """Return the key of the row of an attempt; ``index`` counts from 0."""
    return f"{run_id}:{path}:{index}"


def keys_of(run_id: RunId) -> tuple[str, str]:
    """Return between what the keys of all rows of a run lie: from the first on, and before the second."""
    return f"{run_id}:", f"{run_id};"


def positions(state: RunState) -> dict[StepPath, int]:
    """Return the places of the steps that have rows, in the order in which they were first heard of."""
    paths = [path for path, step in state.steps.items() if step.kind in ROLES]
    return {path: position for position, path in enumerate(paths)}


def step_rows(run_id: RunId, step: StepState, position: int, first: int = 0) -> tuple[StepRow, ...]:
    """Return the rows of a step from its attempt ``first`` on, counted from 0; none for blocks."""
    if step.kind not in ROLES:
        return ()
    if not step.attempts:
        return (_step_row(run_id, step, position, 0, None),)
    return tuple(
        _step_row(run_id, step, position, index, step.attempts[index])
        for index in range(max(0, first), len(step.attempts))
    )


def _step_row(
    run_id: RunId, step: StepState, position: int, index: int, attempt: AttemptState | None
) -> StepRow:
    is_last = attempt is None or index == len(step.attempts) - 1
    is_done = step.status is StepStatus.COMPLETED
    said = step.output if is_last and step.status.is_over else None
    left = said if said is not None and (is_done or _is_telling(step, said)) else None
    told = _told(step, attempt, said)
    gate = step.gate if is_last else None
    return StepRow(
        id=row_id(run_id, step.path, index),
        workflow_run_id=run_id,
        path=step.path,
        step_name=_NAMES.get(step.kind, "") + step.name.removeprefix(_NAMES.get(step.kind, "")),
        role=_role(step, said),
        node_path=without_passes(step.path),
        iteration_path=".".join(map(str, passes_of(step.path))),
        status=told.status,
        position=position,
        iteration=iteration(step.path),
        retry_count=attempt.attempt - 1 if attempt is not None else 0,
        max_attempts=step.max_attempts,
        deadline_at=_text(_deadline(attempt, gate)),
        superseded=int(not is_last or index < (step.begun_over or 0)),
        started_at=_text(attempt.started_at if attempt is not None else step.started_at),
        ended_at=_text(attempt.ended_at if attempt is not None else step.ended_at),
        child_run_id=attempt.child_run if attempt is not None else None,
        subprocess_pid=attempt.process.pid if attempt is not None and attempt.process is not None else None,
        result_text=told.result or None,
        step_error=told.error or None,
        context_out=left.context if left is not None else "" if told.status == "completed" else None,
        markers_out=_json(list(left.markers)) if left is not None else None,
        structured_output=(left.structured or None) if left is not None else None,
        gate_type=_gate_type(step),
        gate_prompt=gate.prompt if gate is not None else None,
        gate_timeout=_length(gate) if gate is not None else None,
        gate_options=_json(dict(gate.options)) if gate is not None and gate.options else None,
        gate_selections=_json(list(gate.selections)) if gate is not None and gate.selections else None,
        gate_approved_by=(gate.by or None) if gate is not None else None,
        gate_approved_at=_text(gate.answered_at) if gate is not None else None,
        gate_feedback=(gate.feedback or None) if gate is not None else None,
    )


def _gate_type(step: StepState) -> str | None:
    """Return what kind of gate a step is, also of one that asks nobody: a gate is called after its type."""
    if step.kind != "gate":
        return None
    return step.gate.gate if step.gate is not None else step.name


def _is_telling(step: StepState, said: ActionOutput) -> bool:
    """Say whether a step that did not complete has left something; what ran out of time has not."""
    has_left = bool(said.context or said.markers or said.structured)
    return has_left and step.status is not StepStatus.TIMED_OUT


def _role(step: StepState, said: ActionOutput | None) -> str:
    is_passed = step.kind == "gate" and said is not None and said.result_text == AUTO_APPROVED
    return "reviewer" if is_passed else ROLES[step.kind]


def _statuses(step: StepState) -> tuple[str, ...]:
    """Return the statuses of the rows of a step."""
    if step.kind not in ROLES:
        return ()
    return tuple(_told(step, attempt, None).status for attempt in step.attempts or (None,))


@dataclass(frozen=True, slots=True)
class _Told:
    """How an attempt, or a step without attempts, went."""

    status: str
    result: str
    error: str


def _told(step: StepState, attempt: AttemptState | None, said: ActionOutput | None) -> _Told:
    if attempt is None:
        is_cut, is_late = step.status is StepStatus.CANCELLED, step.status is StepStatus.TIMED_OUT
        expired = is_late and step.gate is not None and step.gate.on_timeout != "continue"
        stands = StepStatus.WAITING if step.status is StepStatus.PAUSED else step.status  # for a person
        status, error = "failed" if is_cut or expired else stands.value, step.error
    else:
        is_cut = attempt.status is AttemptStatus.CANCELLED
        is_late = attempt.status is AttemptStatus.TIMED_OUT
        status, error = _ATTEMPTS[attempt.status], attempt.error
        if attempt.status is AttemptStatus.INTERRUPTED:
            return _Told(status, INTERRUPTED, INTERRUPTED)
        if attempt.status is AttemptStatus.RUNNING and step.status is StepStatus.WAITING:
            status = "waiting"
    if is_cut:
        return _Told(status, SHUT_DOWN, "")
    result = said.result_text if said is not None and said.result_text else error
    if is_late and result == error:
        result = _late(error)
    return _Told(status, result, error)


def _late(error: str) -> str:
    """Return ``timed out after 5m`` of ``step 'build' timed out after 5m``."""
    _, mark, limit = error.rpartition(" timed out after ")
    return f"timed out after {limit}" if mark else error


def _deadline(attempt: AttemptState | None, gate: GateState | None) -> datetime | None:
    if gate is not None:
        return gate.deadline
    return attempt.deadline if attempt is not None else None


def _length(gate: GateState) -> str:
    return f"{max(0, round((gate.deadline - gate.opened_at).total_seconds()))}s"


def current_row_id(run_id: RunId, step: StepState) -> str:
    """Return the key of the row that says how a step stands: of its latest attempt."""
    return row_id(run_id, step.path, max(0, len(step.attempts) - 1))


def item_row(
    run_id: RunId, foreach: StepState, number: int, item: FanOutItem, step: StepState | None
) -> ItemRow:
    """Return the row of an item; ``step`` is what is known of it once it was begun."""
    return ItemRow(
        id=row_id(run_id, child(foreach.path, number), 0),
        step_run_id=current_row_id(run_id, foreach),
        item_type=item.type,
        item_id=item.id,
        item_ref=item.label,
        child_run_id=step.child_run if step is not None else None,
        status=item_status(step) if step is not None else "pending",
        dispatched_at=_text(step.started_at) if step is not None else None,
        completed_at=_text(step.ended_at) if step is not None else None,
        context=_json(dict(item.context)) if item.context else None,
    )


def item_rows(state: RunState, foreach: StepState) -> Iterator[ItemRow]:
    """Yield the rows of everything that a fan-out works on."""
    for number, item in enumerate(foreach.fan_out.items if foreach.fan_out is not None else ()):
        yield item_row(state.run_id, foreach, number, item, state.steps.get(child(foreach.path, number)))


def item_counts(state: RunState, foreach: StepState) -> tuple[int | None, int, int, int]:
    """Return how many items a fan-out has, and how many ended how."""
    if foreach.fan_out is None:
        return NO_ITEMS
    found = (state.steps.get(child(foreach.path, number)) for number in range(len(foreach.fan_out.items)))
    stand = [item_status(item) for item in found if item is not None]
    completed, failed, skipped = map(stand.count, ("completed", "failed", "skipped"))
    return len(foreach.fan_out.items), completed, failed, skipped


def fan_outs(state: RunState) -> Iterator[StepState]:
    """Yield the steps that work on items."""
    return (step for step in state.steps.values() if step.kind == "foreach")


def item_status(step: StepState) -> str:
    """Return where an item stands."""
    return _ITEMS.get(step.status, "running")


def _text(at: datetime | None) -> str | None:
    return instant_text(at) if at is not None else None


_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
