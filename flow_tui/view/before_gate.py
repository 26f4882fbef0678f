"""What came before a gate: how the steps went, what the last ones gave, and where a pull request is; pure."""

import re
from collections import Counter
from collections.abc import Iterator

from flow_tui.model.ids import StepPath
from flow_tui.model.plan import WORK
from flow_tui.model.resuming import place
from flow_tui.model.state import RunState, StepState
from flow_tui.model.status import StepStatus
from flow_tui.sanitize import line, settled
from flow_tui.view import outcome

_LAST = 3
"""Of so many steps it is told what they gave."""
_PULL = re.compile(r"https://[\w.-]+/[^\s\"'<>()]+/(?:pull|merge_requests|pull-requests)/\d+")
_WORDS = {
    StepStatus.COMPLETED: "completed",
    StepStatus.FAILED: "failed",
    StepStatus.TIMED_OUT: "timed out",
    StepStatus.SKIPPED: "skipped",
    StepStatus.RUNNING: "still running",
    StepStatus.PAUSED: "paused",
}


def before_gate(state: RunState, path: StepPath) -> Iterator[str]:
    """Yield lines about what came before the gate at ``path``, the most telling first."""
    here = place(path)
    steps = [each for each in state.steps.values() if each.kind in WORK and place(each.path) < here]
    if not steps:
        return
    counts = Counter(each.counts_as for each in steps)
    yield ", ".join(f"{counts[status]} {word}" for status, word in _WORDS.items() if counts[status])
    links = [link for each in reversed(steps) if (link := _pull_request(each))]
    for link in links[:1]:
        yield f"pull request: {line(link, 120)}"
    steps.sort(key=lambda each: each.ended_at.timestamp() if each.ended_at is not None else 0.0)
    for each in reversed([each for each in steps if _gave(each)][-_LAST:]):
        yield f"{line(each.name or each.path, 30)}: {line(_gave(each), 120)}"


def _gave(step: StepState) -> str:
    """Return the last line of what a step handed over, or why it failed."""
    output = step.output
    said = (outcome.result(step) or output.context) if output is not None else ""
    return settled(said or step.error).strip().rpartition("\n")[2]


def _pull_request(step: StepState) -> str:
    output = step.output
    if output is None:
        return ""
    found = _PULL.search("\n".join((output.result_text or "", output.context, output.structured)))
    return str(found[0]) if found else ""
