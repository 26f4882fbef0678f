"""One row of a run as a bar over time: its attempts, the waits between them, and the time it has left."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import chain, islice, pairwise
from typing import NamedTuple

from flow_tui.model.ids import StepPath
from flow_tui.model.plan import WORK
from flow_tui.model.state import AttemptState, GateState, RunState, StepState
from flow_tui.model.status import AttemptStatus, StepStatus
from flow_tui.view import format as fmt
from flow_tui.view.glyphs import UNICODE, Glyphs
from flow_tui.view.piece import Cells, Piece
from flow_tui.view.row import Row
from flow_tui.view.time_axis import Axis

_MOST_ATTEMPTS = 200
"""The latest of them are drawn."""
_LATEST = 256
"""So many steps are looked through for those that began last."""
_MOMENT = timedelta(milliseconds=1)
_SECOND = timedelta(seconds=1)
_NOT_DONE = frozenset({StepStatus.FAILED, StepStatus.TIMED_OUT})


class Stretch(NamedTuple):
    """A piece of time in which a step did one thing."""

    begin: datetime
    end: datetime
    mark: str
    role: str
    ending: Piece | None = None
    """What stands in its last cell instead."""


def bar(row: Row, axis: Axis, glyphs: Glyphs = UNICODE, *, is_critical: bool) -> list[Piece]:
    """Return the row over time in exactly as many cells as the axis has."""
    cells = Cells(axis.cells, "faint")
    begin = axis.cells
    for each in stretches(row, axis.until, glyphs, is_critical=is_critical):
        begin = min(begin, _draw(cells, axis, each))
    if row.is_running:
        _draw_time_left(cells, axis, row, glyphs)
    _write_length(cells, axis, row, begin)
    for cell in axis.breaks:
        if not cells.is_taken(cell):
            cells.put(cell, glyphs.away, "guide")
    now = axis.now_cell
    if now is not None and (not cells.is_taken(now) or cells[now] == glyphs.rest):
        cells.put(now, glyphs.bar, "now")
    return cells.pieces()


def stretches(row: Row, now: datetime, glyphs: Glyphs = UNICODE, *, is_critical: bool) -> Iterator[Stretch]:
    """Yield what the row did until ``now``, in order."""
    step, begin = row.step, row.started_at
    if row.status is StepStatus.SKIPPED:
        at = row.ended_at or begin
        if at is not None:
            yield Stretch(at, at, glyphs.skipped, "skipped")
    elif begin is None or row.status is StepStatus.PENDING:
        return
    elif step is not None and step.gate is not None:
        yield _wait(row, step.gate, now, glyphs)
    elif step is not None and step.attempts and row.is_leaf:
        yield from _attempts(row, step, now, glyphs, is_critical=is_critical)
    else:
        mark = glyphs.span if row.expanded and row.has_children else glyphs.full
        yield Stretch(begin, _end(row, now), mark, _role(row, is_critical=is_critical), _ending(row, glyphs))


def _end(row: Row, now: datetime) -> datetime:
    if row.status.is_over and row.ended_at is not None:
        return row.ended_at
    return now if row.stopped_at is None else min(now, row.stopped_at)


def _role(row: Row, *, is_critical: bool) -> str:
    status = row.looks_like
    return status.value if is_critical or status is not StepStatus.COMPLETED else "aside"


def _ending(row: Row, glyphs: Glyphs) -> Piece | None:
    """Return the mark at the end of what did not come to a good one."""
    is_good = row.status not in _NOT_DONE and row.status is not StepStatus.CANCELLED
    return None if is_good else Piece(row.looks_like.value, glyphs.step(row.looks_like))


def _wait(row: Row, gate: GateState, now: datetime, glyphs: Glyphs) -> Stretch:
    end = gate.answered_at or _end(row, now)
    return Stretch(gate.opened_at, end, glyphs.waiting, row.looks_like.value, _ending(row, glyphs))


def _attempts(
    row: Row, step: StepState, now: datetime, glyphs: Glyphs, *, is_critical: bool
) -> Iterator[Stretch]:
    *earlier, last = step.attempts[-_MOST_ATTEMPTS:]
    for attempt, following in pairwise((*earlier, last)):
        until = attempt.ended_at or following.started_at
        yield Stretch(attempt.started_at, until, glyphs.tried, "try", _broken(attempt, glyphs))
        yield Stretch(until, following.started_at, glyphs.dot, "retry")
    until = last.ended_at or _end(row, now)
    if row.is_running and step.current is None:  # another attempt is to come
        yield Stretch(last.started_at, until, glyphs.tried, "try", _broken(last, glyphs))
        yield Stretch(until, max(until, step.retry_at or now), glyphs.dot, "retry")
    else:
        role = _role(row, is_critical=is_critical)
        yield Stretch(last.started_at, until, glyphs.full, role, _ending(row, glyphs))


def _broken(attempt: AttemptState, glyphs: Glyphs) -> Piece:
    if attempt.status in (AttemptStatus.CANCELLED, AttemptStatus.INTERRUPTED):
        return Piece("cancelled", glyphs.cancelled)
    return Piece("failed", glyphs.failed)


def _draw(cells: Cells, axis: Axis, each: Stretch) -> int:
    """Draw a stretch, if it is not a mere wait in at least one cell; return where it begins."""
    begin, end = axis.place(each.begin), axis.place(each.end)
    if begin >= end and each.role == "retry":
        return begin
    if begin == axis.cells and each.begin == axis.until:
        begin -= 1  # what happened at the very end is seen, too
    end = max(begin + 1, end)
    if cells.is_taken(begin) and end - begin > 1:
        begin += 1  # what ended there stays in sight
    cells.fill(begin, end, each.mark, each.role)
    if each.ending is not None:
        cells.put(end - 1, each.ending.text, each.ending.role)
    return begin


def _draw_time_left(cells: Cells, axis: Axis, row: Row, glyphs: Glyphs) -> None:
    deadline, now = row.step.deadline if row.step is not None else None, axis.place(axis.until)
    if deadline is not None:
        cells.fill(now + 1 if cells.is_taken(now) else now, axis.place(deadline), glyphs.rest, "left")


def _write_length(cells: Cells, axis: Axis, row: Row, begin: int) -> None:
    """Write how long it took beside the bar, where there is room: behind it, else before it."""
    length, end = row.length(axis.until), cells.end
    if length is None or not end:
        return
    said, now = _length(length), axis.now_cell
    if end == now:
        end += 1
    behind, before = end + 1, begin - len(said) - 1
    is_free = now is None or not behind <= now < behind + len(said)
    if behind + len(said) <= len(cells) and (is_free or before < 1):
        cells.write(behind, said, "faint")
    elif before > 0:
        cells.write(before, said, "faint")


def _length(length: timedelta) -> str:
    if length < _SECOND:
        return f"{length // _MOMENT}ms"
    return f"{length.total_seconds():.1f}s" if length < 10 * _SECOND else fmt.short(length)


def foremost(
    state: RunState, active: Sequence[StepPath], failed: Sequence[StepPath], most: int
) -> list[StepPath]:
    """Return the steps to show where there is room for few, in the order in which they began.

    What runs and what failed comes first, then what began last.
    """
    latest = islice(reversed(state.steps.items()), _LATEST)
    begun = (path for path, step in latest if step.kind in WORK)
    chosen: dict[StepPath, datetime] = {}
    for path in chain(reversed(active), reversed(failed), begun):
        step = state.steps.get(path)
        if len(chosen) >= most:
            break
        if step is not None and step.started_at is not None:
            chosen[path] = step.started_at
    return sorted(chosen, key=lambda path: (chosen[path], path))
