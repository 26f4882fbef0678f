"""What crosses between the screen and the rest besides events and commands: wishes go down, news comes up."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal, TypeAlias

from flow_tui.dataclass import dataclass
from flow_tui.diagnostics import Diagnostic
from flow_tui.engine.commands import ResolveGate, StartRun
from flow_tui.model.events import Recorded
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.plan import PlanNode
from flow_tui.model.state import GateState
from flow_tui.model.values import InputField, RunOptions, RunSummary
from flow_tui.runtime.chores import (
    Attend,
    DropTurns,
    ForgetRuns,
    NotOnDesktop,
    RunGone,
    RunsForgotten,
    Tell,
    TurnsChanged,
    Unused,
)
from flow_tui.runtime.log_news import LogMatches, LogSaved
from flow_tui.runtime.log_sources import Inside
from flow_tui.runtime.step_news import OfDraft, StepNews
from flow_tui.runtime.ui_settings import SettingsTold
from flow_tui.runtime.ways import AgainTold

if TYPE_CHECKING:
    from flow_tui.dsl.diff import Changes
    from flow_tui.model.estimate import Estimate, Past

Policy: TypeAlias = Literal["queue", "restart", "ignore", "manual"]
"""What a change does while a run is in progress; ``manual``: nothing, at any time, but that it is told."""

Kept: TypeAlias = Literal["output", "prompt", "page", "together"]
"""What there is to read of an attempt: what it printed, what its agent was told, and what is said of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """Which lines of what was kept are looked at: by default, all of them."""

    pattern: str = ""
    """Only lines that match this, or with ``!`` in front of it, only the others."""
    since: int = 0
    until: int = 0
    """Only lines from this one on, and only those that had come by then, in milliseconds since 1970."""


ALL = Sight()


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """What was kept of an attempt, as far as it is looked at."""

    run_id: RunId
    path: StepPath
    attempt: int
    what: Kept = "output"
    sight: Sight = ALL
    inside: tuple[Inside, ...] = ()
    """The outputs that are read together."""


Effect: TypeAlias = Literal["", "queued", "started", "restarting", "ignored", "broken", "told"]
"""What a change brought about; nothing while the watch is off. What is only ``told`` waits for a person."""


# Wishes


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """Start a workflow by name or file."""

    workflow: str
    inputs: Mapping[str, str] = field(default_factory=dict[str, str])
    options: RunOptions = RunOptions()
    typed: bool = False
    """Somebody has typed it as a command, and so consents to everything that it executes."""
    warm_from: str | None = None
    """A run whose results stand for what has not changed, or nothing for the newest like it; else none."""
    pauses: tuple[str, ...] = ()
    """Before which steps it pauses, as people name them."""
    in_turn: bool = False
    """Only once nothing else runs here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rerun:
    """Start a new run of what ``run_id`` ran, with its inputs; the definition as the file is now."""

    run_id: RunId
    is_warm: bool = False
    """What still holds of that run is taken over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRun:
    """Show a run: its history is delivered as events, then :class:`RunOpened`."""

    run_id: RunId


@dataclass(frozen=True, slots=True, kw_only=True)
class SetWatch:
    """Arm or disarm re-runs by file changes, or choose the policy."""

    armed: bool
    policy: Policy = "queue"
    patterns: tuple[str, ...] | None = None
    """Further files whose changes count, as globs below the project; left out, what was said before holds."""
    settle: timedelta | None = None
    """How long to wait for further changes before a re-run; left out, what was said before holds."""
    is_cold: bool | None = None
    """Whether a re-run takes nothing over from the run before; left out, what was said before holds."""


Wish: TypeAlias = Launch | Rerun | ForgetRuns | Tell | Attend | OpenRun | SetWatch | DropTurns


# News


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPlanned:
    """A run is about to start, with these rows; nothing is recorded yet, and it may still be refused."""

    workflow: str
    title: str
    file: str
    plan: tuple[PlanNode, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentAsked:
    """Something new is to run; sending ``command`` lets it, and ``launch`` was filled in for it."""

    command: StartRun
    executes: tuple[str, ...]
    """Commands, programs, functions and agents, in words."""
    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    """Files, by their names in the project."""
    is_first: bool = False
    """Nothing has been let run in the folder so far."""
    warnings: tuple[str, ...] = ()
    launch: Launch | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOpened:
    """A run was started, resumed or opened, and is the one to show."""

    run_id: RunId
    is_elsewhere: bool = False
    goes_on: bool = False
    """It has been resumed here: whoever looks at a part of it may stay there."""
    """It is only looked at here; whether it goes on does not depend on this program."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLost:
    """This program works no more on a run that is not over."""

    run_id: RunId
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLeft:
    """Nobody works any more on a run that is not over: its program is gone."""

    run_id: RunId
    at: datetime
    """When it was last heard of."""
    why: str = ""
    """What made its program let go of it, where that is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryChanged:
    """The workflow on screen was read again."""

    file: str
    diagnostics: tuple[Diagnostic, ...] = ()
    excerpts: tuple[str, ...] = ()
    """Each diagnostic with its line and caret, as several lines of text."""
    plan: tuple[PlanNode, ...] | None = None
    """What a new run would produce; nothing while the file is broken: the last good definition stays."""
    changed: tuple[str, ...] = ()
    """The files that changed."""
    changes: "Changes | None" = None
    """What is different from what the run ``against`` began with."""
    against: RunId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchChanged:
    """What the watch does at the moment."""

    armed: bool
    policy: Policy
    watched: tuple[str, ...] = ()
    """Files and patterns, relative to the project; the definition's own file first."""
    trigger: str = ""
    """The file that changed last, or nothing."""
    others: int = 0
    """So many more have changed with it, or before it since the run began."""
    changed_at: datetime | None = None
    effect: Effect = ""
    cold_by: str = ""
    """A file that changed and that no step is known to use, so that everything runs."""
    queued: bool = False
    ignored: int = 0
    """So many changes have come to nothing since the run began."""
    has_moved_on: bool = False
    """The definition is not what the run began with, which keeps that."""
    reloaded_at: datetime | None = None
    """When it was read again last, and was sound."""
    suspended: str = ""
    """The file that runs change, and that starts them, again and again: nothing is started any more."""
    note: str = ""
    beyond: tuple[str, datetime] | None = None
    """The file of which no step is known to use it that changed last, and when."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Something that was asked for cannot be done."""

    what: str
    why: str
    hint: str = ""
    answer: ResolveGate | None = None
    """The answer to a gate that was not taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineStopped:
    """The engine's thread ended; with ``error``, it should not have."""

    error: str = ""
    is_usage: bool = False
    """It could not begin as it was told to, such as by a file of settings that is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateListed:
    """A gate that waits for a person."""

    run_id: RunId
    path: StepPath
    whole: RunId
    """The outermost run around it, which is the one that people know."""
    workflow: str
    """What that runs."""
    name: str
    """Of the gate, seen from there."""
    gate: GateState
    is_left: bool = False
    """Nobody works on the run any more: it has to go on before anybody can answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunsListed:
    """History, newest first."""

    token: int
    runs: tuple[RunSummary, ...]
    interrupted: frozenset[RunId] = frozenset()
    """Those that are not over, and that nobody works on any more."""
    root: str = ""
    """The project's folder."""
    gates: tuple[GateListed, ...] = ()
    """What waits for a person in these runs, the one that expires first in front."""
    estimates: "Mapping[RunId, Estimate]" = field(default_factory=dict[RunId, "Estimate"])
    """How long those may still take that are in progress, as far as others tell."""


class OfPast:
    """What is told of runs on record: loaded when somebody asks, from :mod:`flow_tui.runtime.past`."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PastsRead:
    """How the completed runs of a workflow went, newest first."""

    token: int
    pasts: "tuple[Past, ...]"


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchPrepared:
    """What there is to know before a workflow is started."""

    token: int
    workflow: str
    """What one gives to ``run``."""
    title: str = ""
    file: str = ""
    """Relative to the project's root where it lies inside."""
    inputs: tuple[InputField, ...] = ()
    executes: tuple[str, ...] = ()
    """Commands, programs, functions and agents, in words."""
    expected: "Estimate | None" = None
    """How long it may take, where others tell."""
    last: RunSummary | None = None
    is_left: bool = False
    changes: "Changes | None" = None
    """Its newest run, whether nobody works on that though it is not over, and what is different since."""
    problems: tuple[str, ...] = ()
    """Why it cannot run, each as several lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPage:
    """Some lines of a recorded output; where only some are looked at, indexes count only those."""

    token: int
    run_id: RunId
    path: StepPath
    attempt: int
    first: int
    """Index of the first line, from 0."""
    lines: tuple[bytes, ...]
    """Raw, without line ends; lines over 64 KiB come in pieces."""
    total: int
    """How many lines are known so far."""
    size: int
    """Bytes read so far."""
    numbers: tuple[int, ...] = ()
    """Which lines of the file these are, if only some are looked at."""
    of: int = 0
    """How many lines the file has, if only some are looked at."""
    at: int = -1
    """The index of the line, or the one after it, that was asked for by its place in the file."""
    is_cut: bool = False
    """More lines match than a filter takes in: those beyond the last of them are not looked at."""
    times: tuple[int, ...] = ()
    """When each line began to come, in milliseconds since 1970, 0 for not known; none if nobody noted any."""
    names: tuple[str, ...] = ()
    """Whose each line is, where several outputs are read together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileWritten:
    """A new file of somebody's own is there, or why it is not."""

    token: int
    file: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CouldNotRead:
    """The disk or the database did not answer; never the same as there being nothing."""

    token: int
    why: str


News: TypeAlias = (
    Recorded
    | RunPlanned
    | ConsentAsked
    | RunOpened
    | RunLost
    | RunLeft
    | RunsForgotten
    | NotOnDesktop
    | TurnsChanged
    | RunGone
    | LibraryChanged
    | WatchChanged
    | Refused
    | Unused
    | EngineStopped
    | RunsListed
    | PastsRead
    | OfPast
    | LaunchPrepared
    | AgainTold
    | LogPage
    | LogMatches
    | LogSaved
    | SettingsTold
    | StepNews
    | OfDraft
    | FileWritten
    | CouldNotRead
)
