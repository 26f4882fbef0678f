"""Runs that pause before chosen steps until somebody lets them go on."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from flow_tui.engine.commands import CancelRun, CancelStep, ReleaseStep, ResumeRun, SetBreakpoints
from flow_tui.errors import ActionError, FlowError, NotPossibleError
from flow_tui.model import events as ev
from flow_tui.model.breakpoints import Breakpoint, Release
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.state import RunState
from flow_tui.model.status import Reason, RunStatus, StepStatus
from flow_tui.model.values import ActionOutput, FanOutItem, RunOptions
from flow_tui.testing import Bench, FakeAction, FakeProvider
from tests.flows import MINUTE, SECOND, SECOND_LIFE, CutStore, PowerCutError, memory, of, play

ABC = "workflow w { call a call b call c }"
B = StepPath("1")


async def held(b: Bench, run_id: RunId, path: str = "1", after: float = 3600) -> RunState:
    """Wait for so long, make sure that the run pauses at a step, and return how it stands."""
    await asyncio.sleep(after)
    state = b.state(run_id)
    assert state.held_at == (path,), f"it pauses at {state.held_at}, {state.status}"
    return state


async def release(
    b: Bench, run_id: RunId, path: str = "1", how: Release = Release.GO_ON, **more: Any
) -> None:
    """Let a step go on."""
    await b.engine.handle(ReleaseStep(run_id=run_id, path=StepPath(path), how=how, by="ada", **more))


def paused_at(b: Bench) -> list[str]:
    """Return where runs paused, in order; after a step with a mark."""
    return [f"{one.path}{'+' * one.is_after}" for one in of(b.events, ev.StepPaused)]


def test_a_run_pauses_before_a_step_until_somebody_lets_it_go_on() -> None:
    """It waits for a person, the step has not begun, its age counts; then all is as if nothing had been."""

    async def script(b: Bench) -> None:
        run_id = await b.start(ABC, pauses=[("w", "1")])
        state = await held(b, run_id)
        assert (state.status, state.steps[B].status) == (RunStatus.WAITING, StepStatus.PAUSED)
        assert (state.steps[B].name, state.steps[B].started_at) == ("b", None)
        assert b.action.names == ["a"]
        await release(b, run_id)
        await b.engine.wait(run_id)
        state = b.state(run_id)
        assert (state.status, b.action.names, paused_at(b)) == (RunStatus.COMPLETED, ["a", "b", "c"], ["1"])
        assert state.steps[B].worked(state.ended_at or b.clock.now()) == timedelta()
        assert state.counts == {StepStatus.COMPLETED: 3} or +state.counts == {StepStatus.COMPLETED: 3}
        assert of(b.events, ev.StepReleased) == [ev.StepReleased(path=B, how=Release.GO_ON, by="ada")]

    play(script)


def test_time_limits_begin_when_the_step_does() -> None:
    """An hour at a breakpoint costs nothing of a minute; what is around it has no limit of its own."""

    async def script(b: Bench) -> None:
        run_id = await b.start(
            'workflow w { call a { timeout = "1m" heartbeat_timeout = "1m" } }', pauses=[("w", "0")]
        )
        await held(b, run_id, "0")
        await release(b, run_id, "0")
        await b.engine.wait(run_id)
        state = b.state(run_id)
        assert state.status is RunStatus.COMPLETED
        assert state.steps[StepPath("0")].worked(b.clock.now()) == 30 * SECOND

    play(script, FakeAction(a=30 * SECOND))


def test_breakpoints_are_set_and_removed_while_the_run_goes_on() -> None:
    """What is recorded is all there are; setting one that there is says nothing."""

    async def script(b: Bench) -> None:
        run_id = await b.start("workflow w { call a call b call c call d }")
        points = [Breakpoint(workflow="w", path=StepPath(path)) for path in "123"]
        for command in (
            SetBreakpoints(run_id=run_id, add=tuple(points), by="ada"),
            SetBreakpoints(run_id=run_id, add=(points[0],), by="ada"),
            SetBreakpoints(run_id=run_id, remove=(points[0], points[2]), by="ada"),
        ):
            await b.engine.handle(command)
        state = await held(b, run_id, "2")
        assert state.breakpoints == (points[1],)
        assert [len(one.points) for one in of(b.events, ev.BreakpointsSet)] == [3, 1]
        await release(b, run_id, "2")
        await b.engine.wait(run_id)
        assert paused_at(b) == ["2"]

    play(script, FakeAction(a=MINUTE))


def test_retries_are_not_held_and_every_turn_of_a_loop_is() -> None:
    """Before the step: once each time that it comes up, however often it is tried then."""

    async def script(b: Bench) -> None:
        run_id = await b.start(
            "workflow w { do { max_iterations = 2 call a { retries = 1 } } while a.more }",
            pauses=[("w", "0/0")],
        )
        for turn in ("0#1/0", "0#2/0"):
            await held(b, run_id, turn)
            await release(b, run_id, turn)
        await b.engine.wait(run_id)
        assert paused_at(b) == ["0#1/0", "0#2/0"]
        assert [len(step.attempts) for step in b.state(run_id).steps.values() if step.attempts] == [2, 2]

    no = ActionError("no")
    play(script, FakeAction(a=[no, "more", no, "more"]))


def test_other_branches_go_on_and_two_can_be_held_at_once() -> None:
    """A run waits only when nothing of it runs; each branch is let go by itself."""

    async def script(b: Bench) -> None:
        run_id = await b.start(
            "workflow w { parallel { call a call b call c } }", pauses=[("w", "0/0"), ("w", "0/1")]
        )
        await asyncio.sleep(1)
        state = b.state(run_id)
        assert (state.held_at, state.status) == (("0/0", "0/1"), RunStatus.RUNNING)
        await asyncio.sleep(3600)
        assert b.state(run_id).status is RunStatus.WAITING
        await release(b, run_id, "0/1")
        state = await held(b, run_id, "0/0", after=1)
        assert state.steps[StepPath("0/1")].status is StepStatus.COMPLETED
        await release(b, run_id, "0/0")
        await b.engine.wait(run_id)
        assert b.state(run_id).status is RunStatus.COMPLETED

    play(script, FakeAction(c=MINUTE))


def test_a_branch_that_fails_ends_one_that_is_held() -> None:
    """As it would end one that runs."""

    async def script(b: Bench) -> None:
        state = await b.finish("workflow w { parallel { call a call b } }", pauses=[("w", "0/0")])
        step = state.steps[StepPath("0/0")]
        assert (step.status, step.reason, step.held) == (StepStatus.CANCELLED, Reason.FAIL_FAST, None)
        assert (state.status, b.action.names) == (RunStatus.FAILED, ["b"])

    play(script, FakeAction(b=ActionError("no")))


@pytest.mark.parametrize("command", [CancelRun, None])
def test_a_cancel_ends_a_pause_at_once(command: type[CancelRun] | None) -> None:
    """Or the program leaves; 'always' is held by nothing then, and the run can go on another time."""

    async def script(b: Bench) -> None:
        run_id = await b.start(
            "workflow w { call a call b always { call z } }", pauses=[("w", "1"), ("w", "always/0")]
        )
        await held(b, run_id)
        before = b.clock.now()
        if command is not None:
            await b.engine.handle(command(run_id=run_id))
            with pytest.raises(NotPossibleError, match="being cancelled"):
                await release(b, run_id)
            await b.engine.wait(run_id)
        else:
            await b.engine.shutdown()
        state = b.state(run_id)
        assert (state.status, b.action.names, b.clock.now()) == (RunStatus.CANCELLED, ["a", "z"], before)
        assert (state.steps[B].status, state.held_at) == (StepStatus.CANCELLED, ())
        with pytest.raises(FlowError):
            await release(b, run_id)

    play(script)


@pytest.mark.parametrize("skip", [True, False])
def test_a_step_that_is_held_can_be_cancelled_by_itself(skip: bool) -> None:
    """The run goes on without it, or fails with it, as with one that runs."""

    async def script(b: Bench) -> None:
        run_id = await b.start(ABC, pauses=[("w", "1")])
        await held(b, run_id)
        await b.engine.handle(CancelStep(run_id=run_id, path=B, by="ada", skip=skip))
        await b.engine.wait(run_id)
        state = b.state(run_id)
        step = state.steps[B]
        assert step.status is (StepStatus.SKIPPED if skip else StepStatus.CANCELLED)
        assert (step.reason, step.cancelled_by, step.held) == (Reason.USER, "ada", None)
        assert b.action.names == (["a", "c"] if skip else ["a"])
        assert state.status is (RunStatus.COMPLETED if skip else RunStatus.FAILED)

    play(script)


def test_what_a_person_changes_holds_for_every_attempt_and_is_on_record() -> None:
    """For this step alone: the next one finds what it would have found."""

    async def script(b: Bench) -> list[tuple[str, str, str]]:
        run_id = await b.start(
            'workflow w { inputs { env default = "test" } call a { retries = 1 } call b }',
            pauses=[("w", "0")],
        )
        await held(b, run_id, "0")
        for values, why in (({"nothing": "x"}, "no variable"), ({"dry_run": "true"}, "says what is so")):
            with pytest.raises(NotPossibleError, match=why):
                await release(b, run_id, "0", values=values)
        await release(b, run_id, "0", values={"env": "prod", "prior_context": "made up"})
        await b.engine.wait(run_id)
        step = b.state(run_id).steps[StepPath("0")]
        assert step.edit is not None
        assert (dict(step.edit.values)["env"], step.edit.by, step.is_touched) == ("prod", "ada", True)
        assert not b.state(run_id).steps[B].is_touched
        return seen

    async def look(params: Any) -> ActionOutput:
        seen.append((params.name, params.inputs["env"], params.inputs["prior_context"]))
        if len(seen) == 1:
            raise ActionError("no")
        return ActionOutput(context=f"from {params.name}")

    seen: list[tuple[str, str, str]] = []
    play(script, FakeAction(a=look, b=look))
    assert seen == [("a", "prod", "made up"), ("a", "prod", "made up"), ("b", "test", "from a")]


def test_a_step_can_be_left_out_with_a_given_output() -> None:
    """What follows sees it as if the step had completed; it is told apart all the same."""

    async def script(b: Bench) -> None:
        run_id = await b.start("workflow w { call a if a.good { call b } }", pauses=[("w", "0")])
        await held(b, run_id, "0")
        for output, why in (('{"markers": 1}', "not a list"), ("{", "not JSON")):
            with pytest.raises(NotPossibleError, match=why):
                await release(b, run_id, "0", Release.SKIP, output=output)
        with pytest.raises(NotPossibleError, match="not to run"):
            await release(b, run_id, "0", Release.SKIP, values={"prior_context": "x"})
        given = '{"markers": ["good"], "context": "made up", "colour": "red"}'
        await release(b, run_id, "0", Release.SKIP, output=given)
        await b.engine.wait(run_id)
        state = b.state(run_id)
        step = state.steps[StepPath("0")]
        assert (step.status, step.reason, step.is_touched) == (StepStatus.COMPLETED, Reason.GIVEN, True)
        assert (b.action.names, state.status) == (["b"], RunStatus.COMPLETED)
        assert seen == [("made up", "red")]

    async def look(params: Any) -> None:
        seen.append((params.inputs["prior_context"], params.inputs["colour"]))

    seen: list[tuple[str, str]] = []
    play(script, FakeAction(b=look))


def test_who_goes_step_by_step_is_asked_after_a_step_and_before_the_next() -> None:
    """After it, the step can be run once more: what came of it before counts no more, its attempts stay."""

    async def script(b: Bench) -> None:
        run_id = await b.start(ABC, pauses=[("w", "0")])
        await held(b, run_id, "0")
        await release(b, run_id, "0", Release.STEP)
        state = await held(b, run_id, "0", after=1)
        first = state.steps[StepPath("0")]
        assert (first.status, state.status) == (StepStatus.COMPLETED, RunStatus.WAITING)
        with pytest.raises(NotPossibleError, match="has run already"):
            await release(b, run_id, "0", Release.SKIP)
        await release(b, run_id, "0", Release.AGAIN)
        again = (await held(b, run_id, "0", after=1)).steps[StepPath("0")]
        assert [one.attempt for one in again.attempts] == [1, 2]
        assert (again.output or ActionOutput()).context == "second"
        await release(b, run_id, "0", Release.STEP)
        await held(b, run_id, "1", after=1)
        with pytest.raises(NotPossibleError, match="has not run yet"):
            await release(b, run_id, "1", Release.AGAIN)
        await release(b, run_id, "1")
        await b.engine.wait(run_id)
        assert paused_at(b) == ["0", "0+", "0+", "1"]
        assert b.action.names == ["a", "a", "b", "c"]
        assert seen == ["second"]
        assert b.state(run_id).steps_done == b.state(run_id).steps_total == 3

    async def look(params: Any) -> None:
        seen.append(params.inputs["prior_context"])

    seen: list[str] = []
    play(script, FakeAction(a=[ActionOutput(context="first"), ActionOutput(context="second")], b=look))


def test_a_step_that_failed_can_be_run_once_more_before_the_run_fails_with_it() -> None:
    """While going step by step; let go, it fails as it would have."""

    async def script(b: Bench) -> None:
        run_id = await b.start("workflow w { call a }", pauses=[("w", "0")])
        await held(b, run_id, "0")
        await release(b, run_id, "0", Release.STEP)
        assert (await held(b, run_id, "0", after=1)).steps[StepPath("0")].status is StepStatus.FAILED
        await release(b, run_id, "0", Release.AGAIN)
        await held(b, run_id, "0", after=1)
        await release(b, run_id, "0")
        await b.engine.wait(run_id)
        assert b.state(run_id).status is RunStatus.FAILED
        assert b.action.names == ["a", "a"]

    play(script, FakeAction(a=ActionError("no")))


def test_a_gate_is_held_before_it_is_opened() -> None:
    """Its time does not run yet; it is answered as ever, and cannot be given an output."""

    async def script(b: Bench) -> None:
        run_id = await b.start(
            'workflow w { gate human_approval { timeout = "1m" on_timeout = "continue" } call a }',
            pauses=[("w", "0")],
        )
        state = await held(b, run_id, "0")
        assert state.waiting == ()
        with pytest.raises(NotPossibleError, match="answer it"):
            await release(b, run_id, "0", Release.SKIP)
        await release(b, run_id, "0")
        await b.engine.wait(run_id)
        assert (b.state(run_id).status, b.action.names) == (RunStatus.COMPLETED, ["a"])

    play(script)


def test_dry_runs_and_mocked_runs_pause_too() -> None:
    """Scripts that only say what they would have done among them."""

    async def script(b: Bench) -> None:
        options = RunOptions(dry_run=True)
        run_id = await b.start(
            'workflow w { script s { run = "true" } }', options=options, pauses=[("w", "0")]
        )
        await held(b, run_id, "0")
        await release(b, run_id, "0", Release.SKIP, output='{"markers": ["x"]}')
        await b.engine.wait(run_id)
        assert b.state(run_id).steps[StepPath("0")].reason is Reason.GIVEN

    play(script)


SUB = {"sub": "workflow sub { call x call y }"}


def test_workflows_that_are_called_pause_where_they_say_and_whoever_called_them_knows() -> None:
    """A breakpoint belongs to a definition, of the whole or of a part; what is changed shows outside."""

    async def script(b: Bench) -> None:
        run_id = await b.start(
            "workflow w { call workflow sub call a }", others=SUB, pauses=[("sub", "1"), ("w", "1")]
        )
        await asyncio.sleep(1)
        part = b.state(run_id).steps[StepPath("0")].child_run
        assert part is not None
        state = await held(b, part)
        assert (state.status, b.state(run_id).status) == (RunStatus.WAITING, RunStatus.RUNNING)
        await b.engine.handle(
            SetBreakpoints(run_id=part, remove=(Breakpoint(workflow="w", path=StepPath("1")),))
        )
        assert [point.workflow for point in b.state(run_id).breakpoints] == ["sub"]
        await release(b, part, values={"prior_context": "made up"})
        await b.engine.wait(run_id)
        whole = b.state(run_id)
        assert (whole.status, whole.steps[StepPath("0")].is_touched) == (RunStatus.COMPLETED, True)
        assert not whole.steps[B].is_touched

    play(script)


def test_every_item_of_a_fan_out_pauses_where_its_workflow_says() -> None:
    """And goes on by itself; the fan-out, too, is held as a step, and takes what was changed of it."""
    options = 'over = things workflow = sub max_parallel = 2 inputs = { who = "{{env}}" }'
    source = f'workflow w {{ inputs {{ env default = "test" }} foreach f {{ {options} }} }}'
    called = {"sub": "workflow sub { inputs { who } call x }"}

    async def script(b: Bench) -> list[str]:
        run_id = await b.start(source, others=called, pauses=[("sub", "0"), ("w", "0")])
        await held(b, run_id, "0")
        await release(b, run_id, "0", values={"env": "prod"})
        await asyncio.sleep(1)
        parts = [b.state(run_id).steps[StepPath(f"0/{n}")].child_run for n in (0, 1)]
        for part in parts:
            assert part is not None
            await held(b, part, "0", after=1)
            await release(b, part, "0", Release.SKIP)
        await b.engine.wait(run_id)
        state = b.state(run_id)
        assert all(state.steps[StepPath(path)].is_touched for path in ("0", "0/0", "0/1"))
        assert state.status is RunStatus.COMPLETED
        return [b.state(part).inputs["who"] for part in parts if part is not None]

    provider = FakeProvider(FanOutItem(id="one"), FanOutItem(id="two"))
    assert play(script, providers={"things": provider}) == ["prod", "prod"]


def test_a_run_that_died_while_it_paused_has_lost_and_doubled_nothing() -> None:
    """Whichever write was the last: what is resumed pauses no more, and each step runs once."""

    def lived(cut: int) -> tuple[RunState, list[str], bool]:
        store, action = memory(), FakeAction()
        dark = CutStore(store, cut)

        async def first(b: Bench) -> None:
            run_id = await b.start(ABC, pauses=[("w", "1")])
            await held(b, run_id)
            await release(b, run_id, values={"prior_context": "x"})
            await b.engine.wait(run_id)

        async def second(b: Bench) -> RunState:
            await b.engine.handle(ResumeRun(run_id=RunId("RUN00000000000000000000001")))
            await b.engine.wait(RunId("RUN00000000000000000000001"))
            return b.state(RunId("RUN00000000000000000000001"))

        try:
            play(first, action, dark)
        except PowerCutError:
            return play(second, action, dark.mend(), owner=SECOND_LIFE), action.names, True
        return None, action.names, False  # type: ignore[return-value]  # nothing is left to be cut

    for cut in range(1, 30):
        state, names, was_cut = lived(cut)
        if not was_cut:
            break
        assert state.status is RunStatus.COMPLETED
        assert state.breakpoints == ()
        assert sorted(set(names)) == ["a", "b", "c"]
    else:
        pytest.fail("it was always cut")


def test_breakpoints_outlast_a_resume_in_the_same_program_only() -> None:
    """They belong to nobody's definition, and to no other life."""

    async def script(b: Bench) -> None:
        run_id = await b.start(ABC, pauses=[("w", "1")])
        await held(b, run_id)
        await b.engine.handle(CancelRun(run_id=run_id))
        await b.engine.wait(run_id)
        await b.engine.handle(ResumeRun(run_id=run_id))
        state = await held(b, run_id)
        assert len(state.breakpoints) == 1
        await release(b, run_id)
        await b.engine.wait(run_id)
        assert b.action.names == ["a", "b", "c"]

    play(script)


def test_what_was_edited_or_given_is_never_taken_over() -> None:
    """Neither by itself nor inside of a workflow that was called: it does not follow from the definition."""
    source = "workflow w { call a call workflow sub call b }"

    async def script(b: Bench) -> list[str]:
        run_id = await b.start(source, others=SUB, pauses=[("sub", "0")])
        await asyncio.sleep(1)
        part = b.state(run_id).steps[B].child_run
        assert part is not None
        await release(b, part, "0", Release.SKIP)
        await b.engine.wait(run_id)
        done = len(b.action.names)
        await b.finish(source, others=SUB, warm_from=run_id)
        return list(b.action.names[done:])

    assert play(script) == ["x", "y", "b"]


def test_secrets_are_neither_taken_nor_told() -> None:
    """What is changed is recorded, so nothing that must not be is taken."""

    async def script(b: Bench) -> None:
        b.engine.around.secrets.add(["hunter2hunter2"])
        run_id = await b.start(ABC, pauses=[("w", "1")])
        await held(b, run_id)
        with pytest.raises(NotPossibleError, match="secret"):
            await release(b, run_id, values={"prior_context": "hunter2hunter2"})
        await b.engine.shutdown()

    play(script)


@pytest.mark.parametrize("is_taken_back", [False, True])
def test_what_was_changed_at_a_pause_outlasts_the_program(is_taken_back: bool) -> None:
    """It is recorded when it is changed, while the step stays held; what was taken back is no change."""
    store, action = memory(), FakeAction()
    dark = CutStore(store, 1_000)
    changes: list[dict[str, str]] = [{"prior_context": "x"}, *([{}] if is_taken_back else [])]

    async def first(b: Bench) -> None:
        run_id = await b.start(ABC, pauses=[("w", "1")])
        await held(b, run_id)
        for values in changes:
            await release(b, run_id, how=Release.EDIT, values=values)
        assert (await held(b, run_id)).steps[B].is_touched is not is_taken_back
        dark.left = 0
        await release(b, run_id)
        await b.engine.wait(run_id)

    async def second(b: Bench) -> RunState:
        run_id = RunId("RUN00000000000000000000001")
        await b.engine.handle(ResumeRun(run_id=run_id))
        await b.engine.wait(run_id)
        return b.state(run_id)

    async def look(params: Any) -> None:
        seen.append(params.inputs["prior_context"])

    seen: list[str] = []
    with pytest.raises(PowerCutError):
        play(first, action, dark)
    state = play(second, FakeAction(b=look), dark.mend(), owner=SECOND_LIFE)
    assert (seen, state.status) == ([""] if is_taken_back else ["x"], RunStatus.COMPLETED)
    assert (state.steps[B].edit is None, state.steps[B].is_touched) == (is_taken_back, not is_taken_back)
