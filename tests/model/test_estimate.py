"""How long a run may still take, from how others went."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from flow_tui.model import estimate
from flow_tui.model import events as ev
from flow_tui.model.estimate import Past
from flow_tui.model.fold import replay
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.plan import PlanNode
from flow_tui.model.status import RunStatus, StepStatus
from flow_tui.model.values import RunSummary, StepLine

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
PLAN, BUILD, TEST = StepPath("0"), StepPath("1"), StepPath("2")


def minutes(count: float) -> timedelta:
    """Return so many minutes."""
    return timedelta(minutes=count)


def went(plan: float, build: float, took: float) -> Past:
    """Return a run of which two steps were over after so many minutes, and then the whole."""
    return Past(took=minutes(took), ends={PLAN: minutes(plan), BUILD: minutes(build)})


def test_nothing_is_told_where_no_run_tells():
    """An estimate from nothing would be made up."""
    assert estimate.whole([]) is None
    assert estimate.left([], {}, minutes(1)) is None


def test_what_is_done_counts_and_not_only_what_has_passed():
    """A run whose slow step is over sooner than ever has only left what came after that step."""
    pasts = [went(1, 10, 12), went(2, 8, 11), went(1, 9, 13)]
    begun = estimate.left(pasts, {}, minutes(0))
    quick = estimate.left(pasts, {PLAN: minutes(1), BUILD: minutes(3)}, minutes(4))
    slow = estimate.left(pasts, {PLAN: minutes(1)}, minutes(30))
    assert begun is not None
    assert quick is not None
    assert slow is not None
    assert (begun.typical, begun.least, begun.most, begun.runs) == (minutes(12), minutes(11), minutes(13), 3)
    assert (quick.typical, quick.least, quick.most) == (minutes(2), minutes(1), minutes(3))
    assert slow.typical == timedelta()


def test_of_many_runs_the_exceptions_are_left_out_of_the_range():
    """One night on which everything hung does not widen it for weeks."""
    told = estimate.whole([went(1, 2, each) for each in (10, 11, 12, 13, 500)])
    assert told is not None
    assert (told.typical, told.least, told.most) == (minutes(12), minutes(11), minutes(13))
    assert told.is_narrowed


@given(
    st.lists(st.tuples(*[st.integers(0, 100)] * 3), min_size=1, max_size=8),
    st.dictionaries(st.sampled_from([PLAN, BUILD, TEST]), st.integers(0, 50).map(minutes)),
    st.integers(50, 200),
)
def test_the_range_holds_the_middle_and_never_ends_before_now(
    lengths: list[tuple[int, int, int]], done: dict[StepPath, timedelta], elapsed: int
):
    """Whatever went before, and however much later it is: later there is never more left."""
    pasts = [went(a, a + b, a + b + c) for a, b, c in lengths]
    now, later = (estimate.left(pasts, done, minutes(at)) for at in (elapsed, elapsed + 1))
    assert now is not None
    assert later is not None
    assert timedelta() <= now.least <= now.typical <= now.most <= estimate.whole(pasts).most
    assert later.typical <= now.typical


def test_only_steps_that_are_come_to_once_tell_how_far_a_run_is():
    """A turn of a loop says nothing of how many follow; time in which nobody worked does not count."""
    run = RunSummary(
        run_id=RunId("R"),
        workflow="w",
        title="",
        root="",
        file="",
        status=RunStatus.COMPLETED,
        started_at=NOON,
        ended_at=NOON + minutes(9),
    )
    line = StepLine(path=PLAN, name="plan", kind="script", status="completed", ended_at=NOON + minutes(2))
    looped = StepLine(path=BUILD, name="b", kind="script", status="completed", times=3, ended_at=NOON)
    assert estimate.past(run, [line, looped]) == Past(took=minutes(9), ends={PLAN: minutes(2)})

    node = PlanNode(path=PLAN, kind="script", name="plan", label="plan")
    told = [
        (0, ev.RunStarted(workflow="w", plan=(node,))),
        (1, ev.RunFinished(outcome=RunStatus.FAILED)),
        (61, ev.RunResumed(generation=1)),
        (62, ev.StepStarted(path=PLAN, name="plan", kind="script")),
        (64, ev.StepFinished(path=PLAN, outcome=StepStatus.COMPLETED)),
    ]
    state = replay(
        RunId("R"),
        (
            ev.Recorded(seq=seq, at=NOON + minutes(at), run_id=RunId("R"), event=event)
            for seq, (at, event) in enumerate(told, 1)
        ),
    )
    assert estimate.ended(state) == {PLAN: minutes(4)}


def test_the_time_in_which_only_a_person_was_awaited_says_nothing_of_how_long_a_run_takes():
    """Neither that of earlier runs nor that of this one; what went on beside the gate counts."""
    gate = StepLine(
        path=BUILD,
        name="ok",
        kind="gate",
        status="completed",
        started_at=NOON + minutes(1),
        ended_at=NOON + minutes(61),
    )
    lines = [
        replace(gate, path=PLAN, name="plan", kind="script", started_at=NOON, ended_at=NOON + minutes(1)),
        gate,
        replace(gate, path=TEST, name="beside", kind="script", ended_at=NOON + minutes(5)),
    ]
    run = RunSummary(
        run_id=RunId("R"),
        workflow="w",
        title="",
        root="",
        file="",
        status=RunStatus.COMPLETED,
        started_at=NOON,
        ended_at=NOON + minutes(63),
    )
    ends = {PLAN: minutes(1), BUILD: minutes(5), TEST: minutes(5)}
    assert estimate.past(run, lines) == Past(took=minutes(7), ends=ends)
    waits = replace(run, status=RunStatus.RUNNING, ended_at=None)
    still_open = [lines[0], replace(gate, ended_at=None)]
    so_far = estimate.so_far(waits, still_open, NOON + minutes(900))
    assert so_far == Past(took=minutes(1), ends={PLAN: minutes(1)})

    nodes = tuple(
        PlanNode(path=path, kind=kind, name=kind, label=kind)
        for path, kind in ((PLAN, "script"), (BUILD, "gate"))
    )
    told = [
        (0, ev.RunStarted(workflow="w", plan=nodes)),
        (0, ev.StepStarted(path=PLAN, name="plan", kind="script")),
        (1, ev.StepFinished(path=PLAN, outcome=StepStatus.COMPLETED)),
        (1, ev.StepStarted(path=BUILD, name="ok", kind="gate")),
        (31, ev.StepFinished(path=BUILD, outcome=StepStatus.COMPLETED)),
    ]
    for known, idle in ((4, (minutes(1), minutes(900))), (5, (minutes(1), minutes(31)))):
        state = replay(
            RunId("R"),
            (
                ev.Recorded(seq=seq, at=NOON + minutes(at), run_id=RunId("R"), event=event)
                for seq, (at, event) in enumerate(told[:known], 1)
            ),
        )
        assert estimate.idle(state, NOON + minutes(900)) == (tuple(NOON + each for each in idle),)
    assert estimate.ended(state) == {PLAN: minutes(1), BUILD: minutes(1)}
