"""Where runs and steps stand, and how they end."""

from enum import StrEnum


class RunStatus(StrEnum):
    """Where a run stands."""

    PENDING = "pending"
    RUNNING = "running"
    WAITING = "waiting"
    """For a person."""
    CANCELLING = "cancelling"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_over(self) -> bool:
        """Say whether nothing more happens unless somebody resumes it."""
        return self in _RUN_OVER


INTERRUPTED = "interrupted"
"""How a run stands that is not over, and that nobody works on any more: no event can say so."""


class StepStatus(StrEnum):
    """Where a step stands."""

    PENDING = "pending"
    RUNNING = "running"
    WAITING = "waiting"
    """For a person."""
    PAUSED = "paused"
    """At a breakpoint, before it has begun."""
    COMPLETED = "completed"
    FAILED = "failed"
    SKIPPED = "skipped"
    TIMED_OUT = "timed_out"
    CANCELLED = "cancelled"

    @property
    def is_over(self) -> bool:
        """Say whether the step has an outcome."""
        return self in _STEP_OVER

    @property
    def is_active(self) -> bool:
        """Say whether the step is being worked on or waited for."""
        return self in _STEP_ACTIVE


class AttemptStatus(StrEnum):
    """How one try at a step went."""

    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"
    """The program died under it; it does not count as a failure."""


class Reason(StrEnum):
    """Why something ended otherwise than by itself."""

    NONE = ""
    USER = "user"
    TIMEOUT = "timeout"
    FAIL_FAST = "fail_fast"
    PARENT = "parent"
    SHUTDOWN = "shutdown"
    LEASE_LOST = "lease_lost"
    GATE_REJECTED = "gate_rejected"
    GATE_EXPIRED = "gate_expired"
    CONDITION = "condition"
    """Skipped because its condition did not hold."""
    ON_FAIL = "on_fail"
    """Failed, and the workflow says to go on."""
    GIVEN = "given"
    """It did not run: a person gave what it would have handed over."""
    UNCONFIRMED = "unconfirmed"
    """It was cut short, and somebody has to say that it may run again."""
    ENGINE = "engine"
    """A fault of the program itself."""


class Redo(StrEnum):
    """What of a run runs again when it is resumed."""

    UNFINISHED = "unfinished"
    """What has not come to a good end."""
    FROM = "from"
    """A step and everything after it."""
    EVERYTHING = "everything"
    FAILED_ITEMS = "failed_items"
    """Of every fan-out, the items that failed."""
    ONLY = "only"
    """Some steps, and of what has run nothing else."""


_RUN_OVER = frozenset({RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.CANCELLED})
_STEP_OVER = frozenset(
    {
        StepStatus.COMPLETED,
        StepStatus.FAILED,
        StepStatus.SKIPPED,
        StepStatus.TIMED_OUT,
        StepStatus.CANCELLED,
    }
)
_STEP_ACTIVE = frozenset({StepStatus.RUNNING, StepStatus.WAITING, StepStatus.PAUSED})
