"""What is known of a run as rows: pure."""

from datetime import timedelta

import pytest

from flow_tui import limits
from flow_tui.model import events as ev
from flow_tui.model.fold import replay
from flow_tui.model.ids import StepPath
from flow_tui.model.status import Reason, RunStatus, StepStatus
from flow_tui.model.values import ActionOutput, ProcessIdentity
from flow_tui.store.projections import run_row, run_start_row, step_rows, summary
from flow_tui.store.rows import RunRow
from tests.store.stores import NOON, SECOND, started, step
from tests.strategies import RUN, recorded

PATH = StepPath("0")
FIRST = ev.AttemptStarted(path=PATH, attempt=1)
LATE = "step 'build' timed out after 1h30m"


def state_after(*happened: ev.Event):
    """Return the state of a run after this."""
    return replay(RUN, recorded([started(), *happened]))


def rows_after(*happened: ev.Event):
    """Return the rows of the step after this."""
    return step_rows(RUN, state_after(*happened).steps[PATH], 0)


def ended(outcome: StepStatus, error: str = "", output: ActionOutput | None = None) -> ev.StepFinished:
    """Return the end of the step."""
    return ev.StepFinished(path=PATH, outcome=outcome, error=error, output=output)


@pytest.mark.parametrize(
    ("kind", "role", "name"),
    [
        ("call", "actor", "build"),
        ("script", "script", "build"),
        ("gate", "gate", "build"),
        ("call_workflow", "workflow", "workflow:build"),
        ("foreach", "foreach", "foreach:build"),
    ],
)
def test_every_kind_of_step_has_a_role(kind, role, name):
    """The words that other programs know."""
    (row,) = rows_after(step("0", kind=kind))
    assert (row.role, row.step_name, row.status) == (role, name, "running")


@pytest.mark.parametrize("kind", ["if", "while", "parallel", "do", "always"])
def test_a_block_has_no_row(kind):
    """Only what does something itself has one."""
    assert rows_after(step("0", kind=kind)) == ()


@pytest.mark.parametrize(
    ("end", "status", "result", "error"),
    [
        (ended(StepStatus.COMPLETED), "completed", None, None),
        (ended(StepStatus.FAILED, "no such file"), "failed", "no such file", "no such file"),
        (ended(StepStatus.TIMED_OUT, LATE), "timed_out", "timed out after 1h30m", LATE),
        (ended(StepStatus.CANCELLED, "stopped by ada"), "failed", "executor shutdown requested", None),
        (
            ended(StepStatus.TIMED_OUT, LATE, ActionOutput(result_text="timed out after 90m")),
            "timed_out",
            "timed out after 90m",
            LATE,
        ),
    ],
)
@pytest.mark.parametrize("begun", [(step("0"), FIRST), (step("0"),)], ids=["attempt", "no attempt"])
def test_every_end_has_its_exact_texts(begun, end, status, result, error):
    """With attempts or without."""
    (row,) = rows_after(*begun, end)
    assert (row.status, row.result_text, row.step_error) == (status, result, error)


def test_an_attempt_out_of_time_has_its_texts_before_the_step_ends():
    """Another attempt may follow."""
    (row,) = rows_after(step("0"), FIRST, ev.AttemptFailed(path=PATH, attempt=1, error=LATE, timed_out=True))
    assert (row.status, row.result_text, row.step_error) == ("timed_out", "timed out after 1h30m", LATE)


def test_an_attempt_that_was_cut_off_says_so():
    """The program died under it; the next one stands in its place."""
    resumed = [ev.RunResumed(generation=1), step("0"), ev.AttemptStarted(path=PATH, attempt=2)]
    first, second = rows_after(step("0"), FIRST, *resumed)
    assert (first.status, first.superseded, second.status, second.superseded) == ("failed", 1, "running", 0)
    assert first.result_text == first.step_error == "interrupted: the program ended before the step did"
    assert (first.retry_count, second.retry_count) == (0, 1)


def test_the_rows_of_later_attempts_can_be_had_alone():
    """So that an append writes only what it changed."""
    tries = [ev.AttemptStarted(path=PATH, attempt=number) for number in (1, 2, 3)]
    whole = rows_after(step("0"), *tries)
    assert step_rows(RUN, state_after(step("0"), *tries).steps[PATH], 0, first=2) == whole[2:]
    assert [row.retry_count for row in whole] == [0, 1, 2]


def test_a_process_has_its_number_in_the_row():
    """What people look for in a list of processes."""
    identity = ProcessIdentity(pid=4711, start_time="1", boot_id="b", host="h", cookie="c")
    (row,) = rows_after(step("0"), FIRST, ev.ProcessStarted(path=PATH, attempt=1, identity=identity))
    assert row.subprocess_pid == 4711


def test_a_gate_that_asks_nobody_says_what_it_is():
    """It compares, and is over at once; what is no gate is of no type."""
    over = ev.StepFinished(path=PATH, outcome=StepStatus.FAILED, error="confidence 3, 80 is needed")
    (row,) = rows_after(step("0", "quality_gate", "gate"), over)
    assert (row.gate_type, row.gate_prompt, row.status) == ("quality_gate", None, "failed")
    (row,) = rows_after(step("0", "check"), over)
    assert row.gate_type is None


def test_a_gate_says_what_it_asks_and_what_was_answered():
    """Everything an approver saw, and who said what when."""
    begin = recorded([started()])[0].at
    asked = ev.GateOpened(
        path=PATH,
        gate="human_review",
        prompt="ship é?",
        deadline=begin + timedelta(hours=1, seconds=2),
        options={"Yes": "y"},
    )
    (row,) = rows_after(step("0", "ship", "gate"), asked)
    assert (row.status, row.gate_type, row.gate_prompt) == ("waiting", "human_review", "ship é?")
    assert (row.gate_timeout, row.gate_options, row.gate_approved_at) == ("3600s", '{"Yes":"y"}', None)
    assert row.deadline_at == "2026-01-02T13:00:02.000000Z"
    run = run_row(state_after(step("0", "ship", "gate"), asked))
    blocked = '{"gate_name":"ship","type":"human_review","prompt":"ship é?","options":["Yes"]}'
    assert (run.status, run.blocked_on) == ("waiting", blocked)
    (row,) = rows_after(step("0", kind="gate"), FIRST, asked)
    assert row.status == "waiting"
    answer = ev.GateResolved(path=PATH, approved=True, feedback="go", selections=("y",), by="ada")
    (row,) = rows_after(step("0", "ship", "gate"), asked, answer)
    assert (row.gate_approved_by, row.gate_feedback, row.gate_selections) == ("ada", "go", '["y"]')
    assert row.gate_approved_at == "2026-01-02T12:00:03.000000Z"


def test_a_run_says_how_it_ended():
    """Outcome, reason, how long it took, what it used up."""
    happened = [
        ev.MetricsUpdated(totals={"cost_usd": 0.5}),
        step("0"),
        ended(StepStatus.FAILED, "no"),
        ev.RunCancelRequested(reason=Reason.USER),
        ev.RunFinished(outcome=RunStatus.CANCELLED, error="no", reason=Reason.USER),
    ]
    row = run_row(state_after(*happened))
    assert (row.status, row.error, row.reason, row.cancel_reason) == ("cancelled", "no", "user", "user")
    assert (row.total_duration_ms, row.metrics) == (5000, '{"cost_usd":0.5}')
    assert (row.cancel_requested_at, row.ended_at) == (
        "2026-01-02T12:00:04.000000Z",
        "2026-01-02T12:00:05.000000Z",
    )
    assert (row.steps_done, row.steps_failed) == (0, 1)
    assert row.result_summary == "deploy: 0/1 steps completed, 1 failed\n  FAIL  build\nFAILED\nno"


def test_a_summary_has_a_line_for_every_row_and_says_how_it_went():
    """In their order, each attempt by itself, with the turn of a loop and what never began."""
    cut = StepPath("2/#2/0")
    row = run_row(
        state_after(
            ev.StepStarted(path=PATH, name="build", kind="script"),
            ev.AttemptStarted(path=PATH, attempt=1),
            ev.AttemptFailed(path=PATH, attempt=1, error="no"),
            ev.AttemptStarted(path=PATH, attempt=2),
            ev.StepFinished(path=PATH, outcome=StepStatus.COMPLETED),
            step("1", "docs"),
            ev.StepFinished(path=StepPath("1"), outcome=StepStatus.SKIPPED),
            ev.StepStarted(path=cut, name="polish", kind="call"),
            ev.StepFinished(path=cut, outcome=StepStatus.TIMED_OUT, error="step 'polish' timed out after 1s"),
            ev.RunFinished(outcome=RunStatus.COMPLETED),
        )
    )
    assert row.result_summary is not None
    assert row.result_summary.split("\n") == [
        "deploy: 1/4 steps completed, 1 failed, 1 skipped, 1 timed out",
        "  FAIL  build",
        "  ok    build",
        "  skip  docs",
        "  tout  polish (iter 1)",
        "SUCCESS",
    ]


def test_the_summary_of_a_very_long_run_is_not_very_long():
    """It says how many rows it leaves out, and counts them."""
    many = [
        event
        for number in range(limits.SUMMARY_ROWS + 5)
        for event in (
            step(str(number)),
            ev.StepFinished(path=StepPath(str(number)), outcome=StepStatus.COMPLETED),
        )
    ]
    row = run_row(state_after(*many, ev.RunFinished(outcome=RunStatus.COMPLETED)))
    assert row.result_summary is not None
    head, *_, last, outcome = row.result_summary.split("\n")
    assert (head, last, outcome) == ("deploy: 1005/1005 steps completed", "  and 5 more", "SUCCESS")


def test_the_length_of_a_run_leaves_out_when_nobody_worked_on_it():
    """Neither the time between a crash and a resume counts, nor that between an end and a resume."""
    happened = (
        (0, ev.RunStarted(workflow="w")),
        (2, step("0")),
        (100, ev.RunResumed(generation=1)),
        (103, ev.RunFinished(outcome=RunStatus.FAILED)),
        (200, ev.RunResumed(generation=2)),
        (204, ev.RunFinished(outcome=RunStatus.COMPLETED)),
    )
    events = [
        ev.Recorded(seq=number, at=NOON + at * SECOND, run_id=RUN, event=event)
        for number, (at, event) in enumerate(happened, 1)
    ]
    lengths = [run_row(replay(RUN, events[:number])).total_duration_ms for number in range(1, 7)]
    assert lengths == [0, 2_000, 2_000, 5_000, 5_000, 9_000]
    line = summary(replay(RUN, events), owner=None, last_heartbeat_at=None)
    assert line is not None
    assert (line.away, line.took(line.started_at)) == (195 * SECOND, 9 * SECOND)


def test_what_has_not_begun_has_no_line():
    """A run is known from its first event on."""
    assert summary(replay(RUN, []), owner=None, last_heartbeat_at=None) is None
    assert run_start_row(replay(RUN, [])).started_at == ""


def test_columns_are_those_of_the_row():
    """In the order in which they are written."""
    assert RunRow._fields[:2] == ("status", "ended_at")
