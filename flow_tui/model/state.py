"""Everything known of a run at some point of its history."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import field
from datetime import datetime, timedelta
from typing import TypeAlias

from flow_tui.dataclass import dataclass, replace
from flow_tui.model.breakpoints import Breakpoint, Edit, Held
from flow_tui.model.ids import ROOT, RunId, StepPath
from flow_tui.model.plan import LEAVES, PlanNode
from flow_tui.model.status import AttemptStatus, Reason, RunStatus, StepStatus
from flow_tui.model.tally import Tally
from flow_tui.model.values import ActionOutput, FanOutItem, ProcessIdentity, RunOptions

_AT_WORK, _TIMED_OUT = AttemptStatus.RUNNING, StepStatus.TIMED_OUT  # an enumeration is slow to ask

Pauses: TypeAlias = tuple[tuple[datetime, datetime], ...]
"""From when until when nobody worked on a run."""


def worked(begin: datetime, end: datetime, pauses: Pauses) -> timedelta:
    """Return how much of the time from ``begin`` to ``end`` lies outside of ``pauses``."""
    nothing = timedelta()
    idle = (max(nothing, min(end, until) - max(begin, since)) for since, until in pauses)
    return max(nothing, end - begin - sum(idle, nothing))


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptState:
    """One try at a step."""

    attempt: int
    """From 1."""
    status: AttemptStatus = AttemptStatus.RUNNING
    started_at: datetime
    ended_at: datetime | None = None
    deadline: datetime | None = None
    heartbeat_timeout: timedelta | None = None
    error: str = ""
    process: ProcessIdentity | None = None
    child_run: RunId | None = None
    """The run that carries it out, if one does."""
    output_size: int = 0
    """Bytes recorded, as far as is known."""
    after_crash: bool = False
    metrics: Mapping[str, float] = field(default_factory=dict[str, float])
    """What it has used up although it failed."""
    used: Mapping[str, float] = field(default_factory=dict[str, float])
    """What it has used up so far, as far as is known; only while it goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateState:
    """What a gate asks, and what was answered."""

    gate: str
    prompt: str
    options: Mapping[str, str]
    deadline: datetime
    on_timeout: str
    feedback_wanted: bool
    opened_at: datetime
    looks_at: str = ""
    """What decides unless a person does, in words; nothing when only people decide."""
    every: timedelta | None = None
    """How often that is looked at."""
    approved: bool | None = None
    feedback: str = ""
    selections: tuple[str, ...] = ()
    by: str = ""
    answered_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FanOutState:
    """What a ``foreach`` works on; how each item stands is told by the step of its number inside."""

    items: tuple[FanOutItem, ...]
    edges: tuple[tuple[int, int], ...] = ()
    """Which item has to be over before which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepState:
    """Everything known of one step, or of one block."""

    path: StepPath
    name: str = ""
    kind: str = ""
    status: StepStatus = StepStatus.PENDING
    max_attempts: int = 1
    started_at: datetime | None = None
    ended_at: datetime | None = None
    attempts: tuple[AttemptState, ...] = ()
    retry_at: datetime | None = None
    """When the next attempt starts, between two of them."""
    last_sign: datetime | None = None
    """The last sign of life of the attempt in progress."""
    output: ActionOutput | None = None
    error: str = ""
    reason: Reason = Reason.NONE
    why: str = ""
    """Why it ran although results of an earlier run stood for what had not changed."""
    reused_from: RunId | None = None
    """The run that its outcome was taken over from, where it did not run."""
    reused_part: RunId | None = None
    """The run that carried it out then, if one did."""
    reused_path: StepPath = ROOT
    """Where it was in the run that its outcome was taken over from."""
    reused_attempt: int = 0
    """The attempt at it that succeeded there; 0 where that was not recorded."""
    held: Held | None = None
    """That the run pauses at it, if it does."""
    edit: Edit | None = None
    """What a person changed of it before it ran, if anything."""
    is_touched: bool = False
    """Whether what comes of it, or of something inside, was changed or given by a person."""
    cancel_requested: bool = False
    cancelled_by: str = ""
    """Who wanted it, or the run, to stop, as far as that was said."""
    holds: bool | None = None
    """Of an ``if`` or ``unless``: whether what stands inside runs; unknown before it was decided."""
    passes: int = 0
    """Of a loop: how many turns have begun."""
    max_passes: int = 0
    gate: GateState | None = None
    fan_out: FanOutState | None = None
    """Of a ``foreach``: what it works on, once that is known."""
    notes: tuple[str, ...] = ()
    tried_before: int = 0
    """How many of the attempts belong to an earlier, finished try at the run and no longer count."""
    begun_over: int | None = None
    """How many of the attempts were made before it was to begin from scratch again, if it ever was."""
    begun_at: datetime | None = None
    """When it began since the run was last resumed."""
    worked_before: timedelta = timedelta()
    """For how long it was at work before that; not for as long as nobody worked on the run."""

    def worked(self, until: datetime) -> timedelta:
        """Return for how long it has been at work, at ``until`` or when it ended."""
        if self.begun_at is None:
            return self.worked_before
        return self.worked_before + max(timedelta(), (self.ended_at or until) - self.begun_at)

    @property
    def attempt(self) -> int:
        """Return the number of the latest attempt, from 1; 0 before the first."""
        return self.attempts[-1].attempt if self.attempts else 0

    @property
    def child_run(self) -> RunId | None:
        """Return the run that carries out the latest attempt, or did where it was taken over, if one does."""
        return self.attempts[-1].child_run if self.attempts else self.reused_part

    @property
    def current(self) -> AttemptState | None:
        """Return the attempt in progress."""
        last = self.attempts[-1] if self.attempts else None
        return last if last is not None and last.status is _AT_WORK else None

    @property
    def deadline(self) -> datetime | None:
        """Return when the attempt in progress, or the wait at a gate, runs out of time."""
        if self.status is StepStatus.WAITING and self.gate is not None:
            return self.gate.deadline
        current = self.current
        return current.deadline if current is not None else None

    @property
    def is_passed_over(self) -> bool:
        """Say whether nobody answered the gate in time, and the workflow says to go on then."""
        return (
            self.status is StepStatus.TIMED_OUT
            and self.reason is Reason.GATE_EXPIRED
            and self.gate is not None
            and self.gate.on_timeout == "continue"
        )

    @property
    def counts_as(self) -> StepStatus:
        """Return what the step is taken for where steps are counted: to be passed over is no failure."""
        status = self.status
        return StepStatus.SKIPPED if status is _TIMED_OUT and self.is_passed_over else status

    @property
    def is_broken(self) -> bool:
        """Say whether it is a loop that failed itself, whatever came of the steps inside."""
        return self.passes > 0 and self.status is StepStatus.FAILED

    @property
    def counted(self) -> StepStatus | None:
        """Return under what it is counted; nothing for a block, unless it failed itself."""
        if self.kind in LEAVES:
            return self.counts_as
        return StepStatus.FAILED if self.is_broken else None

    @property
    def failures(self) -> int:
        """Return how many attempts count against the retries."""
        bad = (AttemptStatus.FAILED, AttemptStatus.TIMED_OUT)
        return sum(a.status in bad for a in self.attempts[self.tried_before :])


@dataclass(frozen=True, slots=True, kw_only=True)
class Only:
    """What a run was resumed for when only some of it was to run again."""

    steps: tuple[StepPath, ...]
    stands: frozenset[StepPath]
    """What had not gone well and was left as it was."""
    ended: RunStatus
    """How the run had ended."""


@dataclass(slots=True, kw_only=True)
class RunState:
    """Everything known of a run. Belongs to one thread; everything inside is frozen."""

    run_id: RunId
    seq: int = 0
    status: RunStatus = RunStatus.PENDING
    workflow: str = ""
    title: str = ""
    file: str = ""
    root: str = ""
    source: str = ""
    plan: tuple[PlanNode, ...] = ()
    inputs: Mapping[str, str] = field(default_factory=dict[str, str])
    files: Mapping[str, str] = field(default_factory=dict[str, str])
    options: RunOptions = field(default_factory=RunOptions)
    parent: RunId | None = None
    """The run that this one is a part of."""
    parent_path: StepPath = ROOT
    """The step of that run which it carries out."""
    warm_from: RunId | None = None
    """The run whose results stand for what has not changed since."""
    generation: int = 0
    """How often it was resumed."""
    started_at: datetime | None = None
    resumed_at: datetime | None = None
    cancel_requested_at: datetime | None = None
    """When somebody first wanted it to stop, since it was last resumed."""
    cancelled_by: str = ""
    """Who that was, as far as it was said."""
    ended_at: datetime | None = None
    last_event_at: datetime | None = None
    pauses: Pauses = ()
    """From when until when nobody worked on it: before each resume."""
    left_at: datetime | None = None
    """When it was last heard of, where nobody works on it any more: no event says so, others find out."""
    left_because: str = ""
    """Why that is, where it is known."""
    error: str = ""
    reason: Reason = Reason.NONE
    totals: Mapping[str, float] = field(default_factory=dict[str, float])
    is_kept: bool = True
    """Whether it is stored, as far as is known, so that it can be found and go on."""
    storage_waits: str = ""
    """Why the run stands still at the moment, or nothing."""
    breakpoints: tuple[Breakpoint, ...] = ()
    """Where it pauses, in order; known of the outermost run only."""
    held_at: tuple[StepPath, ...] = ()
    """Where it pauses at the moment, the first one in front."""
    repeated: int = 0
    """How often a step of it was run once more."""
    only: Only | None = None
    """What it goes on for, if that is only some steps."""
    steps: dict[StepPath, StepState] = field(default_factory=dict[StepPath, StepState])
    """Every step that has begun, by path, in the order in which they began."""
    counts: Counter[StepStatus] = field(default_factory=Counter[StepStatus])
    """How many leaf steps stand where, with loops that failed; those that have not begun are not in it."""
    tally: Tally = field(default_factory=Tally)
    """How many steps of the definition have an outcome."""

    def copy(self) -> "RunState":
        """Return one that goes on by itself."""
        return replace(self, steps=dict(self.steps), counts=Counter(self.counts), tally=self.tally.copy())

    @property
    def name(self) -> str:
        """Return what people call the workflow."""
        return self.title or self.workflow

    @property
    def is_left(self) -> bool:
        """Say whether nobody works on it any more though it is not over: an outcome on record wins."""
        return self.left_at is not None and not self.status.is_over

    @property
    def is_stopped(self) -> bool:
        """Say whether nothing more happens unless somebody resumes it."""
        return self.status.is_over or self.left_at is not None

    @property
    def stopped_at(self) -> datetime | None:
        """Return when it ended, or was left."""
        return self.ended_at or self.left_at

    def took(self, now: datetime) -> timedelta:
        """Return for how long it has been worked on, at ``now`` or when it was over."""
        if self.started_at is None:
            return timedelta()
        return worked(self.started_at, self.stopped_at or now, self.pauses)

    @property
    def waiting(self) -> tuple[StepState, ...]:
        """Return the gates that wait for a person."""
        if not self.counts[StepStatus.WAITING]:
            return ()
        return tuple(s for s in self.steps.values() if s.status is StepStatus.WAITING)

    @property
    def held(self) -> tuple[StepState, ...]:
        """Return the steps at which it pauses, before or after them, until a person lets them go on."""
        return tuple(self.steps[path] for path in self.held_at)

    @property
    def steps_total(self) -> int:
        """Return how many steps the definition has: a step inside a loop is one."""
        return self.tally.total

    @property
    def steps_done(self) -> int:
        """Return how many of them have an outcome, good or bad; all, once the run has completed."""
        return self.tally.total if self.status is RunStatus.COMPLETED else self.tally.done

    def failed(self) -> tuple[StepState, ...]:
        """Return the steps that failed or ran out of time, in order."""
        bad = (StepStatus.FAILED, StepStatus.TIMED_OUT)
        return tuple(s for s in self.steps.values() if s.counts_as in bad)
