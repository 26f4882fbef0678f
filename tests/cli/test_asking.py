"""What one process asks of another crosses in the database, however busy that is."""

from argparse import Namespace
from contextlib import closing, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from flow_tui.cli import answering, asking, cancel, gates, resume
from flow_tui.engine.commands import CancelRun, CancelStep, ResolveGate
from flow_tui.errors import NotPossibleError, RunOwnedError, StoreBusyError
from flow_tui.model import events as ev
from flow_tui.model.events import Event, RunStarted
from flow_tui.model.ids import StepPath
from flow_tui.model.state import RunState
from flow_tui.model.status import RunStatus, StepStatus
from flow_tui.model.values import Decision
from flow_tui.process.identity import host_name, identify, own_identity
from flow_tui.runtime import settings
from flow_tui.store.memory import MemoryStore
from flow_tui.store.sqlite import SqliteStore
from tests.flows import FaultyStore
from tests.store.stores import ME, NOON, RUN, YOU, begin, owner


def test_what_is_asked_while_the_storage_is_busy_is_asked_again():
    """Others that write at the same moment cost nobody their request."""
    store = FaultyStore(MemoryStore(is_alive=lambda _: True))
    begin(store)
    busy = [StoreBusyError("database is locked")] * 2

    def fault() -> None:
        if busy:
            raise busy.pop()

    store.faults["request"] = fault
    asked = asking.Asked(store=store, state=RunState(run_id=RUN), me=ME, is_owned=True)
    asking.ask(asked, CancelRun(run_id=RUN), lambda event: isinstance(event, RunStarted), "cancel")
    assert [left.request for left in store.requests([RUN])] == [CancelRun(run_id=RUN)]
    assert not busy


GATE = StepPath("0")


def asked_of(*happens: Event) -> tuple[FaultyStore, asking.Asked]:
    """Return a run with a gate to which this happens just before what is asked is read."""
    store = FaultyStore(MemoryStore(is_alive=lambda _: True))
    lease = begin(store)
    store.faults["request"] = lambda: store.inner.append(lease, happens, NOON) and None
    return store, asking.Asked(store=store, state=RunState(run_id=RUN), me=ME, is_owned=True)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (Decision(approved=True, by="ada"), ""),
        (Decision(approved=False, by="ada"), "answered already: approved by ada"),
        (Decision(approved=True, by="bob"), "answered already: approved by ada"),
        (Decision(approved=True, by="ada", feedback="but"), "answered already"),
        (Decision(approved=True, by="ada", selections=("b",)), "answered already"),
    ],
)
def test_an_answer_that_comes_second_is_told_so(given: Decision, said: str) -> None:
    """The gate was resolved by the other one: this one changes nothing, and nothing of it is left behind."""
    store, asked = asked_of(ev.GateResolved(path=GATE, approved=True, by="ada"))
    request = ResolveGate(run_id=RUN, path=GATE, decision=given)
    with pytest.raises(NotPossibleError, match=said) if said else nullcontext():
        asking.ask(asked, request, partial(answering.is_answer, request, "#run1"), "answer")
    assert len(store.requests([RUN])) == (0 if said else 1)


@pytest.mark.parametrize("outcome", [StepStatus.CANCELLED, StepStatus.SKIPPED, StepStatus.COMPLETED])
@pytest.mark.parametrize("skip", [True, False])
def test_a_step_that_ended_before_it_was_cancelled_is_told_so(outcome: StepStatus, *, skip: bool) -> None:
    """Only the end that was wanted is one."""
    store, asked = asked_of(ev.StepFinished(path=GATE, outcome=outcome))
    request = CancelStep(run_id=RUN, path=GATE, skip=skip)
    is_meant = outcome is (StepStatus.SKIPPED if skip else StepStatus.CANCELLED)
    with nullcontext() if is_meant else pytest.raises(NotPossibleError, match=f"ended: {outcome.value}"):
        asking.ask(asked, request, partial(cancel.is_taken, request, "cancel it"), "cancel")
    assert len(store.requests([RUN])) == is_meant


@pytest.mark.parametrize("outcome", [RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.CANCELLED])
def test_a_run_that_ended_before_it_was_cancelled_is_told_so(
    capsys: pytest.CaptureFixture[str], outcome: RunStatus
) -> None:
    """It says how, instead of that it was cancelled."""
    _, asked = asked_of(ev.RunFinished(outcome=outcome))
    options = Namespace(kill=False, state=None)
    if outcome is RunStatus.CANCELLED:
        cancel.cancel_run(asked, options)
        assert capsys.readouterr().err == "run #run1 is cancelled\n"
        return
    with pytest.raises(NotPossibleError, match=f"cannot cancel run #run1: it has ended: {outcome.value}"):
        cancel.cancel_run(asked, options)


def test_a_gate_that_nobody_works_on_is_listed_with_what_comes_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An answer would find nobody: the run has to go on before it."""
    gone = replace(ME, process=identify(2**22 + 1))
    opens = ev.GateOpened(path=GATE, gate="human_review", prompt="Go?", options={"a": "Alpha"}, deadline=NOON)
    with closing(SqliteStore(tmp_path / settings.DATABASE, is_alive=lambda _: True)) as store:
        lease = begin(store, who=gone)
        store.append(lease, [ev.StepStarted(path=GATE, name="sign", kind="gate"), opens], NOON)
    for as_json in (False, True):
        gates.execute(Namespace(state=str(tmp_path), everywhere=True, json=as_json))
    said = capsys.readouterr().out
    assert "option: a (Alpha)\n" in said
    assert "nobody works on it any more: first 'flow-tui resume run1'" in said
    assert "flow-tui approve" not in said
    assert '"interrupted": true' in said


def test_a_resume_that_is_refused_announces_nothing(tmp_path, capsys):
    """Nothing goes on that somebody else works on."""
    with closing(SqliteStore(tmp_path / settings.DATABASE, is_alive=lambda _: True)) as store:
        begin(store, who=replace(ME, process=own_identity()))
        unasked = {"start": None, "restart": False, "failed_items": False, "only": [], "confirm": False}
        with pytest.raises(RunOwnedError):
            resume.execute(Namespace(run=str(RUN), state=str(tmp_path), ui="quiet", **unasked))
    assert capsys.readouterr() == ("", "")


def test_whoever_works_on_a_run_on_this_machine_keeps_it():
    """It is refused before anything else happens."""
    store = MemoryStore(is_alive=lambda _: True)
    begin(store, who=owner("me", host=host_name()))
    asked = asking.Asked(store=store, state=RunState(run_id=RUN), me=ME, is_owned=True)
    with pytest.raises(RunOwnedError, match="me@"):
        asking.require_free(asked)


@pytest.mark.parametrize("is_owned", [True, False])
def test_people_are_told_that_an_owner_on_another_machine_is_listened_for(capsys, is_owned):
    """What its clock and ours say of when it was heard last decides nothing."""
    store = MemoryStore(is_alive=lambda _: True)
    begin(store, who=YOU)
    asking.require_free(asking.Asked(store=store, state=RunState(run_id=RUN), me=ME, is_owned=is_owned))
    assert capsys.readouterr().err == (
        "run #run1 belongs to you@there: taken over if nothing is heard of it for 30 s\n"
    )


def test_nothing_is_said_of_a_run_that_nobody_has(capsys):
    """It goes on at once."""
    store = MemoryStore(is_alive=lambda _: True)
    store.release(begin(store))
    asking.require_free(asking.Asked(store=store, state=RunState(run_id=RUN), me=ME, is_owned=False))
    assert capsys.readouterr().err == ""
