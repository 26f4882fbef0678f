"""The rows that other programs read: what a statement takes, named like its columns."""

from typing import NamedTuple


class RunStartRow(NamedTuple):
    """What is known of a run from its first event on, and never changes."""

    id: str
    workflow_name: str
    workflow_title: str | None
    file: str
    root: str
    parent_run_id: str | None
    dry_run: int
    trigger: str
    started_at: str
    definition: str
    """The digest of the source."""
    inputs: str
    exec_options: str
    steps_total: int


class RunRow(NamedTuple):
    """What changes while a run goes on."""

    status: str
    ended_at: str | None
    result_summary: str | None
    error: str | None
    reason: str
    iteration: int
    blocked_on: str | None
    total_duration_ms: int | None
    """For how long it had been worked on when its latest event happened."""
    metrics: str | None
    cancel_requested_at: str | None
    cancel_reason: str | None
    steps_done: int
    steps_failed: int
    """Those that failed or ran out of time, without the cancelled ones: their own rows call both failed."""


class StepRow(NamedTuple):
    """One attempt at a step, or a step that knows no attempts."""

    id: str
    workflow_run_id: str
    path: str
    step_name: str
    role: str
    node_path: str
    iteration_path: str
    status: str
    position: int
    iteration: int
    retry_count: int
    max_attempts: int
    deadline_at: str | None
    superseded: int
    started_at: str | None
    ended_at: str | None
    child_run_id: str | None
    subprocess_pid: int | None
    result_text: str | None
    step_error: str | None
    context_out: str | None
    markers_out: str | None
    structured_output: str | None
    gate_type: str | None
    gate_prompt: str | None
    gate_timeout: str | None
    gate_options: str | None
    gate_selections: str | None
    gate_approved_by: str | None
    gate_approved_at: str | None
    gate_feedback: str | None


class ItemRow(NamedTuple):
    """One item of a fan-out."""

    id: str
    step_run_id: str
    item_type: str
    item_id: str
    item_ref: str
    child_run_id: str | None
    status: str
    dispatched_at: str | None
    completed_at: str | None
    context: str | None
