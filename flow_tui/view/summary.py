"""A run as text for people without a screen: its tree, and the last words about it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, tzinfo

from flow_tui import limits
from flow_tui.dataclass import dataclass
from flow_tui.model import ids
from flow_tui.model.plan import LEAVES
from flow_tui.model.state import RunState, StepState
from flow_tui.model.status import RunStatus, StepStatus
from flow_tui.sanitize import line, visible
from flow_tui.view import format as fmt
from flow_tui.view import outcome
from flow_tui.view.glyphs import UNICODE
from flow_tui.view.row import Row
from flow_tui.view.rows import RowTable, counts

Tail = Callable[[StepState, int], Sequence[str]]
"""Returns the last lines of what a step printed in its last attempt, harmless already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Footing:
    """What the last words about a run are built on."""

    tail: Tail
    folder: str
    """Where the output of all steps is, or nothing."""
    is_kept: bool = True
    """Whether the run can be found again."""


def tree(state: RunState, now: datetime) -> Iterator[str]:
    """Yield the steps of a run as lines, everything open."""
    table = RowTable(state)
    table.unfold_all()
    for row in table.rows():
        yield _tree_line(row, now)


def _tree_line(row: Row, now: datetime) -> str:
    facts = (
        row.elapsed(now),
        f"{UNICODE.retry} {tried}" if (tried := row.attempts()) else "",
        row.heartbeat(now),
        row.remaining(now),
        row.backoff(now),
        line(row.detail(), 120),
    )
    indent = "  " * row.depth
    said = "  ".join(fact for fact in facts if fact)
    label = f"{indent}{UNICODE.step(row.looks_like)} {line(row.label, 80)}"
    return f"{fmt.fit(label, max(32, fmt.width(label)))}  {said}".rstrip()


def headline(state: RunState, now: datetime) -> str:
    """Return how a run stands, in one line."""
    words = [outcome.mark(state), line(state.name, 60), ids.short(state.run_id), outcome.standing(state)]
    if state.started_at is not None:
        words.append(f"after {fmt.short(state.took(now))}")
    text = " ".join(words)
    if state.status is not RunStatus.COMPLETED and (why := state.error or outcome.why(state)):
        text += f": {line(why)}"
    return text


def details(state: RunState, now: datetime, zone: tzinfo | None = None) -> Iterator[str]:
    """Yield all that ``show`` prints of a run."""
    yield headline(state, now)
    yield f"  {visible(state.file)} in {visible(state.root)}"
    if state.started_at is not None:
        yield f"  started {state.started_at.astimezone(zone):%Y-%m-%d %H:%M:%S}, {counts(state)}"
    for name, value in state.inputs.items():
        yield f"  {line(name)} = {line(value)}"
    yield ""
    yield from tree(state, now)
    failed = [step for step in state.failed() if step.kind in LEAVES]
    if failed and state.status is not RunStatus.COMPLETED:
        yield ""
        yield from map(_failure, failed)
    noted = [(step, note) for step in state.steps.values() for note in notes(step)]
    if noted:
        yield ""
        yield from (f"  {UNICODE.stale} {line(step.name, 60)}: {line(note, 400)}" for step, note in noted)


def notes(step: StepState) -> tuple[str, ...]:
    """Return what people should know of a step, beside how it ended."""
    note = step.output.note if step.output is not None else ""
    return (*step.notes, note) if note else step.notes


def summary(state: RunState, now: datetime, footing: Footing) -> tuple[str, ...]:
    """Return the last words about a run in a bounded number of lines: result, failures, what next."""
    after = tuple(_what_next(state, footing))
    lines = [f"{headline(state, now)}, {counts(state)}"]
    room = limits.SUMMARY_LINES - len(after) - 1
    failed = [step for step in state.failed() if step.kind in LEAVES]
    if state.status is not RunStatus.COMPLETED:
        lines += _failures(failed, room, footing)
    return (*lines, *after)


def _failures(failed: Sequence[StepState], room: int, footing: Footing) -> list[str]:
    """Return the failed steps in at most ``room`` lines, the first of them in most detail."""
    lines: list[str] = []
    for index, step in enumerate(failed):
        others = len(failed) - index - 1
        fitting = room - len(lines) - bool(others)
        if fitting < 1:
            lines.append(f"  … and {fmt.counted(others + 1, 'more failed step')}")
            break
        lines.append(_failure(step))
        lines += [f"    {text}" for text in footing.tail(step, min(limits.FAILED_STEP_LINES, fitting - 1))]
    return lines


def _failure(step: StepState) -> str:
    tried = f" (attempt {step.attempt} of {step.max_attempts})" if step.max_attempts > 1 else ""
    error = line(step.error or step.status.value, 400)
    return f"  {UNICODE.step(step.status)} {line(step.name, 60)}{tried}: {error}"


def _what_next(state: RunState, footing: Footing) -> Iterator[str]:
    if not footing.is_kept:
        return
    if footing.folder:
        yield f"  output: {visible(footing.folder)}"
    name = ids.short(state.run_id).removeprefix("#")
    if not state.is_kept:
        yield "  it is not stored and cannot go on; start it anew"
    elif state.status in (RunStatus.FAILED, RunStatus.CANCELLED):
        yield f"  go on:  flow-tui resume {name}"


def how_to_answer(state: RunState, step: StepState) -> str:
    """Return the commands that answer a gate."""
    name = ids.short(state.run_id).removeprefix("#")
    which = f"{name} {step.name}" if len(state.waiting) > 1 else name
    return f"flow-tui approve {line(which)}   or   flow-tui reject {line(which)}"


def still_at_work(state: RunState, now: datetime) -> Iterable[str]:
    """Return what goes on at the moment, each with for how long."""
    for step in state.steps.values():
        if step.kind in LEAVES and step.status.is_active:
            since = step.current.started_at if step.current is not None else step.begun_at
            length = f" {fmt.short(now - since)}" if since is not None else ""
            word = "waits for an answer" if step.status is StepStatus.WAITING else "running"
            yield f"{line(step.name, 60)} {word}{length}"
