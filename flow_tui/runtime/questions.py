"""What the screen may ask the reader."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from flow_tui.dataclass import dataclass
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.values import ProcessIdentity
from flow_tui.runtime.messages import Recording
from flow_tui.runtime.step_news import OfDraft
from flow_tui.runtime.ui_settings import Change

if TYPE_CHECKING:  # loaded when somebody asks
    from flow_tui.runtime.past import HistoryWanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """Which lines there are."""

    token: int
    recording: Recording
    first: int
    count: int
    near: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Matches:
    """Where a text occurs."""

    token: int
    recording: Recording
    pattern: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Runs:
    """What ran last, and what waits in it."""

    token: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """What there is to know before a workflow is started."""

    token: int
    workflow: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """In which ways a run can run again."""

    token: int
    run_id: RunId
    path: StepPath
    only: tuple[StepPath, ...] = ()
    """The steps that may be to run again without all others."""
    beyond: tuple[str, datetime] | None = None
    """The file of which no step is known to use it that changed last, and when."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Save:
    """The lines in sight as a file."""

    token: int
    recording: Recording
    file: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What is set, after these changes."""

    token: int
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pasts:
    """How runs of a workflow went."""

    token: int
    root: str
    workflow: str
    until: datetime | None = None
    """Only those that began before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What an attempt saw when it began."""

    token: int
    run_id: RunId
    path: StepPath
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """How a definition differs now from what it was."""

    token: int
    file: Path
    before: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """What was recorded of a step, after that many events of its run."""

    token: int
    run_id: RunId
    path: StepPath
    after: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Burden:
    """What a process and all it has led to take of the machine."""

    token: int
    process: ProcessIdentity


OfStep: TypeAlias = Given | Written | Happened | Burden
"""What there is to know of one step besides its output."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """A text as a new file."""

    token: int
    file: Path
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Some of the runs that a search finds."""

    token: int
    wanted: "HistoryWanted"
    first: int
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Compare:
    """How a run compares with another, or with the last one before it that completed."""

    token: int
    run_id: RunId
    other: RunId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Everything that happened in a run."""

    token: int
    run_id: RunId


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A run as a file."""

    token: int
    run_id: RunId
    file: Path


Past: TypeAlias = Pasts | History | Compare | Story | Export
"""What is asked about runs on record."""
Question: TypeAlias = (
    Lines | Matches | Save | Runs | Launch | Settings | Write | Again | OfStep | Past | OfDraft
)
