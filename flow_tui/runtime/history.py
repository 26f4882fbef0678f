"""Finding runs among all that were recorded: by name, or by a few words."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from flow_tui import limits
from flow_tui.engine.keeping import Histories, Owner, RunQuery, Store
from flow_tui.errors import RunNotFoundError
from flow_tui.model import ids
from flow_tui.model.events import RunStarted
from flow_tui.model.fold import replay
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.state import RunState, StepState
from flow_tui.model.status import INTERRUPTED, StepStatus
from flow_tui.model.values import RunSummary
from flow_tui.process.identity import is_gone, may_live
from flow_tui.runtime.run_query import ACTIVE
from flow_tui.runtime.settings import Settings
from flow_tui.store.memory import MemoryStore
from flow_tui.store.sqlite_reading import SqliteHistories

LAST = "last"
_PAGE = 200


def histories(settings: Settings) -> Histories:
    """Return what was recorded so far, to be read only; nothing is made or changed on disk."""
    if settings.database is None:
        return nothing()
    return SqliteHistories(settings.database)


def nothing() -> Histories:
    """Return a history without runs."""
    return MemoryStore(is_alive=may_live)


def left(kept: Histories, root: str, now: datetime) -> frozenset[RunId]:
    """Return the runs of a project that are not over and that nobody works on any more."""
    active = _all(kept, RunQuery(root=root, statuses=ACTIVE, parts=True, limit=_PAGE))
    return frozenset(run.run_id for run in active if is_left(settled(kept, run, now), now))


def search(
    kept: Histories,
    query: RunQuery,
    *,
    limit: int = 100,
    fits: Callable[[RunSummary], bool] | None = None,
) -> tuple[RunSummary, ...]:
    """Return at most ``limit`` runs, in their order; with ``fits``, only of those that fit besides."""
    if fits is None:
        return kept.runs(replace(query, limit=limit))
    found = filter(fits, _all(kept, replace(query, limit=_PAGE)))
    return tuple(run for run, _ in zip(found, range(limit), strict=False))


def find(kept: Histories, name: str, root: str) -> RunSummary:
    """Return the run that ``name`` means: ``last`` of this project, or the end of an id, ``#`` or not.

    Raises ``RunNotFoundError`` when there is none, or when there are several.
    """
    if name in {"", LAST}:
        newest = kept.runs(RunQuery(root=root, limit=1))
        if not newest:
            raise RunNotFoundError(name or LAST)
        return newest[0]
    suffix = name.removeprefix("#")
    found = kept.runs(RunQuery(suffix=suffix, parts=True, limit=20)) if suffix.isalnum() else ()
    match tuple(run for run in found if run.root == root) or found:
        case ():
            raise RunNotFoundError(name)
        case (run,):
            return run
        case several:
            raise RunNotFoundError(name, [run.run_id for run in several])


def state_of(kept: Histories, run_id: RunId) -> RunState:
    """Return all that is known of a run; raises ``RunNotFoundError`` when that is nothing."""
    state = replay(run_id, kept.history(run_id))
    if not state.seq:
        raise RunNotFoundError(ids.short(run_id))
    return state


def lineage(kept: Histories, run_id: RunId) -> tuple[RunId, ...]:
    """Return a run after those that it is part of, from the outermost in."""
    first = next(iter(kept.history(run_id)), None)
    parent = first.event.parent if first is not None and isinstance(first.event, RunStarted) else None
    return (run_id,) if parent is None else (*lineage(kept, parent), run_id)


def open_parts(kept: Histories, state: RunState) -> Iterator[RunState]:
    """Yield the runs that are part of this one and whose steps have not completed, and their parts."""
    for step in state.steps.values():
        if step.child_run is not None and step.status is not StepStatus.COMPLETED:
            part = replay(step.child_run, kept.history(step.child_run))
            yield part
            yield from open_parts(kept, part)


def standing(run: RunSummary, now: datetime) -> str:
    """Return where a run stands, as people are told: interrupted if nobody works on it any more."""
    return INTERRUPTED if is_left(run, now) else run.status.value


def is_left(run: RunSummary, now: datetime) -> bool:
    """Say whether nobody works any more on a run that is not over."""
    if run.status not in ACTIVE:
        return False
    heard = run.last_heartbeat_at or run.started_at
    is_owned = bool(run.owner) and now - heard <= limits.LEASE_TTL
    return not is_owned or (run.owner_process is not None and is_gone(run.owner_process))


def settled(kept: Histories, run: RunSummary, now: datetime) -> RunSummary:
    """Return a run as it stands: read again if its program is gone, after it said how the run ended."""
    if not is_left(run, now):
        return run
    return next(iter(kept.runs(RunQuery(suffix=run.run_id, parts=True, limit=1))), run)


def heard_at(kept: Histories, run: RunSummary, state: RunState) -> datetime:
    """Return when a run was last heard of, or a part of it that was in progress."""
    parts = (part.last_event_at for part in open_parts(kept, state))
    return max(run.heard_at, *filter(None, (state.last_event_at, *parts)))


def is_elsewhere(store: Store, run_id: RunId, us: Owner) -> bool:
    """Say whether a run has an owner, and that is not ``us``."""
    owner = store.owner(run_id)
    return owner is not None and owner.token != us.token


def with_signs(state: RunState, signs: Mapping[StepPath, datetime]) -> Iterator[tuple[StepPath, StepState]]:
    """Yield the running steps with their last signs of life, which are no events."""
    for path, sign in signs.items():
        step = state.steps.get(path)
        if step is not None and step.current is not None:
            yield path, replace(step, last_sign=sign)


def _all(kept: Histories, query: RunQuery) -> Iterator[RunSummary]:
    """Yield all runs that fit, read in pages."""
    while page := kept.runs(query):
        yield from page
        if len(page) < query.limit:
            return
        query = replace(query, offset=query.offset + query.limit)
