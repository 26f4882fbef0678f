"""A run with the runs that are part of it: what names mean, what is told of it."""

from datetime import UTC, datetime

import pytest

from flow_tui.engine.keeping import Histories, Owner, RunQuery
from flow_tui.errors import UsageError
from flow_tui.model import events as ev
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.status import RunStatus, StepStatus
from flow_tui.model.values import FanOutItem, ProcessIdentity
from flow_tui.runtime import history, parts
from flow_tui.runtime.parts import Family, is_work
from flow_tui.store.memory import MemoryStore

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
IDENTITY = ProcessIdentity(pid=1, start_time="1", boot_id="b", host="h", cookie="c")
OWNER = Owner(token="t", process=IDENTITY, label="ada")
WHOLE, PART, DEEP = RunId("WHOLE"), RunId("PART1"), RunId("DEEP1")
ITEMS = (FanOutItem(id="1", ref="docs"), FanOutItem(id="2", ref="a/b"))


def step(path: str, name: str, kind: str = "script") -> list[ev.Event]:
    """Return the beginning of a step."""
    at = StepPath(path)
    return [ev.StepStarted(path=at, name=name, kind=kind), ev.AttemptStarted(path=at, attempt=1)]


def begins(path: str, part: RunId) -> ev.Event:
    """Return that a step is carried out by a run."""
    return ev.ChildRunStarted(path=StepPath(path), attempt=1, child_run=part)


@pytest.fixture
def kept() -> Histories:
    """Return a run with a fan-out; what one of its items has begun waits at a gate, two levels down."""
    store = MemoryStore(is_alive=lambda _: True)
    lease = store.acquire(WHOLE, OWNER, NOON)
    assert lease is not None
    whole = [
        ev.RunStarted(workflow="whole"),
        *step("0", "build"),
        ev.StepFinished(path=StepPath("0"), outcome=StepStatus.COMPLETED),
        *step("1", "each", "foreach"),
        ev.FanOutCollected(path=StepPath("1"), items=ITEMS),
        *step("1/0", "docs", "item"),
        begins("1/0", PART),
        *step("1/1", "a/b", "item"),
    ]
    store.append(lease, whole, NOON)
    part = [
        ev.RunStarted(workflow="middle", parent=WHOLE, parent_path=StepPath("1/0")),
        *step("0", "build"),
        *step("1", "inner", "call_workflow"),
        begins("1", DEEP),
    ]
    store.append(store.adopt(lease, PART, NOON), part, NOON)
    deep = [
        ev.RunStarted(workflow="inner", parent=PART, parent_path=StepPath("1")),
        ev.StepStarted(path=StepPath("0"), name="sure", kind="gate"),
        ev.GateOpened(path=StepPath("0"), gate="human_approval", prompt="?", deadline=NOON),
    ]
    store.append(store.adopt(lease, DEEP, NOON), deep, NOON)
    return store


def family(kept: Histories, run_id: RunId = WHOLE) -> Family:
    """Return the runs around one."""
    return Family(kept, history.state_of(kept, run_id))


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("build", ["build"]),
        ("0", ["build"]),
        ("each[docs]", ["each[docs]"]),
        ("docs", ["each[docs]"]),
        ("a/b", ["each[a/b]"]),
        ("each[docs]/build", ["each[docs]/build"]),
        ("docs/build", ["each[docs]/build"]),
        ("1/0/0", ["each[docs]/build"]),
        ("1/0/1/0", ["each[docs]/inner/sure"]),
        ("each[docs]/inner/sure", ["each[docs]/inner/sure"]),
        ("inner/sure", ["each[docs]/inner/sure"]),
        ("sure", ["each[docs]/inner/sure"]),
    ],
)
def test_steps_inside_are_named_by_names_or_paths(kept: Histories, name: str, found: list[str]) -> None:
    """As plain output writes them, with paths for names, or by their end alone; the nearest wins."""
    assert [place.name for place in family(kept).named(name, is_work)] == found


def test_a_name_that_means_nothing_is_explained(kept: Histories) -> None:
    """With the nearest of all that there are."""
    with pytest.raises(UsageError) as refused:
        family(kept).named("each[docs]/biuld", is_work)
    assert refused.value.hint == "did you mean 'each[docs]/build'?"


def test_names_are_seen_from_the_run_that_was_asked_for(kept: Histories) -> None:
    """Who names a part does not repeat what is around it."""
    assert [place.name for place in family(kept, PART).places(is_work)] == ["build", "inner", "inner/sure"]


def test_a_run_waits_when_one_inside_does(kept: Histories) -> None:
    """On every level; the gate is told with the outermost run and its whole name."""
    names = {WHOLE: "whole", PART: "middle", DEEP: "inner"}
    (run,) = kept.runs(RunQuery())
    assert (run.waiting_for, parts.told(kept, run).waiting_for) == ("", "sure")
    assert run.status is RunStatus.RUNNING
    below = list(parts.below(kept, WHOLE))
    assert [(depth, names[part.run_id]) for depth, part in below] == [(1, "middle"), (2, "inner")]
    ((whole, gate),) = parts.gates(kept, [part for _, part in below])
    assert (whole.run_id, gate.name, gate.state.run_id) == (WHOLE, "each[docs]/inner/sure", DEEP)
