"""A run as rows, in plain text."""

from dataclasses import replace
from datetime import timedelta

import pytest

from flow_tui.model import events as ev
from flow_tui.model.fold import replay
from flow_tui.model.ids import StepPath
from flow_tui.model.state import RunState
from flow_tui.model.status import Reason, RunStatus, StepStatus
from flow_tui.model.values import ActionOutput, RunOptions
from flow_tui.view.rows import RowTable, rows
from tests.app import fakes
from tests.view import stories as s
from tests.view.stories import attempt, block, finished, leaf, plan, started

PLAN = plan(
    leaf("plan"),
    block("parallel", leaf("lint", "script"), leaf("test", max_attempts=3)),
    block(
        "while",
        leaf("fix"),
        block("if", leaf("smoke"), label="if fix.risky"),
        label="while test.failing",
        max_passes=5,
    ),
    leaf("approve", "gate"),
    block("always", leaf("clean", "script")),
)


def test_steps_are_there_before_they_run():
    """What is to come is seen from the beginning, a loop's inside once."""
    assert s.drawn(rows(s.state(PLAN))) == (
        " pending plan\n"
        "▾pending parallel\n"
        " ├ pending lint\n"
        " └ pending test 2 retries\n"
        "▾pending while test.failing max 5\n"
        " ├ pending fix\n"
        " └▾pending if fix.risky not decided yet\n"
        "   └ pending smoke\n"
        " pending approve\n"
        "▾pending always\n"
        " └ pending clean"
    )


def test_a_block_stands_as_what_is_inside():
    """It runs while something inside does; when nothing does any more, one failure makes it failed."""
    events = [started("1/0"), started("1/1"), finished("1/0", StepStatus.FAILED, error="exit 1")]
    statuses = [rows(s.state(PLAN, *events[:n]))[1].status.value for n in range(4)]
    assert statuses == ["pending", "running", "running", "running"]
    assert rows(s.state(PLAN, *events, finished("1/1")))[1].status is StepStatus.FAILED
    assert rows(s.state(PLAN, *events, finished("1/1")))[1].detail() == "2/2 ✗1"


@pytest.mark.parametrize(
    ("needed", "stands"),
    [(None, StepStatus.FAILED), (3, StepStatus.FAILED), (2, StepStatus.COMPLETED), (1, StepStatus.COMPLETED)],
)
def test_a_block_of_which_enough_calls_succeeded_has_not_failed(needed, stands):
    """Nor has what is around it; the call that failed is told as it is."""
    calls = replace(s.block("parallel", *(s.leaf(name) for name in "abc")), min_success=needed)
    begun = [s.started(f"0/0/{n}") for n in range(3)]
    ends = [s.finished("0/0/0"), s.finished("0/0/1", StepStatus.FAILED, error="no"), s.finished("0/0/2")]
    state = s.state(s.plan(s.block("do", calls)), *begun, *ends[:2])
    assert [row.status for row in rows(state)][:2] == [StepStatus.RUNNING] * 2
    state = s.state(s.plan(s.block("do", calls)), *begun, *ends)
    found = {row.path: row.status for row in rows(state)}
    assert (found[StepPath("0")], found[StepPath("0/0")]) == (stands, stands)
    assert found[StepPath("0/0/1")] is StepStatus.FAILED


def test_a_gate_inside_makes_a_block_wait():
    """A folded block does not hide that somebody is waited for."""
    nodes = plan(block("do", leaf("sign", "gate"), leaf("ship")))
    opened = ev.GateOpened(path=StepPath("0/0"), gate="sign", deadline=s.at(600))
    state = s.state(nodes, started("0/0", "gate"), opened)
    assert s.drawn(rows(state)) == (
        "▾waiting do 00:59 0/2\n ├ waiting sign 00:59 ◷ 9m00s waits for you\n └ pending ship"
    )


def test_each_turn_of_a_loop_has_a_row():
    """Turns that went well are folded; the one in progress and failed ones are open."""
    state = s.state(
        PLAN,
        ev.PassStarted(path=StepPath("2"), number=1, of=5),
        started("2#1/0"),
        finished("2#1/0"),
        ev.ConditionChecked(path=StepPath("2#1/1"), holds=False),
        ev.PassStarted(path=StepPath("2"), number=2, of=5),
        started("2#2/0"),
        finished("2#2/0", StepStatus.FAILED, error="no", reason=Reason.NONE),
        ev.PassStarted(path=StepPath("2"), number=3, of=5),
        started("2#3/0"),
    )
    assert s.drawn(rows(state)[4:-3], 20) == (
        "▾running while test.failing 00:19 pass 3 of 5\n"
        " ├▸completed #1 00:01 2/2\n"
        " ├▾failed #2 00:01 1/2 ✗1\n"
        " │ ├ failed fix 00:01 no\n"
        " │ └▾pending if fix.risky not decided yet\n"
        " │   └ pending smoke\n"
        " └▾running #3 00:11 0/2\n"
        "   ├ running fix 00:11\n"
        "   └▾pending if fix.risky not decided yet\n"
        "     └ pending smoke"
    )


def test_folds_can_be_opened_and_blocks_folded():
    """Who wants to see a finished turn unfolds it; who does not want to see a block folds it."""
    state = s.state(
        PLAN,
        ev.PassStarted(path=StepPath("2"), number=1, of=5),
        started("2#1/0"),
        finished("2#1/0"),
        finished("2#1/1"),
    )
    shown = [row.path for row in rows(state, collapsed={StepPath("1")}, opened={StepPath("2#1")})]
    assert shown[:6] == ["0", "1", "2", "2#1", "2#1/0", "2#1/1"]


def test_what_a_condition_skips_is_folded_and_says_why():
    """The branch not taken takes one line."""
    nodes = plan(block("if", leaf("smoke"), label="if plan.risky"))
    state = s.state(nodes, ev.ConditionChecked(path=StepPath("0"), holds=False))
    assert s.drawn(rows(state)) == "▸skipped if plan.risky condition not met"
    (_, inside) = rows(state, opened={StepPath("0")})
    assert inside.status is StepStatus.SKIPPED


def test_helpers_after_a_failure_stand_under_their_step():
    """An on_fail agent is no part of the plan; it is shown where it belongs."""
    state = s.state(
        PLAN,
        started("0"),
        finished("0", StepStatus.FAILED, error="exit 1", reason=Reason.ON_FAIL),
        started("0/on_fail"),
    )
    assert s.drawn(rows(state)[:2], 10) == (
        "▾failed plan 00:01 exit 1 (the run goes on)\n └ running on_fail 0/on_fail 00:07"
    )


def test_a_step_that_the_run_goes_on_without_says_what_happened_to_it():
    """It counts as skipped, but it has failed: the error comes first."""
    state = s.state(
        PLAN,
        started("0"),
        finished("0", StepStatus.SKIPPED, error="exit 1", reason=Reason.ON_FAIL),
    )
    assert "exit 1 (the run goes on)" in s.drawn(rows(state)[:1], 10)


def test_a_row_counts_up_the_heartbeat_and_down_the_deadline():
    """The age and the countdown move with the clock alone; no event is needed."""
    state = s.state(
        PLAN,
        started("1/1", max_attempts=3),
        attempt("1/1"),
        ev.AttemptFailed(path=StepPath("1/1"), attempt=1, error="exit 1", retry_at=s.at(8)),
        attempt("1/1", 2, deadline=s.at(65)),
    )
    row = rows(state)[3]
    shown = [(row.attempts(), row.heartbeat(s.at(n)), row.remaining(s.at(n))) for n in (6, 16, 86)]
    assert shown == [("2/3", "♥ 2s", "◷ 59s"), ("2/3", "♥ 12s", "◷ 49s"), ("2/3", "♥ 1m22s", "◷ 0s")]
    assert [row.is_stale(s.at(n)) for n in (33, 34)] == [False, True]


def test_a_step_may_set_its_own_limit_for_silence():
    """A heartbeat limit decides when a row is stale, not the default."""
    state = s.state(PLAN, started("0"), attempt("0", heartbeat_timeout=timedelta(seconds=5)))
    row = rows(state)[0]
    assert [row.is_stale(s.at(n)) for n in (6, 7)] == [False, True]


def test_between_two_attempts_the_row_counts_down_to_the_next():
    """Nothing beats while nothing runs; what failed is said."""
    failed = ev.AttemptFailed(path=StepPath("0"), attempt=1, error="exit 1", retry_at=s.at(30))
    row = rows(s.state(PLAN, started("0", max_attempts=2), attempt("0"), failed))[0]
    now = s.at(21)
    assert (row.backoff(now), row.heartbeat(now), row.remaining(now), row.detail()) == (
        "retry in 9s",
        "",
        "",
        "exit 1",
    )


def test_a_resumed_step_counts_its_own_time_and_its_new_attempts():
    """Neither the attempts nor the time in which nobody worked on it are held against it."""
    state = s.state(
        PLAN,
        started("0", max_attempts=2),
        attempt("0"),
        ev.AttemptFailed(path=StepPath("0"), attempt=1, error="no"),
        attempt("0", 2),
        finished("0", StepStatus.FAILED, error="no"),
        ev.RunFinished(outcome=RunStatus.FAILED),
        ev.RunResumed(generation=1),
        started("0", max_attempts=4),
        attempt("0", 3),
    )
    row = rows(state)[0]
    assert (row.attempts(), row.elapsed(s.at(20))) == ("1/2", "00:16")


def test_an_attempt_that_a_crash_cut_off_is_not_held_against_a_step():
    """Without retries, the next one is the first that counts: there is nothing to say."""
    crashed = [started("0"), attempt("0"), ev.RunResumed(generation=1)]
    again = [started("0", max_attempts=2), attempt("0", 2, after_crash=True)]
    assert rows(s.state(PLAN, *crashed, *again))[0].attempts() == ""


@pytest.mark.parametrize(
    ("events", "said"),
    [
        ([finished("0", output=ActionOutput(markers=("ok", "risky")))], "ok, risky"),
        ([finished("0", output=ActionOutput(markers=("ok",), result_text="12 files"))], "12 files"),
        ([finished("0", StepStatus.FAILED, error="exit 3")], "exit 3"),
        ([finished("0", StepStatus.TIMED_OUT, error="")], "timed out"),
        ([finished("0", StepStatus.TIMED_OUT, error="it timed out after 5m")], "it timed out after 5m"),
        ([finished("0", StepStatus.CANCELLED, reason=Reason.USER)], "by a person"),
        ([finished("0", StepStatus.SKIPPED, reason=Reason.CONDITION)], "condition not met"),
        ([ev.StepCancelRequested(path=StepPath("0"))], "cancelling"),
        ([attempt("0", 2, after_crash=True)], "again after a crash"),
    ],
)
def test_the_detail_is_what_is_most_worth_knowing(events, said):
    """One short reason, result or state beside each step."""
    assert rows(s.state(PLAN, started("0"), *events))[0].detail() == said


def test_a_gate_says_who_answered():
    """The answer stays visible after the gate."""
    state = s.state(
        PLAN,
        started("3", "gate"),
        ev.GateOpened(path=StepPath("3"), gate="approve", deadline=s.at(90)),
        ev.GateResolved(path=StepPath("3"), approved=True, by="nina"),
        finished("3"),
    )
    assert rows(state)[-3].detail() == "approved by nina"


def test_an_empty_run_has_no_rows():
    """Before its first event a run shows nothing, and breaks nothing."""
    assert rows(RunState(run_id=s.RUN, options=RunOptions())) == ()


def test_what_is_done_folds_after_a_moment_and_what_failed_stays_in_sight() -> None:
    """Two seconds after its end; what somebody opened stays open, and nothing moves once the run is over."""
    story = fakes.running().done(130, "2/1").done(130, "2/2")
    story.add(130, ev.StepFinished(path=StepPath("2"), outcome=StepStatus.COMPLETED))
    table = RowTable(replay(fakes.RUN, story.events))
    block = StepPath("2")
    table.refresh(fakes.at(131))
    assert table.is_expanded(block)
    assert table.refresh(fakes.at(132)).moved
    assert not table.is_expanded(block)
    table.unfold(block)
    table.refresh(fakes.at(140))
    assert table.is_expanded(block)

    story = fakes.running().failed(130, "2/1", "exit 1").done(130, "2/2")
    story.add(130, ev.StepFinished(path=block, outcome=StepStatus.COMPLETED))
    table = RowTable(replay(fakes.RUN, story.events))
    table.refresh(fakes.at(140))
    assert table.is_expanded(block)

    story = fakes.running().done(130, "2/1").done(130, "2/2")
    story.add(130, ev.StepFinished(path=block, outcome=StepStatus.COMPLETED))
    table = RowTable(replay(fakes.RUN, story.over(133, RunStatus.COMPLETED).events))
    table.refresh(fakes.at(900))
    assert table.is_expanded(block)


def test_the_same_step_is_found_in_every_turn_of_a_loop() -> None:
    """Or that turn, where it has not got so far; from the loop itself the last turn, or the first."""
    table = RowTable(replay(fakes.RUN, fakes.looped().events))
    path = StepPath
    assert table.in_turn(path("4#2/0"), -1) == path("4#1/0")
    assert table.in_turn(path("4#1"), 1) == path("4#2")
    assert table.in_turn(path("4#2/0"), 1) is None
    assert (table.in_turn(path("4"), -1), table.in_turn(path("4"), 1)) == (path("4#2"), path("4#1"))
    assert table.in_turn(path("0"), 1) is None
