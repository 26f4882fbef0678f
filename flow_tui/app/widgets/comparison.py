"""A run beside another one, and among those before it: what is told below the history."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import TYPE_CHECKING

from textual.content import Content

from flow_tui.app import marks
from flow_tui.app.text import short
from flow_tui.model import ids
from flow_tui.model.status import RunStatus
from flow_tui.model.values import StepLine
from flow_tui.runtime.past import Compared, StepPair
from flow_tui.sanitize import line
from flow_tui.view import format as fmt
from flow_tui.view.glyphs import UNICODE
from flow_tui.view.hidden import change
from flow_tui.view.trend import trend

if TYPE_CHECKING:  # what a definition is made of is not loaded with the screen
    from flow_tui.dsl.diff import Changes

_WIDE = 100
_REWRITTEN = 3
"""From here on, steps and facts stand side by side."""
_NAME, _CELL, _DIFFERENCE = 20, 10, 11
_MARKS = {
    "completed": (UNICODE.completed, marks.SUCCESS),
    "failed": (UNICODE.failed, marks.ERROR),
    "timed_out": (UNICODE.failed, marks.ERROR),
    "cancelled": (UNICODE.cancelled, marks.WARNING),
    "skipped": (UNICODE.skipped, marks.FAINT),
    "waiting": (UNICODE.waiting, marks.WARNING),
    "running": (UNICODE.running, marks.ACCENT),
}
_NOTHING, _SECOND = timedelta(milliseconds=50), timedelta(seconds=1)
_TENTHS = timedelta(seconds=10)


def title(told: Compared, *, is_chosen: bool) -> str:
    """Return what is compared."""
    mine = ids.short(told.run.run_id)
    if told.other is None:
        return f"{mine}: no run of {line(told.run.workflow, 30)} before it completed"
    return f"{mine} vs {ids.short(told.other.run_id)} ({'marked' if is_chosen else 'last green before it'})"


def content(told: Compared, now: datetime, width: int) -> Content:
    """Return everything, in as many columns as there is room for."""
    facts, steps = list(_facts(told, now)), list(_steps(told))
    if width < _WIDE:
        return Content("\n").join([*facts, Content(""), *steps])
    left = max(step.cell_length for step in steps) + 3
    beside = zip_longest(steps, facts, fillvalue=Content(""))
    return Content("\n").join(
        Content.assemble(step, " " * (left - step.cell_length), fact) for step, fact in beside
    )


def _steps(told: Compared) -> Iterator[Content]:
    """Yield a line for each step: how it went in the other run, in this one, and by how much that differs."""
    size = min(_NAME, max((fmt.width(line(pair.name, _NAME)) for pair in told.steps), default=4))
    other = [fmt.fit(ids.short(told.other.run_id), _CELL)] if told.other is not None else []
    head = (fmt.fit("step", size), *other, fmt.fit(ids.short(told.run.run_id), _CELL))
    yield Content.styled("  ".join(head), marks.FAINT)
    for pair in told.steps:
        difference, style = _difference(pair)
        cells = [_cell(pair.other), _cell(pair.mine)] if other else [_cell(pair.mine)]
        name = Content(fmt.fit(line(pair.name, size), size))
        end = [Content.styled(fmt.fit(difference, _DIFFERENCE), style)] if other else []
        yield Content("  ").join([name, *cells, *end])


def _cell(step: StepLine | None) -> Content:
    """Return how a step went in one run: its mark, for how long, and how many tries it took."""
    if step is None:
        return Content.styled(fmt.fit("·", _CELL), marks.FAINT)
    mark, style = _MARKS.get(step.status, (UNICODE.pending, marks.FAINT))
    took = _length(step.took) if step.took is not None else ""
    more = f" {UNICODE.retry}{step.tries}" if step.tries > 1 else f" ×{step.times}" if step.times > 1 else ""
    said = fmt.fit(f"{took}{more}", _CELL - 2)
    return Content.assemble((mark, style), f" {said}")


def _difference(pair: StepPair) -> tuple[str, str]:
    """Return by how much a step took longer, or that only one of the runs has come to it."""
    if pair.mine is None:
        return "not come to", marks.FAINT
    if pair.other is None or pair.mine.took is None or pair.other.took is None:
        return "", ""
    more = pair.mine.took - pair.other.took
    if abs(more) < _NOTHING:
        return "=", marks.FAINT
    is_much = more > max(_SECOND, pair.other.took / 2)
    return f"{'+' if more > timedelta() else '-'}{_length(abs(more))}", marks.WARNING if is_much else ""


def _length(length: timedelta) -> str:
    """Return a length of time, a short one with its tenths."""
    return f"{length.total_seconds():.1f}s" if length < _TENTHS else fmt.short(length)


def _facts(told: Compared, now: datetime) -> Iterator[Content]:
    if told.trend:
        yield _fact(
            "duration", Content.assemble(_trend(told, now), (f"  last {len(told.trend)}", marks.FAINT))
        )
    count = len(told.trend)
    for name, times in told.flaky[:2]:
        said = f"{line(name, 30)}: {times} of {fmt.counted(count, 'run')} needed another try"
        yield _fact("flaky", Content.styled(said, marks.WARNING))
    if told.other is not None:
        yield _fact("definition", _changes(told))
    if told.rewritten is not None:
        yield from _rewritten(told.rewritten)
    yield from (_fact("input", short(change(*each), 120)) for each in told.inputs[:3])
    name, why = told.failed
    if told.run.status is not RunStatus.COMPLETED and (name or why):
        first = next((each.strip() for each in why.split("\n") if each.strip()), "")
        yield _fact("first error", short(": ".join(filter(None, (name, first))), 200, marks.ERROR))


def _fact(name: str, told: Content) -> Content:
    return Content.assemble((fmt.fit(name, 13), marks.FAINT), told)


def _trend(told: Compared, now: datetime) -> Content:
    """Return a bar for each of the last runs, and for those that did not complete the mark of that."""
    bars = trend([run.took(run.ended_at or now) for run in told.trend])
    parts = [
        (bar, "") if run.status is RunStatus.COMPLETED else (UNICODE.run(run.status), marks.RUNS[run.status])
        for bar, run in zip(bars, told.trend, strict=True)
    ]
    return Content.assemble(*parts)


def _rewritten(changes: "Changes") -> Iterator[Content]:
    """Yield what was written differently, a step a line."""
    from flow_tui.view import changes as view  # noqa: PLC0415 - only where a definition has changed

    told = [text for text in view.as_text(changes) if not text.startswith(("=", " "))]
    yield from (_fact("", short(text, 120)) for text in told[:_REWRITTEN])
    if len(told) > _REWRITTEN:
        yield _fact("", Content.styled(f"… {view.counted(changes)}", marks.FAINT))


def _changes(told: Compared) -> Content:
    if not told.changes:
        return Content.styled("the same in both", marks.FAINT)
    names = [f"{line(each.name, 40)} +{each.added} -{each.removed}" for each in told.changes[:3]]
    more = f" and {len(told.changes) - 3} more" if len(told.changes) > 3 else ""
    return Content.styled(f"changed between them: {', '.join(names)}{more}", marks.WARNING)
