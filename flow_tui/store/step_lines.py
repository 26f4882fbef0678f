"""How the steps of a definition went in one run, made from a row for each attempt; pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from flow_tui.model.ids import StepPath
from flow_tui.model.state import RunState
from flow_tui.model.values import StepLine
from flow_tui.store.projections import SHUT_DOWN, step_rows
from flow_tui.store.records import optional_instant


class TriedRow(NamedTuple):
    """What of the row of an attempt matters here."""

    node_path: str
    path: str
    step_name: str
    role: str
    status: str
    superseded: int
    started_at: str | None
    ended_at: str | None
    result_text: str | None
    step_error: str | None


_WORST = ("failed", "timed_out", "cancelled", "waiting", "running", "completed", "pending", "skipped")
_BAD = frozenset({"failed", "timed_out"})


def lines_of(state: RunState) -> tuple[StepLine, ...]:
    """Return how the steps of a run went."""
    steps = enumerate(state.steps.values())
    rows = (row for position, step in steps for row in step_rows(state.run_id, step, position))
    return step_lines(TriedRow(*(getattr(row, name) for name in TriedRow._fields)) for row in rows)


def step_lines(rows: Iterable[TriedRow]) -> tuple[StepLine, ...]:
    """Return a line for each step of the definition, in the order of its first row."""
    by_node: dict[str, list[TriedRow]] = {}
    for row in rows:
        by_node.setdefault(row.node_path, []).append(row)
    return tuple(_line(StepPath(node), tried) for node, tried in by_node.items())


def _line(node: StepPath, tried: list[TriedRow]) -> StepLine:
    last = [row for row in tried if not row.superseded] or tried[-1:]
    statuses = [_status(row) for row in last]
    tries: dict[str, int] = {}
    for row in tried:
        tries[row.path] = tries.get(row.path, 0) + (row.started_at is not None)
    begins = [row.started_at for row in tried if row.started_at]
    ends = [row.ended_at for row in tried if row.ended_at]
    started_at = optional_instant(min(begins, default=None))
    ended_at = optional_instant(max(ends, default=None)) if all(row.ended_at for row in last) else None
    failed = [row for row, status in zip(last, statuses, strict=True) if status in _BAD]
    return StepLine(
        path=node,
        name=tried[0].step_name.rpartition("workflow:")[2].rpartition("foreach:")[2],
        kind=tried[0].role,
        status=min(statuses, key=_WORST.index),
        times=len(tries),
        failed=len(failed),
        tries=max(1, *tries.values()),
        started_at=started_at,
        ended_at=ended_at,
        took=_took(tried, len(tries), started_at, ended_at),
        error=next((row.step_error for row in failed if row.step_error), ""),
    )


def _status(row: TriedRow) -> str:
    return "cancelled" if row.status == "failed" and row.result_text == SHUT_DOWN else row.status


def _took(
    tried: list[TriedRow], times: int, started_at: datetime | None, ended_at: datetime | None
) -> timedelta | None:
    if started_at is None or ended_at is None:
        return None
    if times > 1:
        return ended_at - started_at
    spans = (
        datetime.fromisoformat(row.ended_at) - datetime.fromisoformat(row.started_at)
        for row in tried
        if row.started_at and row.ended_at
    )
    return sum(spans, timedelta())
