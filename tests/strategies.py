"""Generated events and histories."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from hypothesis import strategies as st

from flow_tui.model import events as ev
from flow_tui.model.breakpoints import Breakpoint, Release
from flow_tui.model.events import Event, Recorded
from flow_tui.model.ids import ROOT, RunId, StepPath, child
from flow_tui.model.plan import LEAVES, PlanNode
from flow_tui.model.status import Reason, Redo, RunStatus, StepStatus
from flow_tui.model.values import ActionOutput, FanOutItem, ProcessIdentity, RunOptions

RUN = RunId("01JGMEZN00000000000000RUN1")
CHILD = RunId("01JGMEZN0000000000000PART1")

KINDS = (*sorted(LEAVES), "if", "while", "parallel", "always")
OUTCOMES = tuple(status for status in StepStatus if status.is_over)
ENDS = tuple(status for status in RunStatus if status.is_over)

# Few and telling: drawing freely costs more than what the tests try with it.
texts = st.sampled_from(["", "build", "é ✓ 𝄞", "two\nlines", "\0\x1b[31m\u2028", "\"'\\,{}", "x" * 300])
counts = st.sampled_from([0, 1, 7, 2**31, 2**53])
instants = st.sampled_from(
    [
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(2026, 1, 2, 12, 0, 0, 1, tzinfo=UTC),
        datetime(2026, 6, 30, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(9999, 12, 31, tzinfo=UTC),
    ]
)
lengths = st.sampled_from(
    [timedelta(0), timedelta(microseconds=1), timedelta(minutes=5), timedelta(days=365)]
)
reasons = st.sampled_from(Reason)
numbers = st.sampled_from([0.0, -0.1, 1e-300, 1e300, 12_345.678_9])
mappings = st.dictionaries(texts, texts, max_size=2)
words = st.lists(texts, max_size=2).map(tuple)


def paths(few: int = 4) -> st.SearchStrategy[StepPath]:
    """Return paths, so few that events meet at the same step."""
    flat = st.integers(0, few).map(str)
    inside = st.builds("{}#{}/{}".format, st.integers(0, 1), st.integers(1, 3), st.integers(0, 1))
    return st.one_of(flat, flat, inside, st.just("always/0")).map(StepPath)


_Shape: TypeAlias = "tuple[_Shape, ...]"


def _grown(shape: _Shape, around: StepPath = ROOT) -> tuple[PlanNode, ...]:
    """Return a plan of this shape; what holds nothing is a leaf, or a block that holds nothing."""
    nodes: list[PlanNode] = []
    for index, inside in enumerate(shape):
        path = child(around, index)
        kind = "parallel" if inside else KINDS[sum(map(ord, path)) % len(KINDS)]
        nodes.append(
            PlanNode(
                path=path,
                kind=kind,
                name="é",
                label="build",
                timeout=timedelta(minutes=5) if index else None,
                children=_grown(inside, path),
            )
        )
    return tuple(nodes)


plans = st.recursive(st.just(()), lambda inner: st.lists(inner, max_size=3).map(tuple), max_leaves=8).map(
    _grown
)

options = st.builds(RunOptions, dry_run=st.booleans(), mock=st.booleans(), model=texts, env_prefixes=words)
outputs = st.builds(
    ActionOutput,
    markers=words,
    context=texts,
    result_text=texts,
    structured=st.sampled_from(["", '{"a": 1}']),
    metrics=st.dictionaries(texts, numbers, max_size=2),
    note=texts,
)
identities = st.builds(ProcessIdentity, pid=counts, start_time=texts, boot_id=texts, host=texts, cookie=texts)

run_starts = st.builds(
    ev.RunStarted,
    workflow=texts,
    title=texts,
    file=texts,
    root=texts,
    source=texts,
    plan=plans,
    inputs=mappings,
    files=mappings,
    options=options,
    parent=st.none() | st.just(RunId("01JGMEZN00000000000PARENT0")),
)


_STEPS = tuple(PlanNode(path=StepPath(str(n)), kind="call", name="build", label="build") for n in range(3))
_LOOP = PlanNode(path=StepPath("3"), kind="while", name="", label="while a.b", max_passes=3, children=_STEPS)
BEGINNINGS = (
    ev.RunStarted(workflow="deploy"),
    ev.RunStarted(workflow="deploy", title="Deploy it", source="workflow deploy {}", plan=(*_STEPS, _LOOP)),
    ev.RunStarted(workflow="", root="/é", inputs={"env": "two\nlines"}, files={"build.sh": "0" * 64}),
)


def run_events() -> st.SearchStrategy[Event]:
    """Return events of a run that has begun."""
    return st.one_of(
        st.builds(
            ev.RunResumed,
            generation=counts,
            by=texts,
            redo=st.sampled_from(Redo),
            only=st.lists(paths(), max_size=2).map(tuple),
        ),
        st.builds(ev.RunCancelRequested, reason=reasons, by=texts),
        st.builds(ev.MetricsUpdated, totals=st.dictionaries(texts, numbers, max_size=2)),
        st.builds(ev.RunFinished, outcome=st.sampled_from(ENDS), error=texts, reason=reasons),
        st.builds(ev.EngineFailed, error=texts, traceback=texts),
        st.builds(ev.BreakpointsSet, points=st.lists(points, max_size=2).map(tuple), by=texts),
    )


points = st.builds(Breakpoint, workflow=texts, path=paths())


def step_started(path: StepPath, name: str, max_attempts: int) -> ev.StepStarted:
    """Return the start of a step; what kind it has follows from where it stands, as in a definition."""
    kind = KINDS[sum(map(ord, path)) % len(KINDS)]
    return ev.StepStarted(path=path, name=name, kind=kind, max_attempts=max_attempts)


def step_events() -> st.SearchStrategy[Event]:
    """Return stored events of steps, in no sensible order."""
    path, attempt = paths(), st.integers(1, 3)
    return st.one_of(
        st.builds(step_started, path, texts, attempt),
        st.builds(
            ev.AttemptStarted,
            path=path,
            attempt=attempt,
            deadline=st.none() | instants,
            heartbeat_timeout=st.none() | lengths,
            after_crash=st.booleans(),
        ),
        st.builds(ev.ProcessStarted, path=path, attempt=attempt, identity=identities),
        st.builds(
            ev.FanOutCollected,
            path=path,
            items=st.lists(st.builds(FanOutItem, id=texts, ref=texts), max_size=3).map(tuple),
        ),
        st.builds(ev.ChildRunStarted, path=path, attempt=attempt, child_run=st.just(CHILD)),
        st.builds(
            ev.AttemptFailed,
            path=path,
            attempt=attempt,
            error=texts | st.just("step 'x' timed out after 5m"),
            timed_out=st.booleans(),
            retry_at=st.none() | instants,
        ),
        st.builds(ev.StepCancelRequested, path=path, by=texts, skip=st.booleans()),
        st.builds(
            ev.StepFinished,
            path=path,
            outcome=st.sampled_from(OUTCOMES),
            output=st.none() | outputs,
            error=texts,
            reason=reasons,
        ),
        st.builds(ev.StepPaused, path=path, name=texts, kind=st.just("call"), is_after=st.booleans()),
        st.builds(
            ev.StepReleased,
            path=path,
            how=st.sampled_from(Release),
            by=texts,
            values=mappings,
            text=texts,
        ),
        st.builds(ev.StepTouched, path=path),
        st.builds(ev.StepRepeated, path=path),
        st.builds(ev.ConditionChecked, path=path, holds=st.booleans()),
        st.builds(ev.PassStarted, path=path, number=attempt, of=attempt),
        st.builds(
            ev.GateOpened,
            path=path,
            gate=texts,
            prompt=texts,
            options=mappings,
            deadline=instants,
            on_timeout=st.sampled_from(["fail", "continue"]),
            feedback=st.booleans(),
        ),
        st.builds(
            ev.GateResolved, path=path, approved=st.booleans(), feedback=texts, selections=words, by=texts
        ),
        st.builds(ev.StepNoted, path=path, text=texts),
    )


def transients() -> st.SearchStrategy[Event]:
    """Return events that are shown and not stored."""
    path, attempt = paths(), st.integers(1, 3)
    return st.one_of(
        st.builds(ev.Heartbeat, path=path, attempt=attempt),
        st.builds(ev.OutputGrew, path=path, attempt=attempt, size=counts),
        st.builds(
            ev.AttemptMeasured,
            path=path,
            attempt=attempt,
            metrics=st.dictionaries(texts, numbers, max_size=2),
        ),
        st.builds(ev.StorageWaited, reason=texts),
    )


def events() -> st.SearchStrategy[Event]:
    """Return events of every kind."""
    return st.one_of(run_starts, run_events(), step_events(), step_events(), transients())


def recorded(events: list[Event]) -> tuple[Recorded, ...]:
    """Return events as the history of a run, a second apart; transient ones take no number."""
    begin = datetime(2026, 1, 2, 12, tzinfo=UTC)
    history: list[Recorded] = []
    seq = 0
    for number, event in enumerate(events):
        seq += not isinstance(event, ev.Transient)
        history.append(Recorded(seq=seq, at=begin + number * timedelta(seconds=1), run_id=RUN, event=event))
    return tuple(history)


PLACES = tuple(map(StepPath, ("0", "1", "2", "3#1/0", "3#2/0", "3", "always/0")))
OUTPUT = ActionOutput(markers=("ok",), context="two\nlines", result_text="built", structured='{"a": 1}')
PROCESS = ProcessIdentity(pid=7, start_time="1", boot_id="boot", host="here", cookie="c")


def _happenings(path: StepPath) -> Iterator[Event]:
    """Yield what can be stored about one step, the plain first."""
    yield step_started(path, "build", 3)
    for attempt in (1, 2, 3):
        yield ev.AttemptStarted(path=path, attempt=attempt, deadline=datetime(2026, 1, 3, tzinfo=UTC))
        yield ev.AttemptFailed(path=path, attempt=attempt, error="no")
    late = "step 'build' timed out after 5m"
    yield ev.AttemptFailed(path=path, attempt=1, error=late, timed_out=True)
    yield ev.AttemptFailed(path=path, attempt=2, error="é ✓", retry_at=datetime(2026, 1, 3, tzinfo=UTC))
    yield ev.ProcessStarted(path=path, attempt=1, identity=PROCESS)
    for outcome in OUTCOMES:
        yield ev.StepFinished(path=path, outcome=outcome)
    yield ev.StepFinished(path=path, outcome=StepStatus.COMPLETED, output=OUTPUT)
    yield ev.StepFinished(path=path, outcome=StepStatus.TIMED_OUT, error=late, reason=Reason.TIMEOUT)
    yield ev.StepPaused(path=path, name="build", kind=step_started(path, "build", 3).kind)
    yield ev.StepPaused(path=path, name="build", kind="call", is_after=True)
    yield ev.StepReleased(path=path, how=Release.STEP, by="ada", values={"env": "test"}, text="do it")
    yield ev.StepReleased(path=path, how=Release.SKIP)
    yield ev.StepTouched(path=path)
    yield ev.StepRepeated(path=path)
    yield ev.StepCancelRequested(path=path)
    yield ev.ConditionChecked(path=path, holds=True)
    yield ev.ConditionChecked(path=path, holds=False)
    yield ev.PassStarted(path=path, number=2, of=3)
    yield ev.GateOpened(
        path=path, gate="review", deadline=datetime(2026, 1, 3, tzinfo=UTC), options={"a": "b"}
    )
    yield ev.GateResolved(path=path, approved=True, selections=("b",), by="ada")
    yield ev.GateResolved(path=path, approved=False, feedback="no")
    yield ev.StepNoted(path=path, text="look")


MOMENTS = tuple(each for each in _happenings(ROOT) if not isinstance(each, ev.StepRepeated))
"""What concerns one step alone."""
_OF_STEPS = tuple(event for path in PLACES for event in _happenings(path))
_OF_RUNS = (
    ev.RunResumed(generation=1),
    ev.RunResumed(generation=1, redo=Redo.ONLY, only=PLACES[1:3]),
    ev.RunCancelRequested(reason=Reason.USER),
    ev.RunFinished(outcome=RunStatus.COMPLETED),
    ev.RunFinished(outcome=RunStatus.FAILED, error="no"),
    ev.EngineFailed(error="bug"),
    ev.MetricsUpdated(totals={"cost_usd": 0.5}),
    ev.BreakpointsSet(points=(Breakpoint(workflow="deploy", path=StepPath("3/0")),)),
)
_SHOWN = (
    *(ev.Heartbeat(path=path, attempt=1) for path in PLACES),
    *(ev.OutputGrew(path=path, attempt=1, size=10) for path in PLACES),
    *(ev.AttemptMeasured(path=path, attempt=1, metrics={"num_turns": 1.0}) for path in PLACES),
    ev.StorageWaited(reason="full"),
)


def happenings() -> st.SearchStrategy[Event]:
    """Return events of every kind, drawn quickly from a few hundred."""
    pools = (_OF_STEPS, _OF_RUNS, _SHOWN, BEGINNINGS)
    return st.one_of(*map(st.sampled_from, pools))


def histories(*, transient: bool = False, max_size: int = 25) -> st.SearchStrategy[tuple[Recorded, ...]]:
    """Return histories that begin as all do and then go on in any order, sensible or not."""
    later = st.sampled_from(_OF_STEPS) | st.sampled_from(_OF_RUNS)
    if transient:
        later |= st.sampled_from(_SHOWN)
    begun = st.sampled_from(BEGINNINGS)
    return st.builds(lambda first, rest: recorded([first, *rest]), begun, st.lists(later, max_size=max_size))
