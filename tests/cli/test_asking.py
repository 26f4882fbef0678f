"""What one process asks of another crosses in the database, however busy that is."""

import pytest

from flow_tui.cli import asking
from flow_tui.engine.commands import CancelRun
from flow_tui.errors import RunOwnedError, StoreBusyError
from flow_tui.model.events import RunStarted
from flow_tui.model.state import RunState
from flow_tui.process.identity import host_name
from flow_tui.store.memory import MemoryStore
from tests.flows import FaultyStore
from tests.store.stores import ME, RUN, YOU, begin, owner


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
