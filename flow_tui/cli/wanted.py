"""What the command line asks for, before anything is loaded."""

from collections.abc import Mapping
from dataclasses import field
from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

from flow_tui import limits
from flow_tui.dataclass import dataclass
from flow_tui.model.ids import RunId
from flow_tui.model.values import RunOptions

if TYPE_CHECKING:  # it comes with all that engine and screen say to each other
    from flow_tui.runtime.messages import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching:
    """Start again whenever a file changes."""

    policy: "Policy" = "queue"
    patterns: tuple[str, ...] = ()
    settle: timedelta = limits.RERUN_SETTLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """A new run."""

    workflow: str
    inputs: Mapping[str, str] = field(default_factory=dict[str, str])
    options: RunOptions = RunOptions()
    watching: Watching | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume:
    """A run that is to go on."""

    run_id: RunId
    title: str
    confirmed: bool = False


Wanted: TypeAlias = Start | Resume
