"""How a run stands, in a mark and a word, and how it ended, as an exit status."""

import re
from datetime import datetime

from flow_tui.exit_codes import ExitCode
from flow_tui.model.plan import ITEM
from flow_tui.model.state import RunState, StepState
from flow_tui.model.status import INTERRUPTED, Reason, RunStatus
from flow_tui.model.values import AT_BREAKPOINT, RunSummary
from flow_tui.sanitize import line
from flow_tui.view import format as fmt
from flow_tui.view.glyphs import UNICODE, word

_WHY = {
    Reason.TIMEOUT: "out of time",
    Reason.SHUTDOWN: "the program was ended",
    Reason.LEASE_LOST: "taken over by another process",
    Reason.GATE_REJECTED: "rejected",
    Reason.GATE_EXPIRED: "nobody answered in time",
}
STEP_REASONS = {
    Reason.USER: "by a person",
    Reason.TIMEOUT: "out of time",
    Reason.FAIL_FAST: "another branch failed",
    Reason.PARENT: "with its parent",
    Reason.SHUTDOWN: "the program left",
    Reason.LEASE_LOST: "taken over",
    Reason.GATE_REJECTED: "rejected",
    Reason.GATE_EXPIRED: "nobody answered",
    Reason.CONDITION: "condition not met",
    Reason.ON_FAIL: "the run goes on",
    Reason.GIVEN: "given by a person",
    Reason.ENGINE: "the program failed",
}
"""Why a step ended as it did, in a few words."""
_REASONS = {
    Reason.TIMEOUT: ExitCode.TIMED_OUT,
    Reason.GATE_REJECTED: ExitCode.GATE,
    Reason.GATE_EXPIRED: ExitCode.GATE,
    Reason.ENGINE: ExitCode.ENGINE,
    Reason.LEASE_LOST: ExitCode.OWNED,
}


def mark(state: RunState) -> str:
    """Return the mark of how a run stands."""
    return UNICODE.cancelled if state.is_left else UNICODE.run(state.status)


def standing(state: RunState) -> str:
    """Return how a run stands, in a word."""
    if state.is_left:
        return left(is_kept=state.is_kept)
    return word(state.status)


def left(*, is_kept: bool) -> str:
    """Return how something stands that was not over when its run was left, or what is recorded of it lost."""
    return INTERRUPTED if is_kept else "not known any more"


def awaits(run: RunSummary, at_gate: str = "waits") -> str:
    """Return what a run waits for: at which gate, or at which step it pauses."""
    name = run.waiting_for.removesuffix(AT_BREAKPOINT)
    is_paused = name != run.waiting_for
    return f"{AT_BREAKPOINT.strip(' ()') if is_paused else at_gate}: {line(name, 60)}"


def why(state: RunState) -> str:
    """Return why a run stands as it does, in a few words; nothing where that goes without saying."""
    if state.is_left:
        return state.left_because or "nobody works on it any more"
    if state.reason is Reason.USER and state.cancelled_by:
        return f"by {state.cancelled_by}"
    return _WHY.get(state.reason, "")


def why_over(run: RunSummary) -> str:
    """Return why a run that is over did not go to its end, in a few words; nothing where nobody knows."""
    return "by a person" if run.reason is Reason.USER else _WHY.get(run.reason, "")


def is_open(state: RunState) -> bool:
    """Say whether nobody knows when the run was left: its program is gone, and only its signs tell."""
    return state.is_left and not state.left_because


def clock(state: RunState, now: datetime) -> str:
    """Return for how long a run has been worked on, as a stopwatch shows it, or at least that long."""
    took = state.took(now)
    return fmt.at_least(took) if is_open(state) else fmt.clock(took)


def after(state: RunState, now: datetime) -> str:
    """Return after how long a run stands as it does: ``after 41s``; nothing where nobody knows."""
    took = state.took(now)
    if state.started_at is None or (is_open(state) and fmt.at_least(took) == "?"):
        return ""
    return f"after {'at least ' if is_open(state) else ''}{fmt.short(took)}"


def exit_code(status: RunStatus, reason: Reason) -> ExitCode:
    """Return the exit status of a program whose only job was this run."""
    if status is RunStatus.COMPLETED:
        return ExitCode.COMPLETED
    if reason in _REASONS:
        return _REASONS[reason]
    return ExitCode.CANCELLED if status is RunStatus.CANCELLED else ExitCode.FAILED


_PART = re.compile(r"workflow ['\"].*['\"] completed")


def result(step: StepState) -> str:
    """Return what a step says came of it, in a line.

    Of one that a run carries out, that is what the run handed over: that it completed is told by the mark.
    """
    output = step.output
    if output is None or not _PART.fullmatch(output.result_text):
        return output.result_text if output is not None else ""
    if step.kind not in {ITEM, "call_workflow"}:
        return output.result_text
    return next((text for each in output.context.splitlines() if (text := each.strip())), "")


_AROUND = re.compile(
    r"workflow '[^']*' failed: |step '(?P<step>[^']*)' failed after \d+ attempts?: "
    r"|(?:script|call|agent|action) '[^']*' "
)
_CODE = re.compile(r"exited with code (\d+)")
_PLACED = re.compile(r"\S+:\d+(?::\d+)?: \S")
"""What tools say of a place in a file: more than the sum they draw in the end."""


def told_apart(error: str) -> str:
    """Return why a step failed, on one line, with what it has not in common with others in front.

    Of a step that a run carries out, that is how the step ended that failed inside: ``exit 3  boom  (work)``.
    """
    said, *more = [each.strip() for each in error.split("\n") if each.strip()] or [""]
    step = ""
    while (found := _AROUND.match(said)) is not None and found.end() < len(said):
        step, said = found["step"] or step, said[found.end() :]
    shown = next(filter(_PLACED.match, more), more[-1] if more else "")
    return "  ".join(filter(None, (_CODE.sub(r"exit \1", said), shown, step and f"({step})")))


_STEP = re.compile(r"step '([^']*)' (?:failed after \d+ attempts?: )?(.*)")
_KIND = re.compile(r"(?:script|call|agent|workflow|gate|action) '[^']*' ")


def short(error: str) -> str:
    """Return why a run failed, in few words: ``test-api: exited with code 1``."""
    found = _STEP.fullmatch(error)
    if found is None:
        return error
    name, why = found.groups()
    return f"{name}: {_KIND.sub('', why, count=1)}"
