"""Facts about runs.

An event is frozen and small. :data:`Event` is the closed union of them, told apart by ``type``;
:class:`Recorded` says of which run it is, when it happened and its number. JSON: :mod:`flow_tui.model.codec`.
"""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from flow_tui.dataclass import dataclass
from flow_tui.model.breakpoints import Breakpoint, Release
from flow_tui.model.ids import ROOT, RunId, StepPath
from flow_tui.model.plan import PlanNode
from flow_tui.model.status import Reason, Redo, RunStatus, StepStatus
from flow_tui.model.values import ActionOutput, FanOutItem, ProcessIdentity, RunOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted:
    """A run exists, with everything that decides how it will go."""

    type: Literal["run_started"] = "run_started"
    workflow: str
    title: str = ""
    file: str = ""
    """Of the definition, relative to ``root`` where it lies inside."""
    root: str = ""
    """The project's folder, in which the steps run."""
    source: str = ""
    plan: tuple[PlanNode, ...] = ()
    inputs: Mapping[str, str] = field(default_factory=dict[str, str])
    files: Mapping[str, str] = field(default_factory=dict[str, str])
    """Every file the plan can reach to the hash of what it held at the start."""
    options: RunOptions = RunOptions()
    parent: RunId | None = None
    """The run that this one is a part of."""
    parent_path: StepPath = ROOT
    """The step of that run which it carries out."""
    warm_from: RunId | None = None
    """The run whose results stand for what has not changed since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResumed:
    """The run goes on where it stood; what has completed stays so unless ``redo`` says otherwise."""

    type: Literal["run_resumed"] = "run_resumed"
    generation: int
    by: str = ""
    redo: Redo = Redo.UNFINISHED
    """What runs again besides what never ran."""
    start: StepPath = ROOT
    only: tuple[StepPath, ...] = ()
    """Where it begins again, or what alone runs again, if somebody chose that."""
    heard_at: datetime | None = None
    """When a part of it was last heard of before; nothing where its own events are later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCancelRequested:
    """Somebody wants the run to stop."""

    type: Literal["run_cancel_requested"] = "run_cancel_requested"
    reason: Reason = Reason.USER
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsUpdated:
    """What the run has used up so far."""

    type: Literal["metrics_updated"] = "metrics_updated"
    totals: Mapping[str, float] = field(default_factory=dict[str, float])


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFinished:
    """The run is over; a resume may follow."""

    type: Literal["run_finished"] = "run_finished"
    outcome: RunStatus
    error: str = ""
    reason: Reason = Reason.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineFailed:
    """The program itself failed while the run was in its hands."""

    type: Literal["engine_failed"] = "engine_failed"
    error: str
    traceback: str = ""
    is_kept: bool = True
    """Whether the run is stored up to here; it cannot go on from what is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakpointsSet:
    """From now on the run, and what is part of it, pauses before these steps and no others."""

    type: Literal["breakpoints_set"] = "breakpoints_set"
    points: tuple[Breakpoint, ...]
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepStarted:
    """A step has begun."""

    type: Literal["step_started"] = "step_started"
    path: StepPath
    name: str
    kind: str
    max_attempts: int = 1
    why: str = ""
    """Why it runs although results of an earlier run stand for what has not changed."""
    reused_from: RunId | None = None
    """The run that its result is taken over from, where it does not run."""
    reused_part: RunId | None = None
    """The run that carried it out then, if one did."""
    reused_path: StepPath = ROOT
    reused_attempt: int = 0
    """Where it was in the run that it is taken over from, and which attempt succeeded; 0 if not recorded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptStarted:
    """A try at a step has begun."""

    type: Literal["attempt_started"] = "attempt_started"
    path: StepPath
    attempt: int
    deadline: datetime | None = None
    heartbeat_timeout: timedelta | None = None
    """How long it may be silent."""
    after_crash: bool = False
    """The attempt before was cut off when the program died."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessStarted:
    """The attempt in progress has a process of its own."""

    type: Literal["process_started"] = "process_started"
    path: StepPath
    attempt: int
    identity: ProcessIdentity


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildRunStarted:
    """The attempt in progress is carried out by a run of its own."""

    type: Literal["child_run_started"] = "child_run_started"
    path: StepPath
    attempt: int
    child_run: RunId


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptFailed:
    """A try at a step failed; with ``retry_at`` another one follows at that instant."""

    type: Literal["attempt_failed"] = "attempt_failed"
    path: StepPath
    attempt: int
    error: str
    timed_out: bool = False
    retry_at: datetime | None = None
    metrics: Mapping[str, float] = field(default_factory=dict[str, float])
    model: str = ""
    """What it has used up all the same, and with which model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepCancelRequested:
    """Somebody wants one step to stop."""

    type: Literal["step_cancel_requested"] = "step_cancel_requested"
    path: StepPath
    by: str = ""
    skip: bool = False
    """The run goes on as if the step had been skipped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFinished:
    """A step has an outcome."""

    type: Literal["step_finished"] = "step_finished"
    path: StepPath
    outcome: StepStatus
    output: ActionOutput | None = None
    error: str = ""
    reason: Reason = Reason.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class StepPaused:
    """The run pauses at a step, before it begins or after it has run, until somebody lets it go on."""

    type: Literal["step_paused"] = "step_paused"
    path: StepPath
    name: str
    kind: str
    is_after: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StepReleased:
    """Somebody lets a step go on that was held, with what they have changed of it."""

    type: Literal["step_released"] = "step_released"
    path: StepPath
    how: Release
    by: str = ""
    values: Mapping[str, str] = field(default_factory=dict[str, str])
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTouched:
    """Something that a step is made of, in a run that carries it out, was changed or given by a person."""

    type: Literal["step_touched"] = "step_touched"
    path: StepPath


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRepeated:
    """A step runs once more: what came of it, and of all that is inside, counts no more."""

    type: Literal["step_repeated"] = "step_repeated"
    path: StepPath


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionChecked:
    """An ``if`` or ``unless`` was decided."""

    type: Literal["condition_checked"] = "condition_checked"
    path: StepPath
    holds: bool
    """Whether what stands inside runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PassStarted:
    """A loop begins another turn."""

    type: Literal["pass_started"] = "pass_started"
    path: StepPath
    number: int
    """From 1."""
    of: int
    """How many there may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateOpened:
    """The run waits for somebody's word."""

    type: Literal["gate_opened"] = "gate_opened"
    path: StepPath
    gate: str
    prompt: str = ""
    options: Mapping[str, str] = field(default_factory=dict[str, str])
    """What can be selected: shown text to value."""
    deadline: datetime
    on_timeout: Literal["fail", "continue"] = "fail"
    feedback: bool = False
    """The answer may carry text for the next step."""
    looks_at: str = ""
    """What decides unless a person does, in words; nothing when only people decide."""
    every: timedelta | None = None
    """How often that is looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateResolved:
    """Somebody answered."""

    type: Literal["gate_resolved"] = "gate_resolved"
    path: StepPath
    approved: bool
    feedback: str = ""
    selections: tuple[str, ...] = ()
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FanOutCollected:
    """It is known what a ``foreach`` works on; each item is a step inside of it, numbered from 0."""

    type: Literal["fan_out_collected"] = "fan_out_collected"
    path: StepPath
    items: tuple[FanOutItem, ...]
    edges: tuple[tuple[int, int], ...] = ()
    """Which item has to be over before which: by their numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepNoted:
    """Something about a step that people should know, such as a warning."""

    type: Literal["step_noted"] = "step_noted"
    path: StepPath
    text: str
    rings: bool = False
    """Whether it is for people to know at once, wherever they watch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """The attempt in progress gave a sign of life; shown, not stored."""

    type: Literal["heartbeat"] = "heartbeat"
    path: StepPath
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputGrew:
    """The recorded output of the attempt in progress has so many bytes; shown, not stored."""

    type: Literal["output_grew"] = "output_grew"
    path: StepPath
    attempt: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptMeasured:
    """What the attempt in progress has used up so far; shown, not stored."""

    type: Literal["attempt_measured"] = "attempt_measured"
    path: StepPath
    attempt: int
    metrics: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageWaited:
    """The run stands still because the storage cannot write; empty when it can again. Shown, not stored."""

    type: Literal["storage_waited"] = "storage_waited"
    reason: str


Event: TypeAlias = (
    RunStarted
    | RunResumed
    | RunCancelRequested
    | MetricsUpdated
    | RunFinished
    | EngineFailed
    | BreakpointsSet
    | StepStarted
    | AttemptStarted
    | ProcessStarted
    | ChildRunStarted
    | AttemptFailed
    | StepCancelRequested
    | StepFinished
    | StepPaused
    | StepReleased
    | StepTouched
    | StepRepeated
    | ConditionChecked
    | PassStarted
    | GateOpened
    | GateResolved
    | FanOutCollected
    | StepNoted
    | Heartbeat
    | OutputGrew
    | AttemptMeasured
    | StorageWaited
)

Transient: TypeAlias = Heartbeat | OutputGrew | AttemptMeasured | StorageWaited
"""Events that are shown and never stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """An event with its number, instant and run."""

    seq: int
    """Gap-free from 1 in each run; a transient event carries the number of the last stored one."""
    at: datetime
    run_id: RunId
    event: Event

    @property
    def is_transient(self) -> bool:
        """Say whether it is only shown."""
        return isinstance(self.event, Transient)
