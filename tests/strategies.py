"""Generated events and histories."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from flow_tui.model import events as ev
from flow_tui.model.events import Event, Recorded
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.plan import LEAVES, PlanNode
from flow_tui.model.status import Reason, RunStatus, StepStatus
from flow_tui.model.values import ActionOutput, ProcessIdentity, RunOptions

RUN = RunId("01JGMEZN00000000000000RUN1")

KINDS = (*sorted(LEAVES), "if", "while", "parallel", "always")
OUTCOMES = tuple(status for status in StepStatus if status.is_over)
ENDS = tuple(status for status in RunStatus if status.is_over)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
counts = st.integers(0, 2**40)
instants = st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis wants it bare
lengths = st.timedeltas(timedelta(0), timedelta(days=365))
reasons = st.sampled_from(Reason)
numbers = st.floats(allow_nan=False)
mappings = st.dictionaries(texts, texts, max_size=3)
words = st.lists(texts, max_size=3).map(tuple)


def paths(few: int = 4) -> st.SearchStrategy[StepPath]:
    """Return paths, so few that events meet at the same step."""
    flat = st.integers(0, few).map(str)
    inside = st.builds("{}#{}/{}".format, st.integers(0, 1), st.integers(1, 3), st.integers(0, 1))
    return st.one_of(flat, flat, inside, st.just("always/0")).map(StepPath)


plan_leaves = st.builds(
    PlanNode,
    path=paths(),
    kind=st.sampled_from(KINDS),
    name=texts,
    label=texts,
    max_attempts=st.integers(1, 4),
    timeout=st.none() | lengths,
    note=texts,
    line=counts,
)
plans = st.lists(
    st.recursive(
        plan_leaves,
        lambda inner: st.builds(
            PlanNode,
            path=paths(),
            kind=st.sampled_from(KINDS),
            name=texts,
            label=texts,
            children=st.lists(inner, max_size=3).map(tuple),
        ),
        max_leaves=4,
    ),
    max_size=3,
).map(tuple)

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


def run_events() -> st.SearchStrategy[Event]:
    """Return events of a run that has begun."""
    return st.one_of(
        st.builds(ev.RunResumed, generation=counts, by=texts),
        st.builds(ev.RunCancelRequested, reason=reasons, by=texts),
        st.builds(ev.MetricsUpdated, totals=st.dictionaries(texts, numbers, max_size=2)),
        st.builds(ev.RunFinished, outcome=st.sampled_from(ENDS), error=texts, reason=reasons),
        st.builds(ev.EngineFailed, error=texts, traceback=texts),
    )


def step_events() -> st.SearchStrategy[Event]:
    """Return stored events of steps, in no sensible order."""
    path, attempt = paths(), st.integers(1, 3)
    return st.one_of(
        st.builds(
            ev.StepStarted,
            path=path,
            name=texts,
            kind=st.sampled_from(KINDS),
            max_attempts=attempt,
        ),
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


def histories(*, transient: bool = False, max_size: int = 25) -> st.SearchStrategy[tuple[Recorded, ...]]:
    """Return histories that begin as all do and then go on in any order, sensible or not."""
    kinds = [step_events(), step_events(), step_events(), run_events()]
    later = st.one_of(*kinds, transients()) if transient else st.one_of(*kinds)
    return st.builds(
        lambda first, rest: recorded([first, *rest]), run_starts, st.lists(later, max_size=max_size)
    )
