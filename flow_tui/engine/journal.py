"""The only writer of a run's history: stored first, folded second, shown third."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TypeVar

from flow_tui import limits
from flow_tui.clock import Clock
from flow_tui.dataclass import dataclass
from flow_tui.engine import hiding
from flow_tui.engine.keeping import Lease, Store
from flow_tui.engine.ports import Sink
from flow_tui.errors import LeaseLostError, StoreError, StoreGoneError
from flow_tui.masking import Secrets
from flow_tui.model.events import Event, Recorded, StorageWaited, Transient
from flow_tui.model.fold import apply
from flow_tui.model.state import RunState

logger = logging.getLogger(__name__)
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waiting:
    """Events that the storage could not take yet."""

    events: Sequence[Event]
    stored: "asyncio.Future[None]"


class Journal:
    """Makes events facts, in order, for one run; none of them holds a secret."""

    def __init__(
        self,
        *,
        store: Store,
        lease: Lease,
        state: RunState,
        clock: Clock,
        sinks: Sequence[Sink],
        secrets: Secrets,
    ) -> None:
        self.state = state
        self.lease = lease
        self._store = store
        self._clock = clock
        self._sinks = tuple(sinks)
        self._secrets = secrets
        self._waiting: deque[_Waiting] = deque()
        self._held: tuple[Event, ...] = ()
        """What is stored with what comes next."""
        self._writer: asyncio.Task[None] | None = None
        self._is_lost = False
        self.loss: StoreError | None = None
        """Why nothing can be stored any more, if it is not that another process stores now."""
        self._is_patient = True

    async def record(self, *events: Event) -> None:
        """Store events, all or none, then fold and publish them; what was held comes before them.

        Returns at once when the storage takes them. While it cannot, the run stands still here and the write
        is tried again; a cancellation meanwhile is raised afterwards. Raises ``LeaseLostError``.
        """
        if not self._written(events):
            await _stored(self._queued(events))

    async def begin(self, *events: Event) -> None:
        """Do as :meth:`record` for what is about to begin, and does not if cancelled while others wait."""
        if self._held:
            if self._written(events):
                return
            await _stored(self._queued(()))
        await self.record(*events)

    async def record_unless_cancelled(self, *events: Event) -> None:
        """Do as :meth:`record`, but stop waiting when cancelled: the events are stored nevertheless."""
        if not self._written(events):
            await asyncio.shield(self._queued(events))

    def record_soon(self, *events: Event) -> None:
        """Do as :meth:`record` without waiting for a storage that cannot write at the moment.

        A lost lease is left to whoever records next.
        """
        with suppress(LeaseLostError):
            if not self._written(events):
                self._queued(events)

    def hold(self, event: Event) -> None:
        """Record an event in one write with what is recorded next, at the latest in the loop's next turn.

        What begins next has a record of its own first, and so comes after it, whatever happens.
        """
        if not self._held:
            asyncio.get_running_loop().call_soon(self._write_held)
        self._held = (*self._held, event)

    async def ask(self, question: Callable[[], Result]) -> Result:
        """Return what the storage answers, asked again while it cannot; the run stands still meanwhile.

        Raises ``LeaseLostError``.
        """
        while not self._is_lost:
            try:
                answer = question()
            except StoreGoneError as error:
                self.lose(error)
            except LeaseLostError:
                self.lose()
            except StoreError as error:
                self._say(str(error))
                if not self._is_patient:
                    self.lose()
                    break
                await self._clock.sleep(limits.STORE_RETRY)
            else:
                if not self._waiting:
                    self._say("")
                return answer
        raise LeaseLostError(self.state.run_id)

    def lose(self, why: StoreError | None = None) -> None:
        """Write nothing any more; whoever waits or records from now on gets ``LeaseLostError``."""
        if not self._is_lost:
            self.loss = why
        self._is_lost = True
        self._held = ()
        if self._writer is not None:
            self._writer.cancel()
            self._writer = None
        while self._waiting:
            _fail(self._waiting.popleft().stored, LeaseLostError(self.state.run_id))

    def wait_no_more(self) -> None:
        """Give the run up, rather than wait, when the storage cannot write, now or later."""
        self._is_patient = False
        if self._waiting:
            self.lose()

    def show(self, event: Transient) -> None:
        """Fold and publish something that is not stored."""
        shown = self._hidden((event,))[0]
        recorded = Recorded(seq=self.state.seq, at=self._clock.now(), run_id=self.state.run_id, event=shown)
        apply(self.state, recorded)
        self._publish(recorded)

    def tell(self, *events: Event) -> None:
        """Fold and publish what cannot be stored any more."""
        for event in self._hidden(events):
            recorded = Recorded(
                seq=self.state.seq + 1, at=self._clock.now(), run_id=self.state.run_id, event=event
            )
            apply(self.state, recorded)
            self._publish(recorded)

    # Storing

    def _written(self, events: Sequence[Event]) -> bool:
        """Write at once what was held, and these; return whether the storage took them."""
        if self._is_lost:
            raise LeaseLostError(self.state.run_id)
        if self._waiting:
            return False
        if not (self._held or events):
            return True
        held, self._held = self._held, ()
        try:
            self._write((*held, *events))
        except LeaseLostError:
            self.lose()
            raise
        except StoreGoneError as error:
            self.lose(error)
            raise LeaseLostError(self.state.run_id) from error
        except StoreError as error:
            self._held = held
            self._say(str(error))
            if not self._is_patient:
                self.lose()
                raise LeaseLostError(self.state.run_id) from error
            return False
        return True

    def _queued(self, events: Sequence[Event]) -> "asyncio.Future[None]":
        """Return what is resolved when what was held, and these, are stored."""
        loop = asyncio.get_running_loop()
        waiting = _Waiting(events=(*self._held, *events), stored=loop.create_future())
        self._held = ()
        self._waiting.append(waiting)
        if self._writer is None:
            self._writer = loop.create_task(self._write_when_possible())
        return waiting.stored

    def _write_held(self) -> None:
        """Write what nobody else has taken along."""
        if held := self._held:
            try:
                self.record_soon()
            except Exception:  # noqa: BLE001 - whoever records next is told
                self._held = held

    async def _write_when_possible(self) -> None:
        try:
            while self._waiting:
                await self._clock.sleep(limits.STORE_RETRY)
                self._write_waiting()
        except asyncio.CancelledError:
            self.lose()  # nobody would ever write for those who wait
            raise
        self._writer = None
        self._say("")

    def _write_waiting(self) -> None:
        """Write what waits, in order, for as long as the storage takes it."""
        while self._waiting:
            first = self._waiting[0]
            try:
                self._write(first.events)
            except LeaseLostError:
                self._writer = None
                self.lose()
                return
            except StoreGoneError as error:
                self._writer = None
                self.lose(error)
                return
            except StoreError as error:
                self._say(str(error))
                return
            except Exception as error:  # noqa: BLE001 - whoever recorded what cannot be stored is told
                _fail(self._waiting.popleft().stored, error)
            else:
                self._waiting.popleft()
                if not first.stored.done():
                    first.stored.set_result(None)

    def _write(self, events: Sequence[Event]) -> None:
        for recorded in self._store.append(self.lease, self._hidden(events), self._clock.now()):
            apply(self.state, recorded)
            self._publish(recorded)

    def _hidden(self, events: Sequence[Event]) -> Sequence[Event]:
        """Return the same without secrets."""
        return [hiding.event(self._secrets, event) for event in events] if self._secrets else events

    # Showing

    def _say(self, waits: str) -> None:
        """Show why the storage does not write, or that it does again."""
        if self.state.storage_waits != waits:
            self.show(StorageWaited(reason=waits))

    def _publish(self, recorded: Recorded) -> None:
        for sink in self._sinks:
            try:
                sink(recorded)
            except Exception:  # someone else's code must not harm the run
                logger.exception("a sink failed on %s of run %s", recorded.event.type, recorded.run_id)


async def _stored(waiting: "asyncio.Future[None]") -> None:
    """Wait until it is, even if cancelled; raise that afterwards."""
    cancelled: asyncio.CancelledError | None = None
    while not waiting.done():
        try:
            await asyncio.shield(waiting)
        except asyncio.CancelledError as error:
            cancelled = error
    waiting.result()
    if cancelled is not None:
        raise cancelled


def _fail(stored: "asyncio.Future[None]", error: Exception) -> None:
    if not stored.done():
        stored.set_exception(error)
        stored.exception()  # looked at: not everybody waits
