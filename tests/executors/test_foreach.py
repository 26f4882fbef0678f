"""``foreach``: a workflow for every item."""

import asyncio
import json

import pytest

from flow_tui.engine.commands import CancelRun, CancelStep, ResumeRun
from flow_tui.errors import ActionError, DefinitionError
from flow_tui.model import events as ev
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.status import RunStatus, StepStatus
from flow_tui.model.values import ActionOutput, FanOutItem
from flow_tui.testing import FakeAction, FakeProvider
from tests.flows import SECOND, SECOND_LIFE, CutStore, FaultyStore, PowerCutError, memory, of, play

case = pytest.mark.case
EACH = StepPath("0")
SUB = {"sub": "workflow sub { call fix }"}


def each(**options):
    """Return a workflow with one fan-out."""
    said = {"over": "things", "workflow": "sub", "max_parallel": "1", **options}
    written = " ".join(f"{name} = {value}" for name, value in said.items())
    return f"workflow w {{ foreach f {{ {written} }} }}"


def ran(provider, source=None, action=None, others=None):
    """Return the state of a run with one fan-out, all events, and the action."""

    async def script(b):
        state = await b.finish(source or each(), others=others or SUB)
        return state, b.events, b.action

    return play(script, action, providers={"things": provider})


def statuses(state, count):
    """Return how the items stand; one that has not begun is pending."""
    found = (state.steps.get(StepPath(f"0/{n}")) for n in range(count))
    return [step.status.value if step is not None else "pending" for step in found]


def asked(action):
    """Return for which items the action was called, in order."""
    return [params.inputs["item.id"] for params in action.calls]


def failing(*items):
    """Return an action that fails for some items."""

    async def fix(params):
        if params.inputs["item.id"] in items:
            raise ActionError("broken")
        return ActionOutput(structured=json.dumps({"fixed": params.inputs["item.id"]}))

    return FakeAction(fix=fix)


@case(84)
def test_items_are_worked_on_in_order_and_only_so_many_at_once():
    """One at a time without room for more; never more than there is room for."""
    state, _, action = ran(FakeProvider("a", "b", "c"))
    assert (state.status, asked(action)) == (RunStatus.COMPLETED, ["a", "b", "c"])
    now, most = 0, 0

    async def fix(_params):
        nonlocal now, most
        now, most = now + 1, max(most, now + 1)
        await asyncio.sleep(1)
        now -= 1
        return ActionOutput()

    state, _, _ = ran(FakeProvider(*"abcde"), each(max_parallel=3), FakeAction(fix=fix))
    assert (state.status, most) == (RunStatus.COMPLETED, 3)


@case(85)
def test_no_items_are_nothing_to_do():
    """The step completes and says so, with an empty list for those who follow."""
    state, events, _ = ran(FakeProvider())
    step = state.steps[EACH]
    assert (step.status, step.output.structured) == (StepStatus.COMPLETED, '{"items": []}')
    assert "no items to process" in step.output.context
    assert [event.items for event in of(events, ev.FanOutCollected)] == [()]


@case(86)
def test_halt_begins_nothing_more_after_a_failure():
    """What has not begun stays so; the step has failed."""
    state, _, action = ran(FakeProvider("a", "b", "c"), each(on_child_fail="halt"), failing("a"))
    assert (state.status, asked(action)) == (RunStatus.FAILED, ["a"])
    assert statuses(state, 3) == ["failed", "pending", "pending"]


@case(87)
def test_continue_works_on_everything_and_fails_in_the_end():
    """The counts are in what it says; what the others left is handed over."""
    state, _, _ = ran(FakeProvider("a", "b", "c"), each(on_child_fail="continue"), failing("b"))
    step = state.steps[EACH]
    assert (state.status, statuses(state, 3)) == (RunStatus.FAILED, ["completed", "failed", "completed"])
    assert "2 completed, 1 failed, 0 skipped of 3 items" in step.error
    assert [item["status"] for item in json.loads(step.output.structured)["items"]] == statuses(state, 3)


@case(88)
def test_skip_dependents_leaves_out_what_depends_on_a_failure():
    """Directly or not; everything else is worked on."""
    provider = FakeProvider("t1", "t2", "t3", "t4", edges=[("t1", "t2"), ("t2", "t4")])
    source = each(ordered="true", on_child_fail="skip_dependents", max_parallel=2)
    state, _, action = ran(provider, source, failing("t1"))
    assert statuses(state, 4) == ["failed", "skipped", "completed", "skipped"]
    assert sorted(asked(action)) == ["t1", "t3"]


@case(89)
def test_items_wait_for_what_they_depend_on():
    """A chain is worked on one by one; both arms of a diamond begin together."""
    slow = FakeAction(fix=SECOND)
    _, events, action = ran(
        FakeProvider("c", "b", "a", edges=[("a", "b"), ("b", "c")]),
        each(ordered="true", max_parallel=3),
        slow,
    )
    assert asked(action) == ["a", "b", "c"]
    slow = FakeAction(fix=SECOND)
    edges = [("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")]
    _, events, _ = ran(FakeProvider(*"abcd", edges=edges), each(ordered="true", max_parallel=3), slow)
    begun = {
        e.event.path: e.at for e in events if isinstance(e.event, ev.StepStarted) and e.event.kind == "item"
    }
    first = min(begun.values())
    assert [(begun[StepPath(f"0/{n}")] - first) // SECOND for n in range(4)] == [0, 1, 1, 2]


@case(90)
def test_items_that_depend_on_each_other_are_an_error_or_a_warning():
    """By ``on_cycle``: the circle is named, or one dependency of it is left out."""
    circle = [("a", "b"), ("b", "c"), ("c", "a")]
    state, _, action = ran(FakeProvider(*"abc", edges=circle), each(ordered="true"))
    assert (state.status, asked(action)) == (RunStatus.FAILED, [])
    assert "in a circle: c → a → b → c" in state.steps[EACH].error
    state, _, action = ran(FakeProvider(*"abc", edges=circle), each(ordered="true", on_cycle="warn"))
    assert (state.status, asked(action)) == (RunStatus.COMPLETED, ["a", "b", "c"])
    assert "circle" in state.steps[EACH].notes[0]


@case(91)
def test_a_cancel_leaves_what_has_not_begun_and_does_not_complete_the_step():
    """What was in progress is cancelled with it."""

    async def script(b):
        run_id = await b.start(each(), others=SUB)
        await asyncio.sleep(1.5)
        await b.engine.handle(CancelRun(run_id=run_id))
        await b.engine.wait(run_id)
        return b.state(run_id)

    state = play(script, FakeAction(fix=SECOND), providers={"things": FakeProvider(*"abc")})
    assert (state.status, state.steps[EACH].status) == (RunStatus.CANCELLED, StepStatus.CANCELLED)
    assert statuses(state, 3) == ["completed", "cancelled", "pending"]


@case(92)
@pytest.mark.parametrize("broken", ["items", "dependencies"])
def test_a_provider_that_fails_fails_the_step_and_says_why(broken):
    """Before anything is begun."""
    provider = FakeProvider("a")

    async def fail(_params):
        raise ActionError("the tracker does not answer")

    setattr(provider, broken, fail)
    state, _, action = ran(provider, each(ordered="true"))
    assert state.status is RunStatus.FAILED
    assert "the tracker does not answer" in state.steps[EACH].error
    assert action.calls == []


@case(93, 94)
def test_a_workflow_finds_its_item_and_what_is_made_of_it():
    """Under ``item.``; its own id and name win over what else is called so."""
    item = FanOutItem(id="7", ref="Fix it", context={"title": "T", "id": "other"})
    source = each(inputs='{ note = "about {{item.id}}: {{item.title}}" }')
    _, _, action = ran(FakeProvider(item), source)
    given = action.calls[0].inputs
    names = ("item.id", "item.ref", "item.title", "note")
    assert [given[name] for name in names] == ["7", "Fix it", "T", "about 7: T"]


@case(96)
def test_what_the_items_left_is_handed_over_as_one_list():
    """Sorted by their ids; what failed or was left out has nothing."""
    provider = FakeProvider("b", "a", "c", edges=[("c", "b")])
    source = each(ordered="true", on_child_fail="skip_dependents")
    state, _, _ = ran(provider, source, failing("c"))
    assert json.loads(state.steps[EACH].output.structured)["items"] == [
        {"item_id": "a", "status": "completed", "output": {"fixed": "a"}},
        {"item_id": "b", "status": "skipped", "output": None},
        {"item_id": "c", "status": "failed", "output": None},
    ]


@case(96)
def test_items_that_never_began_are_not_in_the_list():
    """After a halt it holds those that are over; their workflows' last structured output counts."""
    others = {"sub": "workflow sub { call fix call note }"}
    state, _, _ = ran(FakeProvider("b", "a", "c"), each(on_child_fail="halt"), failing("a"), others)
    assert json.loads(state.steps[EACH].output.structured)["items"] == [
        {"item_id": "a", "status": "failed", "output": None},
        {"item_id": "b", "status": "completed", "output": {"fixed": "b"}},
    ]


@case(97)
def test_a_resume_works_only_on_what_has_not_completed():
    """The items are not collected anew, and what is done is not done again."""
    provider = FakeProvider(*"abc")
    broken = {"b"}

    async def fix(params):
        if params.inputs["item.id"] in broken:
            raise ActionError("broken")
        return ActionOutput()

    async def script(b):
        run_id = await b.start(each(on_child_fail="halt"), others=SUB)
        await b.engine.wait(run_id)
        broken.clear()
        await b.engine.handle(ResumeRun(run_id=run_id))
        await b.engine.wait(run_id)
        return b.state(run_id), b.action

    state, action = play(script, FakeAction(fix=fix), providers={"things": provider})
    assert (state.status, asked(action)) == (RunStatus.COMPLETED, ["a", "b", "b", "c"])
    assert len(provider.asked) == 1


@case(98)
def test_an_item_that_comes_twice_is_one():
    """Of the same type; of another type it is another item."""
    items = [FanOutItem(id="a"), FanOutItem(id="a"), FanOutItem(id="a", type="pull")]
    state, _, _ = ran(FakeProvider(*items))
    assert statuses(state, 3) == ["completed", "completed", "pending"]


def test_one_item_can_be_cancelled_or_left_out():
    """It counts as failed, or as skipped; the others go on."""

    async def script(b):
        run_id = await b.start(each(), others=SUB)
        await asyncio.sleep(0.5)
        await b.engine.handle(CancelStep(run_id=run_id, path=StepPath("0/0"), skip=True))
        await asyncio.sleep(0.5)
        await b.engine.handle(CancelStep(run_id=run_id, path=StepPath("0/1")))
        await b.engine.wait(run_id)
        return b.state(run_id)

    state = play(script, FakeAction(fix=SECOND), providers={"things": FakeProvider(*"abc")})
    assert (state.status, statuses(state, 3)) == (RunStatus.FAILED, ["skipped", "cancelled", "completed"])


def test_a_fan_out_over_what_nothing_provides_is_refused():
    """Before anything is written; the name is in the message."""
    with pytest.raises(DefinitionError, match="'stars'"):
        ran(FakeProvider(), each(over="stars"))


def test_a_provider_that_hands_over_nonsense_fails_the_step():
    """It says what came instead of an item."""
    provider = FakeProvider()

    async def items(_params):
        return ["text"]

    provider.items = items
    state, _, _ = ran(provider)
    assert "str, which is no item" in state.steps[EACH].error


def test_what_depends_on_a_failure_is_left_out_wherever_the_run_was_cut_short():
    """Also when the program died after the failure and before anybody could say so of the others."""
    provider = {"things": FakeProvider("x", "y", "z", edges=[("z", "x"), ("x", "y")])}
    source = each(ordered="true", on_child_fail="skip_dependents")
    expected = ["skipped", "skipped", "failed"]
    run_id = RunId(f"RUN{1:023}")

    async def begin(b):
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)  # nobody is left to listen
        await b.finish(source, others=SUB)

    async def go_on(b):
        await b.engine.handle(ResumeRun(run_id=run_id))
        await b.engine.wait(run_id)
        return b.state(run_id)

    whole = FaultyStore(memory())
    play(begin, failing("z"), whole, providers=provider)
    for after in range(3, whole.appends):
        cut = CutStore(memory(), after)
        with pytest.raises(PowerCutError):
            play(begin, failing("z"), cut, providers=provider)
        state = play(go_on, failing("z"), cut.mend(), providers=provider, owner=SECOND_LIFE)
        assert statuses(state, 3) == expected, f"cut after {after} appends"
