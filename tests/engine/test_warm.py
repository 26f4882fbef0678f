"""Runs that take over what still holds of an earlier one."""

import zlib
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flow_tui.engine.commands import ResolveGate
from flow_tui.engine.ports import ActionParams
from flow_tui.engine.warm import why_not
from flow_tui.errors import ActionError, FlowError
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.plan import ITEM
from flow_tui.model.state import RunState
from flow_tui.model.status import RunStatus, StepStatus
from flow_tui.model.values import ActionOutput, Decision, FanOutItem, Worker
from flow_tui.testing import Bench, FakeAction, FakeProvider
from tests.conftest import tried
from tests.flows import OBJECT, SECOND, THINGS, Chance, Written, edits, play, schemas

ABC = "workflow w { call a call b call c }"


def again(old: str, new: str, action: FakeAction | None = None, **given: Any) -> tuple[RunState, list[str]]:
    """Return how a run of ``new`` ended that was warm from one of ``old``, and which steps ran in it."""
    a = ActionOutput(markers=("m",), context="from a", metrics={"cost_usd": 2.0})
    doing = action or FakeAction(a=a, b=OBJECT)
    before, after = ({"files": given.get(name)} for name in ("old_files", "new_files"))
    for name in ("inputs", "options"):
        if name in given:
            before[name], after[name] = given[name]

    async def go(b: Bench) -> tuple[RunState, list[str]]:
        first = await b.finish(old, **before)
        done = len(doing.names)
        state = await b.finish(new, **after, warm_from=first.run_id)
        return state, doing.names[done:]

    return play(go, doing)


@pytest.mark.parametrize(
    ("new", "ran"),
    [
        (ABC, []),
        ('workflow w { call a call b { retries = 3 timeout = "1h" } call c }', []),
        ("workflow w { call a call b call d }", ["d"]),
        ("workflow w { call a call b { output = s } call c }", ["b", "c"]),
        ("workflow w { call a call x call b call c }", ["x", "b", "c"]),
        ("workflow w { call a call c }", ["c"]),
        ("workflow w { call b call a call c }", ["b", "a", "c"]),
        ("workflow w { call a call b call c { cache = false } }", ["c"]),
        ("workflow w { call a if a.m { call b } call c }", ["b", "c"]),
        ("workflow w { call a call b call c always { call z } }", ["z"]),
        ("workflow v { call a call b call c }", ["a", "b", "c"]),
    ],
)
def test_what_comes_before_the_first_change_is_taken_over(new: str, ran: list[str]) -> None:
    """And all that follows it runs, whatever it says; how often a step is tried is no change of it."""
    state, names = again(ABC, new, new_files=schemas(s="fields:\n  x?: string\n"))
    assert (names, state.status) == (ran, RunStatus.COMPLETED)
    done = [step for step in state.steps.values() if step.kind == "call"]
    assert [step.name for step in done if step.reused_from is None] == ran
    assert {step.status for step in done} == {StepStatus.COMPLETED}


def test_what_is_taken_over_hands_over_the_same_and_costs_nothing() -> None:
    """Markers and context as then; what it has used up was paid for then."""
    state, _ = again("workflow w { call a }", "workflow w { call a if a.m { call b } }")
    assert [step.name for step in state.steps.values() if step.kind == "call"] == ["a", "b"]
    assert state.totals.get("cost_usd", 0) == 0
    assert state.warm_from is not None
    assert state.steps[StepPath("0")].reused_from == state.warm_from


def test_what_failed_then_runs_again_and_so_does_what_follows() -> None:
    """Nothing that went wrong is remembered as a result."""
    doing = FakeAction(b=[ActionError("no luck"), ActionOutput()])
    state, names = again(ABC, ABC, doing)
    assert (names, state.status) == (["b", "c"], RunStatus.COMPLETED)


def test_calls_beside_each_other_do_not_follow_each_other() -> None:
    """Of a ``parallel`` only what changed runs, and what comes after the block."""
    old = "workflow w { parallel { call a call b call c } call d }"
    _, names = again(old, old.replace("call b", "call x"))
    assert names == ["x", "d"]
    _, names = again(old, old.replace("call a", "call x call a"))
    assert names == ["x", "d"]


def test_of_a_loop_with_a_change_only_the_first_pass_is_taken_over() -> None:
    """Every further pass follows the step that runs."""
    turns = [ActionOutput(markers=("m",)), ActionOutput()]
    old = "workflow w { do { max_iterations = 5 call b call a } while a.m }"
    _, names = again(old, old, FakeAction(a=turns))
    assert names == []
    _, names = again(old, old.replace("call a }", "call a call c }"), FakeAction(a=turns))
    assert names == ["c", "b", "a", "c"]


@pytest.mark.parametrize(("most", "ran"), [(2, ["c"]), (3, []), (5, ["a", "a", "c"])])
def test_what_follows_a_loop_with_fewer_passes_than_then_runs_again(most: int, ran: list[str]) -> None:
    """The last pass that there is now was not the last one then."""
    old = "workflow w { do { max_iterations = 3 on_max_iter = continue call a } while a.m call c }"
    _, names = again(old, old.replace("= 3", f"= {most}"))
    assert names == ran


@pytest.mark.parametrize("feedback", ["", "mind the step"])
def test_a_gate_is_asked_every_time(feedback: str) -> None:
    """Answered as it was, what follows it still stands."""
    source = "workflow w { call a gate human_approval { prompt = ok } call b }"
    doing = FakeAction()

    async def go(b: Bench) -> list[str]:
        before: RunId | None = None
        for words in ("", feedback):
            run_id = await b.start(source, warm_from=before)
            await b.clock.sleep(SECOND)
            answer = Decision(approved=True, feedback=words)
            await b.engine.handle(ResolveGate(run_id=run_id, path=StepPath("1"), decision=answer))
            await b.engine.wait(run_id)
            before = run_id
        return doing.names

    assert play(go, doing) == ["a", "b", *(["b"] if feedback else [])]


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"inputs": ({"x": "1"}, {"x": "2"})}, "another value of the input 'x'"),
        (
            {"old_files": {".flow/agents/a.md": b"Do."}, "new_files": {".flow/agents/a.md": b"Do it."}},
            "agents/a.md has changed",
        ),
        ({"new_files": {".flow/config.toml": b""}, "old_files": {}}, ""),
        (
            {
                "old_files": (
                    commits := {".flow/agents/a.md": b"---\nrole: actor\ncan_commit: true\n---\nDo."}
                ),
                "new_files": commits,
            },
            "may commit",
        ),
    ],
)
def test_why_a_step_runs_is_said_on_it(given: dict[str, Any], why: str) -> None:
    """What it was given, what its files hold, what its agent may do."""
    source = (
        "workflow w { inputs { x default = 0 } call a }" if "inputs" in given else "workflow w { call a }"
    )
    state, names = again(source, source, **given)
    assert names == (["a"] if why else [])
    assert why in state.steps[StepPath("0")].why


def test_a_run_that_is_not_there_is_said_to_be_none() -> None:
    """Before anything is written."""

    async def go(b: Bench) -> None:
        with pytest.raises(FlowError, match="nothere"):
            await b.start(ABC, warm_from=RunId("nothere"))
        assert b.events == []

    play(go)


class Reader(Chance):
    """Does at each step what follows from its name and everything that it can read, however often."""

    async def execute(self, params: ActionParams) -> ActionOutput:
        """Stand where it reads, so that what it does follows from that."""
        readable = sorted((name, value) for name, value in params.inputs.items() if name not in _OWN)
        self.calls.append(params.name)
        return await Chance(hash_of(self.seed, params.name, readable)).execute(_at_nowhere(params))


_OWN = frozenset({"workflow_run_id", "idempotency_key"})


def hash_of(*parts: object) -> int:
    """Return a number that follows from the text of some things."""
    return zlib.crc32(repr(parts).encode())


def _at_nowhere(params: ActionParams) -> ActionParams:
    return replace(params, path=StepPath("here"), retries_remaining=0)


def facts(state: RunState) -> dict[str, Any]:
    """Return what must not depend on whether anything was taken over."""
    steps = {
        path: (step.status, step.reason, step.error, step.passes, step.holds, _output(step.output))
        for path, step in sorted(state.steps.items())
        if step.kind != ITEM
    }
    return {"run": (state.status, state.reason, state.error), "steps": steps}


def _output(output: ActionOutput | None) -> Any:
    return None if output is None else (output.markers, output.context, output.structured)


class Shelf(FakeProvider):
    """Provides what lies on it now."""

    def lay(self, *names: str) -> None:
        """Put other items there."""
        self._items = [FanOutItem(id=name) for name in names]


FEW, OTHERS, MORE = ("x", "y"), ("y", "x"), ("x", "y", "z")
FAN_OUT = "workflow w { foreach f { over = things workflow = k max_parallel = 1 } call c }"
INSIDE = "workflow two { foreach g { over = things workflow = one max_parallel = 1 } call b }"


@tried(60)
@given(edits(), st.integers(0, 1_000), st.sampled_from([FEW, FEW, OTHERS, MORE, ()]), st.booleans())
def test_a_warm_run_ends_as_a_cold_one(
    written: tuple[Written, Written], seed: int, items: tuple[str, ...], is_inside: bool
) -> None:
    """For any workflow, any edit of it or of what it works on, and steps that do the same with the same."""
    old, new = written
    more = {"two": INSIDE} if is_inside else {}
    cold_action, warm_action = Reader(seed), Reader(seed)
    shelf = Shelf()

    async def cold(b: Bench) -> RunState:
        return await b.finish(new.source, others=new.others | more)

    async def warm(b: Bench) -> RunState:
        shelf.lay(*FEW)
        first = await b.finish(old.source, others=old.others | more)
        warm_action.calls.clear()
        shelf.lay(*items)
        return await b.finish(new.source, others=new.others | more, warm_from=first.run_id)

    some = play(warm, warm_action, providers={"things": shelf})
    whole = play(cold, cold_action, providers={"things": shelf})
    assert facts(some) == facts(whole)
    assert len(warm_action.calls) <= len(cold_action.calls)


def test_what_failed_and_was_passed_over_is_called_failed() -> None:
    """Nobody skipped it: it was tried, and the run went on all the same."""

    async def go(b: Bench) -> str:
        state = await b.finish("workflow w { call a { on_fail = continue } call b }")
        return why_not(state.steps[StepPath("0")])

    assert play(go, FakeAction(a=ActionError("no luck"))) == "it failed then"


@pytest.mark.parametrize(("marker", "ran"), [("m", ["b", "c"]), ("n", [])])
def test_a_change_in_a_branch_that_is_not_taken_lets_nothing_run(marker: str, ran: list[str]) -> None:
    """What follows stands then; where the branch is taken, it runs again."""
    old = "workflow w { call a if a.m { call b } call c }"
    new = old.replace("call b", "call b { output = s }")
    doing = FakeAction(a=ActionOutput(markers=(marker,)), b=OBJECT)
    files = schemas(s="fields:\n  x?: string\n")
    state, names = again(old, new, doing, new_files=files)
    assert (names, state.status) == (ran, RunStatus.COMPLETED)


AGENT = {".flow/agents/a.md": b"Do.", "k.wf": b"workflow k { call a }"}
SMALL = Worker(agent=".flow/agents/a.md", runtime="claude", model="small", settings="1")


@pytest.mark.parametrize("source", ["workflow w { call a }", "workflow w { call workflow k }", None])
@pytest.mark.parametrize(
    ("then", "now", "why"),
    [
        ((SMALL,), SMALL, ""),
        ((SMALL,), replace(SMALL, model="big"), "the model is another one: big instead of small"),
        ((SMALL,), replace(SMALL, runtime="codex"), "the runtime is another one: codex instead of claude"),
        ((SMALL,), replace(SMALL, settings="2"), "the settings of the runtime claude have changed"),
        ((SMALL,), "no program", "who would work on it now cannot be said: no program"),
        (None, SMALL, "which model it ran with then was not recorded"),
    ],
)
def test_an_agent_runs_again_with_another_model_or_runtime(
    source: str | None, then: tuple[Worker, ...] | None, now: Worker | str, why: str
) -> None:
    """In a workflow that is called, too; what was recorded without them is not trusted."""
    source = source or "workflow w { foreach f { over = things workflow = k max_parallel = 2 } }"
    if then is None and "call a" not in source:
        why = ""  # what an agent of others leaves of its model is its own affair

    async def go(b: Bench) -> RunState:
        first = await b.finish(source, files=AGENT)
        return await b.finish(source, files=AGENT, warm_from=first.run_id)

    doing = FakeAction(a=ActionOutput(workers=then))
    state = play(go, doing, providers=THINGS, workers=lambda *_: now)
    assert (state.steps[StepPath("0")].why, state.status) == (why, RunStatus.COMPLETED)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        (
            'do { with = ["x", "y"]',
            'do { with = ["y", "x"]',
            "the order of the files that it uses has changed",
        ),
        ('do { with = ["x", "y"]', 'do { with = ["x"]', "the file .flow/prompts/y.md has changed"),
        ('do { with = ["x"]', 'do { with = ["x", "y"]', "the file .flow/prompts/y.md has changed"),
        ('do { with = ["x", "y"]', "do {", "the file .flow/prompts/x.md has changed"),
        (
            'parallel { with = ["x", "y"]',
            'parallel { with = ["y", "x"]',
            "the order of the files that it uses has changed",
        ),
    ],
)
def test_the_snippets_of_a_block_count_in_their_order(old: str, new: str, why: str) -> None:
    """Both are in the run's files all the time: only the text of the block differs."""
    files = {".flow/agents/a.md": b"", ".flow/prompts/x.md": b"x", ".flow/prompts/y.md": b"y"}
    state, names = again(
        f"workflow w {{ {old} call a }} }}",
        f"workflow w {{ {new} call a }} }}",
        old_files=files,
        new_files=files,
    )
    assert (names, state.steps[StepPath("0/0")].why) == (["a"], why)


@pytest.mark.parametrize(
    ("source", "why"),
    [
        (FAN_OUT, "its items are other ones now"),
        (
            "workflow w { call workflow m call c }",
            "what 'foreach f' in it works on is known only when it runs",
        ),
    ],
)
def test_a_foreach_with_other_items_than_then_runs_again(source: str, why: str) -> None:
    """They are found before it is taken over; of one in a workflow that is called, nobody can know."""
    shelf, doing = Shelf(), FakeAction()

    async def go(b: Bench) -> tuple[list[str], RunState, RunState]:
        others = {"k": "workflow k { call a }", "m": FAN_OUT.replace("workflow w", "workflow m")}
        shelf.lay(*FEW)
        first = await b.finish(source, others=others)
        again = await b.finish(source, others=others, warm_from=first.run_id)
        same = await b.finish(source, others=others, warm_from=again.run_id)
        shelf.lay(*MORE)
        done = len(doing.names)
        other = await b.finish(source, others=others, warm_from=same.run_id)
        return doing.names[done:], same, other

    names, same, other = play(go, doing, providers={"things": shelf})
    assert names[:4] == ["a", "a", "a", "c"]
    assert other.steps[StepPath("0")].why == why
    assert (same.steps[StepPath("0")].reused_from is not None) == (source == FAN_OUT)
