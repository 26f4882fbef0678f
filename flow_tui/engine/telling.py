"""Actions that can say beforehand what an agent is going to be told: those with a method ``told``."""

from collections.abc import Callable
from typing import TypeAlias

from flow_tui.dataclass import dataclass
from flow_tui.engine.attempts import Attempt
from flow_tui.engine.ports import ActionParams


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What an agent is told for one attempt."""

    text: str
    """Its own text, with names where values belong: what a person may change."""
    whole: str
    """All of it, with the values and what stands around."""


Tell: TypeAlias = Callable[[ActionParams], Told]
"""Returns what an agent would be told; raises ``ActionError`` when that cannot be said."""

Telling: TypeAlias = Callable[[Attempt], Told]
"""The same of one step, whose other parameters are known."""
