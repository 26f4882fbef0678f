"""From the first event of a run to its last, and again."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from flow_tui.engine.commands import ResumeRun
from flow_tui.engine.keeping import RunQuery
from flow_tui.engine.registry import Registry
from flow_tui.engine.run import cookie
from flow_tui.errors import (
    ActionError,
    DefinitionError,
    MissingInputError,
    NotPossibleError,
    RunNotFoundError,
    RunOwnedError,
)
from flow_tui.model import events as ev
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.status import AttemptStatus, Reason, RunStatus, StepStatus
from flow_tui.model.values import ActionOutput, ProcessIdentity, RunOptions
from flow_tui.testing import FakeAction, FakeLauncher, run_workflow
from tests.flows import HOUR, SECOND_LIFE, CutStore, PowerCutError, memory, of, play, said

case = pytest.mark.case
A, B = StepPath("0"), StepPath("1")
RUN = RunId(f"RUN{1:023}")


@case(1, 115)
def test_a_run_of_one_step_says_five_things_and_a_sum():
    """The order of events is fixed, and so is what they lead to."""

    async def script(b):
        state = await b.finish("workflow w { call a }")
        return state, said(b.events)

    state, types = play(script)
    assert types == [
        "run_started",
        "step_started",
        "attempt_started",
        "step_finished",
        "metrics_updated",
        "run_finished",
    ]
    assert state.status is RunStatus.COMPLETED
    assert state.steps[A].status is StepStatus.COMPLETED


@case(2)
def test_steps_run_in_the_order_in_which_they_are_written():
    """Each begins when the one before has ended."""
    state = run_workflow("workflow w { call a call b call c }")
    assert [(path, step.name) for path, step in state.steps.items()] == [("0", "a"), ("1", "b"), ("2", "c")]


@case(3)
def test_a_run_without_steps_completes():
    """There is nothing to do, and it is done."""
    state = run_workflow("workflow w { }")
    assert (state.status, state.steps) == (RunStatus.COMPLETED, {})


@case(4, 9)
def test_what_cannot_run_is_refused_before_anything_is_written():
    """All that is missing is reported at once, each with its place; there is no run, no lease, no event."""

    async def script(b):
        b.engine.around = replace(b.engine.around, registry=Registry(actions={"known": b.action}))
        with pytest.raises(DefinitionError) as refused:
            await b.start(
                "workflow w { call known call one { on_fail = two } gate pr_checks { } call workflow sub }"
            )
        return refused.value.diagnostics, b.store.runs(RunQuery()), b.store.owner(RUN), b.events

    diagnostics, runs, owner, events = play(script)
    assert [one.code for one in diagnostics] == ["S-ACTION", "S-ACTION", "S-UNSUPPORTED", "S-SUB-LOAD"]
    assert all(one.span.line == 1 for one in diagnostics)
    assert (runs, owner, events) == ((), None, [])


@case(7)
def test_everything_that_nobody_provides_is_told_at_once():
    """Actions, items and answers to gates: each has a hint of what to do about it."""

    async def script(b):
        b.engine.around = replace(b.engine.around, registry=Registry())
        source = (
            "workflow w { call one gate office { } foreach f { over = stars workflow = w max_parallel = 1 } }"
        )
        with pytest.raises(DefinitionError) as refused:
            await b.start(source)
        return refused.value, b.store.runs(RunQuery())

    error, runs = play(script)
    told = {one.code: one for one in error.diagnostics}
    assert {"S-ACTION", "S-UNSUPPORTED"} <= set(told)
    for name in ("'one'", "'office'", "'stars'"):
        assert any(name in one.message for one in error.diagnostics)
    assert all(one.hint for one in error.diagnostics)
    assert runs == ()


@case(5, 9)
def test_a_fallback_runs_whatever_nobody_else_does():
    """Every name is sound then, that of a helper too; what the engine has when a run begins counts."""
    first, second = FakeAction(), FakeAction()

    async def script(b):
        b.engine.around = replace(b.engine.around, registry=Registry(fallback=second))
        return await b.finish("workflow w { call anything call else_ { on_fail = whoever } }")

    state = play(script, first)
    assert state.status is RunStatus.COMPLETED
    assert (first.names, second.names) == ([], ["anything", "else_"])


@case(6)
def test_an_action_registered_by_name_comes_before_any_other():
    """Then what the project's files hold, then the fallback."""
    from flow_tui.engine.ports import Found
    from flow_tui.testing import FakeFiles

    class Finder:
        def find(self, name, files):
            return Found(action=found, origin="file") if name in {"named", "found"} else None

    named, found, fallback = FakeAction(), FakeAction(), FakeAction()
    registry = Registry(actions={"named": named}, finders=(Finder(),), fallback=fallback)
    files = FakeFiles("/", {})
    assert [registry.find(name, files).action for name in ("named", "found", "other")] == [
        named,
        found,
        fallback,
    ]
    assert Registry().find("other", files) is None


@case(25)
def test_inputs_have_defaults_and_required_ones_must_be_given():
    """A boolean that was left out is false; what was given is kept."""
    source = (
        "workflow w { inputs { name required  mood default = calm  loud boolean  quiet boolean } call a }"
    )
    action = FakeAction()
    run_workflow(source, action, inputs={"name": "ada", "quiet": "true"})
    given = action.calls[0].inputs
    assert [given[name] for name in ("name", "mood", "loud", "quiet")] == ["ada", "calm", "false", "true"]
    with pytest.raises(MissingInputError, match="'name'"):
        run_workflow(source)


@case(24)
def test_a_run_that_has_ended_belongs_to_nobody():
    """Its lease is free at once."""

    async def script(b):
        state = await b.finish("workflow w { call a }")
        return b.store.owner(state.run_id), b.store.acquire(state.run_id, SECOND_LIFE, b.clock.now())

    owner, lease = play(script)
    assert owner is None
    assert lease.generation == 2


@case(14, 15)
def test_a_run_that_another_process_works_on_is_refused():
    """Nothing is read, nothing written; the owner is named."""

    async def script(b):
        store = b.store
        failed = await b.finish("workflow w { call a }")
        store.acquire(failed.run_id, SECOND_LIFE, b.clock.now())
        with pytest.raises(RunOwnedError) as refused:
            await b.engine.resume(ResumeRun(run_id=failed.run_id))
        return str(refused.value), len(list(store.history(failed.run_id))) == failed.seq

    text, untouched = play(script, FakeAction(a=ActionError("no")))
    assert text.endswith("is owned by second")
    assert untouched


@case(13, 16)
def test_every_part_of_a_run_has_a_lease_of_its_own():
    """The number grows each time the run is taken up."""

    async def script(b):
        generations = []
        failed = await b.finish("workflow w { call a }")
        for _ in range(2):
            await b.engine.resume(ResumeRun(run_id=failed.run_id))
            generations.append(b.engine._active[failed.run_id].driver.run.journal.lease.generation)
            await b.engine.wait(failed.run_id)
        return generations

    assert play(script, FakeAction(a=ActionError("no"))) == [2, 3]


def test_a_workflow_that_goes_on_after_failures_fails_in_the_end():
    """With fail_fast off every step runs, and the first failure is the run's."""
    action = FakeAction(a=ActionError("one"), b=ActionError("two"))
    state = run_workflow("workflow w { call a call b call c }", action, options=RunOptions(fail_fast=False))
    assert action.names == ["a", "b", "c"]
    assert (state.status, state.error) == (RunStatus.FAILED, "step 'a' failed after 1 attempt: one")


# Going on


def resumed(source, *, cut=None, first=None, second=None, launcher=None, confirmed=False, **given):
    """Return the state of a run that was cut short or failed, and resumed, and what the second part did."""
    store = memory()
    dark = CutStore(store, cut) if cut is not None else store

    async def begin(b):
        await b.finish(source, **given)

    if cut is None:
        play(begin, first, dark)
    else:
        with pytest.raises(PowerCutError):
            play(begin, first, dark)

    async def go_on(b):
        await b.engine.resume(ResumeRun(run_id=RUN, by="ada", confirmed=confirmed))
        await b.engine.wait(RUN)
        return b.state(RUN), b

    return play(go_on, second, store, owner=SECOND_LIFE, launcher=launcher)


@case(124)
def test_what_was_done_is_not_done_again_and_still_counts():
    """Markers, context and values of a completed step are there for those that follow."""
    first = FakeAction(
        a=ActionOutput(markers=("yes",), context="from a", structured='{"color":"red"}'), b=ActionError("no")
    )
    given = {}

    async def look(params):
        given.update(params.inputs)

    second = FakeAction(b=look)
    state, b = resumed("workflow w { call a if a.yes { call b } }", first=first, second=second)
    assert second.names == ["b"]
    assert (given["prior_context"], given["color"]) == ("from a", "red")
    assert state.status is RunStatus.COMPLETED
    assert of(b.events, ev.RunResumed) == [ev.RunResumed(generation=1, by="ada")]


@pytest.mark.parametrize("cut", range(6, 14))
def test_who_waits_for_a_part_was_at_work_for_as_long_as_the_part(cut):
    """Also where the program died: what was last heard of a part, was heard of all that is around it."""
    others = {"one": "workflow one { call workflow two }", "two": "workflow two { call a call b call c }"}
    store = memory()
    takes = {name: timedelta(minutes=1) for name in "abc"}
    with pytest.raises(PowerCutError):
        play(
            lambda b: b.finish("workflow w { call workflow one }", others=others),
            FakeAction(takes),
            CutStore(store, cut),
        )

    async def go_on(b):
        await b.clock.sleep(timedelta(hours=1))
        await b.engine.resume(ResumeRun(run_id=RUN))
        await b.engine.wait(RUN)
        return {run.workflow: b.state(run.run_id) for run in b.store.runs(RunQuery(parts=True))}

    runs = play(go_on, FakeAction(takes), store, owner=SECOND_LIFE)
    outer, one, two = (runs[name] for name in ("w", "one", "two"))
    spans = [run.took(run.ended_at) for run in (outer, one, two)]
    assert spans == sorted(spans, reverse=True)
    waits = [run.steps[A].worked(run.ended_at) for run in (outer, one)]
    inside = sum((step.worked(two.ended_at) for step in two.steps.values()), timedelta())
    assert waits[0] >= waits[1] >= inside >= timedelta(minutes=3)


@case(124)
def test_when_nothing_was_done_everything_runs():
    """Whoever resumes a run whose first step failed begins at the beginning."""
    second = FakeAction()
    state, _ = resumed("workflow w { call a call b }", first=FakeAction(a=ActionError("no")), second=second)
    assert second.names == ["a", "b"]
    assert state.status is RunStatus.COMPLETED


@case(128)
def test_a_run_that_is_being_resumed_is_not_resumed_again():
    """What is known of it already is not mixed with what would be read anew."""

    async def script(b):
        failed = await b.finish("workflow w { call a }")
        again = ResumeRun(run_id=failed.run_id)
        await b.engine.resume(again)
        with pytest.raises(NotPossibleError, match="it is running"):
            await b.engine.resume(again)
        await b.engine.wait(failed.run_id)
        return b.action.names

    assert play(script, FakeAction(a=[ActionError("no"), HOUR])) == ["a", "a"]


@case(125)
def test_a_loop_goes_on_in_the_pass_it_was_in():
    """Passes that were completed are not repeated."""
    source = "workflow w { call a while a.more { max_iterations = 5 call a } }"
    more, enough = ActionOutput(markers=("more",)), ActionOutput()
    second = FakeAction(a=enough)
    state, _ = resumed(source, first=FakeAction(a=[more, more, more, ActionError("no")]), second=second)
    assert [one.path for one in second.calls] == ["1#3/0"]
    assert state.steps[StepPath("1")].passes == 3


@case(126)
def test_a_step_is_known_by_its_place_and_not_by_its_name():
    """The same agent before, inside and after a loop is three steps."""
    source = "workflow w { call a while a.more { max_iterations = 2 call a } call a }"
    first = FakeAction(a=[ActionOutput(markers=("more",)), ActionError("no")])
    second = FakeAction()
    resumed(source, first=first, second=second)
    assert [one.path for one in second.calls] == ["1#1/0", "2"]


@case(127)
def test_an_agent_named_by_its_file_is_remembered_too():
    """Conditions find it under the name of the file."""
    first = FakeAction({"agents/plan.md": "ready"}, b=ActionError("no"))
    second = FakeAction()
    resumed('workflow w { call "agents/plan.md" if plan.ready { call b } }', first=first, second=second)
    assert second.names == ["b"]


def test_a_failed_step_has_all_its_attempts_again_when_somebody_resumes_the_run():
    """What was tried stays on record and no longer counts."""
    second = FakeAction(a=[ActionError("again"), None])
    state, _ = resumed(
        "workflow w { call a { retries = 1 } }", first=FakeAction(a=ActionError("no")), second=second
    )
    assert [one.retries_remaining for one in second.calls] == [1, 0]
    assert [one.attempt for one in second.calls] == [3, 4]
    assert state.status is RunStatus.COMPLETED


def test_an_attempt_that_was_cut_short_does_not_count():
    """The step has as many retries left as before, and says that it runs again after a crash."""
    source = "workflow w { call a { retries = 1 } }"
    second = FakeAction()
    state, b = resumed(source, cut=2, first=FakeAction(a=None), second=second)
    assert second.calls[0].retries_remaining == 1
    assert [one.status for one in state.steps[A].attempts] == [
        AttemptStatus.INTERRUPTED,
        AttemptStatus.COMPLETED,
    ]
    assert of(b.events, ev.AttemptStarted)[0].after_crash
    assert second.calls[0].idempotency_key


def test_a_key_for_external_effects_is_the_same_in_every_attempt():
    """Retries and crashes do not change it; another step has another."""
    first, second = FakeAction(a=[ActionError("no"), HOUR]), FakeAction()
    resumed("workflow w { call a { retries = 2 } call b }", cut=4, first=first, second=second)
    keys = {one.idempotency_key for one in (*first.calls, *second.calls) if one.name == "a"}
    assert len(keys) == 1
    assert second.calls[-1].idempotency_key not in keys


@pytest.mark.parametrize(("cut", "names"), [(3, ["b"]), (5, ["c"])])
def test_what_the_run_had_gone_past_stands_when_it_was_cut_short(cut, names):
    """A step that failed, and was passed over, is not tried again just because the power went."""
    source = "workflow w { call a { on_fail = continue } call b call c }"
    second = FakeAction()
    state, _ = resumed(source, cut=cut, first=FakeAction(a=ActionError("no")), second=second)
    assert second.names[: len(names)] == names
    assert state.steps[A].status is StepStatus.SKIPPED
    assert len(state.steps[A].attempts) == 1


@pytest.mark.parametrize(
    ("on_crash", "confirmed", "status"),
    [
        ("rerun", False, RunStatus.COMPLETED),
        ("ask", False, RunStatus.FAILED),
        ("ask", True, RunStatus.COMPLETED),
        ("fail", True, RunStatus.FAILED),
    ],
)
def test_a_step_runs_a_second_time_only_if_it_may(on_crash, confirmed, status):
    """After a crash on_crash decides, and it takes a person to say that it may."""
    second = FakeAction()
    state, _ = resumed(
        f"workflow w {{ call a {{ on_crash = {on_crash} }} call b }}",
        cut=2,
        first=FakeAction(),
        second=second,
        confirmed=confirmed,
        options=RunOptions(fail_fast=on_crash == "fail"),
    )
    assert state.status is status
    if status is RunStatus.FAILED:
        assert second.calls == []
        assert ("--confirm" in state.error) is (on_crash == "ask")
        assert (state.steps[A].reason is Reason.UNCONFIRMED) is (on_crash == "ask")


def test_who_said_no_once_can_still_be_asked_again():
    """A run that stopped because it was not confirmed goes on when it is."""
    store = memory()
    dark = CutStore(store, 2)
    source = "workflow w { call a { on_crash = ask } }"
    with pytest.raises(PowerCutError):
        play(lambda b: b.finish(source), None, dark)

    async def go_on(b):
        for confirmed in (False, True):
            await b.engine.resume(ResumeRun(run_id=RUN, confirmed=confirmed))
            await b.engine.wait(RUN)
        return b.state(RUN), b.action.names

    state, names = play(go_on, None, store, owner=SECOND_LIFE)
    assert (state.status, names) == (RunStatus.COMPLETED, ["a"])


class OrderedLauncher(FakeLauncher):
    """Notes what happens when, and can refuse to end anything."""

    def __init__(self, *, can_end=True):
        super().__init__()
        self.can_end = can_end

    async def end(self, identity, grace):
        """Remember the process."""
        await super().end(identity, grace)
        return self.can_end

    async def end_carriers(self, words, grace):
        """Remember the words."""
        await super().end_carriers(words, grace)
        return frozenset() if self.can_end else frozenset(words)


LEFT = ProcessIdentity(pid=4711, start_time="9", boot_id="boot", host="here", cookie="left")


async def spawn(params):
    """Say that there is a process, and never end."""
    await params.on_start(LEFT)
    await asyncio.sleep(3600)


def noting(seen, then):
    """Return what a step does that notes what was seen before it ran."""

    async def note(_params):
        then.extend(seen)

    return note


@pytest.mark.parametrize("can_end", [True, False])
def test_no_step_runs_again_while_its_process_may_still_run(can_end):
    """What was left running is ended first; if it cannot be, the run does not go on."""
    launcher, ended_first = OrderedLauncher(can_end=can_end), []
    second = FakeAction(a=[noting(launcher.ended, ended_first)])
    given = {"cut": 3, "first": FakeAction(a=spawn), "second": second, "launcher": launcher}
    source = 'workflow w { call a { timeout = "1m" } }'
    if can_end:
        state, _ = resumed(source, **given)
        assert ended_first == [LEFT]
        assert state.status is RunStatus.COMPLETED
    else:
        with pytest.raises(NotPossibleError, match="process 4711 of step 'a' still runs"):
            resumed(source, **given)
        assert second.calls == []


@pytest.mark.parametrize("can_end", [True, False])
def test_a_process_that_was_never_recorded_is_looked_for_before_its_step_runs_again(can_end):
    """Its word follows from run, step and attempt alone; if what carries it stays, the run does not go on."""
    launcher, swept_first = OrderedLauncher(can_end=can_end), []
    second = FakeAction(b=[noting(launcher.swept, swept_first)])
    given = {"cut": 3, "second": second, "launcher": launcher}
    if can_end:
        state, _ = resumed("workflow w { call a call b }", **given)
        assert swept_first == [cookie(RUN, StepPath("1"), 1)]
        assert (state.status, second.names) == (RunStatus.COMPLETED, ["b"])
    else:
        with pytest.raises(NotPossibleError, match="a process of step 'b' still runs"):
            resumed("workflow w { call a call b }", **given)
        assert second.calls == []


def test_a_process_that_was_recorded_is_not_looked_for_among_all():
    """The table of processes is read only for what is not known."""
    launcher = FakeLauncher()
    resumed('workflow w { call a { timeout = "1m" } }', cut=3, first=FakeAction(a=spawn), launcher=launcher)
    assert (launcher.ended, launcher.swept) == ([LEFT], [])


@case(129)
def test_only_a_run_that_exists_and_did_not_complete_can_be_resumed():
    """Completed and unknown runs are refused, and their leases are free afterwards."""

    async def script(b):
        done = await b.finish("workflow w { call a }")
        with pytest.raises(NotPossibleError, match="it has completed"):
            await b.engine.resume(ResumeRun(run_id=done.run_id))
        with pytest.raises(RunNotFoundError):
            await b.engine.resume(ResumeRun(run_id=RunId("NOSUCHRUN")))
        running = await b.start("workflow w { call a { timeout = 1 } }")
        with pytest.raises(NotPossibleError, match="it is running"):
            await b.engine.resume(ResumeRun(run_id=running))
        await b.engine.wait(running)
        return b.store.owner(done.run_id)

    assert play(script) is None


@case(129, 130)
def test_a_cancelled_run_goes_on_as_it_began():
    """Its options and inputs are those of its start: a dry run stays dry."""

    async def script(b):
        from flow_tui.engine.commands import CancelRun

        run_id = await b.start(
            "workflow w { inputs { who required } call a }",
            inputs={"who": "ada"},
            options=RunOptions(dry_run=True),
        )
        await asyncio.sleep(1)
        await b.engine.handle(CancelRun(run_id=run_id))
        await b.engine.wait(run_id)
        await b.engine.resume(ResumeRun(run_id=run_id))
        await b.engine.wait(run_id)
        return b.state(run_id), b.action.calls[-1]

    state, last = play(script, FakeAction(a=[HOUR, None]))
    assert (state.status, state.reason) == (RunStatus.COMPLETED, Reason.NONE)
    assert (last.dry_run, last.inputs["dry_run"], last.inputs["who"]) == (True, "true", "ada")


def test_what_a_run_has_used_up_counts_across_crashes():
    """The sum at the end is that of all completed steps."""
    spent = ActionOutput(metrics={"cost_usd": 1.0})
    state, _ = resumed(
        "workflow w { call a call b }", cut=3, first=FakeAction(a=spent), second=FakeAction(b=spent)
    )
    assert state.totals == {"cost_usd": 2.0}
