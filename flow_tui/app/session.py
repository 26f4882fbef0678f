"""What the screen needs from the rest of the program: one small protocol."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from flow_tui.app.inbox import Inbox
from flow_tui.dataclass import dataclass
from flow_tui.model.ids import RunId
from flow_tui.model.values import InputField, RunSummary
from flow_tui.runtime.questions import Again
from flow_tui.runtime.remembered import Memory
from flow_tui.runtime.step_news import OfDraft
from flow_tui.runtime.ui_settings import Change, UiSettings

if TYPE_CHECKING:  # what is asked for is loaded by whoever asks
    from flow_tui.engine.commands import Command
    from flow_tui.runtime.messages import Recording, Wish
    from flow_tui.runtime.questions import OfStep, Past


@dataclass(frozen=True, slots=True, kw_only=True)
class StartArgs:
    """What is shown first, and how the program is left."""

    title: str = ""
    """Of the run or the workflow, until its first event is here."""
    home: bool = False
    """Begin with the project's workflows and runs; the exit status is then 0."""
    exit_with_run: bool = False
    """Leave by itself when the run on screen is over."""
    on_leave: Callable[[], None] | None = None
    """Goes on with the runs without the screen; without it, leaving runs behind is not offered."""
    ui: UiSettings = UiSettings()
    """How the person wants the screen."""
    memory: Memory = Memory()
    """How it was left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowEntry:
    """One workflow of the project, as the list of them shows it."""

    name: str
    """What one gives to ``run``."""
    title: str = ""
    group: str = ""
    description: str = ""
    file: str = ""
    errors: int = 0
    """How many there are in the definition."""
    first_error: str = ""
    """What the first of them is, and in which line."""
    problems: tuple[str, ...] = ()
    """The first of them, each with its place in the text, as several lines."""
    inputs: tuple[InputField, ...] = ()
    last: RunSummary | None = None
    """Its newest run."""
    is_left: bool = False
    """Nobody works on that any more, although it is not over."""
    is_history_read: bool = True
    """Whether there was a history to look for that in."""
    is_checked: bool = True
    """What takes longer to find out is known too: whether it could run, and how it ran last."""


class LineReader(Protocol):
    """Finds lines; answers arrive in the inbox with the token."""

    def lines(self, token: int, recording: "Recording", first: int, count: int, near: int = -1) -> None:
        """Ask for lines of what was kept of an attempt, of those in sight; or for those around one."""
        ...

    def search(self, token: int, recording: "Recording", pattern: str) -> None:
        """Ask where a text occurs in what was kept of an attempt."""
        ...

    def save(self, token: int, recording: "Recording", file: Path) -> None:
        """Ask for the lines in sight to be written to a new file."""
        ...

    def file(self, recording: "Recording") -> Path:
        """Return where what was kept of an attempt is."""
        ...


class Reader(LineReader, Protocol):
    """Reads what is on disk, on a thread of its own."""

    def folder(self, run_id: RunId) -> Path:
        """Return where what was kept of a run is."""
        ...

    def of_step(self, question: "OfStep") -> None:
        """Ask what there is to know of a step besides its output."""
        ...

    def runs(self, token: int) -> None:
        """Ask for the newest runs, and for what waits in them."""
        ...

    def past(self, question: "Past") -> None:
        """Ask about runs on record."""
        ...

    def draft(self, question: OfDraft) -> None:
        """Ask about a definition that somebody writes."""
        ...

    def launch(self, token: int, workflow: str) -> None:
        """Ask what there is to know before a workflow, by its name or file, is started."""
        ...

    def write(self, token: int, file: Path, text: str) -> None:
        """Ask for a text to be written to a new file."""
        ...

    def settings(self, token: int, changes: tuple[Change, ...] = ()) -> None:
        """Ask for changes of what the user has set for the screen, and then what is in force."""
        ...

    def again(self, question: Again) -> None:
        """Ask in which ways a run can run again; from a step on is one of them."""
        ...


class Session(Protocol):
    """Everything beyond the screen. No method blocks."""

    @property
    def inbox(self) -> Inbox:
        """Where news arrives."""
        ...

    @property
    def reader(self) -> Reader:
        """Who reads from disk."""
        ...

    @property
    def start_args(self) -> StartArgs:
        """What to show first."""
        ...

    @property
    def workflows(self) -> tuple[WorkflowEntry, ...]:
        """The workflows of the project, as they are known now."""
        ...

    @property
    def user(self) -> str:
        """Who sits here, for the record."""
        ...

    def send(self, command: "Command | Wish") -> None:
        """Ask for something; whether it happens is told by events and news."""
        ...

    def call(self, text: str) -> None:
        """Call people who may be looking elsewhere; ``NotOnDesktop`` says that the terminal has to."""
        ...

    def stop(self, kill: bool) -> None:
        """Ask everything to end: runs are cancelled, or killed; ``EngineStopped`` says when it has."""
        ...
