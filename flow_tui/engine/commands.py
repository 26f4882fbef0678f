"""What people want: commands, imperative and frozen."""

from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Literal, TypeAlias

from flow_tui.dataclass import dataclass
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


Request: TypeAlias = CancelRun | KillRun | CancelStep | ResolveGate
"""Commands that may come from another process: the store hands them to the run's owner."""

Command: TypeAlias = StartRun | ResumeRun | Request
