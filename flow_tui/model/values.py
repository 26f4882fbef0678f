"""What steps hand over and what people decide."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime, timedelta

from flow_tui.dataclass import dataclass
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.status import Reason, RunStatus

AUTO_APPROVED = "auto-approved"
"""The result of a gate that a dry run does not wait at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """What an agent was carried out with, besides its file."""

    agent: str
    """The name of its file."""
    runtime: str
    model: str = ""
    """Nothing where the program itself was to choose."""
    settings: str = ""
    """A hash of how the program of the runtime is started, and of how it is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionOutput:
    """What an attempt hands back."""

    markers: tuple[str, ...] = ()
    """Words for conditions."""
    context: str = ""
    """Text for the next step."""
    result_text: str = ""
    """One line for people."""
    structured: str = ""
    """A JSON object as text, or nothing."""
    metrics: Mapping[str, float] = field(default_factory=dict[str, float])
    """Such as ``duration_ms``, ``cost_usd``, ``num_turns``."""
    note: str = ""
    """What people should know about how it went, such as output that was cut."""
    model: str = ""
    """Which model an agent was to take; where nobody has chosen one, which one answered."""
    workers: tuple[Worker, ...] | None = None
    """What the agents behind it were carried out with; ``None`` where that was not recorded."""
    items: str = ""
    """A hash of what a ``foreach`` worked on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FanOutItem:
    """One of the things that a ``foreach`` runs its workflow for."""

    id: str
    """Its own among all of them."""
    ref: str = ""
    """What people call it; its id when left out."""
    type: str = "item"
    context: Mapping[str, str] = field(default_factory=dict[str, str])
    """What the workflow finds under ``item.``."""

    @property
    def label(self) -> str:
        """Return what people call it."""
        return self.ref or self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Somebody's answer to a gate."""

    approved: bool
    feedback: str = ""
    selections: tuple[str, ...] = ()
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessIdentity:
    """What proves that a process is the one that was started: its number alone is used again by others."""

    pid: int
    start_time: str
    boot_id: str
    host: str
    cookie: str
    """The value of ``FLOW_COOKIE`` in the environment of the process and all it starts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """How a run is to be carried out; kept with it, so that a resume does the same."""

    dry_run: bool = False
    mock: bool = False
    mock_plan: str = ""
    """What steps are told to do instead of what would be made up, as TOML."""
    mock_plan_file: str = ""
    """Where that was read, for messages."""
    fail_fast: bool = True
    model: str = ""
    trigger: str = "manual"
    """What begins it: ``cli``, ``dashboard``, ``watch``, ``rerun``; of what others embed, ``manual``."""
    env_prefixes: tuple[str, ...] = ("FLOW_",)
    """Under which names inputs reach the environment of steps."""
    folder: str = ""
    """Where steps run; in the project's root when left out."""
    as_identity: str = ""
    """As whom steps act that name nobody."""
    plugin_dirs: tuple[str, ...] = ()
    """Folders of plugins for every agent, before those that its call names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InputField:
    """What a workflow wants to be given."""

    name: str
    is_required: bool = True
    is_boolean: bool = False
    default: str | None = None
    """What it is when it is not given."""
    description: str = ""


AT_BREAKPOINT = " (paused at a breakpoint)"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """One line of history."""

    run_id: RunId
    workflow: str
    title: str
    root: str
    """The project's folder."""
    file: str
    status: RunStatus
    reason: Reason = Reason.NONE
    error: str = ""
    started_at: datetime
    ended_at: datetime | None = None
    away: timedelta = timedelta()
    """For how long nobody worked on it, between its end or a crash and each resume."""
    steps_done: int = 0
    steps_failed: int = 0
    """How many failed or ran out of time; one that was cancelled has not failed."""
    steps_total: int = 0
    owner: str = ""
    """Who works on it at the moment, or nothing."""
    owner_process: ProcessIdentity | None = None
    """Whether that is still true, its process tells."""
    last_heartbeat_at: datetime | None = None
    last_event_at: datetime | None = None
    waiting_for: str = ""
    """The gate it waits at, or with :data:`AT_BREAKPOINT` behind it the step it pauses at, or nothing."""
    inputs: Mapping[str, str] = field(default_factory=dict[str, str])
    parent: RunId | None = None
    """The run that this one is a part of."""
    trigger: str = "manual"
    """What began it, as in :class:`RunOptions`."""
    resumed: int = 0
    """How often it was made to go on."""
    totals: Mapping[str, float] = field(default_factory=dict[str, float])
    """What it has used up."""
    is_trial: bool = False
    """It was a dry run, or its outputs were made up."""
    is_warm: bool = False
    """It took over what an earlier run had done."""

    @property
    def triggers(self) -> tuple[str, ...]:
        """Return what has made it run, at first and since."""
        return (self.trigger, "resume") if self.resumed else (self.trigger,)

    @property
    def heard_at(self) -> datetime:
        """Return when it was last heard of: when somebody last worked on it, or something happened in it."""
        return max(filter(None, (self.started_at, self.last_heartbeat_at, self.last_event_at)))

    def took(self, now: datetime) -> timedelta:
        """Return for how long it has been worked on, at ``now`` or when it was over."""
        return max(timedelta(), (self.ended_at or now) - self.started_at - self.away)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLine:
    """How a step of a definition went in one run, with all its turns."""

    path: StepPath
    """In the plan, without turns."""
    name: str
    kind: str
    """As other programs call it: such as ``actor`` or ``script``."""
    status: str
    """Of the worst of its turns."""
    times: int = 1
    """How often it was come to."""
    failed: int = 0
    """How often that failed or ran out of time."""
    tries: int = 1
    """The most that one of them took."""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    took: timedelta | None = None
    """For how long it was at work; where it was come to often, from the first begin to the last end."""
    error: str = ""
    """Of the first that failed."""
