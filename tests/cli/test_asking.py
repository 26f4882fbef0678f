"""What one process asks of another crosses in the database, however busy that is."""

from flow_tui.cli import asking
from flow_tui.engine.commands import CancelRun
from flow_tui.errors import StoreBusyError
from flow_tui.model.events import RunStarted
from flow_tui.model.state import RunState
from flow_tui.store.memory import MemoryStore
from tests.flows import FaultyStore
from tests.store.stores import ME, RUN, begin


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
