"""What the reader finds out about one step."""

from collections.abc import Mapping
from dataclasses import field
from typing import TypeAlias

from flow_tui.dataclass import dataclass
from flow_tui.model.events import Recorded


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldTold:
    """What a step that is held at a breakpoint is going to run."""

    kind: str = ""
    """``prompt``, ``command``, ``inputs`` or ``question``; nothing where there is none."""
    text: str = ""
    """What a person may change of it: the text as it is written, with names for values."""
    whole: str = ""
    """All of it, with the values."""
    trouble: str = ""
    """Why that cannot be said."""
    fixed: tuple[str, ...] = ()
    """Variables that are no one's to change."""
    schema: str = ""
    """The text of the schema that its output is to follow, if there is one."""
    output: str = ""
    """An output that follows it, to begin with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepGiven:
    """What an attempt saw when it began, as far as it was kept."""

    token: int
    variables: Mapping[str, str] = field(default_factory=dict[str, str])
    told: tuple[tuple[str, str], ...] = ()
    """What else it was told, such as why it failed before, by name."""
    prompt: str = ""
    """The beginning of what its agent was told."""
    is_cut: bool = False
    """That is not all of it."""
    why: str = ""
    """Why it is not known what it saw."""
    held: HeldTold | None = None
    """What it is made of, if it was held before it began."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepWritten:
    """How a definition differs now from what it was."""

    token: int
    said: str
    """In a few words."""
    differs: bool
    changes: tuple[str, ...] = ()
    """In the way of ``diff -u``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepHappened:
    """What was recorded of a step: a batch, in order; more may follow with the same token."""

    token: int
    events: tuple[Recorded, ...]
    reached: int
    """The number up to which the events of the run were looked through."""
    is_cut: bool = False
    """There may be more of them: whoever wants them asks from there on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepBurden:
    """What the processes of a step take of the machine; nobody answers where that cannot be told."""

    token: int
    at: float
    """Seconds that only go forward."""
    cpu: float
    """Seconds of computing so far."""
    memory: int
    processes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OfDraft:
    """What is asked or told of a definition that somebody writes: :mod:`flow_tui.runtime.drafts`."""

    token: int

    @property
    def kind(self) -> object:
        """Return what a newer question has in common with those that it makes superfluous."""
        return type(self)

    @property
    def outlasts(self) -> bool:
        """Say whether it is seen to even if nobody is there any more who would be told."""
        return False


StepNews: TypeAlias = StepGiven | StepWritten | StepHappened | StepBurden
