"""Every exception of the program.

::

    FlowError
    ├── UsageError                 the command line was used wrongly
    ├── OutputError                what was asked for cannot be written to stdout
    ├── DefinitionError            a definition does not hold: carries its diagnostics
    ├── EngineError                a run cannot go on
    │   ├── StepFailedError        a step used up its attempts
    │   │   ├── StepCancelledError  a person ended it: no retry, no on_fail
    │   │   └── UnconfirmedError    it may not run a second time unless somebody says so
    │   ├── StepTimedOutError      a time limit ended the run
    │   ├── GateRejectedError      somebody said no
    │   ├── GateExpiredError       nobody answered in time
    │   ├── GateFailedError        a gate could not even be asked
    │   ├── LoopError              a loop reached its limit or stood still
    │   ├── TemplateError          a text names a value that does not exist
    │   ├── MissingInputError      a required input was not given
    │   ├── RunNotFoundError       no run has this name
    │   ├── RunOwnedError          another process owns the run
    │   └── NotPossibleError       the command does not fit what the run is doing
    ├── StoreError                 the storage could not do it
    │   ├── LeaseLostError         the run was taken over
    │   ├── StoreBusyError         the storage is locked: worth another try
    │   ├── StoreFullError         the disk is full or failing: worth another try
    │   ├── StoreStalledError      it took nothing for so long that a run was let go
    │   ├── StoreVersionError      the database was written by a newer version
    │   └── StoreDamagedError      the file is not a database, or a broken one
    │       └── StoreGoneError     the file was deleted or replaced while it was in use
    ├── ActionError                an attempt failed for a reason it can tell
    │   └── HopelessError          every other attempt would fail alike: none follows
    └── SpawnError                 a program could not be started
        └── SpawnBusyError         the machine had no room for it: worth another try
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from flow_tui.diagnostics import Diagnostic


class FlowError(Exception):
    """Anything this program raises on purpose; ``str()`` of it is fit for people."""

    hint: str = ""
    """What to do about it, or nothing."""


class UsageError(FlowError):
    """The command line was used wrongly."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class OutputError(FlowError):
    """What was asked for cannot be written to stdout."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the output cannot be written: {reason}")
        self.reason = reason


class DefinitionError(FlowError):
    """A definition cannot be run; every reason is one of ``diagnostics``."""

    def __init__(
        self,
        diagnostics: Sequence[Diagnostic],
        source: str = "",
        places: Mapping[str, tuple[int, ...]] | None = None,
    ) -> None:
        """Take the reasons; ``places`` holds what was where something was looked for, where that is known."""
        first = diagnostics[0].headline() if diagnostics else "invalid definition"
        more = f" (and {len(diagnostics) - 1} more)" if len(diagnostics) > 1 else ""
        super().__init__(first + more)
        self.diagnostics = tuple(diagnostics)
        self.source = source
        self.places = places or {}


class EngineError(FlowError):
    """A run cannot go on."""


class StepFailedError(EngineError):
    """A step used up its attempts."""

    def __init__(self, step: str, attempts: int, reason: str) -> None:
        super().__init__(f"step {step!r} failed after {attempts} attempt{'s' * (attempts != 1)}: {reason}")
        self.step = step
        self.attempts = attempts
        self.reason = reason


class StepCancelledError(StepFailedError):
    """A person ended a step, and the run with it."""


class UnconfirmedError(StepFailedError):
    """A step was cut short when the program died, and somebody has to say that it may run again."""


class StepTimedOutError(EngineError):
    """A time limit ended a step, and with it the run."""

    def __init__(self, step: str, limit: str) -> None:
        super().__init__(f"step {step!r} timed out after {limit}")
        self.step = step
        self.limit = limit


class GateRejectedError(EngineError):
    """Somebody said no."""

    def __init__(self, gate: str, feedback: str) -> None:
        super().__init__(feedback or f"gate {gate!r} rejected")
        self.gate = gate
        self.feedback = feedback


class GateExpiredError(EngineError):
    """Nobody answered a gate in time."""

    def __init__(self, gate: str, timeout: timedelta) -> None:
        super().__init__(f"gate {gate!r} timed out: no answer in {_length(timeout)}")
        self.gate = gate
        self.timeout = timeout


class GateFailedError(EngineError):
    """A gate could not even be asked, because something that it needs is not there."""

    def __init__(self, gate: str, reason: str) -> None:
        super().__init__(f"gate {gate!r}: {reason}")
        self.gate = gate
        self.reason = reason


def _length(time: timedelta) -> str:
    seconds = int(time.total_seconds())
    parts = ((seconds // 3600, "h"), (seconds // 60 % 60, "m"), (seconds % 60, "s"))
    return " ".join(f"{count} {unit}" for count, unit in parts if count) or "0 s"


class LoopError(EngineError):
    """A loop reached its limit or stood still."""

    def __init__(self, condition: str, reason: str) -> None:
        super().__init__(f"the loop on {condition!r} {reason}")
        self.condition = condition
        self.reason = reason


class TemplateError(EngineError):
    """A text names a value that does not exist."""

    def __init__(self, name: str, place: str) -> None:
        super().__init__(f"{{{{{name}}}}} in {place} has no value")
        self.hint = f"declare an input {name!r}, or let an earlier step export it"
        self.name = name
        self.place = place


class MissingInputError(EngineError):
    """Required inputs were not given."""

    def __init__(self, names: Sequence[str]) -> None:
        listed = ", ".join(repr(name) for name in names)
        super().__init__(f"missing required input{'s' * (len(names) != 1)} {listed}")
        self.hint = "give " + " ".join(f"-i {name}=VALUE" for name in names)
        self.names = tuple(names)


class RunNotFoundError(EngineError):
    """No run has this name, or several have."""

    def __init__(self, name: str, candidates: Sequence[str] = ()) -> None:
        if candidates:
            super().__init__(f"{name!r} fits several runs: {', '.join(candidates[:5])}")
            self.hint = "give more characters of the id"
        else:
            super().__init__(f"there is no run {name!r}")
            self.hint = "'flow-tui runs' lists them; 'last' is the newest"
        self.name = name


class RunOwnedError(EngineError):
    """Another process owns the run."""

    def __init__(self, run_id: str, owner: str) -> None:
        super().__init__(f"run {run_id} is owned by {owner}")
        self.hint = f"'flow-tui cancel {run_id}' asks its owner to stop it"
        self.run_id = run_id
        self.owner = owner


class NotPossibleError(EngineError):
    """The command does not fit what the run is doing."""

    def __init__(self, what: str, because: str) -> None:
        super().__init__(f"cannot {what}: {because}")
        self.what = what
        self.because = because


class StoreError(FlowError):
    """The storage could not do it."""


STALLED = "the storage took nothing for too long"


class LeaseLostError(StoreError):
    """The run was taken over by another owner; nothing was written."""

    def __init__(self, run_id: str) -> None:
        super().__init__(f"run {run_id} was taken over by another process")
        self.run_id = run_id


class StoreBusyError(StoreError):
    """The storage is locked at the moment; nothing was written."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the storage is busy: {reason}")
        self.reason = reason


class StoreFullError(StoreError):
    """The disk is full, failing or not ours to write; nothing was written."""

    def __init__(self, reason: str, remedy: str = "make room on the disk") -> None:
        super().__init__(f"the storage cannot write: {reason}")
        self.hint = f"{remedy}, or point FLOW_TUI_STATE or --state at another one"
        self.reason = reason


class StoreStalledError(StoreError):
    """The storage took nothing for so long that the run had to be let go."""

    def __init__(self, run_id: str, name: str) -> None:
        super().__init__(f"{STALLED}; the steps were ended")
        self.hint = f"as soon as it can be written again: flow-tui resume {name}"
        self.run_id = run_id


class StoreVersionError(StoreError):
    """The database was written by a newer version of the program."""

    def __init__(self, file: str, found: int, known: int) -> None:
        super().__init__(f"{file} was written by a newer flow-tui (format {found}, this one knows {known})")
        self.hint = "upgrade flow-tui, or point FLOW_TUI_STATE at another folder"
        self.file = file


class StoreDamagedError(StoreError):
    """The file is not a database of ours, or a broken one."""

    def __init__(self, file: str, reason: str) -> None:
        super().__init__(f"{file} cannot be used: {reason}")
        self.hint = "move it away, or point FLOW_TUI_STATE at another folder"
        self.file = file


class StoreGoneError(StoreDamagedError):
    """The database was deleted or replaced while it was in use: nothing that is written is kept."""

    SAID = "the database was deleted or replaced"

    def __init__(self, file: str) -> None:
        super().__init__(file, "it was replaced or deleted while it was in use")
        self.hint = "put it back, or start flow-tui again with a new one; what happened since is not stored"


class ActionError(FlowError):
    """An attempt failed for a reason it can tell; raise it in an action.

    ``output`` is what it has left nevertheless: an ``ActionOutput``, such as one that says what it has cost.
    """

    def __init__(self, reason: str = "", output: object = None) -> None:
        super().__init__(reason)
        self.output = output


class HopelessError(ActionError):
    """An attempt failed for a reason that every other one would meet: none follows, whatever retries say."""


class SpawnError(FlowError):
    """A program could not be started."""

    def __init__(self, program: str, reason: str, hint: str = "") -> None:
        named = program if "'" in program else repr(program)  # such as: the command 'x' for …
        super().__init__(f"cannot start {named}: {reason}")
        self.program = program
        self.reason = reason
        self.hint = hint


class SpawnBusyError(SpawnError):
    """The machine had no room for a program; nothing is wrong with it."""
