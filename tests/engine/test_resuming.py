"""Runs that run again from a step, from the start, or only what failed in their fan-outs."""

from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from flow_tui.engine import resuming
from flow_tui.engine.commands import ResumeRun
from flow_tui.errors import ActionError, NotPossibleError, UsageError
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.plan import PlanNode
from flow_tui.model.resuming import place
from flow_tui.model.state import RunState, StepState
from flow_tui.model.status import Redo, RunStatus, StepStatus
from flow_tui.model.values import ActionOutput, RunOptions
from flow_tui.testing import FakeProvider
from tests.conftest import tried
from tests.flows import THINGS, Chance, memory, play, workflows

case = pytest.mark.case
RUN = RunId(f"RUN{1:023}")
LOOP = "workflow w { call a do { max_iterations = 3 call b call c } while b.more call d }"


class Calls:
    """Notes who is called where; ``b`` wants a second pass at odd calls, and what is told to fails."""

    def __init__(self, failing: set[str] | None = None) -> None:
        self.calls: list[str] = []
        self.failing = failing or set()
        self.feedback: list[str] = []

    async def execute(self, params):
        self.calls.append(f"{params.name} {params.path}")
        if f"{params.name} {params.inputs.get('item.id', '')}".strip() in self.failing:
            raise ActionError("no")
        turns = sum(call.startswith("b ") for call in self.calls)
        more = params.name == "b" and turns % 2 == 1
        return ActionOutput(markers=("more",) if more else (), context=f"from {params.path}")


async def again(b, action, redo, start=""):
    """Resume the run; return who was called since, and the state."""
    before = len(action.calls)
    await b.engine.resume(ResumeRun(run_id=RUN, by="ada", redo=redo, start=StepPath(start)))
    await b.engine.wait(RUN)
    return action.calls[before:], b.state(RUN)


def played(source, redo, start="", *, action=None, mend=False, how=None, **given):
    """Return who is called again, and how the run stands then."""
    action = action or Calls()

    async def script(b):
        state = await b.finish(source, **(how or {}))
        path = resuming.begin_at(state, start) if start else ""
        if mend:
            action.failing.clear()
        return await again(b, action, redo, path)

    return play(script, action, **given)


@case(130)
def test_a_run_goes_again_from_a_step_and_leaves_what_was_before_it():
    """The step, and everything after it, runs again; a completed run can do so, too."""
    calls, state = played("workflow w { call a call b call c }", Redo.FROM, "b")
    assert calls == ["b 1", "c 2"]
    assert state.status is RunStatus.COMPLETED
    assert [len(step.attempts) for step in state.steps.values()] == [1, 2, 2]


@case(130)
def test_a_restart_runs_everything_again_in_the_same_run():
    """Also what had completed, with the inputs and options of the run."""
    calls, state = played(LOOP, Redo.EVERYTHING, how={"options": RunOptions(dry_run=True)})
    assert calls[0] == "a 0"
    assert calls[-1] == "d 2"
    assert state.status is RunStatus.COMPLETED
    assert state.options.dry_run


def test_a_run_goes_again_from_a_pass_of_a_loop():
    """The passes before stay; the loop goes on counting from there."""
    calls, state = played(LOOP, Redo.FROM, "1#2/1")
    assert calls == ["c 1#2/1", "d 2"]
    assert state.steps[StepPath("1")].passes == 2


def test_a_pass_can_be_named_as_a_whole():
    """Its first step is where it begins."""
    calls, _ = played(LOOP, Redo.FROM, "1#2")
    assert calls[:2] == ["b 1#2/0", "c 1#2/1"]


def test_a_loop_that_takes_fewer_passes_again_counts_only_those():
    """What is left of the later passes is known, and counts for nothing."""

    class Once(Calls):
        async def execute(self, params):
            given = await super().execute(params)
            is_first_time = not any(call == "d 2" for call in self.calls)
            return given if is_first_time else ActionOutput()

    calls, state = played(LOOP, Redo.FROM, "b", action=Once())
    assert calls == ["b 1#1/0", "c 1#1/1", "d 2"]
    assert state.steps[StepPath("1")].passes == 1
    assert state.status is RunStatus.COMPLETED


def test_a_name_means_the_first_step_of_it_and_a_path_exactly_one():
    """Names may come up in several passes."""

    async def script(b):
        state = await b.finish(LOOP)
        return resuming.begin_at(state, "c"), resuming.begin_at(state, "1#2/1")

    assert play(script, Calls()) == ("1#1/1", "1#2/1")


@case(129)
def test_a_step_that_the_run_has_not_come_to_is_refused_with_candidates():
    """Whoever mistypes a name is told what it may have been."""

    async def script(b):
        state = await b.finish("workflow w { call build call test }")
        with pytest.raises(UsageError, match="no step 'tst'") as refused:
            resuming.begin_at(state, "tst")
        with pytest.raises(NotPossibleError, match="no step '7'"):
            await b.engine.resume(ResumeRun(run_id=RUN, redo=Redo.FROM, start=StepPath("7")))
        return refused.value.hint

    assert play(script) == "did you mean 'test'?"


@case(129)
def test_a_completed_run_goes_on_only_when_something_is_to_run_again():
    """Without a choice there is nothing to do, and the message says what can be chosen."""

    async def script(b):
        await b.finish("workflow w { call a }")
        with pytest.raises(NotPossibleError, match="--restart"):
            await b.engine.resume(ResumeRun(run_id=RUN))
        with pytest.raises(NotPossibleError, match="no item"):
            await b.engine.resume(ResumeRun(run_id=RUN, redo=Redo.FAILED_ITEMS))

    play(script)


def test_only_failed_items_run_again():
    """Neither the items that completed nor a failed step elsewhere."""
    source = "workflow w { call bad foreach f { over = things workflow = one max_parallel = 1 } call after }"
    calls, state = played(
        source,
        Redo.FAILED_ITEMS,
        action=Calls({"a y", "bad"}),
        mend=True,
        how={"others": {"one": "workflow one { call a }"}, "options": RunOptions(fail_fast=False)},
        providers={"things": FakeProvider("x", "y", "z")},
    )
    assert calls == ["a 0"]
    assert state.steps[StepPath("1")].status is StepStatus.COMPLETED
    assert state.steps[StepPath("0")].status is StepStatus.FAILED


def test_items_left_out_because_of_a_failed_one_run_with_it():
    """They have never run."""
    source = "workflow w { foreach f { over = things workflow = one max_parallel = 2 ordered = true"
    source += " on_child_fail = skip_dependents } }"
    calls, state = played(
        source,
        Redo.FAILED_ITEMS,
        action=Calls({"a x"}),
        mend=True,
        how={"others": {"one": "workflow one { call a }"}},
        providers={"things": FakeProvider("x", "y", edges=[("x", "y")])},
    )
    assert len(calls) == 2
    assert state.status is RunStatus.COMPLETED


def test_a_step_that_runs_again_begins_a_new_part():
    """The run that carried it out before is left as it is."""
    action = Calls()

    async def script(b):
        before = await b.finish("workflow w { call workflow one }", others={"one": "workflow one { call a }"})
        calls, after = await again(b, action, Redo.FROM, "0")
        return before.steps[StepPath("0")].child_run, calls, after.steps[StepPath("0")].child_run

    first, calls, second = play(script, action)
    assert calls == ["a 0"]
    assert first != second


class Fewer(FakeProvider):
    """Provides only the last of its items once it was asked before."""

    async def items(self, params):
        given = await super().items(params)
        return given if len(self.asked) == 1 else given[-1:]


def test_a_fan_out_that_runs_again_asks_for_its_items_anew():
    """There may be others by now, and fewer."""
    calls, state = played(
        "workflow w { foreach f { over = things workflow = one max_parallel = 1 } }",
        Redo.EVERYTHING,
        how={"others": {"one": "workflow one { call a }"}},
        providers={"things": Fewer("x", "y")},
    )
    assert calls == ["a 0"]
    assert [item.id for item in state.steps[StepPath("0")].fan_out.items] == ["y"]
    assert state.status is RunStatus.COMPLETED


def test_what_was_to_run_again_and_was_cut_short_runs_when_the_run_goes_on():
    """The choice holds until it is carried out."""
    action = Calls()

    async def script(b):
        await b.finish("workflow w { call a call b call c }")
        await b.engine.resume(ResumeRun(run_id=RUN, redo=Redo.FROM, start=StepPath("1")))
        b.engine._active[RUN].driver.leave()
        await b.engine.wait(RUN)
        await b.engine.resume(ResumeRun(run_id=RUN))
        await b.engine.wait(RUN)
        return action.calls, b.state(RUN)

    calls, state = play(script, action)
    assert set(calls[3:]) <= {"b 1", "c 2"}
    assert calls[-1] == "c 2"
    assert state.status is RunStatus.COMPLETED


def test_it_is_said_what_will_run_again():
    """By name and number, before anything is done."""

    async def script(b):
        state = await b.finish("workflow w { call a call b call c }")
        return resuming.told(state, Redo.FROM, StepPath("1")), resuming.told(state, Redo.EVERYTHING)

    some, everything = play(script)
    assert "from b: 2 steps (b, c); 1 step stays as it was" in some
    assert "everything again: 3 steps (a, b, c)" in everything


def test_it_is_said_what_follows_the_failed_items():
    """The run goes on after them: with steps that it had never come to."""
    plan = tuple(PlanNode(path=StepPath(path), kind="call", name=path, label=path) for path in "01")
    plan = (replace(plan[0], kind="foreach", name="each"), replace(plan[1], name="after"))
    state = RunState(run_id=RUN, plan=plan, status=RunStatus.FAILED)
    for path, kind, name in (("0", "foreach", "each"), ("0/0", "item", "x")):
        step = StepState(path=StepPath(path), kind=kind, name=name, status=StepStatus.FAILED)
        state.steps[step.path] = step
    told = resuming.told(state, Redo.FAILED_ITEMS)
    assert told.endswith("failed items again: 2 steps (each, x); then 1 step may follow (after)")


@given(written=workflows, seed=st.integers(0, 10_000), fail_fast=st.booleans(), data=st.data())
@tried(60, by_night=2_000)
def test_nothing_before_the_chosen_step_runs_again(written, seed, fail_fast, data):
    """Whatever the workflow; and the run ends as it ended before, and what was foretold is what runs."""
    action = Chance(seed)

    async def script(b):
        before = await b.finish(
            written.source, options=RunOptions(fail_fast=fail_fast), others=written.others
        )
        begun = [path for path, step in before.steps.items() if step.attempts]
        assume(begun)
        start = resuming.begin_at(before, data.draw(st.sampled_from(begun), label="start"))
        stood = {path: step for path, step in before.steps.items() if place(path) < place(start)}
        action.calls.clear()
        action.places.clear()  # parts that begin anew get the places of those before
        await b.engine.resume(ResumeRun(run_id=RUN, redo=Redo.FROM, start=start))
        await b.engine.wait(RUN)
        after = b.state(RUN)
        own = [StepPath(call) for call in action.calls if "@" not in call]
        assert all(place(path) >= place(start) for path in own)
        for path, step in stood.items():
            if step.status.is_over and step.status is not StepStatus.CANCELLED and step.attempts:
                assert after.steps[path].attempts[: len(step.attempts)] == step.attempts
                assert after.steps[path].output == step.output or step.kind == "foreach"
        return before, after

    before, after = play(script, action, memory(), sinks=[action.note], providers=THINGS)
    assert (after.status, after.reason) == (before.status, before.reason)


@given(written=workflows, seed=st.integers(0, 10_000))
@tried(40, by_night=2_000)
def test_a_restarted_run_ends_as_it_ended(written, seed):
    """Everything that decides how it goes is in the run, and nothing of the first time gets in the way."""
    action = Chance(seed)

    async def script(b):
        before = await b.finish(written.source, others=written.others)
        calls = [call for call in action.calls if "@" not in call]
        action.calls.clear()
        action.places.clear()  # parts that begin anew get the places of those before
        await b.engine.resume(ResumeRun(run_id=RUN, redo=Redo.EVERYTHING))
        await b.engine.wait(RUN)
        after = b.state(RUN)
        assert sorted(call for call in action.calls if "@" not in call) == sorted(calls)
        return before, after

    before, after = play(script, action, memory(), sinks=[action.note], providers=THINGS)
    assert (after.status, after.reason, after.error) == (before.status, before.reason, before.error)
    for path, step in before.steps.items():
        again_ = after.steps[path]
        assert (again_.status, again_.output, again_.passes, again_.holds) == (
            step.status,
            step.output,
            step.passes,
            step.holds,
        )


def test_it_is_said_what_a_run_has_not_come_to():
    """What lies ahead, but nothing in a block that is over and stays as it is."""

    async def script(b):
        source = "workflow w { call a if a.no { call never } call b call c always { call d } }"
        state = await b.finish(source)
        return [resuming.preview(state, redo) for redo in (Redo.UNFINISHED, Redo.EVERYTHING)]

    unfinished, everything = play(script, Calls({"b"}))
    assert (unfinished.again, unfinished.ahead) == (("b",), ("c",))
    assert unfinished.kept == ("a", "d")
    assert everything.ahead == ("never", "c")
