"""Answers questions about the history: pages of it, and how runs compare."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from flow_tui.clock import SystemClock
from flow_tui.dsl.diff import Changes, diff
from flow_tui.engine.keeping import Histories, RunQuery
from flow_tui.errors import DefinitionError
from flow_tui.model import ids, naming, plan
from flow_tui.model.events import Recorded, RunStarted
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.state import RunState, StepState
from flow_tui.model.status import RunStatus
from flow_tui.model.values import RunSummary, StepLine
from flow_tui.runtime import history, library, run_query
from flow_tui.runtime.comparing import FileChange, changed
from flow_tui.runtime.messages import News
from flow_tui.runtime.past import Compared, HistoryPage, StepPair, StoryRead
from flow_tui.runtime.questions import Compare, History, Story

TREND = 20
"""How many runs a trend is made of."""
_STEPS = 500
"""More than anybody compares."""
_AT_ONCE = 2_000
"""Events of a story in one piece."""


def page(kept: Histories, root: str, asked: History) -> HistoryPage:
    """Return some of the runs that a search finds; raises ``QueryError`` where it means nothing."""
    now = SystemClock().now()
    left = history.left(kept, root, now)
    query = replace(run_query.parsed(asked.wanted.text, now).query(root, left), order=asked.wanted.order)
    return HistoryPage(
        token=asked.token,
        wanted=asked.wanted,
        first=asked.first,
        runs=kept.runs(replace(query, limit=asked.count, offset=asked.first)),
        counts=kept.counts(query),
        left=left,
    )


def compared(kept: Histories, asked: Compare) -> Compared:
    """Return a run beside the one that was chosen, or beside the last one before it that completed."""
    run = one(kept, asked.run_id)
    trend = _trend(kept, run)
    other = one(kept, asked.other) if asked.other is not None else _last_good(kept, run)
    mine = _lines(kept, run)
    told = Compared(
        token=asked.token,
        run=run,
        trend=tuple(reversed(trend)),
        flaky=_flaky(kept, trend),
        failed=next(((line.name, line.error) for line in mine if line.failed), ("", run.error)),
    )
    if other is None:
        return replace(told, steps=tuple(StepPair(name=line.name, mine=line, other=None) for line in mine))
    names = sorted(run.inputs.keys() | other.inputs.keys())
    both = ((name, other.inputs.get(name, ""), run.inputs.get(name, "")) for name in names)
    return replace(
        told,
        other=other,
        steps=tuple(_pairs(mine, _lines(kept, other)))[:_STEPS],
        changes=tuple(_changes(kept, run.run_id, other.run_id)),
        rewritten=_rewritten(kept, run.run_id, other.run_id),
        inputs=tuple(each for each in both if each[1] != each[2]),
    )


def _lines(kept: Histories, run: RunSummary) -> tuple[StepLine, ...]:
    """Return how the steps of a run went, and the loops that failed themselves, which have no rows."""
    lines = kept.lines(run.run_id)
    if run.status is not RunStatus.FAILED or run.steps_failed == sum(line.failed for line in lines):
        return lines
    state = history.state_of(kept, run.run_id)
    found: dict[StepPath, list[StepState]] = {}
    for step in state.steps.values():
        if step.is_broken:
            found.setdefault(ids.without_passes(step.path), []).append(step)
    return (*lines, *(_loop_line(state, place, broken) for place, broken in found.items()))


def _loop_line(state: RunState, place: StepPath, broken: Sequence[StepState]) -> StepLine:
    """Return how a loop went that failed, as often as it did."""
    step, node = broken[0], plan.at(state.plan, place)
    until = step.ended_at if len(broken) == 1 else None
    return StepLine(
        path=place,
        name=node.label if node is not None else naming.called(state, step.path),
        kind=node.kind if node is not None else "loop",
        status=step.status.value,
        times=len(broken),
        failed=len(broken),
        started_at=step.started_at,
        ended_at=step.ended_at,
        took=step.worked(until) if until is not None else None,
        error=step.error,
    )


def one(kept: Histories, run_id: RunId) -> RunSummary:
    """Return the line of a run; raises ``RunNotFoundError`` when it is gone."""
    return history.find(kept, run_id, "")


def story(kept: Histories, asked: Story, deliver: Callable[[News], None]) -> Iterator[None]:
    """Deliver what happened in a run and in its parts, in the order of time, a piece at a time."""
    events: list[Recorded] = []
    run, now = one(kept, asked.run_id), SystemClock().now()
    is_left = history.is_left(run, now)  # before its events are read: its end may be the last of them
    for run_id in _with_parts(kept, asked.run_id):
        for recorded in kept.history(run_id):
            events.append(recorded)
            if len(events) % _AT_ONCE == 0:
                yield
    events.sort(key=lambda recorded: recorded.at)
    run = one(kept, asked.run_id)
    until = None if run.status.is_over else _heard_at(kept, run) if is_left else now
    for first in range(0, max(1, len(events)), _AT_ONCE):
        piece = tuple(events[first : first + _AT_ONCE])
        is_over = first + _AT_ONCE >= len(events)
        told = StoryRead(token=asked.token, run_id=asked.run_id, events=piece, is_over=is_over)
        deliver(replace(told, until=until, is_left=is_left and until is not None))
        yield


def _heard_at(kept: Histories, run: RunSummary) -> datetime:
    """Return when a run was last heard of that nobody works on any more."""
    signs = kept.signs(run.run_id).values()
    return max((history.heard_at(kept, run, history.state_of(kept, run.run_id)), *signs))


def _with_parts(kept: Histories, run_id: RunId) -> Iterator[RunId]:
    yield run_id
    for part in kept.runs(RunQuery(part_of=run_id, parts=True, limit=1_000)):
        yield from _with_parts(kept, part.run_id)


def _trend(kept: Histories, run: RunSummary) -> tuple[RunSummary, ...]:
    """Return the last runs of the same workflow up to this one, newest first."""
    query = RunQuery(root=run.root, workflow=run.workflow, parts=run.parent is not None, limit=2 * TREND)
    found = kept.runs(replace(query, until=run.started_at))
    return (run, *(each for each in found if not each.is_trial))[:TREND]


def _last_good(kept: Histories, run: RunSummary) -> RunSummary | None:
    query = RunQuery(
        root=run.root,
        workflow=run.workflow,
        statuses=frozenset({RunStatus.COMPLETED}),
        parts=run.parent is not None,
        until=run.started_at,
        limit=TREND,
    )
    return next((each for each in kept.runs(query) if each.is_trial == run.is_trial), None)


def _flaky(kept: Histories, runs: tuple[RunSummary, ...]) -> tuple[tuple[str, int], ...]:
    retried = Counter(line.name for run in runs for line in kept.lines(run.run_id) if line.tries > 1)
    return tuple(retried.most_common())


def _pairs(mine: tuple[StepLine, ...], others: tuple[StepLine, ...]) -> Iterator[StepPair]:
    """Yield the steps of both, each where the run came to it; those of the other that it has not, at the end.

    What has another place in the plan is known by its name.
    """
    left = {(line.name, line.kind): line for line in reversed(others)}
    for line in mine:
        yield StepPair(name=line.name, mine=line, other=left.pop((line.name, line.kind), None))
    for line in others:
        if left.pop((line.name, line.kind), None) is not None:
            yield StepPair(name=line.name, mine=None, other=line)


def _changes(kept: Histories, mine: RunId, other: RunId) -> Iterator[FileChange]:
    """Yield the files of the definition that differ."""
    new, old = _begun(kept, mine), _begun(kept, other)
    if new is None or old is None:
        return
    if new.source != old.source:
        yield changed(Path(new.file).name, old.source, new.source)
    names = sorted(new.files.keys() | old.files.keys())
    for name in names:
        if name != new.file and new.files.get(name) != old.files.get(name):
            yield changed(name, _text(kept, old.files.get(name)), _text(kept, new.files.get(name)))


def _rewritten(kept: Histories, mine: RunId, other: RunId) -> Changes | None:
    new, old = _begun(kept, mine), _begun(kept, other)
    if new is None or old is None or new.source == old.source:
        return None
    try:
        return diff(library.sound(old.source, old.file), library.sound(new.source, new.file))
    except DefinitionError:  # recorded by a version that read more
        return None


def _begun(kept: Histories, run_id: RunId) -> RunStarted | None:
    first = next(iter(kept.history(run_id)), None)
    return first.event if first is not None and isinstance(first.event, RunStarted) else None


def _text(kept: Histories, digest: str | None) -> str:
    try:
        content = kept.blob(digest) if digest is not None else b""
    except KeyError:
        return ""
    return content.decode(errors="replace")
