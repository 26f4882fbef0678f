"""Where runs pause, and what is known of a step that is held there."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from enum import StrEnum

from flow_tui.dataclass import dataclass
from flow_tui.model.ids import StepPath, without_passes


class Release(StrEnum):
    """How a step that was held goes on."""

    GO_ON = "go_on"
    STEP = "step"
    """And the run pauses again soon: after this step or, where it has run already, before the next one."""
    SKIP = "skip"
    """It does not run: somebody gives what it would have handed over."""
    AGAIN = "again"
    """It has run, and runs once more."""
    EDIT = "edit"
    """It does not go on yet: what was changed of it is recorded, and holds from now on."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Breakpoint:
    """A step of a definition that runs pause before, in whichever turn of a loop, for whichever item."""

    workflow: str
    """The name of the definition: of the run itself, or of one that is part of it."""
    path: StepPath
    """Without passes."""


def breakpoint_at(workflow: str, path: StepPath) -> Breakpoint:
    """Return the breakpoint of a step of a run."""
    return Breakpoint(workflow=workflow, path=without_passes(path))


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A step at which the run pauses."""

    since: datetime
    is_after: bool = False
    """It has run: what came of it stands unless somebody wants it to run once more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What a person changed of a step before it ran; holds for all its attempts."""

    values: Mapping[str, str] = field(default_factory=dict[str, str])
    """Variables that it finds instead of those of their names."""
    text: str = ""
    """What its agent is told, or its command, instead of what the definition says; nothing if that holds."""
    by: str = ""
