"""Every extension point of the engine, as a protocol with the values it takes and gives.

All methods that are ``async`` run on the engine's loop and must not block it; those of :class:`Store` and
:data:`Sink` are called on the loop and must be quick. Cancellation arrives as ``asyncio.CancelledError``.
"""

from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol, TypeAlias, runtime_checkable

from flow_tui.dataclass import dataclass
from flow_tui.dsl.schema import Schema
from flow_tui.engine.commands import Request
from flow_tui.engine.stop import Stop
from flow_tui.model.events import Event, Recorded
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.status import RunStatus
from flow_tui.model.values import ActionOutput, ProcessIdentity, RunSummary

Sink: TypeAlias = Callable[[Recorded], None]
"""Takes every event after it was stored. What it raises is logged and harms nobody."""


# Owning and keeping runs


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
class RunQuery:
    """Which runs to list; newest first."""

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
    limit: int = 100
    offset: int = 0


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
        """Return the runs that fit, newest first."""
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
    written then, and another try may succeed. Called from the engine's thread, except ``renew`` and
    ``requests``, which the lease keeper calls from its own.
    """

    def acquire(self, run_id: RunId, owner: Owner, now: datetime) -> Lease | None:
        """Return the right to write the run, or ``None`` while another owner lives.

        The run need not exist yet. The same owner gets its lease again, with the same generation. An owner on
        this machine whose process is gone has none; any other keeps it until it expires.
        """
        ...

    def adopt(self, lease: Lease, run_id: RunId, now: datetime) -> Lease:
        """Return the right to write a run that is part of the one ``lease`` is for; it need not exist yet.

        It holds for as long as ``lease`` does. Raises ``LeaseLostError`` when that is lost already.
        """
        ...

    def owner(self, run_id: RunId) -> Owner | None:
        """Return who has the lease, expired or not."""
        ...

    def renew(self, lease: Lease, signs: Mapping[StepPath, datetime], now: datetime) -> Lease:
        """Extend the lease, write the run's heartbeat and the steps' last signs, all in one statement."""
        ...

    def release(self, lease: Lease) -> None:
        """Give the run up, so that anybody can acquire it at once; a lost lease is nothing to release."""
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


# Attempts


class Spool(Protocol):
    """Takes the raw output of one attempt."""

    @property
    def size(self) -> int:
        """Return how many bytes were taken, cut ones included."""
        ...

    def write(self, data: bytes) -> None:
        """Append; never raises for a full disk, but notes it."""
        ...

    def close(self) -> None:
        """Finish; idempotent."""
        ...


class Workspace(Protocol):
    """Private files beside the store: output, and what is exchanged with programs."""

    def spool(self, run_id: RunId, path: StepPath, attempt: int) -> Spool:
        """Return a new spool for the output of an attempt."""
        ...

    def folder(self, run_id: RunId, path: StepPath, attempt: int) -> Path:
        """Return a private folder for the files that an attempt exchanges with its program."""
        ...

    def copy(self, digest: str, content: bytes, name: str) -> Path:
        """Return a private executable file that holds ``content``."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessCommand:
    """A program to start."""

    argv: tuple[str, ...]
    cwd: str
    env: Mapping[str, str]
    """All of it; nothing is inherited besides."""
    name: str
    """For messages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exit:
    """How a program ended: exactly one of ``code`` and ``signal`` is set."""

    code: int | None = None
    signal: int | None = None
    flow_output: str | None = None
    """The last complete FLOW_OUTPUT block on stdout, as written between its delimiters."""
    stdout_head: str = ""
    stderr_tail: str = ""
    size: int = 0
    """Bytes of output."""
    note: str = ""
    """What people should know, such as output still held by another process."""


class Launcher(Protocol):
    """Runs programs in process groups of their own."""

    async def run(
        self,
        command: ProcessCommand,
        *,
        spool: Spool,
        on_start: Callable[[ProcessIdentity], Awaitable[None]],
        on_output: Callable[[int], None],
        stop: Stop,
    ) -> Exit:
        """Return when the program and all it left behind are gone; raises ``SpawnError``.

        ``on_start`` is awaited once the program runs, ``on_output`` called with the number of new bytes.
        Cancelling ends the whole tree first: TERM, ``stop.grace``, KILL.
        """
        ...

    async def end(self, identity: ProcessIdentity, grace: timedelta) -> bool:
        """Prove that a process and its group are gone, or end them; return whether they are."""
        ...

    async def end_carriers(self, words: Collection[str], grace: timedelta) -> frozenset[str]:
        """End all that carry one of these words in ``FLOW_COOKIE``; return the words not proven gone."""
        ...

    def kill_all(self) -> None:
        """End everything that runs, now; callable from any thread."""


class RunFiles(Protocol):
    """The files of a run, as they were when it started."""

    @property
    def root(self) -> str:
        """Return the project's folder."""
        ...

    def names(self) -> tuple[str, ...]:
        """Return every file's name: relative to the root, absolute outside of it."""
        ...

    def __contains__(self, name: object) -> bool:
        """Say whether the run has a file of this name."""
        ...

    def read(self, name: str) -> bytes:
        """Return the content it had at the start; raises ``KeyError`` if it is not there."""
        ...

    def find_script(self, word: str) -> str | None:
        """Return the name of the file that the first word of a script's command means, if it means one."""
        ...

    def program(self, name: str) -> Path:
        """Return a file to execute: the original if it is unchanged, else a private copy of what it was."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionParams:
    """What an action is given for one attempt."""

    name: str
    run_id: RunId
    path: StepPath
    attempt: int
    """From 1."""
    max_attempts: int
    retries_remaining: int
    retry_error: str | None
    """What went wrong in the attempt before."""
    inputs: Mapping[str, str]
    """Every variable the step may use, read when asked for."""
    env: Mapping[str, str]
    """The complete environment for a program, read when asked for."""
    cwd: str
    files: RunFiles
    launcher: Launcher
    spool: Spool
    folder: Callable[[], Path]
    """A private folder for files exchanged with a program, made when asked for."""
    stop: Stop
    heartbeat: Callable[[], None]
    """Give a sign of life; from any thread."""
    log: Callable[[str], None]
    """Add a line to the step's output; from any thread."""
    on_start: Callable[[ProcessIdentity], Awaitable[None]]
    on_output: Callable[[int], None]
    idempotency_key: str
    """The same for every attempt at this step of this run."""
    dry_run: bool = False
    gate_feedback: str = ""
    model: str = ""
    as_identity: str = ""
    schema: Schema | None = None
    """What is to be handed back."""
    snippets: tuple[str, ...] = ()
    plugin_dirs: tuple[str, ...] = ()
    max_turns: int | None = None


class Action(Protocol):
    """Runs the ``call`` steps of one name."""

    async def execute(self, params: ActionParams) -> ActionOutput:
        """Do the work; raise to fail the attempt. A retry or a resume calls again, with a higher attempt."""
        ...


@runtime_checkable
class Cancellable(Protocol):
    """An action that wants to be told which of its attempts is to end."""

    def cancel(self, step_id: StepPath) -> None:
        """Ask the attempt at this step to end; called on the loop, after ``params.stop`` was set."""
        ...


class SynchronousAction(Protocol):
    """Runs the ``call`` steps of one name in a thread; see :func:`flow_tui.engine.blocking.blocking`."""

    def execute(self, params: ActionParams) -> ActionOutput:
        """Do the work, looking at ``params.stop`` now and then; raise to fail the attempt."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An action, and where it comes from."""

    action: Action
    origin: str
    """For people, such as ``.flow/actions/lint``."""


class ActionFinder(Protocol):
    """Finds actions by name among the files of a run."""

    def find(self, name: str, files: RunFiles) -> Found | None:
        """Return the action, or ``None``; never runs anything."""
        ...
