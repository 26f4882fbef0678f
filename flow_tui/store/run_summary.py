"""How a run went, in a text for people who look into the database; pure."""

from collections import Counter
from collections.abc import Callable, Iterator

from flow_tui import limits
from flow_tui.model.ids import StepPath, pass_of
from flow_tui.model.state import RunState, StepState
from flow_tui.model.status import RunStatus

_LABELS = {
    "pending": "-",
    "running": "...",
    "waiting": "wait",
    "completed": "ok",
    "failed": "FAIL",
    "skipped": "skip",
    "timed_out": "tout",
}
_COUNTED = {"failed": "failed", "skipped": "skipped", "timed_out": "timed out"}


def run_summary(state: RunState, statuses: Callable[[StepState], tuple[str, ...]]) -> str:
    """Return how many rows came to what, a line for each in their order, and whether all went well.

    ``statuses`` are those of the rows of a step, a row for each attempt. Past the first thousand rows it says
    only how many more there are.
    """
    counts: Counter[str] = Counter()
    lines: list[str] = []
    for status, line in _rows(state, statuses):
        counts[status] += 1
        if len(lines) < limits.SUMMARY_ROWS:
            lines.append(line)
    total = counts.total()
    head = [f"{state.workflow}: {counts['completed']}/{total} steps completed"]
    head += [f"{counts[status]} {word}" for status, word in _COUNTED.items() if counts[status]]
    if total > len(lines):
        lines.append(f"  and {total - len(lines):,} more")
    lines.append("SUCCESS" if state.status is RunStatus.COMPLETED else "FAILED")
    if state.error:
        lines.append(state.error)
    return "\n".join([", ".join(head), *lines])


def iteration(path: StepPath) -> int:
    """Return the turn of the innermost loop around a step as rows have it: from 0."""
    return max(0, pass_of(path) - 1)


def _rows(state: RunState, statuses: Callable[[StepState], tuple[str, ...]]) -> Iterator[tuple[str, str]]:
    """Yield the status and the line of each row."""
    for step in state.steps.values():
        for status in statuses(step):
            turn = f" (iter {iteration(step.path)})" if iteration(step.path) else ""
            never = " (never executed)" if status == "failed" and step.started_at is None else ""
            yield status, f"  {_LABELS[status]:<4}  {step.name}{turn}{never}"
