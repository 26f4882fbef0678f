"""Plans and histories for the rows."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from flow_tui.model import events as ev
from flow_tui.model import ids
from flow_tui.model.events import Event, Recorded
from flow_tui.model.fold import apply
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.plan import LEAVES, LOOPS, PlanNode
from flow_tui.model.state import RunState
from flow_tui.model.status import Reason, RunStatus, StepStatus
from flow_tui.model.values import FanOutItem
from flow_tui.view.row import Row

RUN = RunId("01KDYWA4M8QG3V7ZTRB2H0A1F3")
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    """Return an instant after noon."""
    return NOON + timedelta(seconds=seconds)


def leaf(name: str, kind: str = "call", **more: object) -> PlanNode:
    """Return a step of a plan; its path is given by :func:`plan`."""
    return PlanNode(path=StepPath(""), kind=kind, name=name, label=name, **more)


def block(kind: str, *children: PlanNode, label: str = "", max_passes: int = 0) -> PlanNode:
    """Return a block of a plan."""
    return PlanNode(
        path=StepPath(""), kind=kind, name="", label=label or kind, children=children, max_passes=max_passes
    )


def plan(*nodes: PlanNode, above: StepPath = ids.ROOT) -> tuple[PlanNode, ...]:
    """Return ``nodes`` with the paths that belong to their places."""
    placed: list[PlanNode] = []
    for index, node in enumerate(nodes):
        path = ids.ALWAYS if node.kind == "always" and not above else ids.child(above, index)
        placed.append(
            PlanNode(
                path=path,
                kind=node.kind,
                name=node.name,
                label=node.label,
                max_attempts=node.max_attempts,
                max_passes=node.max_passes,
                min_success=node.min_success,
                children=plan(*node.children, above=path),
            )
        )
    return tuple(placed)


def recorded(events: Iterable[Event]) -> list[Recorded]:
    """Return ``events``, one a second."""
    return [Recorded(seq=n + 1, at=at(n), run_id=RUN, event=event) for n, event in enumerate(events)]


def state(nodes: tuple[PlanNode, ...], *events: Event) -> RunState:
    """Return a run of a plan after ``events``, the first of which happened at second 1."""
    run = RunState(run_id=RUN)
    for one in recorded([ev.RunStarted(workflow="w", plan=nodes), *events]):
        apply(run, one)
    return run


def started(path: str, kind: str = "call", max_attempts: int = 1) -> ev.StepStarted:
    """Return the beginning of a step."""
    return ev.StepStarted(path=StepPath(path), name=path, kind=kind, max_attempts=max_attempts)


def attempt(path: str, number: int = 1, **more: object) -> ev.AttemptStarted:
    """Return the beginning of a try."""
    return ev.AttemptStarted(path=StepPath(path), attempt=number, **more)


def finished(path: str, outcome: StepStatus = StepStatus.COMPLETED, **more: object) -> ev.StepFinished:
    """Return the end of a step."""
    return ev.StepFinished(path=StepPath(path), outcome=outcome, **more)


def drawn(rows: Iterable[Row], seconds: float = 60) -> str:
    """Return rows as text: tree, status, label, and everything else they say."""
    now = at(seconds)
    lines: list[str] = []
    for row in rows:
        said = (
            row.elapsed(now),
            row.attempts(),
            row.heartbeat(now),
            row.remaining(now),
            row.backoff(now),
            row.detail(),
        )
        lines.append(
            " ".join([f"{row.lines()}{row.fold()}{row.status.value}", row.label, *filter(None, said)])
        )
    return "\n".join(lines)


# Anything that might happen

_kinds = st.sampled_from(sorted(LEAVES))
_leaves = st.builds(leaf, st.sampled_from("abc"), _kinds)
_nodes = st.recursive(
    _leaves,
    lambda inner: st.builds(
        lambda kind, children: block(kind, *children, max_passes=3),
        st.sampled_from(["if", "unless", "while", "do_while", "do", "parallel"]),
        st.lists(inner, max_size=3),
    ),
    max_leaves=8,
)
_cleanups = st.just([]) | st.lists(_leaves, max_size=2).map(lambda inner: [block("always", *inner)])
plans = st.builds(
    lambda nodes, last: plan(*nodes, *last), st.lists(_nodes, min_size=1, max_size=4), _cleanups
)


def _paths_of(nodes: Iterable[PlanNode], above: str = "") -> list[str]:
    """Return the paths that steps of a plan may have, in up to three turns of each loop."""
    paths: list[str] = []
    for node in nodes:
        path = ids.child(StepPath(above), node.path.rpartition("/")[2])
        paths.append(path)
        if node.kind in LOOPS:
            for number in (1, 2, 3):
                paths += _paths_of(node.children, ids.loop_pass(path, number))
        else:
            paths += _paths_of(node.children, path)
        if node.kind in LEAVES:
            paths.append(f"{path}/on_fail")
        if node.kind == "foreach":
            paths += [f"{path}/{number}" for number in range(4)]
    return paths


def _events(paths: list[str]) -> st.SearchStrategy[Event]:
    where = st.sampled_from([*paths, "77/0", "0#2/9"]).map(StepPath)
    return st.one_of(
        st.builds(
            ev.StepStarted,
            path=where,
            name=st.just("n"),
            kind=st.sampled_from([*sorted(LEAVES), "if", "while", "item"]),
            max_attempts=st.integers(1, 3),
        ),
        st.builds(ev.AttemptStarted, path=where, attempt=st.integers(1, 3)),
        st.builds(ev.AttemptFailed, path=where, attempt=st.integers(1, 3), error=st.just("e")),
        st.builds(
            ev.StepFinished,
            path=where,
            outcome=st.sampled_from([s for s in StepStatus if s.is_over]),
            reason=st.sampled_from([Reason.NONE, Reason.ON_FAIL]),
        ),
        st.builds(ev.ConditionChecked, path=where, holds=st.booleans()),
        st.builds(ev.PassStarted, path=where, number=st.integers(1, 3), of=st.just(3)),
        st.builds(ev.GateOpened, path=where, gate=st.just("g"), deadline=st.just(at(1_000))),
        st.builds(ev.GateResolved, path=where, approved=st.booleans()),
        st.builds(
            ev.FanOutCollected,
            path=where,
            items=st.integers(0, 25).map(lambda n: tuple(FanOutItem(id=f"i{k}") for k in range(n))),
        ),
        st.builds(ev.Heartbeat, path=where, attempt=st.integers(1, 3)),
        st.builds(ev.RunFinished, outcome=st.sampled_from([s for s in RunStatus if s.is_over])),
        st.builds(ev.RunResumed, generation=st.integers(1, 3)),
    )


@st.composite
def histories(draw: st.DrawFn) -> list[Recorded]:
    """Draw a plan and anything that might happen to its steps, in any order."""
    nodes = draw(plans)
    paths = _paths_of(nodes)
    events = draw(st.lists(_events(paths), max_size=25))
    return recorded([ev.RunStarted(workflow="w", plan=nodes), *events])
