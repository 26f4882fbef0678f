"""Who owns runs and where they are kept: the extension point of the storage, with its values.

The methods of :class:`Store` are called on the engine's loop and must be quick; those of :class:`Histories`
may be called from any one thread.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from flow_tui.dataclass import dataclass
from flow_tui.engine.commands import Request
from flow_tui.engine.traits import Order, Traits
from flow_tui.model.events import Event, Recorded
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.state import RunState
from flow_tui.model.status import INTERRUPTED, RunStatus
from flow_tui.model.values import ProcessIdentity, RunSummary, StepLine


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Who may own runs: one process, or one engine in it."""

    token: str
    process: ProcessIdentity
    label: str
    """For people, such as ``ada@host, process 4711``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right to write one run, until ``expires_at`` unless renewed."""

    run_id: RunId
    owner: Owner
    generation: int
    """How often the run has changed hands; every write is refused when it is not the newest."""
    expires_at: datetime
    root: RunId | None = None
    """The run that ``run_id`` is a part of: who loses that one can no longer write this one."""

    @property
    def owned(self) -> RunId:
        """Return the run whose ownership decides."""
        return self.root or self.run_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What is known of the ownership of a run; without an owner, everybody may have it."""

    owner: Owner | None = None
    generation: int = 0
    expires_at: datetime | None = None
    beats: int = 0
    """How often leases of this run were renewed: whoever sees it grow knows that the owner lives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunQuery:
    """Which runs to list."""

    root: str = ""
    """Of this project, and of projects in folders below it."""
    workflow: str = ""
    statuses: frozenset[RunStatus] = frozenset()
    """Any of these; none means all."""
    suffix: str = ""
    """Whose id ends so, whatever the case."""
    parts: bool = False
    """Runs that are part of another run, too."""
    part_of: RunId | None = None
    """Only runs that this run has begun itself."""
    has: Traits = Traits()
    lacks: Traits = Traits()
    """Nothing of this is true of them."""
    since: datetime | None = None
    """Begun then or later."""
    until: datetime | None = None
    """Begun before."""
    left: frozenset[RunId] = frozenset()
    """The runs that nobody works on any more though they are not over: as is known to whoever asks."""
    order: Order = "newest"
    limit: int = 100
    offset: int = 0

    def standing(self, run: RunSummary) -> str:
        """Return how a run stands, as people are told."""
        return INTERRUPTED if run.run_id in self.left else run.status.value

    def fits(self, run: RunSummary) -> bool:
        """Say whether a run is one of those, wherever it is part of."""
        return (
            (not self.root or run.root == self.root or run.root.startswith(f"{self.root}/"))
            and (not self.workflow or run.workflow == self.workflow)
            and (not self.statuses or run.status in self.statuses)
            and run.run_id.lower().endswith(self.suffix.lower())
            and (self.since is None or run.started_at >= self.since)
            and (self.until is None or run.started_at < self.until)
            and self.has.all_hold(run, self.standing(run))
            and not self.lacks.any_holds(run, self.standing(run))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Requested:
    """A command that another process left for a run's owner."""

    number: int
    request: Request


class Histories(Protocol):
    """Reads what was recorded; usable from any one thread, beside a writer."""

    def history(self, run_id: RunId, after: int = 0) -> Iterator[Recorded]:
        """Yield the stored events of a run with a number above ``after``, in order."""
        ...

    def runs(self, query: RunQuery) -> tuple[RunSummary, ...]:
        """Return the runs that fit, in their order, from ``offset`` on and at most ``limit``."""
        ...

    def counts(self, query: RunQuery) -> Mapping[str, int]:
        """Return how many runs fit, by how they stand: all of them, whatever the limit."""
        ...

    def lines(self, run_id: RunId) -> tuple[StepLine, ...]:
        """Return how the steps of a run's definition went, in the order in which they began."""
        ...

    def signs(self, run_id: RunId) -> Mapping[StepPath, datetime]:
        """Return the last sign of life of each running step, as its owner last reported it."""
        ...

    def blob(self, digest: str) -> bytes:
        """Return the content with this SHA-256; raises ``KeyError`` if there is none."""
        ...

    def close(self) -> None:
        """Let go of everything; further calls are errors."""
        ...


class Store(Histories, Protocol):
    """Keeps histories. Writes are refused with ``LeaseLostError`` unless the lease is the run's newest.

    Raises another :class:`~flow_tui.errors.StoreError` when it cannot do it at the moment; nothing was
    written then, and another try may succeed. Called from the engine's thread, except ``together``,
    ``renew`` and ``requests``, which the lease keeper calls from its own.
    """

    def acquire(
        self, run_id: RunId, owner: Owner, now: datetime, *, silent: Held | None = None
    ) -> Lease | None:
        """Return the right to write the run, or ``None`` while another owner lives.

        The run need not exist yet. The same owner gets its lease again, with the same generation. On this
        machine another process keeps its lease for as long as it is there, whatever the clock says. Any other
        owner keeps it until it expires; but if ``silent`` is what was known of it for long enough, only that
        counts, and whether it is still so.
        """
        ...

    def held(self, run_id: RunId) -> Held:
        """Return who has the lease, expired or not, and how often it was renewed."""
        ...

    def adopt(self, lease: Lease, run_id: RunId, now: datetime) -> Lease:
        """Return the right to write a run that is part of the one ``lease`` is for; it need not exist yet.

        It holds for as long as ``lease`` does. Raises ``LeaseLostError`` when that is lost already.
        """
        ...

    def owner(self, run_id: RunId) -> Owner | None:
        """Return who has the lease, expired or not."""
        ...

    def together(self) -> AbstractContextManager[object]:
        """Have what is renewed inside written at once when it is over; raises when none of it was."""
        ...

    def renew(self, lease: Lease, signs: Mapping[StepPath, datetime], now: datetime) -> Lease:
        """Extend the lease, write the run's heartbeat and the steps' last signs, all in one statement."""
        ...

    def release(self, lease: Lease) -> None:
        """Give the run up, so that anybody can acquire it at once; a lost lease is nothing to release."""
        ...

    def state(self, run_id: RunId) -> RunState:
        """Return what all stored events of a run amount to; the caller's own."""
        ...

    def append(self, lease: Lease, events: Sequence[Event], at: datetime) -> tuple[Recorded, ...]:
        """Store events, all or none, and bring the projections up to date; return them numbered."""
        ...

    def request(self, request: Request, at: datetime) -> None:
        """Leave a command for the owner of the run; needs no lease."""
        ...

    def requests(self, run_ids: Collection[RunId]) -> tuple[Requested, ...]:
        """Return what was left for these runs, oldest first."""
        ...

    def answered(self, number: int) -> None:
        """Take a request away: it was carried out or refused."""
        ...

    def put_blobs(self, contents: Collection[bytes]) -> None:
        """Keep contents under their SHA-256, each once."""
        ...

    def delete(self, run_id: RunId) -> None:
        """Forget a run that is over, and all its parts; raises ``RunOwnedError`` while somebody owns it."""
        ...
