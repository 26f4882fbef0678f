"""The ways in which a run can run again, as the screen is told of them."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from flow_tui.dataclass import dataclass
from flow_tui.model.ids import ROOT, RunId, StepPath
from flow_tui.model.plan import PlanNode
from flow_tui.model.values import RunOptions
from flow_tui.sanitize import line

if TYPE_CHECKING:  # the tree of a definition is not loaded with the screen
    from flow_tui.dsl.diff import Changes


def unread(beyond: tuple[str, datetime] | None, since: datetime | None) -> str:
    """Return why nothing of a run that began then is taken over, if a file changed that no step names."""
    if beyond is None or (since is not None and beyond[1] < since):
        return ""
    return f"{line(beyond[0], 60)} has changed, and nobody knows which step reads it: everything runs"


class Way(StrEnum):
    """How a run can run again."""

    GO_ON = "go_on"
    """The same run, where it stopped."""
    SAME = "same"
    """A new run with the same inputs."""
    WARM = "warm"
    """The same, but for what still holds of the run: that is taken over."""
    EDIT = "edit"
    """A new run with others."""
    STEP = "step"
    """The same run, from a step on."""
    ITEMS = "items"
    """The same run, only what failed in its fan-outs."""
    ONLY = "only"
    """The same run, some steps, and nothing else of what has run."""
    START = "start"
    """The same run, everything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WayTold:
    """One way to run again, and what that would run, by the names of steps."""

    way: Way
    again: tuple[str, ...] = ()
    """What runs."""
    ahead: tuple[str, ...] = ()
    """What the run has not come to, and may come to then."""
    kept: tuple[str, ...] = ()
    """What is taken over as it was."""
    stands: tuple[str, ...] = ()
    """What of that did not go well and ends the run again as before."""
    why: str = ""
    """Why the first step that runs is not taken over, where others are."""
    why_not: str = ""
    """Why it is not possible, if it is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgainTold:
    """In which ways a run can run again."""

    token: int
    run_id: RunId
    name: str
    ways: tuple[WayTold, ...]
    inputs: Mapping[str, str] = field(default_factory=dict[str, str])
    options: RunOptions = RunOptions()
    file: str = ""
    root: str = ""
    start: StepPath = ROOT
    """The step to begin at, where that is wanted."""
    step: str = ""
    """What that is called."""
    only: tuple[StepPath, ...] = ()
    """The steps that can run again without all others, of those that were asked about."""
    cut_off: tuple[str, ...] = ()
    """The steps that were in the middle of an attempt when the run was last heard of."""
    changed: tuple[str, ...] = ()
    """Files that are not what they were when the run began."""
    changes: "Changes | None" = None
    """What changed in the definition since, if it can be read."""
    plan: tuple[PlanNode, ...] = ()
    """What a new run would produce, if it can be read."""
    runs: Mapping[StepPath, str] = field(default_factory=dict[StepPath, str])
    """What a new run would run that takes over what it can, by the paths in the definition now, and why."""
    is_gone: bool = False
    """There is no file of the definition any more: what was recorded of it runs."""
