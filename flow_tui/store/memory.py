"""Histories that end with the process."""

import hashlib
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import field, replace
from datetime import datetime, timedelta

from flow_tui import limits
from flow_tui.dataclass import dataclass
from flow_tui.engine.commands import Request
from flow_tui.engine.keeping import Held, Lease, Owner, Requested, RunQuery
from flow_tui.errors import LeaseLostError, RunOwnedError, StoreError
from flow_tui.model.events import Event, Recorded
from flow_tui.model.fold import apply
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.state import RunState
from flow_tui.model.status import RunStatus
from flow_tui.model.values import RunSummary, StepLine
from flow_tui.store.leasing import IsAlive, holds, part, taken
from flow_tui.store.projections import summary
from flow_tui.store.step_lines import lines_of


@dataclass(slots=True, kw_only=True)
class _Kept:
    """One run; its state is folded when somebody asks."""

    state: RunState
    held: Held = field(default_factory=Held)
    history: list[Recorded] = field(default_factory=list[Recorded])
    signs: dict[StepPath, datetime] = field(default_factory=dict[StepPath, datetime])
    heartbeat_at: datetime | None = None

    def folded(self) -> RunState:
        """Return its state."""
        for recorded in self.history[self.state.seq :]:
            apply(self.state, recorded)
        return self.state

    def summary(self) -> RunSummary | None:
        """Return its line of history, unless it has not begun."""
        return summary(self.folded(), owner=self.held.owner, last_heartbeat_at=self.heartbeat_at)


class MemoryStore:
    """Keeps everything in memory; usable from any thread."""

    def __init__(self, is_alive: IsAlive) -> None:
        self._is_alive = is_alive
        self._lock = threading.Lock()
        self._kept: dict[RunId, _Kept] = {}
        self._blobs: dict[str, bytes] = {}
        self._requested: dict[int, Requested] = {}
        self._last_number = 0
        self._is_closed = False

    # Reading

    def history(self, run_id: RunId, after: int = 0) -> Iterator[Recorded]:
        with self._lock:
            kept = self._runs().get(run_id)
            return iter(kept.history[max(0, after) :] if kept is not None else [])

    def state(self, run_id: RunId) -> RunState:
        with self._lock:
            kept = self._runs().get(run_id)
            return kept.folded().copy() if kept is not None else RunState(run_id=run_id)

    def runs(self, query: RunQuery) -> tuple[RunSummary, ...]:
        fitting = self._fitting(query)
        fitting.sort(key=lambda line: (line.started_at, line.run_id), reverse=True)
        if query.order != "newest":
            fitting.sort(key=_ORDERS[query.order])
        return tuple(fitting[query.offset : query.offset + query.limit])

    def counts(self, query: RunQuery) -> Mapping[str, int]:
        return Counter(map(query.standing, self._fitting(query)))

    def lines(self, run_id: RunId) -> tuple[StepLine, ...]:
        return lines_of(self.state(run_id))

    def signs(self, run_id: RunId) -> Mapping[StepPath, datetime]:
        with self._lock:
            kept = self._runs().get(run_id)
            return dict(kept.signs) if kept is not None else {}

    def blob(self, digest: str) -> bytes:
        with self._lock:
            self._runs()
            return self._blobs[digest]

    def close(self) -> None:
        self._is_closed = True

    # Owning

    def acquire(
        self, run_id: RunId, owner: Owner, now: datetime, *, silent: Held | None = None
    ) -> Lease | None:
        with self._lock:
            kept = self._runs().setdefault(run_id, _Kept(state=RunState(run_id=run_id)))
            lease = taken(run_id, kept.held, owner, now, self._is_alive, silent)
            if lease is not None:
                kept.held = replace(
                    kept.held, owner=owner, generation=lease.generation, expires_at=lease.expires_at
                )
                kept.heartbeat_at = now
            return lease

    def adopt(self, lease: Lease, run_id: RunId, now: datetime) -> Lease:
        with self._lock:
            owned = self._owned(lease)
            kept = self._runs().setdefault(run_id, _Kept(state=RunState(run_id=run_id)))
            kept.held, kept.heartbeat_at = owned.held, now
            return part(lease, run_id)

    def held(self, run_id: RunId) -> Held:
        with self._lock:
            kept = self._runs().get(run_id)
            return kept.held if kept is not None else Held()

    def owner(self, run_id: RunId) -> Owner | None:
        return self.held(run_id).owner

    def together(self) -> AbstractContextManager[object]:
        return nullcontext()

    def renew(self, lease: Lease, signs: Mapping[StepPath, datetime], now: datetime) -> Lease:
        with self._lock:
            kept = self._owned(lease)
            kept.held = replace(kept.held, expires_at=now + limits.LEASE_TTL, beats=kept.held.beats + 1)
            kept.heartbeat_at = now
            kept.signs = dict(signs)
            return replace(lease, expires_at=now + limits.LEASE_TTL)

    def release(self, lease: Lease) -> None:
        with self._lock:
            kept = self._runs().get(lease.run_id)
            if kept is not None and holds(kept.held, lease):
                kept.held = Held(generation=lease.generation, beats=kept.held.beats)
                kept.signs = {}

    # Writing

    def append(self, lease: Lease, events: Sequence[Event], at: datetime) -> tuple[Recorded, ...]:
        with self._lock:
            history = self._owned(lease).history
            recorded = tuple(
                Recorded(seq=seq, at=at, run_id=lease.run_id, event=event)
                for seq, event in enumerate(events, len(history) + 1)
            )
            history.extend(recorded)
            return recorded

    def request(self, request: Request, at: datetime) -> None:  # noqa: ARG002 - the order says enough here
        with self._lock:
            self._runs()
            self._last_number += 1
            self._requested[self._last_number] = Requested(number=self._last_number, request=request)

    def requests(self, run_ids: Collection[RunId]) -> tuple[Requested, ...]:
        with self._lock:
            self._runs()
            return tuple(left for left in self._requested.values() if left.request.run_id in run_ids)

    def answered(self, number: int) -> None:
        with self._lock:
            self._requested.pop(number, None)

    def put_blobs(self, contents: Collection[bytes]) -> None:
        with self._lock:
            self._runs()
            for content in contents:
                self._blobs.setdefault(hashlib.sha256(content).hexdigest(), content)

    def delete(self, run_id: RunId) -> None:
        with self._lock:
            kept = self._runs().get(run_id)
            if kept is not None and kept.held.owner is not None:
                raise RunOwnedError(run_id, kept.held.owner.label)
            gone = {run_id}
            for one, each in self._kept.items():  # a part comes after what it is part of
                each.summary()
                if each.state.parent in gone:
                    gone.add(one)
            self._kept = {one: each for one, each in self._kept.items() if one not in gone}
            self._requested = {n: r for n, r in self._requested.items() if r.request.run_id not in gone}

    def _fitting(self, query: RunQuery) -> list[RunSummary]:
        with self._lock:
            began = [line for kept in self._runs().values() if (line := kept.summary()) is not None]
        return [line for line in began if _belongs(line.parent, query) and query.fits(line)]

    def _runs(self) -> dict[RunId, _Kept]:
        if self._is_closed:
            message = "the storage was closed"
            raise StoreError(message)
        return self._kept

    def _owned(self, lease: Lease) -> _Kept:
        kept, owned = self._runs().get(lease.run_id), self._runs().get(lease.owned)
        if kept is None or owned is None or not (holds(kept.held, lease) and holds(owned.held, lease)):
            raise LeaseLostError(lease.run_id)
        return kept


_WORST = (RunStatus.FAILED, RunStatus.CANCELLED, RunStatus.COMPLETED)
_ORDERS: Mapping[str, Callable[[RunSummary], tuple[object, ...]]] = {
    "longest": lambda line: (-_length(line),),
    "workflow": lambda line: (line.workflow,),
    "worst": lambda line: (_WORST.index(line.status) if line.status in _WORST else len(_WORST),),
    "dearest": lambda line: (-line.totals.get("cost_usd", 0),),
}


def _length(line: RunSummary) -> int:
    return line.took(line.ended_at) // timedelta(milliseconds=1) if line.ended_at is not None else 0


def _belongs(parent: RunId | None, query: RunQuery) -> bool:
    """Say whether a run that is part of ``parent`` is one of those asked for."""
    if query.part_of is not None:
        return parent == query.part_of
    return parent is None or query.parts
