"""Our events under upstream's names: the order in which its programs expect them."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flow_tui.engine.commands import CancelRun, ResolveGate, ResumeRun
from flow_tui.engine.upstream_sink import UpstreamSink
from flow_tui.errors import ActionError
from flow_tui.model.ids import StepPath
from flow_tui.model.values import ActionOutput, Decision, RunOptions
from flow_tui.testing import FakeAction, FakeProvider
from tests.conftest import tried
from tests.flows import SECOND, THINGS, Chance, play, workflows

case = pytest.mark.case
LAST = {"RunCompleted", "RunCancelled"}


def told(source, action=None, steer=None, **given):
    """Return what upstream would have told of a run, all parts of it included."""
    heard = []

    async def script(b):
        run_id = await b.start(source, **given)
        if steer is not None:
            await steer(b, run_id)
        await b.engine.wait(run_id)
        return heard

    return play(script, action, sinks=[UpstreamSink(heard.append)], providers=THINGS)


def names(heard):
    """Return the names of events with the first thing that each carries."""
    return [" ".join([one.event, str(next(iter(one.payload.values())))]) for one in heard]


@case(115)
def test_a_run_of_one_call_is_told_in_upstreams_five_words() -> None:
    """The order is the one that upstream's own tests ask for."""
    heard = told("workflow w { call a }", FakeAction(a=ActionOutput(metrics={"cost_usd": 2, "num_turns": 3})))
    assert [one.event for one in heard] == [
        "RunStarted",
        "StepStarted",
        "StepCompleted",
        "MetricsUpdated",
        "RunCompleted",
    ]
    assert heard[0].payload == {"workflow_name": "w"}
    assert heard[2].payload == {"step_name": "a", "succeeded": True}
    assert heard[3].payload == {"total_cost": 2, "total_turns": 3, "total_duration_ms": 0}
    assert heard[4].payload == {"succeeded": True}
    assert len({one.run_id for one in heard}) == 1


@case(32)
def test_a_retry_is_told_only_when_another_attempt_follows() -> None:
    """The last failure has no retry after it, and a failed call no completion."""
    heard = told("workflow w { call a { retries = 1 } }", FakeAction(a=ActionError("no")))
    assert names(heard)[1:-2] == ["StepStarted a", "StepRetrying a", "StepStarted a"]
    assert [one.payload for one in heard if one.event == "StepRetrying"] == [{"step_name": "a", "attempt": 1}]


def test_a_retry_that_is_cancelled_before_it_begins_is_not_told() -> None:
    """While a step waits for its next attempt, nobody knows whether there will be one."""

    async def cancel(b, run_id):
        await b.clock.sleep(SECOND)
        await b.engine.handle(CancelRun(run_id=run_id))

    source = 'workflow w { call a { retries = 1 retry_delay = "1h" } }'
    heard = told(source, FakeAction(a=ActionError("no")), cancel)
    assert names(heard) == ["RunStarted w", "StepStarted a", "MetricsUpdated 0", "RunCancelled user"]


def test_only_calls_that_run_alone_are_told() -> None:
    """Scripts, and calls that run at once with others, have no events upstream."""
    heard = told('workflow w { script s { run = "true" } parallel { call a call b } }')
    assert [one.event for one in heard] == ["RunStarted", "MetricsUpdated", "RunCompleted"]


def test_gates_are_told_when_they_wait_and_when_they_are_answered() -> None:
    """A rejection is told as one, before the run fails."""

    async def reject(b, run_id):
        await b.clock.sleep(SECOND)
        path = StepPath("0")
        await b.engine.handle(ResolveGate(run_id=run_id, path=path, decision=Decision(approved=False)))

    heard = told("workflow w { gate human_review { } }", steer=reject)
    assert names(heard)[1:3] == ["GateWaiting human_review", "GateResolved human_review"]
    assert (heard[2].payload["approved"], heard[-1].payload["succeeded"]) == (False, False)


def test_items_are_told_by_their_ids() -> None:
    """Each is told when it begins and when it is over, and the part that carries it out as a run."""
    source = "workflow w { foreach f { over = things workflow = one max_parallel = 1 } }"
    heard = told(source, others={"one": "workflow one { call a }"})
    whole = [one for one in heard if one.run_id == heard[0].run_id]
    started = [f"{what} {item}" for item in "xyz" for what in ("FanOutItemStarted", "FanOutItemCompleted")]
    assert names(whole)[1:8] == ["FanOutItemsCollected 3", *started]
    assert sum(one.event == "RunStarted" for one in heard) == 1 + 3


def test_a_retry_of_a_called_workflow_is_told_under_its_long_name() -> None:
    """Only calls are told as started and completed."""
    source = "workflow w { call workflow one { retries = 1 } }"
    heard = told(source, FakeAction(a=[ActionError("no"), None]), others={"one": "workflow one { call a }"})
    whole = [one for one in heard if one.run_id == heard[0].run_id]
    assert names(whole)[1:-2] == ["StepRetrying workflow:one"]


def test_a_sink_that_came_later_learns_of_resumed_runs_from_their_history() -> None:
    """It knows the workflow, and the items that were found before."""
    seen, heard = [], []

    async def script(b):
        source = "workflow w { foreach f { over = things workflow = one max_parallel = 1 } }"
        state = await b.finish(source, others={"one": "workflow one { call a }"})
        sink = UpstreamSink(heard.append, b.store.history)
        for recorded in list(b.store.history(state.run_id))[4:]:
            sink(recorded)
        seen.extend(b.store.history(state.run_id))

    play(script, FakeAction(), providers={"things": FakeProvider("x", "y")})
    assert seen
    assert [one.payload["item_id"] for one in heard if "item_id" in one.payload][-2:] == ["y", "y"]


@case(124)
@pytest.mark.parametrize(("fails", "name"), [("a", "RunStarted"), ("b", "RunResumed")])
def test_a_run_that_goes_on_is_told_as_resumed_when_something_was_done(fails, name) -> None:
    """Where nothing has completed it begins, as far as upstream knows."""
    heard = []

    async def script(b):
        state = await b.finish("workflow w { call a call b }")
        b.engine.sinks = (UpstreamSink(heard.append, b.store.history),)
        await b.engine.handle(ResumeRun(run_id=state.run_id))
        await b.engine.wait(state.run_id)

    play(script, FakeAction({fails: [ActionError("no"), None]}))
    assert [one.event for one in heard if one.event.startswith("Run")] == [name, "RunCompleted"]


@case(115)
@given(workflows, st.integers(0, 999), st.booleans())
@tried(80, by_night=2_000)
def test_the_rules_of_order_hold_for_any_run(written, seed, fail_fast) -> None:
    """Begin and end enclose everything, metrics come right before the end, each completion has its start."""
    heard, chance = [], Chance(seed)

    async def script(b):
        await b.finish(written.source, options=RunOptions(fail_fast=fail_fast), others=written.others)

    play(script, chance, sinks=[chance.note, UpstreamSink(heard.append)], providers=THINGS)
    for run_id in dict.fromkeys(one.run_id for one in heard):
        follows_the_rules([one for one in heard if one.run_id == run_id])


def follows_the_rules(heard) -> None:
    """Hold one run to what upstream promises of the order of its events."""
    kinds = [one.event for one in heard]
    assert kinds[0] == "RunStarted"
    assert kinds[-2] == "MetricsUpdated"
    assert kinds[-1] in LAST
    assert not {"RunStarted", "MetricsUpdated", *LAST} & set(kinds[1:-2])
    open_steps, open_items = Counter(), set()
    for one in heard:
        match one.event:
            case "StepStarted":
                open_steps[one.payload["step_name"]] += 1
            case "StepRetrying":
                name = one.payload["step_name"]
                assert name.startswith("workflow:") or open_steps[name] >= 1
            case "StepCompleted":
                assert one.payload["succeeded"]
                assert open_steps[one.payload["step_name"]] >= 1
            case "FanOutItemStarted":
                assert one.payload["item_id"] not in open_items
                open_items.add(one.payload["item_id"])
            case "FanOutItemCompleted":
                open_items.remove(one.payload["item_id"])
    assert not open_items
