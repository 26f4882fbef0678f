"""A run as data for other programs: everything in it follows from the stored events alone."""

import json
from datetime import datetime, timedelta
from typing import TypeAlias

from flow_tui.clock import instant_text
from flow_tui.model import ids
from flow_tui.model.state import AttemptState, GateState, RunState, StepState
from flow_tui.model.values import RunSummary
from flow_tui.view.row import Row
from flow_tui.view.rows import RowTable
from flow_tui.view.summary import notes

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"


def show_json(state: RunState) -> dict[str, Json]:
    """Return what ``show --json`` prints; the same for everybody who folds the same history."""
    table = RowTable(state)
    table.unfold_all()
    return {"run": _run(state), "steps": [_step(row) for row in table.rows() if _is_told(row)]}


def _is_told(row: Row) -> bool:
    """Say whether something is told of a row by itself: of what is a step, and of a loop that failed."""
    return row.is_leaf or (row.step is not None and row.step.is_broken)


def _run(state: RunState) -> dict[str, Json]:
    options = state.options
    return {
        "run_id": state.run_id,
        "workflow": state.workflow,
        "title": state.title,
        "file": state.file,
        "root": state.root,
        "status": state.status.value,
        "reason": state.reason.value,
        "error": state.error,
        "cancelled_by": state.cancelled_by,
        "inputs": dict(state.inputs),
        "trigger": options.trigger,
        "dry_run": options.dry_run,
        "mock": options.mock,
        "parent": state.parent,
        "generation": state.generation,
        "started_at": _instant(state.started_at),
        "resumed_at": _instant(state.resumed_at),
        "ended_at": _instant(state.ended_at),
        "duration_ms": _milliseconds(state.took(state.ended_at)) if state.ended_at is not None else None,
        "metrics": dict(state.totals),
        "events": state.seq,
    }


def _step(row: Row) -> dict[str, Json]:
    step = row.step or StepState(path=row.path)
    most = row.plan.max_attempts if row.step is None and row.plan is not None else step.max_attempts
    name = step.name or (row.plan.name or row.plan.label if row.plan is not None else "")
    output = step.output
    passes: list[Json] = [*ids.passes_of(row.path)]
    return {
        "path": row.path,
        "name": name,
        "kind": row.kind,
        "status": row.status.value,
        "reason": step.reason.value,
        "attempt": step.attempt,
        "max_attempts": most,
        "iteration": max(0, ids.pass_of(row.path) - 1),
        "passes": passes,
        "started_at": _instant(step.started_at),
        "ended_at": _instant(step.ended_at),
        "duration_ms": _milliseconds(step.worked(step.ended_at)) if step.ended_at is not None else None,
        "error": step.error,
        "cancelled_by": step.cancelled_by,
        "markers": [*output.markers] if output is not None else [],
        "context": output.context if output is not None else "",
        "structured_output": _structured(output.structured) if output is not None else None,
        "result": output.result_text if output is not None else "",
        "metrics": dict(output.metrics) if output is not None else {},
        "notes": [*notes(step)],
        "gate": _gate(step.gate) if step.gate is not None else None,
        "child_run": step.child_run,
        "reused_from": step.reused_from,
        "why": step.why,
        "attempts": [_attempt(attempt) for attempt in step.attempts],
    }


def _attempt(attempt: AttemptState) -> dict[str, Json]:
    return {
        "attempt": attempt.attempt,
        "status": attempt.status.value,
        "started_at": _instant(attempt.started_at),
        "ended_at": _instant(attempt.ended_at),
        "duration_ms": _length(attempt.started_at, attempt.ended_at),
        "deadline": _instant(attempt.deadline),
        "error": attempt.error,
        "after_crash": attempt.after_crash,
        "pid": attempt.process.pid if attempt.process is not None else None,
        "child_run": attempt.child_run,
        "metrics": dict(attempt.metrics),
    }


def _gate(gate: GateState) -> dict[str, Json]:
    return {
        "type": gate.gate,
        "prompt": gate.prompt,
        "options": dict(gate.options),
        "deadline": _instant(gate.deadline),
        "on_timeout": gate.on_timeout,
        "approved": gate.approved,
        "feedback": gate.feedback,
        "selections": [*gate.selections],
        "by": gate.by,
        "opened_at": _instant(gate.opened_at),
        "answered_at": _instant(gate.answered_at),
    }


def summary_json(run: RunSummary, status: str = "") -> dict[str, Json]:
    """Return one line of ``runs --json``; ``status`` where more is known than what was recorded."""
    return {
        "run_id": run.run_id,
        "workflow": run.workflow,
        "title": run.title,
        "file": run.file,
        "root": run.root,
        "status": status or run.status.value,
        "reason": run.reason.value,
        "error": run.error,
        "inputs": dict(run.inputs),
        "started_at": _instant(run.started_at),
        "ended_at": _instant(run.ended_at),
        "duration_ms": _milliseconds(run.took(run.ended_at)) if run.ended_at is not None else None,
        "steps_done": run.steps_done,
        "steps_failed": run.steps_failed,
        "steps_total": run.steps_total,
        "owner": run.owner,
        "last_heartbeat_at": _instant(run.last_heartbeat_at),
        "waiting_for": run.waiting_for,
        "parent": run.parent,
        "trigger": run.trigger,
        "resumed": run.resumed,
        "metrics": dict(run.totals),
    }


def _structured(text: str) -> Json:
    """Return the object that a step handed back; as text if it cannot be read."""
    if not text:
        return None
    try:
        value: Json = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return value


def _instant(at: datetime | None) -> str | None:
    return None if at is None else instant_text(at)


def _length(begin: datetime | None, end: datetime | None) -> int | None:
    if begin is None or end is None:
        return None
    return _milliseconds(end - begin)


def _milliseconds(length: timedelta) -> int:
    return max(0, length // timedelta(milliseconds=1))
