"""Runs that go on for some of their steps only: those run again, and nothing else that has run."""

import asyncio
from dataclasses import dataclass, field

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from flow_tui.engine import resuming
from flow_tui.engine.commands import CancelRun, ResolveGate, ResumeRun
from flow_tui.errors import ActionError, NotPossibleError, UsageError
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.plan import ITEM, LEAVES
from flow_tui.model.resuming import is_inside
from flow_tui.model.status import Reason, Redo, RunStatus, StepStatus
from flow_tui.model.values import ActionOutput, Decision, RunOptions
from flow_tui.testing import FakeProvider
from tests.conftest import tried
from tests.flows import (
    SECOND_LIFE,
    THINGS,
    Chance,
    CutStore,
    FaultyStore,
    PowerCutError,
    Written,
    facts,
    memory,
    play,
    workflows,
)

RUN = RunId(f"RUN{1:023}")


class Calls:
    """Notes who is called where; what is told to fails, and the others leave the markers that they are to."""

    def __init__(self, *failing, **markers):
        self.calls = []
        self.failing = set(failing)
        self.markers = markers
        self.takes = {}
        """So many seconds, by name."""

    async def execute(self, params):
        self.calls.append(f"{params.name} {params.inputs.get('item.id', '') or params.path}")
        if params.name in self.failing or self.calls[-1] in self.failing:
            raise ActionError("no")
        await asyncio.sleep(self.takes.get(params.name, 0))
        return ActionOutput(markers=self.markers.get(params.name, ()), context=f"from {params.path}")


async def alone(b, action, *only, mend=True):
    """Have only some steps run again; return who was called since, and the state."""
    if mend:
        action.failing.clear()
    before = len(action.calls)
    paths = resuming.only_these(b.state(RUN), only)
    await b.engine.resume(ResumeRun(run_id=RUN, by="ada", redo=Redo.ONLY, only=paths))
    await b.engine.wait(RUN)
    return action.calls[before:], b.state(RUN)


def played(source, *only, action=None, how=None, mend=True, **given):
    """Return who is called again, and how the run stands before and then."""
    action = action or Calls()

    async def script(b):
        before = await b.finish(source, **(how or {}))
        return before.copy(), *await alone(b, action, *only, mend=mend)

    return play(script, action, **given)


def test_only_the_chosen_steps_of_a_completed_run_run_again():
    """What comes between them, and after, stays as it was."""
    before, calls, after = played("workflow w { call a call b call c call d }", "a", "c")
    assert calls == ["a 0", "c 2"]
    assert after.status is RunStatus.COMPLETED
    assert after.steps["1"] == before.steps["1"]
    assert after.steps["3"] == before.steps["3"]


def test_a_chosen_step_that_had_failed_lets_the_run_go_on():
    """What the run had not come to follows, since nothing is in the way any more."""
    _, calls, after = played("workflow w { call a call b call c }", "b", action=Calls("b"))
    assert calls == ["b 1", "c 2"]
    assert after.status is RunStatus.COMPLETED


def test_what_failed_and_was_not_chosen_stays_failed_and_ends_the_run_as_before():
    """Neither it nor what the run had not come to runs, but what was chosen does."""
    source = (
        "workflow w { call a parallel { fail_fast = false call b call c call d } call e always { call f } }"
    )
    before, calls, after = played(source, "c", "f", action=Calls("b", "c"))
    assert calls == ["c 1/1", "f always/0"]
    assert (after.status, after.error) == (before.status, before.error)
    assert [after.steps[path].status for path in ("1/0", "1/1")] == [StepStatus.FAILED, StepStatus.COMPLETED]
    assert "2" not in after.steps


def test_branches_run_again_beside_one_whose_failure_had_stopped_them():
    """Those that were stopped and not chosen stay so."""
    source = "workflow w { parallel { call a call b call c } call d }"
    action = Calls("a")
    action.takes = {"b": 1, "c": 1}
    before, calls, after = played(source, "0/1", action=action)
    assert before.steps["0/1"].reason is Reason.FAIL_FAST
    assert calls == ["b 0/1"]
    assert [after.steps[f"0/{n}"].status.value for n in range(3)] == ["failed", "completed", "cancelled"]
    assert after.status is RunStatus.FAILED


ITEMS = "workflow w {{ foreach f {{ over = things workflow = one max_parallel = {} {} }} call after }}"
ONE = {"others": {"one": "workflow one { call p call q }"}}


@pytest.mark.parametrize("option", ["", "on_child_fail = halt"])
def test_only_the_chosen_items_run_again(option):
    """One that failed goes on with what it had not done; one that completed runs from the start."""
    how = dict(ONE)
    before, calls, after = played(
        ITEMS.format(9, option),
        "x",
        "y",
        action=Calls("q y", "q z"),
        how=how,
        providers={"things": FakeProvider("x", "y", "z")},
    )
    assert sorted(calls) == ["p x", "q x", "q y"]
    assert after.steps["0/2"] == before.steps["0/2"]
    assert after.status is RunStatus.FAILED
    assert "1" not in after.steps


def test_when_every_failed_item_was_chosen_the_run_goes_on_after_them():
    """As if they had never failed."""
    _, calls, after = played(
        ITEMS.format(1, ""),
        "0/1",
        action=Calls("q y"),
        how=dict(ONE),
        providers={"things": FakeProvider("x", "y")},
    )
    assert calls == ["q y", "after 1"]
    assert after.status is RunStatus.COMPLETED


def test_an_item_is_left_out_again_while_what_it_depends_on_has_failed():
    """It cannot run before that, chosen or not."""
    _, calls, after = played(
        ITEMS.format(1, "ordered = true on_child_fail = skip_dependents"),
        "y",
        action=Calls("p x"),
        how=dict(ONE),
        providers={"things": FakeProvider("x", "y", edges=[("x", "y")])},
    )
    assert calls == []
    assert after.steps["0/1"].status is StepStatus.SKIPPED


def test_what_was_decided_stands_when_a_chosen_step_says_something_else():
    """Neither a condition nor a loop is decided anew: what they hold has run, or has not."""
    source = (
        "workflow w { call a if a.yes { call b } unless a.yes { call c } do { max_iterations = 3 call d }"
    )
    source += " while d.more call e }"
    action = Calls(a=("yes",))

    async def script(b):
        await b.finish(source)
        action.markers = {"d": ("more",)}
        return await alone(b, action, "a", "d", "b")

    calls, after = play(script, action)
    assert calls == ["a 0", "b 1/0", "d 3#1/0"]
    assert after.steps["3"].passes == 1
    assert after.status is RunStatus.COMPLETED


def test_a_block_and_a_pass_run_again_with_all_that_is_inside():
    """A loop that was chosen itself is decided anew."""
    source = (
        "workflow w { do { max_iterations = 2 on_max_iter = continue call a call b } while b.more call c }"
    )
    assert played(source, "0#2", action=Calls(b=("more",)))[1] == ["a 0#2/0", "b 0#2/1"]
    assert len(played(source, "0", action=Calls(b=("more",)))[1]) == 4


def test_a_chosen_step_that_fails_again_stops_those_behind_it():
    """They can be chosen again afterwards, and are gone to past the failure."""
    action = Calls()

    async def script(b):
        await b.finish("workflow w { call a call b call c call d }")
        action.failing = {"a"}
        first = await alone(b, action, "a", "c", mend=False)
        second = await alone(b, action, "c")
        third = await alone(b, action, "a")
        return [first, second, third]

    (first, failed), (second, still), (third, at_last) = play(script, action)
    assert (first, second, third) == (["a 0"], ["c 2"], ["a 0"])
    assert [state.status.value for state in (failed, still, at_last)] == ["failed", "failed", "completed"]


def test_a_cancelled_run_stays_cancelled_unless_what_was_cut_short_is_chosen():
    """A step that nobody chose is not begun again."""
    action = Calls()
    action.takes["b"] = 1000

    async def script(b):
        run_id = await b.start("workflow w { call a call b call c }")
        await asyncio.sleep(1)
        await b.engine.handle(CancelRun(run_id=run_id, by="ada"))
        await b.engine.wait(run_id)
        action.takes.clear()
        return [await alone(b, action, "a"), await alone(b, action, "b")]

    (first, still), (second, done) = play(script, action)
    assert first == ["a 0"]
    assert (still.status, still.reason) == (RunStatus.CANCELLED, Reason.USER)
    assert second == ["b 1", "c 2"]
    assert done.status is RunStatus.COMPLETED


def test_nothing_runs_behind_a_gate_that_was_rejected_and_is_not_asked_again():
    """A person's no stands until it is taken back."""
    action = Calls()
    source = 'workflow w { call a gate human_approval { prompt = "?" } call b }'

    async def answer(b, *, approved):
        await asyncio.sleep(1)
        decision = Decision(approved=approved, by="ada")
        await b.engine.handle(ResolveGate(run_id=RUN, path=StepPath("1"), decision=decision))
        await b.engine.wait(RUN)

    async def script(b):
        await b.start(source)
        await answer(b, approved=True)
        await b.engine.resume(ResumeRun(run_id=RUN, redo=Redo.ONLY, only=(StepPath("1"),)))
        await answer(b, approved=False)
        with pytest.raises(NotPossibleError, match="was not approved: it has to be asked again"):
            await alone(b, action, "b")
        first = await alone(b, action, "a")
        await b.engine.resume(ResumeRun(run_id=RUN, redo=Redo.ONLY, only=(StepPath("1"), StepPath("2"))))
        await answer(b, approved=True)
        return *first, b.state(RUN)

    calls, rejected, approved = play(script, action)
    assert calls == ["a 0"]
    assert rejected.reason is Reason.GATE_REJECTED
    assert action.calls[-1] == "b 2"
    assert approved.status is RunStatus.COMPLETED


def test_what_cannot_run_alone_is_refused_and_it_is_said_why():
    """Steps that the run has not come to, names that mean several, and a run that was cut short."""

    async def script(b):
        source = "workflow w { call a do { max_iterations = 2 on_max_iter = continue call a } while a.m"
        state = await b.finish(f"{source} if a.never {{ call b }} }}")
        with pytest.raises(UsageError, match="3 steps of the run are called 'a'") as refused:
            resuming.only_these(state, ["a"])
        for only in ((), ("7",), ("2/0",)):
            with pytest.raises(NotPossibleError):
                resuming.require_possible(state, Redo.ONLY, only=tuple(map(StepPath, only)))
        state.status = RunStatus.RUNNING
        with pytest.raises(NotPossibleError, match="cut short"):
            resuming.require_possible(state, Redo.ONLY, only=(StepPath("0"),))
        return refused.value.hint

    assert play(script, Calls(a=("m",))).endswith("0, 1#1/0, 1#2/0")


def test_it_is_said_what_runs_what_stays_and_how_the_run_ends():
    """Before anything is done."""

    async def script(b):
        source = "workflow w { call a parallel { fail_fast = false call b call c } call d }"
        state = await b.finish(source)
        told = [resuming.told(state, Redo.ONLY, only=(StepPath(path),)) for path in ("0", "1/0")]
        some = resuming.only_these(state, ["b", "c"])
        return *told, resuming.told(state, Redo.ONLY, only=some)

    first, second, third = play(script, Calls("b", "c"))
    assert "only what was chosen again: 1 step (a); 2 steps stay as they were; it ends as before" in first
    assert second.endswith("1 step (b); 2 steps stay as they were; it ends as before, because of c")
    assert third.endswith("2 steps (b, c); then 1 step may follow (d); 1 step stays as it was")


@dataclass
class Drawn:
    """A run that has ended, what of it is chosen, and how it ends when that has run again."""

    written: Written
    seed: int
    options: RunOptions
    store: object = field(default_factory=memory)
    action: Chance = field(init=False)
    before: object = None
    only: tuple = ()

    def __post_init__(self):
        """Run it for the first time."""
        self.action = Chance(self.seed)
        self.before = self.played(self.first, self.store).copy()

    def played(self, script, store, **given):
        """Return what ``script`` returns."""
        return play(script, self.action, store, sinks=[self.action.note], providers=THINGS, **given)

    async def first(self, b):
        """Run it to its end."""
        return await b.finish(self.written.source, options=self.options, others=self.written.others)

    def choose(self, data):
        """Choose some of what has run."""
        steps = [path for path, step in self.before.steps.items() if step.kind in LEAVES | {ITEM}]
        reached = resuming.alone(self.before, steps)
        assume(reached)
        drawn = data.draw(
            st.lists(st.sampled_from(reached), min_size=1, max_size=3, unique=True), label="only"
        )
        self.only = resuming.alone(self.before, drawn)

    def again(self, store, command, **given):
        """Go on with it; return how it stands then."""

        async def script(b):
            asyncio.get_running_loop().set_exception_handler(lambda *_: None)  # nobody is left to listen
            await b.engine.resume(command)
            await b.engine.wait(RUN)
            return b.state(RUN)

        return self.played(script, store, **given)

    @property
    def command(self):
        """Return what has only the chosen steps run again."""
        return ResumeRun(run_id=RUN, redo=Redo.ONLY, only=self.only)

    def is_chosen(self, path):
        """Say whether a step was chosen, or is inside of one that was."""
        return any(is_inside(path, each) for each in self.only)

    def is_around(self, path):
        """Say whether something inside was chosen."""
        return any(is_inside(each, path) for each in self.only)


runs = st.builds(
    Drawn,
    written=workflows,
    seed=st.integers(0, 10_000),
    options=st.builds(RunOptions, fail_fast=st.booleans()),
)


@given(run=runs, data=st.data())
@tried(80, by_night=1_000)
def test_exactly_the_chosen_steps_run_again(run, data):
    """Whatever the workflow: of what had run, every other row stays as it was, and what follows was told."""
    run.choose(data)
    told = resuming.preview(run.before, Redo.ONLY, only=run.only)
    run.action.calls.clear()
    run.action.places.clear()  # parts that begin anew get the places of those before
    after = run.again(run.store, run.command)
    own = [StepPath(call) for call in run.action.calls if "@" not in call]
    assert all(run.is_chosen(path) for path in own if path in run.before.steps)
    assert told.ahead or all(path in run.before.steps for path in own)
    for path, step in run.before.steps.items():
        if step.kind in LEAVES | {ITEM} and step.status.is_over:
            assert run.is_chosen(path) or run.is_around(path) or after.steps[path] == step
    assert not after.only or after.only.steps == run.only


@given(run=runs, data=st.data())
@tried(40, by_night=1_000)
def test_a_choice_outlives_a_second_crash(run, data):
    """Cut short anywhere and resumed, it ends as it would have."""
    run.choose(data)
    counted = FaultyStore(run.store)
    whole = facts(run.again(counted, run.command))
    same = Drawn(run.written, run.seed, run.options, only=run.only)
    cut = CutStore(same.store, data.draw(st.integers(1, counted.appends - 1), label="appends before the cut"))
    with pytest.raises(PowerCutError):
        same.again(cut, run.command)
    assert facts(same.again(same.store, ResumeRun(run_id=RUN), owner=SECOND_LIFE)) == whole
