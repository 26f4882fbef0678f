"""A run as text for people without a screen: its tree, and the last words about it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, tzinfo
from shlex import quote

from flow_tui import limits
from flow_tui.dataclass import dataclass
from flow_tui.model import ids
from flow_tui.model.ids import RunId
from flow_tui.model.naming import Known, around, full, lead, unknown, waiting_within, within
from flow_tui.model.plan import WORK
from flow_tui.model.state import RunState, StepState
from flow_tui.model.status import Reason, RunStatus, StepStatus
from flow_tui.sanitize import line, visible
from flow_tui.view import format as fmt
from flow_tui.view import outcome, usage
from flow_tui.view.glyphs import UNICODE
from flow_tui.view.hidden import masked
from flow_tui.view.row import Row
from flow_tui.view.rows import RowTable, counts

_BAD = (StepStatus.FAILED, StepStatus.TIMED_OUT)

Tail = Callable[[RunId, StepState, int], Sequence[str]]
"""Returns the last lines of what a step printed in its last attempt, harmless already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Footing:
    """What the last words about a run are built on."""

    tail: Tail
    folder: str
    """Where the output of all steps is, or nothing."""
    is_kept: bool = True
    """Whether the run can be found again."""
    known: Known = unknown
    """The runs that are part of it."""


def tree(state: RunState, now: datetime, known: Known = unknown, depth: int = 0) -> Iterator[str]:
    """Yield the steps of a run as lines, everything open, the steps of its parts beneath theirs.

    What of many items has completed, or has not begun, is not opened.
    """
    table = RowTable(state, known=known)
    table.unfold_all()
    for row in table.rows():
        if row.is_bundle:
            table.fold(row.path)
    for row in table.rows():
        yield _tree_line(row, now, depth)
        part = known(row.step.child_run) if row.step is not None and row.step.child_run is not None else None
        if part is not None:
            yield from tree(part, now, known, depth + row.depth + 1)


def _tree_line(row: Row, now: datetime, depth: int) -> str:
    facts = (
        row.elapsed(now),
        f"{UNICODE.retry} {tried}" if (tried := row.attempts()) else "",
        row.heartbeat(now),
        row.remaining(now),
        row.backoff(now),
        usage.told(row.step.output.metrics) if row.step is not None and row.step.output is not None else "",
        line(row.detail(), 120),
        line(row.beside_items(), 80),
    )
    indent = "  " * (depth + row.depth)
    said = "  ".join(fact for fact in facts if fact)
    label = f"{indent}{UNICODE.step(row.looks_like)} {line(row.label, 80)}"
    return f"{fmt.fit(label, max(32, fmt.width(label)))}  {said}".rstrip()


def headline(state: RunState, now: datetime, known: Known = unknown) -> str:
    """Return how a run stands, in one line; also when it is one of its parts that waits."""
    words = [outcome.mark(state), line(state.name, 60), ids.short(state.run_id), outcome.standing(state)]
    who = _who_cancelled(state, now)
    words += [who] if who else []
    words.append(outcome.after(state, now))
    text = " ".join(words).rstrip()
    why = state.error or ("" if who else outcome.why(state))
    if state.status is not RunStatus.COMPLETED and why:
        text += f": {line(why)}"
    if gates := [(full(run, step.path, known), _awaited(step)) for run, step in waiting_within(state, known)]:
        others = f" and {fmt.counted(len(gates) - 1, 'other gate')}" if len(gates) > 1 else ""
        text += f", {gates[0][0]}{others} waits for {gates[0][1]}"
    return text


def _who_cancelled(state: RunState, now: datetime) -> str:
    """Return who cancelled a run that is over, and when, if a person did."""
    at = state.cancel_requested_at
    if state.status is not RunStatus.CANCELLED or state.reason is not Reason.USER or not state.cancelled_by:
        return ""
    by = f"by {line(state.cancelled_by, 60)}"
    if at is None:
        return by
    is_today = at.astimezone().date() == now.astimezone().date()
    return f"{by} at {at.astimezone():{'%H:%M:%S' if is_today else '%Y-%m-%d %H:%M:%S'}}"


def details(
    state: RunState, now: datetime, zone: tzinfo | None = None, known: Known = unknown
) -> Iterator[str]:
    """Yield all that ``show`` prints of a run; ``known`` are the runs that are part of it, or around it."""
    yield headline(state, now, known)
    if above := list(around(state, known)):
        outermost = above[-1][0]
        place = lead(state, known).rstrip("/")
        yield f"  is {place} of run {ids.short(outermost.run_id)} {line(outermost.name, 60)}"
    yield f"  {visible(state.file)} in {visible(state.root)}"
    if state.started_at is not None:
        yield f"  started {state.started_at.astimezone(zone):%Y-%m-%d %H:%M:%S}, {counts(state)}"
    for name, value in masked(state.inputs).items():
        yield f"  {line(name)} = {line(value)}"
    yield ""
    yield from tree(state, now, known)
    failed = tuple(failed_steps(state, known))
    if failed and state.status is not RunStatus.COMPLETED:
        yield ""
        yield from (_failure(run, step, known) for run, step in failed)
    noted = [
        (full(run, step.path, known), note)
        for run, step in within(state, known)
        if step.kind in WORK
        for note in notes(step)
    ]
    if noted:
        yield ""
        yield from (f"  {UNICODE.stale} {name}: {line(note, 400)}" for name, note in noted)


def notes(step: StepState) -> tuple[str, ...]:
    """Return what people should know of a step, beside how it ended."""
    note = step.output.note if step.output is not None else ""
    return (*step.notes, note) if note else step.notes


def summary(state: RunState, now: datetime, footing: Footing) -> tuple[str, ...]:
    """Return the last words about a run in a bounded number of lines: result, failures, what next."""
    after = tuple(_what_next(state, footing))
    lines = [f"{headline(state, now)}, {counts(state)}"]
    room = limits.SUMMARY_LINES - len(after) - 1
    if state.status is not RunStatus.COMPLETED:
        lines += _failures(tuple(failed_steps(state, footing.known)), room, footing)
    return (*lines, *after)


def failed_steps(state: RunState, known: Known) -> Iterator[tuple[RunState, StepState]]:
    """Yield the steps that failed; of a part that did, what failed inside of it, where that is known."""
    for step in state.failed():
        if not (step.kind in WORK or step.is_broken) or _has_failed_items(state, step):
            continue
        part = known(step.child_run) if step.child_run is not None else None
        inside = tuple(failed_steps(part, known)) if part is not None else ()
        yield from inside or ((state, step),)


def _has_failed_items(state: RunState, step: StepState) -> bool:
    items = step.fan_out.items if step.fan_out is not None else ()
    found = (state.steps.get(ids.child(step.path, number)) for number in range(len(items)))
    return any(item is not None and item.counts_as in _BAD for item in found)


def _failures(failed: Sequence[tuple[RunState, StepState]], room: int, footing: Footing) -> list[str]:
    """Return the failed steps in at most ``room`` lines, the first of them in most detail."""
    lines: list[str] = []
    for index, (run, step) in enumerate(failed):
        others = len(failed) - index - 1
        fitting = room - len(lines) - bool(others)
        if fitting < 1:
            lines.append(f"  … and {fmt.counted(others + 1, 'more failed step')}")
            break
        lines.append(_failure(run, step, footing.known))
        tail = footing.tail(run.run_id, step, min(limits.FAILED_STEP_LINES, fitting - 1))
        lines += [f"    {text}" for text in tail]
    return lines


def _failure(run: RunState, step: StepState, known: Known) -> str:
    tried = f" (attempt {step.attempt} of {step.max_attempts})" if step.max_attempts > 1 else ""
    error = line(step.error or step.status.value, 400)
    if step.gate is not None and step.notes:  # why nobody could decide
        error += f"; {line(step.notes[-1], 400)}"
    return f"  {UNICODE.step(step.status)} {full(run, step.path, known)}{tried}: {error}"


def _what_next(state: RunState, footing: Footing) -> Iterator[str]:
    if not footing.is_kept:
        return
    if footing.folder:
        yield f"  output: {visible(footing.folder)}"
    name = ids.short(state.run_id).removeprefix("#")
    if not state.is_kept:
        yield "  it is not stored and cannot go on; start it anew"
    elif state.status in (RunStatus.FAILED, RunStatus.CANCELLED) or state.is_left:
        asked = any(step.reason is Reason.UNCONFIRMED for _, step in failed_steps(state, footing.known))
        yield f"  go on:  flow-tui resume {name}{' --confirm' * asked}"
    elif failed := next((step for step in state.failed() if step.kind in WORK), None):
        yield f"  again from there:  flow-tui resume {name} --from {_begin_at(state, failed)}"


def _begin_at(state: RunState, step: StepState) -> str:
    """Return what a step is called where one says from which one on: its name, where that is its alone."""
    from flow_tui.engine import resuming  # noqa: PLC0415 - only where a run completed in spite of a failure

    is_meant = step.name and resuming.begin_at(state, step.name) == step.path
    return quote(step.name if is_meant else step.path)


def how_to_answer(state: RunState, step: StepState) -> str:
    """Return the commands that answer a gate."""
    name = ids.short(state.run_id).removeprefix("#")
    which = f"{name} {step.name}" if len(state.waiting) > 1 else name
    first = next(iter(step.gate.options), "") if step.gate is not None else ""
    chosen = f" --select {quote(first)}" if first else ""
    return f"flow-tui approve {line(which + chosen)}   or   flow-tui reject {line(which)}"


def _awaited(step: StepState) -> str:
    """Return what a gate waits for."""
    return line(step.gate.looks_at, 80) if step.gate is not None and step.gate.looks_at else "an answer"


def still_at_work(state: RunState, now: datetime, known: Known = unknown) -> Iterable[str]:
    """Return what goes on at the moment, each with for how long; of a part, what goes on inside of it."""
    for run, step in within(state, known):
        if step.kind not in WORK or not step.status.is_active or _is_told_inside(run, step, known):
            continue
        since = step.current.started_at if step.current is not None else step.begun_at
        if step.held is not None:
            since = step.held.since
        length = f" {fmt.short(now - since)}" if since is not None else ""
        word = f"waits for {_awaited(step)}" if step.status is StepStatus.WAITING else "running"
        word = "paused at a breakpoint" if step.held is not None else word
        yield f"{full(run, step.path, known)} {word}{length}"


def _is_told_inside(run: RunState, step: StepState, known: Known) -> bool:
    if step.fan_out is not None:
        items = (run.steps.get(ids.child(step.path, number)) for number in range(len(step.fan_out.items)))
        return any(item is not None and item.status.is_active for item in items)
    part = known(step.child_run) if step.child_run is not None else None
    return part is not None and any(each.status.is_active for each in part.steps.values())
