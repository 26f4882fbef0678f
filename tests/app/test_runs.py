"""The states behind the screen: which run is shown, which gates wait, what is known already."""

from flow_tui.app.runs import KEPT, Runs
from flow_tui.model import events as ev
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.status import RunStatus
from flow_tui.runtime.messages import RunPlanned
from tests.app import fakes
from tests.app.fakes import RUN, History, at

CHILD = RunId("01KDYWA4M8QG3V7ZTRB2H0C41D")
OPENED = ev.GateOpened(path=StepPath("0"), gate="human_approval", prompt="sure?", deadline=at(500))


def taken(*stories: History) -> Runs:
    """Return what is known after all of them."""
    runs = Runs()
    for story in stories:
        for recorded in story.events:
            runs.take(recorded)
    return runs


def child_at_a_gate() -> History:
    """Return a run that another one started, and that waits."""
    story = History(CHILD).add(100, ev.RunStarted(workflow="inner", parent=RUN))
    return story.add(101, ev.StepStarted(path=StepPath("0"), name="sure", kind="gate")).add(102, OPENED)


def test_gates_of_all_runs_are_known_the_most_urgent_first() -> None:
    """Also that of a run inside the one on screen."""
    runs = taken(fakes.waiting(), child_at_a_gate())
    assert [each.run_id for each in runs.waiting] == [CHILD, RUN]


def test_a_gate_is_forgotten_when_it_is_answered_or_its_run_ends() -> None:
    """Whichever comes first, and also when the run is resumed from before it."""
    answered = child_at_a_gate().add(103, ev.GateResolved(path=StepPath("0"), approved=True))
    ended = child_at_a_gate().over(103, RunStatus.CANCELLED)
    resumed = child_at_a_gate().add(103, ev.RunResumed(generation=1))
    assert [taken(story).waiting for story in (answered, ended, resumed)] == [(), (), ()]


def test_what_is_delivered_again_is_left_out() -> None:
    """A history that is read while its run goes on overlaps with what arrives live."""
    story = fakes.failed()
    runs = taken(story, story)
    assert runs.states[RUN].counts == taken(story).states[RUN].counts


PLANNED = RunPlanned(workflow="deploy", title="Deploy", file="deploy.wf", plan=fakes.PLAN)


def test_a_run_is_the_one_that_was_announced() -> None:
    """What was shown before its first event goes on with it."""
    runs = Runs()
    runs.announce(PLANNED)
    shown = runs.shown
    assert shown is not None
    assert (shown.name, shown.plan, shown.seq, runs.active()) == ("Deploy", fakes.PLAN, 0, ())
    started = ev.RunStarted(workflow="deploy", title="Deploy", file="deploy.wf", plan=fakes.PLAN)
    for recorded in History(RUN).add(1, started).events:
        runs.take(recorded)
    assert runs.states[RUN] is shown
    assert (shown.run_id, runs.active()) == (RUN, (shown,))
    assert runs.show(RUN) is shown


def test_another_run_is_not_the_one_that_was_announced() -> None:
    """A run of another file, or one whose beginning was not heard, stays apart."""
    runs = Runs()
    runs.announce(PLANNED)
    for recorded in (
        *History(RUN).add(1, ev.RunStarted(workflow="other", file="other.wf")).events,
        *History(CHILD).add(1, ev.RunFinished(outcome=RunStatus.FAILED)).events,
    ):
        runs.take(recorded)
    assert runs.shown not in runs.states.values()
    assert runs.show(RUN).workflow == "other"


def test_nothing_is_announced_over_a_run_that_is_shown() -> None:
    """What somebody looks at stays."""
    runs = taken(fakes.running())
    shown = runs.show(RUN)
    runs.announce(PLANNED)
    assert runs.shown is shown


def test_a_sign_of_life_of_an_unknown_run_is_no_run() -> None:
    """Only a stored fact makes one."""
    runs = Runs()
    runs.take(ev.Recorded(seq=9, at=at(0), run_id=RUN, event=ev.Heartbeat(path=StepPath("0"), attempt=1)))
    assert runs.states == {}


def test_only_runs_that_nobody_else_started_count_as_active() -> None:
    """Leaving asks about these; the runs inside end with them."""
    runs = taken(fakes.running(), child_at_a_gate())
    assert [state.run_id for state in runs.active()] == [RUN]


def test_a_run_that_was_left_stands_still_until_somebody_goes_on_with_it() -> None:
    """Its clocks stop when it was last heard of; neither leaving nor a gate asks about it."""
    runs = taken(fakes.waiting())
    runs.leave(RUN, at(150))
    state = runs.states[RUN]
    assert (state.left_at, state.is_stopped, runs.active(), runs.waiting) == (at(150), True, (), ())
    resumed = ev.Recorded(seq=state.seq + 1, at=at(200), run_id=RUN, event=ev.RunResumed(generation=1))
    runs.take(resumed)
    assert (state.left_at, state.is_stopped, runs.active()) == (None, False, (state,))


def test_a_run_and_its_parts_stand_still_since_the_same_moment() -> None:
    """Else a part would have been at work for longer than what waits for it."""
    runs = taken(
        fakes.running(), child_at_a_gate().add(500, ev.GateResolved(path=StepPath("0"), approved=True))
    )
    assert {state.last_event_at for state in runs.states.values()} != {at(500)}
    runs.leave(RUN, at(101))
    assert {state.left_at for state in runs.states.values()} == {at(500)}


def test_a_run_that_is_over_cannot_be_left() -> None:
    """Its end was an event; whoever worked on it has every right to be gone."""
    runs = taken(fakes.completed())
    runs.leave(RUN, at(999))
    assert runs.states[RUN].left_at is None


def test_runs_that_are_over_are_forgotten_in_the_end() -> None:
    """A watch that runs all day does not fill the memory; what is on screen stays."""
    runs = Runs()
    runs.show(RUN)
    for number in range(3 * KEPT):
        story = History(RunId(f"01KDYWA4M8QG3V7ZTRB2H0{number:04}")).add(0, ev.RunStarted(workflow="w"))
        for recorded in story.over(1, RunStatus.COMPLETED).events:
            runs.take(recorded)
    assert len(runs.states) == KEPT + 1
    assert RUN in runs.states


def test_what_changed_in_a_run_says_nothing_of_the_one_that_is_shown_next() -> None:
    """Steps of both have the same paths: those of the one would stand among those of the other."""
    runs = taken(fakes.failed())
    runs.show(RUN)
    runs.take(fakes.failed().add(900, ev.StepNoted(path=StepPath("0"), text="late")).events[-1])
    assert runs.touched
    runs.show(CHILD)
    assert (runs.touched, runs.changed) == (set(), True)
