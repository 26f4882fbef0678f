"""What waits for a person in runs on record."""

from datetime import timedelta

from flow_tui.engine.keeping import RunQuery
from flow_tui.model.status import RunStatus
from flow_tui.model.values import RunSummary
from flow_tui.runtime.gates_waiting import GatesWaiting
from flow_tui.runtime.runs_listing import RunsListing
from tests.app import fakes


class Kept:
    """A history of one run, which counts how often it is read."""

    def __init__(self, story: fakes.History) -> None:
        self.story = story
        self.read = 0

    def history(self, run_id: fakes.RunId, after: int = 0) -> list[fakes.ev.Recorded]:
        self.read += 1
        return [each for each in self.story.events if not isinstance(each.event, fakes.ev.Transient)]

    def runs(self, query: RunQuery) -> list[RunSummary]:
        waits = {"waiting_for": "approve-deploy", "last_heartbeat_at": fakes.at(131)}
        return [fakes.summary(fakes.RUN, RunStatus.WAITING, 0, 0, **waits)]

    def signs(self, run_id: fakes.RunId) -> dict[fakes.StepPath, object]:
        return {}


def test_a_run_is_read_again_only_when_its_line_of_history_changed() -> None:
    """A sign of life is no change; what waits is told with its age, its end and what happens then."""
    kept, gates = Kept(fakes.waiting()), GatesWaiting()
    line = fakes.summary(fakes.RUN, RunStatus.WAITING, 0, 0, waiting_for="approve-deploy")
    for beat in range(3):
        line = fakes.summary(
            fakes.RUN, RunStatus.WAITING, 0, 0, waiting_for="approve-deploy", last_heartbeat_at=fakes.at(beat)
        )
        (found,) = gates.of(kept, [line])
    assert (found.name, found.workflow, found.whole) == ("approve-deploy", "deploy", fakes.RUN)
    assert found.gate.deadline - found.gate.opened_at == timedelta(minutes=30)
    assert kept.read == 1
    assert gates.of(kept, [fakes.summary(fakes.RUN, RunStatus.COMPLETED, 0, 9)]) == ()
    gates.of(kept, [line])
    assert kept.read == 2


def test_what_waits_in_a_run_that_nobody_works_on_is_listed() -> None:
    """Its clock goes on, so it is no less in need of an answer."""
    listed = RunsListing().of(Kept(fakes.waiting()), 1, "/")
    assert listed.interrupted == {fakes.RUN}
    assert [gate.name for gate in listed.gates] == ["approve-deploy"]
