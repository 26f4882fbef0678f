"""Every extension point of the engine, as a protocol with the values it takes and gives.

All methods that are ``async`` run on the engine's loop and must not block it; a :data:`Sink` is called on the
loop and must be quick. Cancellation arrives as ``asyncio.CancelledError``. The storage is in
:mod:`flow_tui.engine.keeping`.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol, TypeAlias, runtime_checkable

from flow_tui.dataclass import dataclass
from flow_tui.dsl.schema import Schema
from flow_tui.engine.stop import Stop
from flow_tui.masking import Secrets
from flow_tui.model.events import Recorded
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.values import ActionOutput, Decision, FanOutItem, ProcessIdentity, Worker

Sink: TypeAlias = Callable[[Recorded], None]
"""Takes every event after it was stored. What it raises is logged and harms nobody."""
MakeSink: TypeAlias = Callable[[str, Mapping[str, str]], Sink]
"""Returns a sink for a target, such as a file or an address, and options: what a package offers.

Such a sink is called off the loop, for one event at a time; when it has a method ``close``, that is called in
the end.
"""


# Attempts


class Spool(Protocol):
    """Takes the raw output of one attempt."""

    @property
    def size(self) -> int:
        """Return how many bytes were taken, cut ones included."""
        ...

    @property
    def note(self) -> str:
        """Return what people should know of what is kept, such as that it is not all there, or nothing."""
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

    def printed(self, run_id: RunId, path: StepPath, attempt: int) -> bytes:
        """Return what an attempt has printed; raises ``UnreadableError`` when that cannot be told."""
        ...

    def tidy(self, run_id: RunId, path: StepPath, attempt: int, secrets: Secrets) -> None:
        """Hide secrets in the folder of an attempt that is over, and keep no large parameters in it."""
        ...

    def discard(self, run_id: RunId, path: StepPath, attempt: int) -> None:
        """Remove what a program that was cut short was to hand over, unread."""
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
    stdin: Path | None = None
    """A file to read its input from; without one there is none."""


class OutputReader(Protocol):
    """Turns what a program prints on stdout into what is kept of it."""

    def feed(self, data: bytes) -> bytes:
        """Return what is kept of the next bytes, which come in pieces of any size."""
        ...

    def end(self) -> bytes:
        """Return what is left to be kept when nothing more comes."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Exit:
    """How a program ended: exactly one of ``code`` and ``signal`` is set; ``size`` counts bytes."""

    code: int | None = None
    signal: int | None = None
    flow_output: str | None = None
    """The last complete FLOW_OUTPUT block on stdout, as written between its delimiters."""
    stdout_head: str = ""
    first_line: str = ""
    stderr_tail: str = ""
    size: int = 0
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
        reader: OutputReader | None = None,
    ) -> Exit:
        """Return when the program and all it left behind are gone; raises ``SpawnError``.

        ``on_start`` is awaited once the program runs, ``on_output`` called with the number of new bytes.
        What ``reader`` makes of stdout takes its place everywhere.
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

    def find_workflow(self, name: str, beside: str) -> str | None:
        """Return the name of the file that holds a workflow which the file ``beside`` calls."""
        ...

    def program(self, name: str) -> Path:
        """Return a file to execute: the original if it is unchanged, else a private copy of what it was."""
        ...


def _nobody(_text: str) -> None:
    pass


async def _no_variables(_identity: str) -> Mapping[str, str]:
    return {}


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
    on_metrics: Callable[[Mapping[str, float]], None]
    """Tell what was used up so far, on the loop; it is shown while the attempt goes on."""
    idempotency_key: str
    """The same for every attempt at this step of this run."""
    dry_run: bool = False
    gate_feedback: str = ""
    workflow: str = ""
    """The name of the workflow that the step is in."""
    model: str = ""
    as_identity: str = ""
    schema: Schema | None = None
    """What is to be handed back."""
    snippets: tuple[str, ...] = ()
    plugin_dirs: tuple[str, ...] = ()
    max_turns: int | None = None
    given: Mapping[str, str] = field(default_factory=dict[str, str])
    """Those of the variables that the call itself gives."""
    instead: str = ""
    """What an agent is told instead of its own text, if a person said so."""
    ring: Callable[[str], None] = _nobody
    """Tell people something at once, wherever they watch; on the loop."""
    hide: Callable[[str], str] = str
    """Return a text without secrets: what is written to a file, or said to another program."""
    variables_of: Callable[[str], Awaitable[Mapping[str, str]]] = _no_variables
    """Return the variables of an identity; raises ``ActionError`` when there is none of this name."""


Workers: TypeAlias = Callable[[str, str, RunFiles], Worker | str]
"""Returns what the agent in a file would be carried out with now, or why that cannot be said.

It is given the name of the file, the model that the run wants of agents without one, and the run's files.
"""


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


def _nothing_printed(_step: str) -> None:
    return


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemParams:
    """What a provider is given to find the items of one ``foreach``."""

    name: str
    """The word after ``over``."""
    run_id: RunId
    path: StepPath
    scope: Mapping[str, str] | None
    filter: Mapping[str, str]
    inputs: Mapping[str, str]
    """Every variable the step may use, read when asked for."""
    cwd: str
    files: RunFiles
    launcher: Launcher
    environ: Callable[[], Mapping[str, str]]
    stop: Stop
    printed: Callable[[str], bytes | None] = _nothing_printed
    """What the last completed step of a name has printed, ``None`` without one; may block."""


class EnvironmentProvider(Protocol):
    """Adds to what programs inherit, such as credentials; what it raises fails the attempt."""

    async def environment(self, params: "EnvironmentParams") -> Mapping[str, str]:
        """Return variables, which win over those of this program; asked again before every attempt."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentParams:
    """For which attempt the environment is."""

    name: str
    """Of the step."""
    run_id: RunId
    path: StepPath
    attempt: int
    as_identity: str
    inputs: Mapping[str, str]
    """Every variable the step may use, read when asked for."""


class ItemProvider(Protocol):
    """Finds what a ``foreach`` works on; what it raises fails the step."""

    async def items(self, params: ItemParams) -> Sequence[FanOutItem]:
        """Return all items, in the order in which they are begun."""
        ...

    async def dependencies(self, params: ItemParams) -> Sequence[tuple[str, str]]:
        """Return pairs of ids: an item, and one that may begin only after it. Asked for ``ordered`` only."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class GateParams:
    """What a resolver is given to decide about one gate."""

    name: str
    gate_type: str
    run_id: RunId
    path: StepPath
    prompt: str
    options: Mapping[str, str]
    min_approvals: int
    approval_mode: str
    deadline: datetime
    as_identity: str
    inputs: Mapping[str, str]
    """Every variable the step may use, read when asked for."""
    cwd: str
    files: RunFiles
    launcher: Launcher
    environ: Callable[[], Mapping[str, str]]
    stop: Stop
    """How long a program may take to end that is asked while somebody else decides."""
    command: ProcessCommand | None = None
    """What ``run`` of the gate means, if it says so."""
    file: str = ""
    """What ``path`` of the gate says."""
    pr: str = ""


class GateResolver(Protocol):
    """Decides gates of one type without a person; people can answer them, too."""

    async def poll(self, params: GateParams) -> Decision | None:
        """Return the answer, or ``None`` while there is none; what it raises is logged, and it asks again."""
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
