"""Keeping runs ours: renewing leases, writing heartbeats, hearing what other processes ask for."""

import asyncio
import logging
import threading
from collections.abc import Callable, Mapping
from datetime import datetime

from flow_tui import limits
from flow_tui.clock import Clock
from flow_tui.dataclass import dataclass
from flow_tui.engine.keeping import Lease, Requested, Store
from flow_tui.errors import LeaseLostError, StoreDamagedError, StoreError
from flow_tui.model.ids import RunId, StepPath

logger = logging.getLogger(__name__)

_ROUND = limits.FIRST_HEARTBEAT / 2
"""Between two rounds: what becomes due right after one is still done in time in the next."""
_SOON = (limits.HEARTBEAT / 2).total_seconds()
_SAFE = (limits.LEASE_TTL - limits.LEASE_MARGIN).total_seconds()
"""Seconds for which a lease that was just renewed is certainly ours."""


@dataclass(slots=True, kw_only=True)
class _Held:
    lease: Lease
    signs: Callable[[], Mapping[StepPath, datetime]]
    due: float
    safe_until: float
    is_failing: bool = False


class Keeper:
    """Renews every lease it holds, once in a while; :meth:`round` does it, a thread or a task calls that.

    ``on_lost`` and ``on_request`` are called from wherever ``round`` is, and must return at once. The former
    is told why, unless somebody else may have the run now.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        on_lost: Callable[[RunId, StoreError | None], None],
        on_request: Callable[[Requested], None],
    ) -> None:
        self._store = store
        self._clock = clock
        self._on_lost = on_lost
        self._on_request = on_request
        self._held: dict[RunId, _Held] = {}
        self._heard: set[int] = set()
        self._lock = threading.Lock()
        self._is_deaf = False

    def hold(self, lease: Lease, signs: Callable[[], Mapping[StepPath, datetime]]) -> None:
        """Keep ``lease`` alive from now on; the first beat is written in the next round."""
        now = self._clock.monotonic()
        with self._lock:
            self._held[lease.run_id] = _Held(lease=lease, signs=signs, due=now, safe_until=now + _SAFE)

    def beat(self, run_id: RunId) -> None:
        """Write the next heartbeat of this run in the next round instead of when it is due."""
        if (held := self._held.get(run_id)) is not None:
            held.due = self._clock.monotonic()

    def drop(self, run_id: RunId) -> None:
        """Stop keeping the run; afterwards nothing more is written for it."""
        with self._lock:
            self._held.pop(run_id, None)

    def round(self) -> None:
        """Renew what is due, then hear what was asked for."""
        with self._lock:
            self._renew()
        if self._held:
            self._hear()

    def _renew(self) -> None:
        """Renew all that is due in one write; what is due soon goes along, so that there are few of them."""
        now = self._clock.monotonic()
        if not any(held.due <= now for held in self._held.values()):
            return
        due = {run_id: held for run_id, held in self._held.items() if held.due <= now + _SOON}
        renewed: dict[RunId, Lease] = {}
        failed: dict[RunId, Exception] = {}
        try:
            with self._store.together():
                for run_id, held in due.items():
                    try:
                        renewed[run_id] = self._store.renew(held.lease, held.signs(), self._clock.now())
                    except Exception as error:  # noqa: BLE001 - must not cost the others their leases
                        failed[run_id] = error
        except Exception as error:  # noqa: BLE001 - none of it was written
            renewed, failed = {}, dict.fromkeys(due, error)
        for run_id, lease in renewed.items():
            self._renewed(due[run_id], lease, now)
        for run_id, why in failed.items():
            self._failed(due[run_id], why, now)

    def _renewed(self, held: _Held, lease: Lease, now: float) -> None:
        held.lease = lease
        held.due = now + limits.HEARTBEAT.total_seconds()
        held.safe_until = now + _SAFE
        if held.is_failing:
            logger.warning("the lease of run %s is renewed again", lease.run_id)
        held.is_failing = False

    def _failed(self, held: _Held, error: Exception, now: float) -> None:
        run_id = held.lease.run_id
        if isinstance(error, LeaseLostError):
            self._lose(run_id)
            return
        if isinstance(error, StoreDamagedError):
            self._lose(run_id, error)
            return
        # Another try in the next round, until others may take the run.
        held.due = now
        if not held.is_failing:
            logger.warning("could not renew the lease of run %s: %s", run_id, error)
        held.is_failing = True
        if self._clock.monotonic() >= held.safe_until:
            self._lose(run_id)

    def _lose(self, run_id: RunId, why: StoreError | None = None) -> None:
        self._held.pop(run_id, None)
        self._on_lost(run_id, why)

    def _hear(self) -> None:
        try:
            requested = self._store.requests(tuple(self._held))
        except Exception as error:  # noqa: BLE001 - asked again in the next round
            if not self._is_deaf:
                logger.warning("could not look for requests: %s", error)
            self._is_deaf = True
            return
        self._is_deaf = False
        self._heard.intersection_update(request.number for request in requested)
        for request in requested:
            if request.number not in self._heard:
                self._heard.add(request.number)
                self._on_request(request)


class KeeperThread:
    """Runs a keeper's rounds in a thread of its own, so that they go on whatever blocks the loop."""

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper
        self._leaving = threading.Event()
        self._thread = threading.Thread(target=self._run, name="flow-lease", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, after the round in progress."""
        self._leaving.set()
        if self._thread.is_alive():
            self._thread.join(limits.SHUTDOWN.total_seconds())

    def _run(self) -> None:
        while not self._leaving.wait(_ROUND.total_seconds()):
            try:
                self._keeper.round()
            except Exception:  # the keeper must outlive whatever a round meets
                logger.exception("the lease keeper stumbled")


class KeeperTask:
    """Runs a keeper's rounds on the loop: for tests on virtual time."""

    def __init__(self, keeper: Keeper, clock: Clock) -> None:
        self._keeper = keeper
        self._clock = clock
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    def stop(self) -> None:
        """End."""
        if self._task is not None:
            self._task.cancel()

    async def _run(self) -> None:
        while True:
            await self._clock.sleep(_ROUND)
            self._keeper.round()
