"""What was recorded of a step."""

import pytest

from flow_tui.model import events as ev
from flow_tui.model.events import Recorded
from flow_tui.model.ids import StepPath
from flow_tui.runtime import step_events
from flow_tui.runtime.questions import Happened
from flow_tui.runtime.step_events import StepEvents
from tests.view import stories as s


class Kept:
    """A run in memory, which counts what is read."""

    def __init__(self, count: int) -> None:
        self.read = 0
        self.events = [
            Recorded(
                seq=n, at=s.at(n), run_id=s.RUN, event=ev.StepCancelRequested(path=StepPath(str(n // 10)))
            )
            for n in range(1, count)
        ]

    def history(self, run_id, after=0):
        for each in self.events[after:]:
            self.read += 1
            yield each


def found(events, kept, path, after=0):
    """Return the numbers found, and whether there are more."""
    question = Happened(token=1, run_id=s.RUN, path=StepPath(path), after=after)
    told = [each for each in events.of(question, kept) if each is not None]
    return [each.seq for part in told for each in part.events], told[-1].reached, told[-1].is_cut


def test_a_run_is_looked_through_once_however_many_steps_are_selected() -> None:
    """Of what is known only the stretch of the step is read again; what is new is found beyond it."""
    events, kept = StepEvents(), Kept(1_000)
    assert found(events, kept, "50") == ([*range(500, 510)], 999, False)
    kept.read = 0
    assert found(events, kept, "7")[0] == [*range(70, 80)]
    assert kept.read < 20
    kept.events += [Recorded(seq=1_000, at=s.at(0), run_id=s.RUN, event=kept.events[70].event)]
    assert found(events, kept, "7", after=999) == ([1_000], 1_000, False)
    assert found(events, kept, "nowhere") == ([], 1_000, False)


def test_what_is_cut_says_so_and_goes_on_where_it_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """As often as somebody asks, until nothing is left."""
    monkeypatch.setattr(step_events, "MOST_EVENTS", 4)
    events, kept = StepEvents(), Kept(100)
    assert found(events, kept, "3") == ([30, 31, 32, 33], 33, True)
    assert found(events, kept, "3", 33) == ([34, 35, 36, 37], 37, True)
    assert found(events, kept, "3", 37) == ([38, 39], 99, False)
