"""Conditions, loops and blocks."""

import pytest

from flow_tui.engine.commands import ResumeRun
from flow_tui.errors import ActionError, DefinitionError
from flow_tui.model import events as ev
from flow_tui.model.ids import StepPath
from flow_tui.model.status import Redo, RunStatus, StepStatus
from flow_tui.model.values import ActionOutput, RunOptions
from flow_tui.testing import FakeAction, run_workflow
from tests.flows import OBJECT, of, play, schemas

case = pytest.mark.case


def ran(source, action=None, **given):
    """Return what was called, in order."""
    action = action or FakeAction()
    run_workflow(source, action, **given)
    return action.names


@case(110)
@pytest.mark.parametrize(
    ("value", "names"),
    [("true", ["yes"]), ("TRUE", ["yes"]), ("false", ["no"]), ("1", ["no"]), (None, ["no"])],
)
def test_a_condition_on_an_input_holds_when_it_is_true(value, names):
    """Whatever the case; anything else, and nothing, is false."""
    source = "workflow w { if flag { call yes } unless flag { call no } }"
    assert ran(source, inputs={} if value is None else {"flag": value}) == names


@case(110)
def test_a_condition_on_a_step_looks_at_its_latest_markers():
    """A step that did not run has none; blocks can stand inside each other."""
    source = (
        "workflow w { call a if a.x { unless a.y { call b } if b.z { call never } } if never.x { call c } }"
    )
    assert ran(source, FakeAction(a="x")) == ["a", "b"]


@case(110)
def test_what_a_condition_decided_is_on_record():
    """Whether what stands inside ran can be read off the block."""
    state = run_workflow("workflow w { call a if a.x { call b } unless a.x { call c } }", FakeAction(a="x"))
    assert [(state.steps[StepPath(path)].holds) for path in ("1", "2")] == [True, False]
    assert state.steps[StepPath("2")].status is StepStatus.SKIPPED


@case(111)
def test_a_loop_whose_marker_is_not_there_has_no_pass():
    """It is tested before each pass."""
    assert ran("workflow w { call a while a.more { max_iterations = 3 call b } }") == ["a"]


@case(111)
@pytest.mark.parametrize(
    ("option", "status"), [("fail", RunStatus.FAILED), ("continue", RunStatus.COMPLETED)]
)
def test_a_loop_ends_at_its_limit(option, status):
    """What happens then is its option."""
    action = FakeAction(a="more")
    state = run_workflow(
        f"workflow w {{ call a while a.more {{ max_iterations = 3 on_max_iter = {option} call a }} }}", action
    )
    assert len(action.calls) == 4
    assert state.status is status
    if status is RunStatus.FAILED:
        assert state.error == "the loop on 'a.more' reached its limit of 3 passes (max_iterations)"
    loop = state.steps[StepPath("1")]
    assert (loop.status is StepStatus.FAILED, loop.error) == (
        (True, "reached its limit of 3 passes (max_iterations)")
        if status is RunStatus.FAILED
        else (False, "")
    )


def test_every_pass_is_on_record():
    """Each has a number, counted from 1, and steps of its own."""

    async def script(b):
        state = await b.finish("workflow w { call a while a.more { max_iterations = 9 call a } }")
        return [(event.number, event.of) for event in of(b.events, ev.PassStarted)], list(state.steps)

    passes, steps = play(script, FakeAction(a=["more", "more", None]))
    assert passes == [(1, 9), (2, 9)]
    assert steps == ["0", "1", "1#1/0", "1#2/0"]


@case(112)
def test_a_loop_that_stands_still_fails():
    """The same markers in so many passes running are too many."""
    action = FakeAction(a="more")
    state = run_workflow(
        "workflow w { call a while a.more { max_iterations = 9 stuck_after = 3 call a } }", action
    )
    assert len(action.calls) == 4
    assert "the same markers in 3 passes running" in state.error
    loop = state.steps[StepPath("1")]
    assert (loop.status, loop.is_broken) == (StepStatus.FAILED, True)
    assert loop.error == "is stuck: the same markers in 3 passes running (stuck_after)"


@pytest.mark.parametrize("fail_fast", [True, False])
def test_a_loop_that_failed_fails_again_when_the_run_goes_on_and_runs_again_from_a_pass_of_it(fail_fast):
    """It is told once each time; from a pass on, the passes before it stay, and those after it are new."""

    async def script(b):
        source = "workflow w { do { max_iterations = 2 call a } while a.more call b }"
        state = await b.finish(source, options=RunOptions(fail_fast=fail_fast))
        begun = state.counts[StepStatus.FAILED]
        await b.engine.resume(ResumeRun(run_id=state.run_id))
        await b.engine.wait(state.run_id)
        first = b.state(state.run_id)
        await b.engine.resume(ResumeRun(run_id=state.run_id, redo=Redo.FROM, start=StepPath("0#2")))
        await b.engine.wait(state.run_id)
        second = b.state(state.run_id)
        failed = [event.path for event in of(b.events, ev.StepFinished) if event.outcome is StepStatus.FAILED]
        return begun, first, second, failed

    begun, first, second, failed = play(script, FakeAction(a=["more", "more", None]))
    assert (begun, first.counts[StepStatus.FAILED], failed) == (1, 1, ["0", "0"])
    assert (second.status, second.counts[StepStatus.FAILED]) == (RunStatus.COMPLETED, 0)
    assert (second.steps[StepPath("0")].passes, len(second.steps[StepPath("0#1/0")].attempts)) == (2, 1)


@case(112)
def test_a_loop_whose_markers_change_does_not_stand_still():
    """Only what stays the same counts."""
    turns = [ActionOutput(markers=("more", str(turn % 2))) for turn in range(9)]
    action = FakeAction(a=[*turns, None])
    state = run_workflow(
        "workflow w { call a while a.more { max_iterations = 20 stuck_after = 2 call a } }", action
    )
    assert state.status is RunStatus.COMPLETED
    assert len(action.calls) == 10


@case(113)
def test_a_loop_that_is_tested_afterwards_runs_at_least_once():
    """Even when the marker is not there."""
    assert ran("workflow w { do { max_iterations = 3 call a } while a.more }") == ["a"]
    assert ran(
        "workflow w { do { max_iterations = 3 call a } while a.more }", FakeAction(a=["more", None])
    ) == [
        "a",
        "a",
    ]


@case(113)
@pytest.mark.parametrize("loop", ["do {{ {} call a }} while a.more", "call b while b.more {{ {} call a }}"])
def test_a_loop_of_no_passes_never_runs(loop):
    """It is refused before anything begins, as it could never do anything."""
    action = FakeAction()
    with pytest.raises(DefinitionError, match="max_iterations"):
        run_workflow(f"workflow w {{ {loop.format('max_iterations = 0')} }}", action)
    assert action.names == []


@case(113)
def test_a_loop_that_is_about_to_end_does_not_stand_still():
    """The condition is looked at before the markers are compared."""
    source = "workflow w { do { max_iterations = 9 stuck_after = 2 call a } while b.more }"
    assert ran(source, FakeAction(a="same")) == ["a"]


@case(114)
def test_options_of_a_block_hold_inside_it_only():
    """They are gone after it, even when something in it failed; inner blocks come first."""
    action = FakeAction(a=OBJECT, b=ActionError("no"))
    run_workflow(
        "workflow w { do { output = outer with = [o] do { with = [i] call a } call b } call c }",
        action,
        options=RunOptions(fail_fast=False),
        files=schemas(outer="fields: {}"),
    )
    assert [(one.name, one.schema and one.schema.name, one.snippets) for one in action.calls] == [
        ("a", "outer", ("i", "o")),
        ("b", "outer", ("o",)),
        ("c", None, ()),
    ]


@pytest.mark.parametrize("fail_fast", [True, False])
def test_a_nested_block_that_runs_in_any_case_runs_in_place(fail_fast):
    """A failure in it does not keep its other steps from running, but is the run's all the same."""
    action = FakeAction(a="x", b=ActionError("no"))
    source = "workflow w { call a if a.x { always { call b call c } } call d }"
    state = run_workflow(source, action, options=RunOptions(fail_fast=fail_fast))
    assert action.names == ["a", "b", "c", *([] if fail_fast else ["d"])]
    assert (state.status, state.error) == (RunStatus.FAILED, "step 'b' failed after 1 attempt: no")


def test_a_failure_inside_a_loop_ends_the_loop():
    """Nothing after it in the pass runs, and no further pass begins."""
    action = FakeAction(a=["more", ActionError("no")])
    state = run_workflow(
        "workflow w { call a while a.more { max_iterations = 5 call a call b } call c }", action
    )
    assert action.names == ["a", "a"]
    assert state.status is RunStatus.FAILED
