"""What people want: commands, imperative and frozen."""

from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Literal, TypeAlias

from flow_tui.dataclass import dataclass
from flow_tui.model.breakpoints import Breakpoint, Release
from flow_tui.model.ids import ROOT, RunId, StepPath
from flow_tui.model.status import Reason, Redo
from flow_tui.model.values import Decision, RunOptions

if TYPE_CHECKING:  # the screen imports commands, and the tree brings pydantic with it
    from flow_tui.dsl.ast import Workflow


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """A sound definition with every file it can reach, as they are at this moment."""

    workflow: "Workflow"
    source: str
    file: str
    """Where it was read, relative to ``root`` where it lies inside."""
    root: str
    """The project's folder, in which the steps run."""
    files: Mapping[str, bytes] = field(default_factory=dict[str, bytes])
    """Name relative to ``root`` (absolute outside of it) to content."""
    data: frozenset[str] = frozenset()
    """Those of the files that only items are found in: nothing of them is executed."""
    globs: tuple[str, ...] = ()
    """Patterns below ``root`` for files that are items themselves."""
    places: Mapping[str, tuple[int, ...]] = field(default_factory=dict[str, tuple[int, ...]], compare=False)
    """What was in each place, by its path, where something that it names is looked for, found or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartRun:
    """Run a definition."""

    definition: Definition
    inputs: Mapping[str, str] = field(default_factory=dict[str, str])
    options: RunOptions = RunOptions()
    run_id: RunId | None = None
    """Chosen by the caller, or made."""
    warm_from: RunId | None = None
    """The run whose results stand for what has not changed since."""
    breakpoints: tuple[Breakpoint, ...] = ()
    """Where it pauses, and all that is part of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeRun:
    """Go on with a run that did not complete, or run some of it, or all, again."""

    run_id: RunId
    by: str = ""
    confirmed: bool = False
    """Steps whose ``on_crash`` is ``ask`` may run again."""
    redo: Redo = Redo.UNFINISHED
    """What runs again."""
    start: StepPath = ROOT
    """Where it begins again, if ``redo`` says that it begins somewhere."""
    only: tuple[StepPath, ...] = ()
    """What runs again, if ``redo`` says that only some steps do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelRun:
    """Stop a run: every step is asked to end, then ended."""

    type: Literal["cancel_run"] = "cancel_run"
    run_id: RunId
    by: str = ""
    reason: Reason = Reason.USER


@dataclass(frozen=True, slots=True, kw_only=True)
class KillRun:
    """Stop a run at once: nothing is asked."""

    type: Literal["kill_run"] = "kill_run"
    run_id: RunId
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelStep:
    """Stop one step: it counts as failed or, with ``skip``, the run goes on without it."""

    type: Literal["cancel_step"] = "cancel_step"
    run_id: RunId
    path: StepPath
    by: str = ""
    skip: bool = False
    kill: bool = False
    """At once: nothing is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolveGate:
    """Answer a gate."""

    type: Literal["resolve_gate"] = "resolve_gate"
    run_id: RunId
    path: StepPath
    decision: Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class SetBreakpoints:
    """Have a run, the whole that it belongs to and all parts pause before some steps, or no more."""

    type: Literal["set_breakpoints"] = "set_breakpoints"
    run_id: RunId
    add: tuple[Breakpoint, ...] = ()
    remove: tuple[Breakpoint, ...] = ()
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseStep:
    """Let a step go on at which a run pauses."""

    type: Literal["release_step"] = "release_step"
    run_id: RunId
    path: StepPath
    how: Release = Release.GO_ON
    by: str = ""
    values: Mapping[str, str] = field(default_factory=dict[str, str])
    """Variables that it is to find instead of those of their names."""
    text: str = ""
    """What its agent is to be told, or its command, instead of what the definition says."""
    output: str = ""
    """What it hands over where it does not run: the JSON object of an output block, or nothing."""


Request: TypeAlias = CancelRun | KillRun | CancelStep | ResolveGate | SetBreakpoints | ReleaseStep
"""Commands that may come from another process: the store hands them to the run's owner."""

Command: TypeAlias = StartRun | ResumeRun | Request
