"""Finding runs among all that were recorded: by name, or by a few words."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from difflib import get_close_matches

from flow_tui import limits
from flow_tui.dataclass import dataclass
from flow_tui.engine.keeping import Histories, Owner, RunQuery, Store
from flow_tui.errors import RunNotFoundError, UsageError
from flow_tui.model import ids
from flow_tui.model.events import RunStarted
from flow_tui.model.fold import replay
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.state import RunState, StepState
from flow_tui.model.status import INTERRUPTED, RunStatus, StepStatus
from flow_tui.model.values import RunSummary
from flow_tui.process.identity import is_gone, may_live
from flow_tui.runtime.settings import Settings
from flow_tui.store.memory import MemoryStore
from flow_tui.store.sqlite_reading import SqliteHistories

LAST = "last"
ACTIVE = frozenset({RunStatus.RUNNING, RunStatus.WAITING, RunStatus.CANCELLING})
STANDINGS: Mapping[str, frozenset[str]] = {
    **{status.value: frozenset({status.value}) for status in RunStatus},
    INTERRUPTED: frozenset({INTERRUPTED}),
    "needs_resume": frozenset({INTERRUPTED}),
    "active": frozenset({*ACTIVE, INTERRUPTED}),
}
"""Where runs can be said to stand, by the word that a search has for it."""
_WORDS = ("status", "workflow", "since", "input")
_AGO = re.compile(r"(\d{1,6})([smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_PAGE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What runs are looked for."""

    query: RunQuery
    since: datetime | None = None
    inputs: Mapping[str, str]
    texts: tuple[str, ...] = ()
    """Each somewhere in the name, the id, the error or the inputs, whatever the case."""
    standings: frozenset[str] = frozenset()
    """As people are told; any of these, or any at all where there are none."""
    now: datetime | None = None
    """When it is asked: whether a run is interrupted depends on that."""

    def fits(self, run: RunSummary) -> bool:
        """Say whether ``run`` is one of them, as far as the query has not said so already."""
        if self.standings and self.now is not None and standing(run, self.now) not in self.standings:
            return False
        if any(run.inputs.get(name) != value for name, value in self.inputs.items()):
            return False
        parts = (run.workflow, run.title, run.run_id, run.error, run.file, *run.inputs.values())
        everything = "\n".join(parts).lower()
        return all(text in everything for text in self.texts)


def histories(settings: Settings) -> Histories:
    """Return what was recorded so far, to be read only; nothing is made or changed on disk."""
    if settings.database is None:
        return nothing()
    return SqliteHistories(settings.database)


def nothing() -> Histories:
    """Return a history without runs."""
    return MemoryStore(is_alive=may_live)


def parsed(text: str, *, root: str, now: datetime) -> Search:
    """Return what ``text`` looks for.

    It is made of free words, ``status:``, ``workflow:``, ``since:`` and ``input:NAME=VALUE``.
    Raises ``UsageError`` for a word with a colon that means nothing.
    """
    standings: frozenset[str] = frozenset()
    workflow, since = "", None
    inputs: dict[str, str] = {}
    texts: list[str] = []
    for word in text.split():
        key, colon, value = word.partition(":")
        match key if colon else "":
            case "status":
                standings |= _standings(value)
            case "workflow":
                workflow = value
            case "since":
                since = _instant(value, now)
            case "input" if "=" in value:
                name, _, wanted = value.partition("=")
                inputs[name] = wanted
            case "":
                texts.append(word.lower())
            case _:
                known = ", ".join(f"{name}:" for name in _WORDS)
                raise UsageError(f"a search cannot hold {word!r}", f"besides free words it knows {known}")
    query = RunQuery(root=root, workflow=workflow, statuses=_recorded(standings))
    return Search(query=query, since=since, inputs=inputs, texts=tuple(texts), standings=standings, now=now)


def search(
    kept: Histories, wanted: Search, *, limit: int = 100, fits: Callable[[RunSummary], bool] | None = None
) -> tuple[RunSummary, ...]:
    """Return at most ``limit`` runs, newest first."""
    found: list[RunSummary] = []
    for run in _newest_first(kept, wanted.query):
        if len(found) >= limit or (wanted.since is not None and run.started_at < wanted.since):
            break
        if wanted.fits(run) and (fits is None or fits(run)):
            found.append(run)
    return tuple(found)


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


def _newest_first(kept: Histories, query: RunQuery) -> Iterator[RunSummary]:
    offset = 0
    while True:
        page = kept.runs(
            RunQuery(
                root=query.root,
                workflow=query.workflow,
                statuses=query.statuses,
                parts=query.parts,
                limit=_PAGE,
                offset=offset,
            )
        )
        yield from page
        if len(page) < _PAGE:
            return
        offset += _PAGE


def _recorded(standings: frozenset[str]) -> frozenset[RunStatus]:
    """Return what may be on record of runs that stand so: of an interrupted one, that it goes on."""
    found = frozenset(status for status in RunStatus if status.value in standings)
    return found | ACTIVE if INTERRUPTED in standings else found


def _standings(value: str) -> frozenset[str]:
    if value not in STANDINGS:
        close = get_close_matches(value, STANDINGS, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(STANDINGS)}"
        raise UsageError(f"a run cannot be {value!r}", hint)
    return STANDINGS[value]


def _instant(value: str, now: datetime) -> datetime:
    """Return the instant that ``7d`` or ``2026-01-02`` means."""
    if ago := _AGO.fullmatch(value):
        try:
            return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        except OverflowError:
            return datetime.min.replace(tzinfo=now.tzinfo)
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        hint = "such as since:7d, since:12h or since:2026-01-31"
        raise UsageError(f"{value!r} is no time", hint) from None
    return at if at.tzinfo is not None else at.astimezone()
