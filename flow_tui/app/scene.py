"""What one paint shows: everything a screen may look at, gathered by the frame."""

from dataclasses import field
from datetime import datetime
from typing import TYPE_CHECKING

from flow_tui.app.lag import Lag
from flow_tui.app.runs import Runs
from flow_tui.app.session import Session
from flow_tui.dataclass import dataclass
from flow_tui.model.ids import RunId, StepPath
from flow_tui.model.state import RunState
from flow_tui.runtime.messages import LibraryChanged, WatchChanged
from flow_tui.runtime.remembered import Memory
from flow_tui.runtime.ui_settings import UiSettings

if TYPE_CHECKING:
    from flow_tui.app.session import LineReader
    from flow_tui.model.estimate import Estimate


@dataclass(slots=True, kw_only=True)
class Edits:
    """What a person has changed at a step where a run pauses, for when it goes on."""

    values: dict[str, str] = field(default_factory=dict[str, str])
    text: str = ""
    """Its command or prompt; nothing while that is as it was."""
    output: str = ""
    """What was typed to be handed over instead of running it."""


@dataclass(slots=True, kw_only=True)
class Scene:
    """The facts behind the pixels. Belongs to the screen's thread."""

    session: Session
    runs: Runs
    now: datetime
    """The whole second."""
    lag: Lag = field(default_factory=Lag)
    library: LibraryChanged | None = None
    """The definition on screen, as it was read last."""
    watch: WatchChanged | None = None
    ui: UiSettings = UiSettings()
    """How the person wants the screen, as it is set now."""
    memory: Memory = Memory()
    """How it is left when somebody leaves now."""
    is_behind: bool = False
    """More has happened than this frame shows: what is the newest of it now is so for a blink only."""
    stopping: bool = False
    """Everything has been asked to end."""
    queued: tuple[str, ...] = ()
    """Which workflows wait for their turn."""
    unused: tuple[str, ...] = ()
    """What the settings ask for and does not work, and why."""
    estimate: "Estimate | None" = None
    """How long the run on screen may still take, where others tell."""
    edits: dict[tuple[RunId, StepPath, datetime | None], Edits] = field(default_factory=dict)
    """By the step and since when it has been held: another pause begins without."""
    engine_error: str = ""
    """Why the engine ended although nobody asked it to."""

    then: "LineReader | None" = None
    """Who reads what had been printed by an instant of the past, where that is shown."""

    @property
    def lines(self) -> "LineReader":
        """Return who reads what was printed."""
        return self.then or self.session.reader

    @property
    def is_broken(self) -> bool:
        """Say whether the definition on screen has errors."""
        return self.library is not None and any(each.is_error for each in self.library.diagnostics)

    @property
    def starts(self) -> bool:
        """Say whether what is not there yet will start by itself."""
        is_armed = self.watch is not None and self.watch.armed
        return not self.is_broken and (self.library is None or is_armed)

    @property
    def whole(self) -> RunState | None:
        """Return the run on screen, or the outermost one that it is part of."""
        return self.runs.whole

    @property
    def state(self) -> RunState | None:
        """Return the run on screen."""
        return self.runs.shown
