"""A run as data, as a summary and as lines that come one after the other."""

import json
from dataclasses import replace
from datetime import UTC, timedelta

import pytest
from hypothesis import given

from flow_tui import limits
from flow_tui.engine import resuming
from flow_tui.model import events as ev
from flow_tui.model import naming
from flow_tui.model.fold import apply
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.state import RunState
from flow_tui.model.status import Reason, Redo, RunStatus, StepStatus
from flow_tui.model.values import ActionOutput, FanOutItem
from flow_tui.view import plain
from flow_tui.view.report import show_json
from flow_tui.view.rows import RowTable
from flow_tui.view.summary import Footing, details, summary
from tests.conftest import tried
from tests.view.stories import (
    RUN,
    at,
    attempt,
    block,
    finished,
    histories,
    leaf,
    plan,
    recorded,
    started,
    state,
)


def footing(lines: int = 100, *, is_kept: bool = True) -> Footing:
    """Return what a summary is built on: every failed step has printed so many lines."""
    return Footing(
        tail=lambda _run, step, count: [f"{step.name} {n}" for n in range(lines)][-count:] if count else [],
        folder="/state/runs/R",
        is_kept=is_kept,
    )


@given(histories())
@tried(100)
def test_whatever_happened_can_be_told(history: list[ev.Recorded]) -> None:
    """Any history is told in whole lines, in a bounded summary, and as JSON that reads back.

    The JSON follows from the stored events alone: whoever has seen the heartbeats, too, knows no more.
    """
    run = RunState(run_id=RUN)
    stored = RunState(run_id=RUN)
    for one in history:
        if one.is_transient and getattr(one.event, "path", None) not in run.steps:
            continue  # signs of life come from what has begun
        apply(run, one)
        if not one.is_transient:
            apply(stored, one)
        assert not any("\n" in who + text for who, text in plain.lines(run, one))
    assert plain.alive(run, at(100))
    assert list(details(run, at(100), UTC))
    assert len(summary(run, at(100), footing())) <= limits.SUMMARY_LINES
    shown = show_json(run)
    assert json.loads(json.dumps(shown)) == shown
    assert show_json(stored) == shown


def test_steps_of_loops_are_there_once_a_turn_and_pending_ones_before() -> None:
    """Steps stand in the order of the text, each turn with its number; what never ran is pending."""
    nodes = plan(leaf("a"), block("while", leaf("b"), max_passes=3), leaf("c", max_attempts=3))
    run = state(
        nodes,
        started("0"),
        attempt("0"),
        finished("0", output=ActionOutput(markers=("m",), structured='{"n": [1, NaN]}', context="c")),
        ev.PassStarted(path=StepPath("1"), number=1, of=3),
        started("1#1/0"),
        finished("1#1/0"),
        ev.PassStarted(path=StepPath("1"), number=2, of=3),
    )
    steps = show_json(run)["steps"]
    assert isinstance(steps, list)
    told = [
        [step[key] for key in ("path", "status", "iteration", "passes", "max_attempts")] for step in steps
    ]  # type: ignore[index, call-overload]
    assert told == [
        ["0", "completed", 0, [], 1],
        ["1#1/0", "completed", 0, [1], 1],
        ["1#2/0", "pending", 1, [2], 1],
        ["2", "pending", 0, [], 3],
    ]


def test_a_summary_says_what_failed_where_and_what_next() -> None:
    """The first failures come with their last output, the others are counted, so that none is left out."""
    nodes = plan(*(leaf(f"s{n}") for n in range(30)))
    events = [
        event
        for n in range(30)
        for event in (
            started(str(n)),
            attempt(str(n)),
            finished(str(n), StepStatus.FAILED, error=f"exit {n}\x1b[2J"),
        )
    ]
    run = state(nodes, *events, ev.RunFinished(outcome=RunStatus.FAILED, error="many"))
    lines = summary(run, at(100), footing())
    assert len(lines) == limits.SUMMARY_LINES
    assert lines[0].startswith("✗ w #a1f3 failed after")
    assert lines[1] == "  ✗ 0: exit 0␛[2J"
    assert lines[2:22] == tuple(f"    0 {n}" for n in range(80, 100))
    assert lines[-3] == "  … and 28 more failed steps"
    assert lines[-2:] == ("  output: /state/runs/R", "  go on:  flow-tui resume a1f3")


def test_a_run_that_completed_in_spite_of_a_failure_can_begin_again_there() -> None:
    """By the name of the step, or where another one has that name, by its place."""
    nodes = plan(leaf("a"), leaf("b"))
    failed = (started("1"), attempt("1"), finished("1", StepStatus.FAILED, error="no"))
    ended = ev.RunFinished(outcome=RunStatus.COMPLETED)
    (name,) = {step.name for step in state(nodes, *failed, ended).failed()}
    told = summary(state(nodes, *failed, ended), at(9), footing())
    assert told[-1] == f"  again from there:  flow-tui resume a1f3 --from {name}"
    same = ev.StepStarted(path=StepPath("0"), name=name, kind="call")
    told = summary(state(nodes, same, *failed, ended), at(9), footing())
    assert told[-1] == "  again from there:  flow-tui resume a1f3 --from 1"
    run = state(nodes, *failed, ended)
    resuming.require_possible(run, Redo.FROM, resuming.begin_at(run, name))


def test_who_was_not_asked_is_told_how_to_agree() -> None:
    """The command for going on is the one that lets the step run a second time."""
    refused = finished("0", StepStatus.FAILED, error="cut short", reason=Reason.UNCONFIRMED)
    run = state(plan(leaf("a")), started("0"), refused, ev.RunFinished(outcome=RunStatus.FAILED))
    assert summary(run, at(9), footing())[-1] == "  go on:  flow-tui resume a1f3 --confirm"


def test_a_run_that_is_not_kept_promises_nothing() -> None:
    """Without a history there is no output to point at and nothing to resume."""
    run = state(plan(leaf("a")), ev.RunFinished(outcome=RunStatus.FAILED, error="e"))
    assert len(summary(run, at(9), footing(is_kept=False))) == 1


def test_a_run_whose_storage_was_lost_is_not_to_be_resumed() -> None:
    """The command would find nothing; the output is still there."""
    run = state(plan(leaf("a")), ev.EngineFailed(error="gone", is_kept=False))
    assert summary(run, at(9), footing())[1:] == (
        "  output: /state/runs/R",
        "  it is not stored and cannot go on; start it anew",
    )


def test_what_a_run_carries_out_says_what_came_of_it() -> None:
    """Not that it completed, which the mark says: of an item as of a step that calls a workflow."""
    completed = ActionOutput(result_text="workflow 'one' completed", markers=("ok",))
    useful = replace(completed, context="\nlooked at 3 files\nall well\n")
    begun = [ev.StepStarted(path=StepPath(f"0/{n}"), name=n, kind="item") for n in "01"]
    run = state(
        plan(leaf("each", "foreach"), leaf("one", "call_workflow")),
        started("0", "foreach"),
        ev.FanOutCollected(path=StepPath("0"), items=tuple(FanOutItem(id=n, ref=n) for n in "01")),
        *begun,
        finished("0/0", output=useful),
        finished("0/1", output=completed),
        started("1", "call_workflow"),
        finished("1", output=useful),
    )
    said = [each.split("  ")[-1] for each in details(run, at(9)) if "✓" in each]
    assert said == ["looked at 3 files", "ok", "looked at 3 files"]
    last = recorded([finished("1", output=useful)])[0]
    assert [text for _, text in plain.lines(run, last)] == ["✓ completed after 1s: looked at 3 files"]


def test_a_cancel_names_who_wanted_it() -> None:
    """In the last words and in the JSON, of the run and of its steps."""
    run = state(
        plan(leaf("a")),
        started("0"),
        attempt("0"),
        ev.RunCancelRequested(reason=Reason.USER, by="ada"),
        finished("0", StepStatus.CANCELLED, reason=Reason.USER),
        ev.RunFinished(outcome=RunStatus.CANCELLED, reason=Reason.USER),
    )
    when = f"{at(3).astimezone():%H:%M:%S}"
    assert f"cancelled by ada at {when} after 5s, " in summary(run, at(9), footing())[0]
    shown = show_json(run)
    assert isinstance(shown["run"], dict)
    assert isinstance(shown["steps"], list)
    (step,) = shown["steps"]
    assert isinstance(step, dict)
    assert (shown["run"]["cancelled_by"], step["cancelled_by"], step["result"]) == ("ada", "ada", "")
    assert any("by ada" in line for line in details(run, at(9), UTC))


@pytest.mark.parametrize(
    ("outcome", "reason", "said"),
    [
        (RunStatus.COMPLETED, Reason.NONE, "✓ w #a1f3 completed after 1s"),
        (RunStatus.CANCELLED, Reason.TIMEOUT, "⊘ w #a1f3 cancelled after 1s: out of time"),
        (RunStatus.FAILED, Reason.GATE_REJECTED, "✗ w #a1f3 failed after 1s: rejected"),
    ],
)
def test_the_first_line_says_how_it_ended(outcome: RunStatus, reason: Reason, said: str) -> None:
    """One line is enough to know."""
    run = state(plan(leaf("a")), ev.RunFinished(outcome=outcome, reason=reason))
    assert summary(run, at(9), footing())[0].startswith(said)


def told(*events: ev.Event) -> list[str]:
    """Return what is said of a run of one step and a gate."""
    nodes = plan(leaf("a"), leaf("g", "gate"), block("while", leaf("b"), label="while b.more", max_passes=3))
    run = RunState(run_id=RUN)
    lines: list[str] = []
    for one in recorded([ev.RunStarted(workflow="w", plan=nodes, root="/home/p"), *events]):
        apply(run, one)
        lines += [plain.stamped(one.at, who, text, UTC) for who, text in plain.lines(run, one)]
    return lines[1:]


def test_a_step_is_told_with_its_attempts() -> None:
    """When it began, what failed and when it is tried again, how it ended."""
    assert told(
        started("0", max_attempts=2),
        attempt("0"),
        ev.AttemptFailed(path=StepPath("0"), attempt=1, error="exit 1\nwhy", retry_at=at(8)),
        attempt("0", 2),
        finished("0", output=ActionOutput(result_text="fine")),
    ) == [
        "12:00:01 0  ▶ started",
        "12:00:03 0  attempt 1 of 2 failed: exit 1",
        "12:00:03 0    why",
        "12:00:03 0  next attempt in 5s",
        "12:00:04 0  ↻ attempt 2 of 2",
        "12:00:05 0  ✓ completed after 4s: fine",
    ]


def test_a_gate_says_how_to_answer() -> None:
    """The question, the options and the commands stand there, whatever the question holds."""
    lines = told(
        started("1", "gate"),
        ev.GateOpened(
            path=StepPath("1"),
            gate="human_review",
            prompt="go?\n\x1b[2Jnow",
            options={"yes": "1"},
            deadline=at(60),
        ),
        ev.GateResolved(path=StepPath("1"), approved=True, by="nina", feedback="with care"),
    )
    assert lines[1:] == [
        "12:00:02 1    go?",
        "12:00:02 1    ␛[2Jnow",
        "12:00:02 1    option: yes (1)",
        "12:00:02 1    answer with:  flow-tui approve a1f3 --select yes   or   flow-tui reject a1f3",
        "12:00:03 1  approved by nina: with care",
    ]


def test_a_gate_that_looks_for_itself_says_at_what() -> None:
    """Nobody has to answer; who wants to decide nevertheless is told how."""
    opened = ev.GateOpened(
        path=StepPath("1"),
        gate="file",
        deadline=at(60),
        looks_at="the file done.txt",
        every=timedelta(milliseconds=500),
    )
    lines = told(started("1", "gate"), opened)
    assert "▲ waits for the file done.txt, looked at every 500ms, until " in lines[0]
    how = "flow-tui approve a1f3   or   flow-tui reject a1f3"
    assert lines[1] == f"12:00:02 1    or decide yourself:  {how}"


def test_a_run_says_that_it_goes_on_for_some_steps_only() -> None:
    """Whoever reads the lines knows why nothing else of it runs."""
    resumed = ev.RunResumed(generation=2, redo=Redo.ONLY, only=(StepPath("0"), StepPath("1")))
    assert told(resumed)[0].endswith("run #a1f3 goes on for 2 steps only (resumed 2 times)")


def test_turns_of_a_loop_have_numbers() -> None:
    """Steps with the same name in different turns can be told apart."""
    assert told(
        ev.PassStarted(path=StepPath("2"), number=1, of=3),
        started("2#1/0"),
    ) == ["12:00:01 while b.more  pass 1 of 3", "12:00:02 2#1/0#1  ▶ started"]


def test_steps_of_parallel_items_can_be_told_apart() -> None:
    """Before the name of a step stands what its run is the part of, and so on, from the outside in."""
    whole = state(
        plan(leaf("each", "foreach")),
        ev.StepStarted(path=StepPath("0"), name="each", kind="foreach"),
        ev.FanOutCollected(path=StepPath("0"), items=(FanOutItem(id="7", ref="docs"),)),
        ev.StepStarted(path=StepPath("0/0"), name="docs", kind="item"),
        attempt("0/0"),
        ev.ChildRunStarted(path=StepPath("0/0"), attempt=1, child_run=RunId("PART")),
    )
    part = RunState(run_id=RunId("PART"))
    lines: list[str] = []
    for one in (
        ev.RunStarted(workflow="w", parent=RUN, parent_path=StepPath("0/0")),
        ev.StepStarted(path=StepPath("0"), name="build", kind="script"),
        ev.RunCancelRequested(by="ada"),
    ):
        event = ev.Recorded(seq=part.seq + 1, at=at(9), run_id=part.run_id, event=one)
        apply(part, event)
        known = {RUN: whole, part.run_id: part}
        lines += [f"{who}: {said}" for who, said in plain.lines(part, event, known.get)]
    assert lines == ["each[docs]/build: ▶ started", "each[docs]: is being cancelled by ada"]
    assert plain.alive(whole, at(65), known.get) == "each[docs]/build running 56s"


def test_what_goes_on_is_named() -> None:
    """A quiet run says which steps are at work, and for how long."""
    run = state(plan(leaf("a"), leaf("b")), started("0"), attempt("0"))
    assert plain.alive(run, at(2) + timedelta(seconds=90)) == "0 running 1m30s"


def test_a_note_about_a_step_is_told_wherever_the_step_is() -> None:
    """A broken output block does not fail its step; whoever wonders where the values are is told."""
    problem = "the output block is not JSON: no"
    first = ev.StepNoted(path=StepPath("0"), text="on_fail: no")
    events = (started("0"), first, finished("0", output=ActionOutput(note=problem)))
    assert [line for line in told(*events) if problem in line] != []
    run = state(plan(leaf("a")), *events)
    (step,) = show_json(run)["steps"]
    assert step["notes"] == ["on_fail: no", problem]
    shown = "\n".join(details(run, at(9), UTC))
    assert problem in shown
    assert "on_fail: no" in shown


def test_what_an_agent_has_used_up_is_told_of_a_run_that_is_over() -> None:
    """Beside its step, as it was while the run went on."""
    metrics = {"num_turns": 2.0, "input_tokens": 20.0, "cost_usd": 0.01}
    output = ActionOutput(metrics=metrics, result_text="All good")
    run = state(plan(leaf("a")), started("0"), finished("0", output=output))
    assert any("2 turns, 20 tokens in, $0.01  All good" in line for line in details(run, at(9), UTC))


def test_a_gate_that_expired_says_why_nobody_could_decide() -> None:
    """Such as a program that it needs and that is not there."""
    path = StepPath("0")
    opened = ev.GateOpened(
        path=path, gate="pr_checks", prompt="", options={}, deadline=at(5), on_timeout="fail", feedback=False
    )
    run = state(
        plan(leaf("pr_checks", "gate")),
        started("0", kind="gate"),
        opened,
        ev.StepNoted(path=path, text="could not be looked at: it needs gh"),
        finished("0", StepStatus.TIMED_OUT, error="gate 'pr_checks' timed out"),
        ev.RunFinished(outcome=RunStatus.FAILED),
    )
    wanted = "gate 'pr_checks' timed out; could not be looked at: it needs gh"
    assert any(wanted in line for line in summary(run, at(9), footing()))


@pytest.mark.parametrize("is_own", [False, True])
def test_a_step_that_ends_with_its_run_is_not_said_to_be_ended_by_a_person(is_own: bool) -> None:
    """Who or what ended the run stands before it; only a step's own cancel is told as such."""
    asked: ev.Event = ev.RunCancelRequested(by="change of a.txt")
    if is_own:
        asked = ev.StepCancelRequested(path=StepPath("0"))
    end = ev.StepFinished(path=StepPath("0"), outcome=StepStatus.CANCELLED, reason=Reason.USER)
    lines = told(started("0"), attempt("0"), asked, end)
    assert lines[-1].endswith("(by a person)" if is_own else "(with the run)")
    assert is_own or "by change of a.txt" in lines[-2]


def test_a_loop_that_failed_itself_is_a_failure_everywhere_by_the_name_it_was_given() -> None:
    """Its steps have all completed, so that nothing else says why the run failed."""
    nodes = plan(leaf("a"), block("do_while", leaf("work"), label="do … while work.more", max_passes=2))
    turns = [
        each
        for number in (1, 2)
        for each in (
            ev.PassStarted(path=StepPath("1"), number=number, of=2),
            started(f"1#{number}/0"),
            attempt(f"1#{number}/0"),
            finished(f"1#{number}/0"),
        )
    ]
    why = "reached its limit of 2 passes (max_iterations)"
    told = [*turns, finished("1", StepStatus.FAILED, error=why)]
    run = state(
        nodes, *told, ev.RunFinished(outcome=RunStatus.FAILED, error=f"the loop on 'work.more' {why}")
    )
    table = RowTable(run)
    row = table.at(StepPath("1"))
    assert row is not None
    assert (row.status, row.detail()) == (StepStatus.FAILED, why)
    assert (table.failures, table.first_failure, table.counts.failed) == (("1",), "1", 1)
    assert run.counts[StepStatus.FAILED] == 1
    found = [step for step in show_json(run)["steps"] if step["status"] == "failed"]
    assert [(step["name"], step["kind"], step["error"]) for step in found] == [
        ("do … while work.more", "do_while", why)
    ]
    end = "\n".join(summary(run, at(60), footing()))
    assert f"✗ do … while work.more: {why}" in end
    tree = [line.split() for line in details(run, at(60))]
    assert [*["✗", "do", "…", "while", "work.more", "00:08"], *why.split()] in tree
    begun = state(nodes)
    lines = [line for one in recorded([ev.RunStarted(workflow="w"), *told]) for line in _lines(begun, one)]
    assert lines[-1] == ("do … while work.more", f"✗ failed after 8s: {why}")
    assert naming.called(run, StepPath("1#2")) == "pass 2 of do … while work.more"
    assert naming.called(run, StepPath("0")) == "a"
    assert "again from pass 2 of do … while work.more" in resuming.told(run, Redo.FROM, StepPath("1#2"))


def _lines(run: RunState, one: ev.Recorded) -> list[tuple[str, str]]:
    if not isinstance(one.event, ev.RunStarted):
        apply(run, one)
    return [*plain.lines(run, one)]
