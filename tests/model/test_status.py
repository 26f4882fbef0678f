"""The words for where runs and steps stand."""

from datetime import UTC, datetime

import pytest

from flow_tui.model import events as ev
from flow_tui.model.codec import event_from_json, event_json
from flow_tui.model.fold import replay
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.status import AttemptStatus, RunStatus, StepStatus

case = pytest.mark.case
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


@case(139)
@pytest.mark.parametrize("kind", [RunStatus, StepStatus, AttemptStatus])
def test_a_word_reads_back_as_what_it_was(kind):
    """Each has one word; whatever else is written is refused."""
    assert [kind(str(status)) for status in kind] == list(kind)
    for odd in ("odd", "", "COMPLETED"):
        with pytest.raises(ValueError, match=repr(odd)):
            kind(odd)


@case(139)
def test_a_run_is_never_out_of_time():
    """Only steps are: a run that a time limit ends is cancelled for that reason."""
    with pytest.raises(ValueError, match="timed_out"):
        RunStatus("timed_out")
    assert StepStatus("timed_out").is_over


@case(139)
def test_what_is_over_is_not_active():
    """Nothing is both, for runs and for steps."""
    assert {status for status in RunStatus if status.is_over} == {
        RunStatus.COMPLETED,
        RunStatus.FAILED,
        RunStatus.CANCELLED,
    }
    assert not {status for status in StepStatus if status.is_over and status.is_active}
    assert {status for status in StepStatus if not status.is_over} == {
        StepStatus.PENDING,
        StepStatus.RUNNING,
        StepStatus.WAITING,
        StepStatus.PAUSED,
    }


@case(139)
def test_a_run_waits_only_because_a_gate_does():
    """Nobody can say so of it: that it waits follows from its steps, and ends with the gate."""
    path = StepPath("0")
    said = [
        ev.RunStarted(workflow="w"),
        ev.StepStarted(path=path, name="g", kind="gate"),
        ev.GateOpened(path=path, gate="human_approval", prompt="", deadline=NOON),
        ev.GateResolved(path=path, approved=True),
    ]
    run_id = RunId("RUN")
    history = [ev.Recorded(seq=n, at=NOON, run_id=run_id, event=one) for n, one in enumerate(said, 1)]
    stands = [replay(run_id, history[: n + 1]).status.value for n in range(len(history))]
    assert stands == ["running", "running", "waiting", "running"]


@case(139)
def test_an_event_with_an_unknown_word_is_refused():
    """What cannot be read is not taken for something else."""
    event = ev.StepFinished(path=StepPath("0"), outcome=StepStatus.COMPLETED)
    text = event_json(event)
    assert event_from_json(text) == event
    with pytest.raises(ValueError, match="outcome"):
        event_from_json(text.replace("completed", "odd"))
