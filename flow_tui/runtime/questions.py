"""What the screen may ask the reader."""

from pathlib import Path
from typing import TypeAlias

from flow_tui.dataclass import dataclass
from flow_tui.model.ids import RunId, StepPath
from flow_tui.runtime.messages import Kept, Sight


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """Which lines there are."""

    token: int
    run_id: RunId
    path: StepPath
    attempt: int
    first: int
    count: int
    what: Kept
    sight: Sight
    near: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Matches:
    """Where a text occurs."""

    token: int
    run_id: RunId
    path: StepPath
    attempt: int
    pattern: str
    what: Kept
    sight: Sight


@dataclass(frozen=True, slots=True, kw_only=True)
class Runs:
    """What ran before."""

    token: int
    query: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """What there is to know before a workflow is started."""

    token: int
    workflow: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Save:
    """The lines in sight as a file."""

    token: int
    run_id: RunId
    path: StepPath
    attempt: int
    file: Path
    what: Kept
    sight: Sight


Question: TypeAlias = Lines | Matches | Save | Runs | Launch
